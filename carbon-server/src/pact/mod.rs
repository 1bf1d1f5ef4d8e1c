//! The exchange of product footprints with clients' own systems (PACT Technical Specifications, version 3): we are the data
//! owner's host system, and a client of the account is a data recipient.
//!
//! A footprint is a final report in another form, with the report's id. A recipient sees those of its own tenant alone.
//!
//! 1. [`access_token`]: what a recipient shows.
//! 2. [`footprint`]: which reports are footprints, and which of them takes the place of which.
//! 3. [`criteria`]: what is asked for, in a query or in an event.
//! 4. [`event`]: CloudEvents that come in.
//! 5. [`answer`]: the event that answers a request, and its way to the recipient.
//! 6. [`refusal`]: errors in PACT's words.

mod access_token;
mod answer;
mod criteria;
mod event;
mod footprint;
mod refusal;

pub(crate) use crate::pact::{
    access_token::{LASTS_S, issue as issue_token, shown as admit},
    answer::{answer, send_answer},
    criteria::Criteria,
    event::{Event, Kind},
    footprint::{list, one},
    refusal::{GRANT, refusal},
};
