//! Which model a name stands for.

use super::{
    FactorSet, OwnLayer,
    remembered::{Led, NameKey},
    similar::similar,
};
use crate::{
    model::{Model, ResolvedBy, Size, UnknownModel},
    name,
    own::{Own, OwnMeasured, OwnTarget},
    resolution::Resolution,
};
use jiff::civil::Date;
use std::{borrow::Cow, collections::HashMap};

impl FactorSet {
    /// The model that `name` stands for: by exact id, by a listed alias, or by a rule that ignores letter case, gateways,
    /// clouds, regions, vendors, dates, and how open weights are served. Never by similarity.
    ///
    /// ```
    /// use carbon_core::{FactorSet, model::ResolvedBy};
    /// let set = FactorSet::version("2026.11").unwrap();
    /// let resolution = set.resolve("eu.anthropic.claude-3-5-sonnet-20240620-v1:0")?;
    /// assert_eq!(resolution.model.id(), "claude-3-5-sonnet");
    /// assert_eq!(resolution.resolved_by, ResolvedBy::Rule);
    /// assert_eq!(resolution.region_hint.as_deref(), Some("geo:eu"));
    /// # Ok::<(), carbon_core::model::UnknownModel>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownModel`] for any other name.
    pub fn resolve(&self, name: &str) -> Result<Resolution<'_>, UnknownModel> {
        self.resolve_on(name, None)
    }

    /// As [`resolve`](Self::resolve), for a call on that day: names whose meaning changes over time
    /// (`mistral-large-latest`) lead to what they meant then.
    ///
    /// After the day when somebody last checked, and where no day is said, they lead to what is known last:
    /// [`Resolution::checked`] then says so.
    ///
    /// ```
    /// use carbon_core::FactorSet;
    /// use jiff::civil::date;
    /// let set = FactorSet::version("2026.12").unwrap();
    /// let spring = set.resolve_on("mistral-large-latest", Some(date(2024, 3, 1)))?;
    /// assert_eq!((spring.model.id(), spring.checked), ("mistral-large-1", None));
    /// let next = set.resolve_on("mistral-large-latest", Some(date(2027, 3, 1)))?;
    /// assert_eq!((next.model.id(), next.checked), ("mistral-large-3", Some(date(2026, 11, 29))));
    /// # Ok::<(), carbon_core::model::UnknownModel>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownModel`] for any other name.
    pub fn resolve_on(&self, name: &str, day: Option<Date>) -> Result<Resolution<'_>, UnknownModel> {
        self.resolve_at(name, day, None)
    }

    /// As [`resolve_on`](Self::resolve_on), for a call that a provider served.
    pub(crate) fn resolve_at(
        &self,
        name: &str,
        day: Option<Date>,
        provider: Option<&str>,
    ) -> Result<Resolution<'_>, UnknownModel> {
        let entry = self.own.as_deref().and_then(|OwnLayer { own, .. }| {
            let core = || self.read(name).map(|read| read.core);
            Some((own, own.entry(&normalised(name), core, day)?))
        });
        let found = match entry {
            Some((own, place)) => self.resolve_own(own, place, day, provider),
            None => self.resolve_listed(name, day, provider),
        };
        found.ok_or_else(|| UnknownModel::new(name))
    }

    /// What an own entry leads to: a described model, a class, or a listed model by whatever name the entry gives it.
    fn resolve_own<'a>(
        &'a self,
        own: &'a Own,
        place: usize,
        day: Option<Date>,
        provider: Option<&str>,
    ) -> Option<Resolution<'a>> {
        let found = match own.target(place, day) {
            OwnTarget::Described(described) => {
                let found = Resolution::of(&described.model, ResolvedBy::Own);
                Resolution { described: Some(described), ..found }
            }
            OwnTarget::Class(class) => Resolution::of(self.class(class)?, ResolvedBy::Own),
            OwnTarget::Listed(name) => self.resolve_listed(name, day, provider)?,
        };
        Some(Resolution { resolved_by: ResolvedBy::Own, own: Some(&own.entries[place]), ..found })
    }

    /// What the account has measured for a name, where that holds on the day.
    pub(crate) fn measured(&self, name: &str, day: Option<Date>) -> Option<&OwnMeasured> {
        self.own.as_deref()?.own.measured(&normalised(name), day)
    }

    /// Whether the name leads to a model on any day.
    pub fn knows(&self, name: &str) -> bool {
        let normal = normalised(name);
        let moves = |name: &str| self.listed.moving_names.contains_key(name);
        moves(&normal) || self.resolve(name).is_ok() || self.read(name).is_some_and(|read| moves(&read.core))
    }

    fn read(&self, name: &str) -> Option<name::Name> {
        name::read(name, &|region| self.listed.places.region_names.contains_key(region))
    }

    fn resolve_listed(
        &self,
        name: &str,
        day: Option<Date>,
        provider: Option<&str>,
    ) -> Option<Resolution<'_>> {
        match self.listed.names.get(name) {
            Some(&(place, resolved_by)) => Some(Resolution::of(&self.listed.models[place], resolved_by)),
            None => {
                let read = || self.read_by_rule(name, day, provider);
                let key = NameKey::new(self.listed.identity, name, day, provider);
                let Led { place, resolved_by, region_hint, checked } =
                    key.map_or_else(read, |key| key.led(read))?;
                let found = Resolution::of(&self.listed.models[place], resolved_by);
                Some(Resolution { region_hint, checked, ..found })
            }
        }
    }

    fn read_by_rule(&self, name: &str, day: Option<Date>, provider: Option<&str>) -> Option<Led> {
        let found = |(place, checked): (usize, Option<Date>), resolved_by, region_hint| {
            Some(Led { place, resolved_by, region_hint, checked })
        };
        let normal = normalised(name);
        if let Some(moved) = self.moved(&normal, day, provider.into_iter()) {
            return found(moved, ResolvedBy::Alias, None);
        }
        // Some canonical ids hold a slash: letter case alone comes first.
        if let Some(&(place, _)) = self.listed.names.get(&*normal) {
            return found((place, None), ResolvedBy::Rule, None);
        }
        let name::Name { core, wrappings, place: served, tuned } = self.read(name)?;
        let region_hint = served.map(|place| place.to_string());
        let by = wrappings.iter().map(String::as_str).chain(provider);
        let moved = || if tuned { None } else { self.moved(&core, day, by) };
        let lasting = |place| (place, None);
        let own = self.listed_of(&wrappings, &core).map(lasting);
        let meant = own.or_else(moved).or_else(|| self.spelt(&core, &wrappings).map(lasting))?;
        let mut foreign = name::parts_of_no_text_model(&core);
        foreign.all(|part| self.listed.models[meant.0].is_named_with(part)).then_some(())?;
        found(meant, ResolvedBy::Rule, region_hint)
    }

    fn listed(&self, name: &str) -> Option<usize> {
        self.listed.names.get(name).map(|(place, _)| *place)
    }

    /// The model that is listed under that name with its organisation, or with the gateway as well.
    fn listed_of(&self, wrappings: &[String], name: &str) -> Option<usize> {
        let organisation = wrappings.last()?;
        self.listed(&format!("{organisation}/{name}")).or_else(|| {
            let [gateway, organisation] = wrappings.last_chunk()?;
            self.listed(&format!("{gateway}/{organisation}/{name}"))
        })
    }

    /// The model that `core` names in another spelling, in fewer words, or with its size.
    fn spelt(&self, core: &str, wrappings: &[String]) -> Option<usize> {
        let spellings = name::spellings(core);
        let named = |name: &str| self.listed(name).or_else(|| self.listed.short_names.get(name).copied());
        let sized = |spelling: &String| {
            let (name, total_b, rounding) = name::sized(spelling)?;
            named(name).filter(|&place| self.listed.models[place].has_size(total_b, rounding))
        };
        spellings
            .iter()
            .find_map(|spelling| self.listed_of(wrappings, spelling).or_else(|| self.listed(spelling)))
            .or_else(|| spellings.iter().find_map(|spelling| named(spelling)))
            .or_else(|| spellings.iter().find_map(sized))
    }

    /// Where a moving name led on that day, and since when nobody has checked.
    ///
    /// It moves on the platform of its maker. What another maker's cloud serves under such a name, nobody has written down.
    fn moved<'a>(
        &self,
        name: &str,
        day: Option<Date>,
        mut served_by: impl Iterator<Item = &'a str>,
    ) -> Option<(usize, Option<Date>)> {
        let moved = self.listed.moving_names.get(name)?.on(day)?;
        let maker = self.listed.models[moved.0].fleet;
        let elsewhere = |provider: &str| {
            self.listed.places.is_cloud(provider)
                && self.listed.places.provider(provider).and_then(|name| self.listed.places.own_fleet(name))
                    != maker
        };
        (!served_by.any(elsewhere)).then_some(moved)
    }

    /// Size and speed that EcoLogits gives for this very name, where they are not the model's.
    pub(crate) fn ecologits_size(&self, name: &str) -> Option<&Size> {
        self.listed.ecologits_sizes.get(&*normalised(name))
    }

    /// Listed names that look like `name`, nearest first: for a person to choose from, not to calculate with.
    pub fn suggestions(&self, name: &str) -> Vec<&str> {
        const COUNT_MAX: usize = 3;
        let listed = self.listed.models.iter().map(|model| model.id.as_str());
        similar(&normalised(name), listed, COUNT_MAX)
    }
}

