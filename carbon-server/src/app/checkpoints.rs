//! Who signs checkpoints, where they are kept, and the newest.

use crate::{
    base::{
        durable_file::with_suffix,
        signed_note::{NoteError, NoteSigner},
    },
    config::Checkpoints as Settings,
    store::{Store, database::Database},
};
use std::{
    path::{Path, PathBuf},
    sync::RwLock,
};

/// Signed checkpoints of the ledger.
pub(crate) struct Checkpoints {
    /// `None`: none are made.
    pub(crate) signer: Option<NoteSigner>,
    /// The file to which they are appended.
    pub(crate) file: Option<PathBuf>,
    /// The newest, once one was made.
    pub(crate) newest: RwLock<Option<String>>,
}

impl Checkpoints {
    /// As the settings say. By default key and file stand next to a ledger in a file; where the key cannot be made there, no
    /// checkpoints are made.
    pub(crate) fn of(
        settings: &Settings,
        database: &Database,
        store: &Store,
    ) -> Result<Self, (PathBuf, NoteError)> {
        let beside = |extension: &str| match database {
            Database::Sqlite { path } => Some(with_suffix(path, extension)),
            Database::Postgres(_) => None,
        };
        let is_off = settings.checkpoints.as_deref() == Some(Path::new("off"));
        let file = settings.checkpoints.clone().or_else(|| beside(".checkpoints")).filter(|_| !is_off);
        let key = settings.checkpoint_key.clone().or_else(|| beside(".checkpoint-key"));
        let name = store.name();
        // The origin of the tree; the first digits of the ledger's name are enough to tell it from others.
        let signer = key.filter(|_| !is_off).map(|path| {
            NoteSigner::of_file(format!("carbon-ledger/{}", name.get(..16).unwrap_or_default()), &path)
                .map_err(|error| (path, error))
        });
        let signer = match signer.transpose() {
            Err((path, error @ NoteError::File(_))) if settings.checkpoint_key.is_none() => {
                tracing::warn!(%error, path = %path.display(), "there is no key for checkpoints, so none are made");
                None
            }
            signer => signer?,
        };
        Ok(Checkpoints { signer, file, newest: RwLock::default() })
    }
}
