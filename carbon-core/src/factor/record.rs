//! What every factor states besides its number: what it covers, how far to trust it, when it is valid, its source.

use crate::words::words;
use jiff::civil::Date;
use std::sync::Arc;

/// What every factor must state. It is only ever read from tables, and never without a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub(crate) id: String,
    pub(crate) boundary: Arc<Boundary>,
    pub(crate) basis: Basis,
    pub(crate) confidence: Confidence,
    pub(crate) validity: Validity,
    pub(crate) source: Arc<Source>,
}

impl Record {
    /// Permanent name of the factor, such as `coefficient/gpt-4o@2025.1`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Which parts of the system the number covers.
    pub fn boundary(&self) -> &Boundary {
        &self.boundary
    }

    /// How its electricity is accounted for.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// How far the figure can be trusted.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// When it is valid.
    pub fn validity(&self) -> &Validity {
        &self.validity
    }

    /// The publication it is taken from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The same for readers who know the account by a name: see [`Source::told_by`].
    pub fn told_by(mut self, name: &str) -> Self {
        if self.source.own.is_some() {
            self.source = Arc::new(Source::clone(&self.source).told_by(name));
        }
        self
    }
}

/// The days on which a factor is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Validity {
    /// First day it may be applied to.
    pub from: Date,
    /// Last day; `None` if a later set has yet to end it.
    pub to: Option<Date>,
    /// Date of the observation, as the publisher puts it: `2025-05`, `as of 2025-01`.
    pub observed: Option<String>,
    /// Providers whose calls it is for, in every spelling of their names; empty where it is for any.
    pub providers: Box<[String]>,
}

impl Validity {
    /// From that day on, for calls to anybody.
    pub(crate) fn since(from: Date) -> Self {
        Validity { from, to: None, observed: None, providers: Box::default() }
    }

    /// Whether it applies to a call on that day. Without a day, it applies if its validity has no end.
    pub fn holds(&self, day: Option<Date>) -> bool {
        match day {
            Some(day) => self.from <= day && self.to.is_none_or(|to| day <= to),
            None => self.to.is_none(),
        }
    }

    /// Whether it is for calls to that provider, as a call names it.
    pub fn is_for(&self, provider: Option<&str>) -> bool {
        let named = |provider: &str| {
            let spelt = provider.trim().to_lowercase().replace([' ', '_', '.'], "-");
            self.providers.contains(&spelt)
        };
        self.providers.is_empty() || provider.is_some_and(named)
    }
}

/// Which parts of the system a number covers. Numbers with different boundaries cannot be used to rank models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    pub(crate) id: String,
    pub(crate) covers: [Inclusion; Stage::ALL.len()],
}

impl Boundary {
    /// Its name in `boundaries.csv`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether `stage` is covered.
    pub fn covers(&self, stage: Stage) -> Inclusion {
        self.covers[stage as usize]
    }

    /// The stages with this kind of coverage.
    pub fn stages(&self, how: Inclusion) -> impl Iterator<Item = Stage> {
        Stage::ALL.iter().copied().filter(move |stage| self.covers(*stage) == how)
    }
}

words! {
    /// A part of the system that a number may cover.
    Stage {
        /// Electricity of the accelerators.
        Accelerator = "accelerator",
        /// Electricity of the machines around them: processors, memory.
        Host = "host",
        /// Electricity of idle machines.
        Idle = "idle",
        /// Cooling and power supply of the site.
        Facility = "facility",
        /// Manufacturing of the hardware.
        Embodied = "embodied",
        /// Networks to the user.
        Network = "network",
        /// Training the model.
        Training = "training",
        /// The user's own device.
        Terminal = "terminal",
    }
}

words! {
    /// Whether a number covers a stage.
    Inclusion {
        /// It does.
        Included = "included",
        /// It does not.
        Excluded = "excluded",
        /// The publisher does not say.
        Unknown = "unknown",
    }
}

