//! What the writer's thread is asked for, and how it answers.

use crate::store::{
    book::{
        event::{Appended, Batch, BatchAppended, Event},
        reversal::{Reversal, Reversed},
        sighting::Sighting,
    },
    error::GivenIds,
    key::Side,
    sql::{self, Connection},
};
use std::time::Instant;
use tokio::sync::oneshot;

/// What becomes of a write: what it came to, or, where nobody knows whether it is there, the ids to repeat it with. Who is not
/// answered at all is told that nothing was stored.
pub(super) type Outcome<T> = Result<T, GivenIds>;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Committed {
    /// It is on disk.
    Yes,
    /// The commit failed, and it could not be found out whether a restart will find it.
    InDoubt,
}

impl Committed {
    pub(super) fn outcome<T>(self, value: T, ids: impl FnOnce() -> GivenIds) -> Outcome<T> {
        match self {
            Committed::Yes => Ok(value),
            Committed::InDoubt => Err(ids()),
        }
    }
}

/// A command, and when it was given: how long whoever waits for it has waited.
pub(super) struct SentCommand {
    pub(super) sent: Instant,
    pub(super) command: WriterCommand,
}

/// Something to write, and whom to answer once it is on disk.
pub(super) enum WriterCommand {
    Append(Box<Event>, oneshot::Sender<Outcome<(Box<Event>, Appended)>>),
    /// Writes the sums of all before it into the file, for whoever wants to read them.
    Fold(oneshot::Sender<Outcome<()>>),
    AppendBatch(Batch, oneshot::Sender<Outcome<BatchAppended>>),
    Reverse(Reversal, oneshot::Sender<Outcome<Reversed>>),
    Write(Write),
    /// The same, of what changes names that were known.
    WriteNames(Write),
}

/// A rare write: runs inside the group's transaction, returns what to do after the commit.
pub(super) type Write = Box<dyn FnOnce(&Connection) -> sql::Result<Acknowledge> + Send>;
pub(super) type Acknowledge = Box<dyn FnOnce(Committed) + Send>;

/// What is on disk, and whom to tell.
pub(super) enum Notification {
    Appended(oneshot::Sender<Outcome<(Box<Event>, Appended)>>, Box<Event>, Appended),
    Other(Acknowledge),
}

impl WriterCommand {
    /// Whether it adds to the journal, and to what follows from it, and writes nothing else.
    pub(super) fn is_of_events(&self) -> bool {
        match self {
            WriterCommand::Append(..)
            | WriterCommand::AppendBatch(..)
            | WriterCommand::Reverse(..)
            | WriterCommand::Fold(_) => true,
            WriterCommand::Write(_) | WriterCommand::WriteNames(_) => false,
        }
    }

    pub(super) fn events(&self) -> &[Event] {
        match self {
            WriterCommand::Append(event, _) => std::slice::from_ref(&**event),
            WriterCommand::AppendBatch(batch, _) => batch.events.as_slice(),
            WriterCommand::Reverse(..)
            | WriterCommand::Fold(_)
            | WriterCommand::Write(_)
            | WriterCommand::WriteNames(_) => &[],
        }
    }

    /// What tells whether its events are of calls that are counted already.
    pub(super) fn sightings(&self) -> impl Iterator<Item = (Side, &Sighting)> {
        self.events().iter().filter_map(|event| Some((event.side, event.sighting.as_deref()?)))
    }

    /// Ids of events that may be there already.
    pub(super) fn ids(&self) -> impl Iterator<Item = (Side, &str)> {
        let reversed = match self {
            WriterCommand::Reverse(reversal, _) => Some((reversal.side, reversal.event_id.as_str())),
            WriterCommand::Append(..)
            | WriterCommand::AppendBatch(..)
            | WriterCommand::Fold(_)
            | WriterCommand::Write(_)
            | WriterCommand::WriteNames(_) => None,
        };
        let own = self.events().iter().filter(|event| !event.id_is_new);
        let own = own.map(|event| (event.side, event.event_id.as_str()));
        own.chain(reversed)
    }
}
