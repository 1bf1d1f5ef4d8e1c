//! A set of several layers as one set of tables.

use super::{FactorSet, LoadError};
use crate::load;

impl FactorSet {
    /// This set as one of tables alone: what it was loaded on top of is part of it, so it has a digest, and its tables can
    /// be handed on. Without own entries.
    ///
    /// ```
    /// use carbon_core::{FactorSet, registry::Tables};
    /// let alias = "alias,model,valid_from,valid_to,evidence\nchat,gpt-4o,,,our deployments\n";
    /// let set = FactorSet::latest().with_tables("acme-1", Tables::new().aliases(alias))?;
    /// assert!(set.sha256().is_none());
    /// let whole = set.whole()?;
    /// assert_eq!(whole.resolve("chat").unwrap().model.id(), "gpt-4o");
    /// assert!(whole.sha256().is_some() && whole.files().is_some());
    /// # Ok::<(), carbon_core::registry::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// [`LoadError`] for a table on top that has a column which the table beneath it lacks.
    pub fn whole(&self) -> Result<FactorSet, LoadError> {
        match self.listed.layers.as_slice() {
            [_] => Ok(self.without_own()),
            layers => FactorSet::from_tables(self.listed.version(), load::whole(layers)?),
        }
    }
}
