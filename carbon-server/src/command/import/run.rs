//! Imports the calls in a file into a ledger, or sends them to a running server.
//!
//! One thread reads and checks rows, the caller's thread stores them chunk by chunk. Progress is kept next to the file, so an
//! interrupted run can resume; and every row has its own id, so importing a row again changes nothing.

use crate::command::import::{
    checkpoint::{Checkpoint, Done, Rejections},
    options::{ImportOptions, ImportProgress, ImportTarget, Imported, NotImported, RejectedRow},
    reading::{Chunk, GONE, ImportRow, each_chunk},
    records,
    target::{LedgerTarget, RowOutcome, ServerTarget, Target},
};

/// Imports a file, and reports `progress`.
///
/// # Errors
/// [`NotImported`]: what went wrong; rows stored before stay.
pub(crate) fn import(
    options: &ImportOptions,
    progress: impl FnMut(ImportProgress),
) -> Result<Imported, NotImported> {
    match &options.to {
        ImportTarget::Ledger { database, account_email, is_test } => {
            let target = LedgerTarget::open(database, account_email.as_deref(), *is_test)?;
            let imported = run(options, &target, progress);
            target.close()?;
            imported
        }
        ImportTarget::Server { url, api_key } => run(options, &ServerTarget::new(url, api_key)?, progress),
    }
}

fn run<T: Target>(
    options: &ImportOptions,
    target: &T,
    mut progress: impl FnMut(ImportProgress),
) -> Result<Imported, NotImported> {
    // Flags and header first: a typing error must not destroy the progress of an earlier run.
    records::check(&options.export)?;
    let (input, bytes_total) = records::open(&options.export.file)?;
    let mut checkpoint = Checkpoint::of(options, &target.name())?;
    let earlier = if options.from_start { None } else { checkpoint.read()? };
    let mut done = match earlier {
        Some(done) if still_holds(options, target, &mut checkpoint, done.last_kept)? => done,
        _ => Done::default(),
    };
    let mut rejections = Rejections::after(&options.export.file, done.rejected_bytes)?;
    checkpoint.write(done)?;
    done.imported.resumed_after = done.imported.rows;
    let skip = done.imported.rows;
    let ended = each_chunk(
        options,
        target,
        input,
        skip,
        &mut |Chunk { rows, passed_over, uncertain, without_context, rows_read, bytes_read }| {
            let (mut items, mut places, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
            for ImportRow { place, row, item } in rows {
                match item {
                    Ok(item) => {
                        items.push(item);
                        places.push((place, row));
                    }
                    Err((reason, event)) => rejected.push(RejectedRow { row, reason, event }),
                }
            }
            // The last row that was stored, and whether it was new.
            let (mut last, mut has_duplicates) = (None, false);
            for (kept, (place, row)) in target.keep(items)?.into_iter().zip(places) {
                match kept {
                    RowOutcome::New => {
                        done.imported.accepted += 1;
                        last = Some((place, true));
                    }
                    RowOutcome::Duplicate => {
                        done.imported.duplicates += 1;
                        (last, has_duplicates) = (Some((place, false)), true);
                    }
                    RowOutcome::Refused(reason) => rejected.push(RejectedRow { row, reason, event: None }),
                }
            }
            done.imported.rejected += rejected.len() as u64;
            rejections.add(rejected)?;
            done.imported.passed_over += passed_over;
            done.imported.uncertain += uncertain;
            done.imported.without_context += without_context;
            done.imported.rows = rows_read;
            // Only a row that was certainly new can show later whether the rows before it are still there.
            if let Some((place, true)) = last
                && (target.tells_new_from_old() || !has_duplicates)
            {
                (done.last_kept, done.rejected_bytes) = (place, rejections.bytes());
                checkpoint.write(done)?;
            }
            progress(ImportProgress {
                bytes: bytes_read,
                bytes_total,
                rows: rows_read,
                rows_now: rows_read.saturating_sub(skip),
            });
            Ok(())
        },
    );
    // Without any rows there is nothing to resume.
    if ended.is_ok() || done.imported.rows == 0 {
        checkpoint.remove()?;
    }
    ended.map(|()| done.imported)
}

/// Whether the last row that an earlier run stored is still there: a ledger may have been restored from a backup, and it has
/// its rows in the order in which they came. Stores the row if it is missing.
fn still_holds<T: Target>(
    options: &ImportOptions,
    target: &T,
    checkpoint: &mut Checkpoint,
    last_kept: u64,
) -> Result<bool, NotImported> {
    if last_kept == 0 {
        return Ok(false);
    }
    let (input, _) = records::open(&options.export.file)?;
    let mut holds = None;
    let found = each_chunk(options, target, input, last_kept - 1, &mut |chunk| {
        let row = chunk.rows.into_iter().find(|row| row.place == last_kept).and_then(|row| row.item.ok());
        // If the run is interrupted before it records progress again, the next one starts over: this row would no longer
        // show whether the others are there.
        checkpoint.write(Done::default())?;
        let kept = row.map(|item| target.keep(vec![item])).transpose()?;
        holds = Some(kept.is_some_and(|kept| matches!(kept[..], [RowOutcome::Duplicate])));
        Err(NotImported::Format(GONE.to_owned()))
    });
    holds.map_or_else(|| found.map(|()| false), Ok)
}