/// No white space around, lower case.
pub(super) fn normalised(name: &str) -> Cow<'_, str> {
    let trimmed = name.trim();
    if trimmed.chars().any(char::is_uppercase) {
        Cow::Owned(trimmed.to_lowercase())
    } else {
        Cow::Borrowed(trimmed)
    }
}

/// Names that are short for one listed id and no other, nearest first.
pub(super) fn short_names(
    models: &[Model],
    names: &HashMap<String, (usize, ResolvedBy)>,
) -> HashMap<String, usize> {
    let all: Vec<_> = models.iter().map(|model| name::short_names(&model.id)).collect();
    let mut found: HashMap<String, Option<usize>> = HashMap::new();
    for step in 0..name::SHORT_STEPS {
        let mut here: HashMap<&str, Option<usize>> = HashMap::new();
        for (place, short) in all.iter().enumerate() {
            for name in &short[step] {
                let only = here.entry(name).or_insert(Some(place));
                *only = only.filter(|only| *only == place);
            }
        }
        for (name, only) in here {
            // What is short for two of them stays so for names that are further away.
            found.entry(name.to_owned()).or_insert(only);
        }
    }
    let found = found.into_iter().filter(|(name, _)| !names.contains_key(name));
    found.filter_map(|(name, only)| Some((name, only?))).collect()
}
