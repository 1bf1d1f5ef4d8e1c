//! The exchange of product footprints with clients' own systems (PACT Technical Specifications, version 3): we are the
//! data
//! owner's host system, and a client of the account is a data recipient.
//! A footprint is a final report in another form, with the report's id. A recipient sees only those of its own tenant.
//! 1. [`access_token`]: how a recipient authenticates.
//! 2. [`footprint`]: which reports are footprints, and which of them supersedes which.
//! 3. [`criteria`]: filters, in a query or in an event.
//! 4. [`event`]: incoming CloudEvents.
//! 5. [`answer`]: the event that answers a request, and its delivery to the recipient.
//! 6. [`refusal`]: errors in PACT's format.

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
    event::{CloudEvent, Kind},
    footprint::{list, one},
    refusal::{GRANT, refusal},
};
