//! Where archives are: a folder, or a bucket of an object store.

use crate::{
    base::durable_file::{NewFile, OWNER_ALONE},
    store::archive::{bucket, error::ArchiveFault},
};
use std::{fmt, fs::File, path::PathBuf, str::FromStr};
use thiserror::Error;

/// A place for archives: a folder, or `s3://BUCKET/PREFIX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchivePlace {
    /// A folder.
    Folder(PathBuf),
    /// A bucket of a store that speaks the protocol of S3.
    Bucket {
        /// Its name.
        name: String,
        /// What the names of objects in it begin with; may be empty.
        prefix: String,
    },
}

/// A place that archives cannot be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be a folder, or s3:// with a bucket and perhaps a prefix, such as s3://archives/carbon")]
pub struct NotAPlace;

impl FromStr for ArchivePlace {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let Some(object) = text.strip_prefix("s3://") else {
            let is_folder = !text.is_empty() && !text.contains("://");
            return if is_folder { Ok(ArchivePlace::Folder(text.into())) } else { Err(NotAPlace) };
        };
        let (name, prefix) = object.split_once('/').unwrap_or((object, ""));
        let of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
        let prefix = prefix.trim_end_matches('/');
        if !(3..=63).contains(&name.len())
            || !name.chars().all(of_name)
            || prefix.contains(|c: char| c.is_control())
            || prefix.starts_with('/')
        {
            return Err(NotAPlace);
        }
        Ok(ArchivePlace::Bucket { name: name.to_owned(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for ArchivePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArchivePlace::Folder(folder) => folder.display().fmt(f),
            ArchivePlace::Bucket { name, prefix } if prefix.is_empty() => write!(f, "s3://{name}"),
            ArchivePlace::Bucket { name, prefix } => write!(f, "s3://{name}/{prefix}"),
        }
    }
}

impl ArchivePlace {
    /// The place by a name that holds wherever the program is started; a folder is made where it is missing.
    pub(in crate::store) fn made(&self) -> Result<Self, ArchiveFault> {
        Ok(match self {
            ArchivePlace::Folder(folder) => {
                std::fs::create_dir_all(folder)?;
                let folder = folder.canonicalize()?;
                if folder.to_str().is_none() {
                    return Err(ArchiveFault::Settings("the folder's name is no text".to_owned()));
                }
                ArchivePlace::Folder(folder)
            }
            bucket @ ArchivePlace::Bucket { .. } => bucket.clone(),
        })
    }

    /// Where a file of that name is.
    pub(in crate::store) fn at(&self, name: &str) -> String {
        format!("{self}/{name}")
    }

    /// A file there, as one that can be read from its start.
    pub(in crate::store) fn open(&self, name: &str) -> Result<File, ArchiveFault> {
        match self {
            ArchivePlace::Folder(folder) => Ok(File::open(folder.join(name))?),
            ArchivePlace::Bucket { name: bucket, prefix } => bucket::get(bucket, &key(prefix, name)),
        }
    }

    /// Puts what `write` writes there, under the name that this gives it: it is on disk when this returns. A file that has the
    /// name is replaced.
    pub(in crate::store) fn put<T>(
        &self,
        book: &str,
        write: impl FnOnce(&mut File) -> Result<Option<(String, T)>, ArchiveFault>,
    ) -> Result<Option<(String, T)>, ArchiveFault> {
        match self {
            ArchivePlace::Folder(folder) => {
                let mut new = NewFile::begin_over(&folder.join(book), OWNER_ALONE)?;
                let Some((name, written)) = write(new.file())? else { return Ok(None) };
                new.named(&folder.join(&name)).replace()?;
                Ok(Some((name, written)))
            }
            ArchivePlace::Bucket { name: bucket, prefix } => {
                let mut file = tempfile::tempfile()?;
                let Some((name, written)) = write(&mut file)? else { return Ok(None) };
                bucket::put(bucket, &key(prefix, &name), &mut file)?;
                Ok(Some((name, written)))
            }
        }
    }
}

fn key(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_as_they_are_written() {
        for text in ["archives", "/var/lib/carbon/archives", "s3://archives", "s3://my.archives/a/b c"] {
            assert_eq!(text.parse::<ArchivePlace>().unwrap().to_string(), text);
        }
        assert_eq!("s3://abc/d/".parse::<ArchivePlace>().unwrap().to_string(), "s3://abc/d");
        for text in ["", "s3://", "s3://a", "s3://Archives", "s3://abc//d", "gs://abc", "https://abc/d"] {
            assert_eq!(text.parse::<ArchivePlace>(), Err(NotAPlace), "{text}");
        }
    }
}
