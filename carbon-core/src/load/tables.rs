//! The text of the tables that a set is read from.

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

        impl Tables<'static> {
            /// The tables in these files.
            pub(crate) fn of_files(files: &[(&'static str, &'static str)]) -> Self {
                let text = |name| files.iter().find(|(file, _)| *file == name).map(|(_, csv)| Cow::Borrowed(*csv));
                Tables { $($name: text($file),)+ }
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
    /// providers, where they mostly serve from, and their data centres.
    providers = "providers.csv",
    /// cloud regions and their data centres.
    regions = "regions.csv",
    /// publications that the other tables cite.
    sources = "sources.csv",
    /// electricity grids.
    zones = "zones.csv",
}

/// The tables of one set; a set may be loaded on top of another.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// Version of the set.
    pub(crate) version: String,
    pub(crate) tables: Tables<'static>,
}
