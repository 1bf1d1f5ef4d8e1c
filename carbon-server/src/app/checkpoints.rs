//! Who signs checkpoints, where they are kept, and the newest.

use crate::{
    app::seal_log::SealLog,
    base::{
        checkpoint::notes,
        durable_file::{OWNER_ALONE, sync_folder, with_suffix},
        signed_note::{NoteKeyError, NoteSigner},
        work_queue::blocking,
    },
    config::Checkpoints as Settings,
    store::{LoggedSeal, Store, StoreError, database::Database},
};
use carbon_report::{checkpoint::Checkpoint, merkle::Step, pack::ProvenCheckpoint};
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};
use tokio::sync::Mutex;

/// Signed checkpoints of the ledger.
pub(crate) struct Checkpoints {
    /// `None`: none are made.
    pub(crate) signer: Option<NoteSigner>,
    /// The file to which they are appended.
    pub(crate) file: Option<PathBuf>,
    /// The newest, once one was made.
    pub(crate) newest: RwLock<Option<String>>,
    /// What they are made of.
    log: Mutex<SealLog>,
}

impl Checkpoints {
    /// As the settings say. By default key and file stand next to a ledger in a file; where the key cannot be made there, no
    /// checkpoints are made.
    pub(crate) fn of(
        settings: &Settings,
        database: &Database,
        store: &Store,
    ) -> Result<Self, (PathBuf, NoteKeyError)> {
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
            Err((path, error @ NoteKeyError::File(_))) if settings.checkpoint_key.is_none() => {
                tracing::warn!(%error, path = %path.display(), "there is no key for checkpoints, so none are made");
                None
            }
            signer => signer?,
        };
        Ok(Checkpoints { signer, file, newest: RwLock::default(), log: Mutex::default() })
    }

    /// Makes one over all seals there are: signed, appended to the file, and shown. `None` where nobody signs.
    pub(crate) async fn make(&self, store: &Store) -> Result<Option<(Checkpoint, String)>, StoreError> {
        match &self.signer {
            Some(signer) => self.make_over(&mut *self.log.lock().await, signer, store).await.map(Some),
            None => Ok(None),
        }
    }

    async fn make_over(
        &self,
        log: &mut SealLog,
        signer: &NoteSigner,
        store: &Store,
    ) -> Result<(Checkpoint, String), StoreError> {
        store.log_seals().await?;
        log.read_on(store).await?;
        let checkpoint = log.checkpoint();
        let note = signed(&checkpoint, signer);
        if let Some(path) = self.file.clone() {
            let line = note.clone();
            let written = blocking(move || append(&path, &line)).await;
            if let Ok(Err(error)) = written {
                tracing::warn!(%error, "a checkpoint was not appended to its file");
            }
        }
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Some(note.clone());
        Ok((checkpoint, note))
    }

    /// Proves that a seal is under a checkpoint; makes one where none covers it yet. `None` where nobody signs.
    pub(crate) async fn prove(
        &self,
        store: &Store,
        seal: &LoggedSeal,
    ) -> Result<Option<(Vec<Step>, ProvenCheckpoint)>, StoreError> {
        let Some(signer) = &self.signer else { return Ok(None) };
        let mut log = self.log.lock().await;
        let proof = match log.prove(store, seal).await? {
            Some(proof) => proof,
            None => {
                self.make_over(&mut log, signer, store).await?;
                log.prove(store, seal).await?.ok_or(StoreError::Damaged)?
            }
        };
        let (note, key) = (signed(&proof.checkpoint, signer), signer.verifier().to_string());
        Ok(Some((proof.path, ProvenCheckpoint { note, key })))
    }
}

/// A signed checkpoint; the origin of the tree is the name of its signer.
fn signed(checkpoint: &Checkpoint, signer: &NoteSigner) -> String {
    signer.sign(&checkpoint.text(signer.verifier().name()))
}

/// Appends a note, unless it is the file's last; on disk when this returns.
fn append(path: &Path, note: &str) -> io::Result<()> {
    let is_new = !path.exists();
    if !is_new && notes(&fs::read_to_string(path)?).last().is_some_and(|last| last == note) {
        return Ok(());
    }
    let mut file = fs::OpenOptions::new().create(true).append(true).mode(OWNER_ALONE).open(path)?;
    file.write_all(format!("{note}\n").as_bytes())?;
    file.sync_all()?;
    if is_new { sync_folder(path) } else { Ok(()) }
}
