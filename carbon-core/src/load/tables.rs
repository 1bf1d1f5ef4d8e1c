//! The text of the tables that a set is read from.

use sha2::{Digest, Sha256};
use std::borrow::Cow;

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $file:literal,)+) => {
        /// The tables of a set, as CSV text. `data/README.md` explains every column.
        ///
        /// A table that is not given has no rows.
        ///
        /// ```
        /// use carbon_core::registry::Tables;
        /// let tables = Tables::new().aliases("alias,model,valid_from,valid_to,evidence\n");
        /// ```
        #[derive(Clone, Debug, Default)]
        pub struct Tables<'a> {
            $($name: Option<Cow<'a, str>>,)+
        }

        impl<'a> Tables<'a> {
            /// No tables yet.
            pub fn new() -> Self {
                Tables::default()
            }

            $(
                #[doc = concat!("Sets `", $file, "`: ")]
                $(#[$doc])*
                #[must_use]
                pub fn $name(mut self, csv: impl Into<Cow<'a, str>>) -> Self {
                    self.$name = Some(csv.into());
                    self
                }
            )+

            /// The text of the table in that file.
            pub(crate) fn text(&self, file: &str) -> Option<&str> {
                match file { $($file => self.$name.as_deref(),)+ _ => None }
            }

            pub(crate) fn into_owned(self) -> Tables<'static> {
                Tables { $($name: self.$name.map(|csv| Cow::Owned(csv.into_owned())),)+ }
            }
        }

        impl<'a> Tables<'a> {
            /// The tables in these files, by their names; `None` where one has the name of no table.
            ///
            /// ```
            /// use carbon_core::registry::Tables;
            /// assert!(Tables::of_files([("aliases.csv", "alias,model,valid_from,valid_to,evidence\n")]).is_some());
            /// assert!(Tables::of_files([("notes.txt", "")]).is_none());
            /// ```
            pub fn of_files(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Self> {
                let mut tables = Tables::default();
                for (file, text) in files {
                    match file { $($file => tables.$name = Some(Cow::Borrowed(text)),)+ _ => return None }
                }
                Some(tables)
            }

            /// Names and texts of the tables that are there, in the order of the names.
            pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &str)> {
                [$(($file, self.$name.as_deref()),)+].into_iter().filter_map(|(file, text)| Some((file, text?)))
            }
        }
    };
}

tables! {
    /// further names of models.
    aliases = "aliases.csv",
    /// how models attend to what came before.
    attention = "attention.csv",
    /// what a factor covers.
    boundaries = "boundaries.csv",
    /// classes of models, for models of which nothing is known.
    classes = "classes.csv",
    /// clouds and their other names.
    clouds = "clouds.csv",
    /// names that EcoLogits lists with a size or speed of their own.
    ecologits = "ecologits.csv",
    /// published factors.
    factors = "factors.csv",
    /// the constants of the `bottom_up` method.
    method = "method.csv",
    /// models and their sizes.
    models = "models.csv",
    /// the values of an account's grid series, which are handed on to nobody: neither a digest nor a list of files has them.
    own_grid_values = "own_grid_values.csv",
    /// grid series that an account has imported for its own calls.
    own_grids = "own_grids.csv",
    /// energy that an account has measured for its own calls.
    own_measured = "own_measured.csv",
    /// models that an account describes for its own calls.
    own_models = "own_models.csv",
    /// names that an account gives models, for its own calls.
    own_names = "own_names.csv",
    /// providers, where they mostly serve from, and their data centres.
    providers = "providers.csv",
    /// cloud regions and their data centres.
    regions = "regions.csv",
    /// publications that the other tables cite.
    sources = "sources.csv",
    /// what makers disclose of training their models.
    training = "training.csv",
    /// the time that models take to make videos, as EcoLogits has fitted it.
    video = "video.csv",
    /// electricity grids.
    zones = "zones.csv",
}

/// The table whose rows stay with the account: `own_grids.csv` has their digests.
const WITHHELD: &str = "own_grid_values.csv";

impl Tables<'_> {
    /// The tables that may be handed on.
    pub(crate) fn open_files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.files().filter(|(file, _)| *file != WITHHELD)
    }

    /// Only these, once the others are read.
    pub(crate) fn without_withheld(self) -> Self {
        Tables { own_grid_values: None, ..self }
    }

    /// SHA-256, in hex, over the texts of these tables behind `before`, in the order of their file names.
    pub(crate) fn sha256(&self, before: &[&str]) -> String {
        let mut sha256 = Sha256::new();
        before
            .iter()
            .copied()
            .chain(self.open_files().map(|(_, text)| text))
            .for_each(|text| sha256.update(text));
        sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The tables of one set; a set may be loaded on top of another.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// Version of the set.
    pub(crate) version: String,
    pub(crate) tables: Tables<'static>,
}
