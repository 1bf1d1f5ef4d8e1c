//! Single events, as somebody looks at them: a page of them, or one by its id. Every look is bounded, however many events there
//! are.

mod found;
mod page;
mod positions;

pub(crate) use found::{EventPosition, FoundEvent, SealedEvent};
pub(crate) use page::{EventPage, EventQuery, EventsListed, LookFurther};
