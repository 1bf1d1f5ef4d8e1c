//! The text of the tables that a set is read from.

/// The tables of one set, as text: what `data/<version>/` holds.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// `models.csv`
    pub models: &'a str,
    /// `zones.csv`
    pub zones: &'a str,
    /// `regions.csv`
    pub regions: &'a str,
    /// `clouds.csv`
    pub clouds: &'a str,
    /// `providers.csv`
    pub providers: &'a str,
    /// `ecologits.csv`
    pub ecologits: &'a str,
    /// `factors.csv`
    pub factors: &'a str,
    /// `boundaries.csv`
    pub boundaries: &'a str,
    /// `aliases.csv`
    pub aliases: &'a str,
    /// `sources.csv`
    pub sources: &'a str,
}

impl Tables<'_> {
    /// Heads without rows: what a set of published factors alone has besides them.
    pub const TABLE_ALONE: Tables<'static> = Tables {
        models: "model\n",
        zones: "zone\n",
        regions: "provider\n",
        clouds: "cloud\n",
        providers: "provider\n",
        ecologits: "name\n",
        factors: "factor_id\n",
        boundaries: "boundary\n",
        aliases: "alias\n",
        sources: "source_id\n",
    };
}
