//! The pages: what people look at. They read what the API reads, and write it as HTML.
//!
//! Each works without JavaScript; scripts draw charts over tables, copy, and spare a click. Nothing comes from elsewhere.

mod assets;
mod class_range;
mod console;
mod dashboard;
mod documents;
mod entry;
mod form;
mod format;
pub(crate) mod html;
mod landing;
mod languages;
mod methodology;
mod models;
mod month;
pub(crate) mod operations;
mod opinions;
mod problem;
mod registry;
mod shell;
mod size;
mod subscription;
mod verify;

pub(crate) use crate::pages::problem::{Viewer, of_problem};