words! {
    /// How the electricity of a figure is accounted for.
    Basis {
        /// Location-based: the average of the local grid.
        Location = "location",
        /// Market-based: the buyer's supply contracts.
        Market = "market",
        /// The publisher does not say.
        NotStated = "not_stated",
        /// The figure is not about emissions.
        NotApplicable = "not_applicable",
    }
}

words! {
    /// How far a figure can be trusted, best first.
    ///
    /// Where no factor exists, results say `unknown` and have no figure.
    Confidence {
        /// A provider's own life-cycle assessment or metering for that model. Still an average, not this call.
        Measured = "measured",
        /// Open weights and disclosed parameters, with an energy law calibrated on measurements.
        Benchmarked = "benchmarked",
        /// Parameters or factor estimated by a named third party.
        Estimated = "estimated",
        /// The value of a similar, stated class of models.
        Proxy = "proxy",
    }
}

impl Confidence {
    /// That of the same figure for a call of which it is not certain that it was to this model.
    pub(crate) fn lowered(self) -> Confidence {
        match self {
            Confidence::Measured | Confidence::Benchmarked => Confidence::Estimated,
            Confidence::Estimated | Confidence::Proxy => Confidence::Proxy,
        }
    }
}

/// A publication that a factor is taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Source {
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) publisher: String,
    pub(crate) published: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) licence: String,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) own: Option<OwnSource>,
}

words! {
    /// What an account says itself, where that is the source.
    #[non_exhaustive]
    OwnSource {
        /// It described a model, or the machines that it runs on.
        Stated = "stated",
        /// Its meters read the energy.
        Metered = "metered",
    }
}

impl Source {
    /// What an account says itself. It is known here as *the account*: see [`told_by`](Self::told_by).
    pub(crate) fn of_account(own: OwnSource, title: String, published: Option<String>) -> Self {
        let id = match own {
            OwnSource::Stated => "own",
            OwnSource::Metered => "own-meters",
        };
        Source {
            id: id.to_owned(),
            title,
            publisher: "the account".to_owned(),
            published,
            url: None,
            licence: "own data".to_owned(),
            own: Some(own),
        }
    }

    /// What kind of thing the account says itself; `None` for a publication.
    pub fn own(&self) -> Option<OwnSource> {
        self.own
    }

    /// The same for readers who know the account by a name: what it says itself has that publisher.
    pub fn told_by(mut self, name: &str) -> Self {
        if self.own.is_some() {
            name.clone_into(&mut self.publisher);
        }
        self
    }

    /// Its name in `sources.csv`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Title or citation, verbatim and in its original language.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The publisher.
    pub fn publisher(&self) -> &str {
        &self.publisher
    }

    /// Date or year of publication, if stated.
    pub fn published(&self) -> Option<&str> {
        self.published.as_deref()
    }

    /// Where to read it, if it is public.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Terms under which the fact is used here.
    pub fn licence(&self) -> &str {
        &self.licence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn confidence_is_ordered_best_first() {
        assert!(Confidence::Measured < Confidence::Benchmarked);
        assert!(Confidence::Estimated < Confidence::Proxy);
        for &word in Confidence::ALL {
            assert_eq!(Confidence::from_word(word.as_str()), Some(word));
        }
    }

    #[test]
    fn a_span_that_has_ended_holds_for_its_days_alone() {
        let may = Validity { to: Some(date(2025, 5, 31)), ..Validity::since(date(2025, 5, 1)) };
        for (day, holds) in [
            (Some(date(2025, 4, 30)), false),
            (Some(date(2025, 5, 31)), true),
            (Some(date(2025, 6, 1)), false),
            (None, false),
        ] {
            assert_eq!(may.holds(day), holds, "{day:?}");
        }
        let open = Validity { to: None, ..may };
        assert!(open.holds(None) && open.holds(Some(date(2026, 11, 24))));
    }
}
