//! Basics that the rest of the crate uses, one subject per file.

pub(crate) mod api_key;
pub(crate) mod checkpoint;
pub(crate) mod clock;
pub(crate) mod digest;
pub(crate) mod durable_file;
pub(crate) mod environment;
pub(crate) mod exact;
pub(crate) mod ids;
pub(crate) mod name;
pub(crate) mod signed_note;
pub(crate) mod work_queue;
