//! Which model a name stands for.

use super::FactorSet;
use crate::{
    model::{Model, Resolution, ResolvedBy, Size, UnknownModel},
    name,
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
        if let Some(&(place, resolved_by)) = self.names.get(name) {
            return Ok(Resolution {
                model: &self.models[place],
                resolved_by,
                region_hint: None,
                checked: None,
            });
        }
        self.resolve_by_rule(name, day, provider).ok_or_else(|| UnknownModel::new(name))
    }

    fn resolve_by_rule(
        &self,
        name: &str,
        day: Option<Date>,
        provider: Option<&str>,
    ) -> Option<Resolution<'_>> {
        let found = |(place, checked): (usize, Option<Date>), resolved_by, region_hint| {
            Some(Resolution { model: &self.models[place], resolved_by, region_hint, checked })
        };
        let normal = normalised(name);
        if let Some(moved) = self.moved(&normal, day, provider.into_iter()) {
            return found(moved, ResolvedBy::Alias, None);
        }
        // Some canonical ids hold a slash: letter case alone comes first.
        if let Some(&(place, _)) = self.names.get(&*normal) {
            return found((place, None), ResolvedBy::Rule, None);
        }
        let name::Name { core, wrappings, place: served, tuned } =
            name::read(name, &|region| self.places.region_names.contains_key(region))?;
        let region_hint = served.map(|place| place.to_string());
        let by = wrappings.iter().map(String::as_str).chain(provider);
        let moved = || if tuned { None } else { self.moved(&core, day, by) };
        let lasting = |place| (place, None);
        let own = self.listed_of(&wrappings, &core).map(lasting);
        let meant = own.or_else(moved).or_else(|| self.spelt(&core, &wrappings).map(lasting))?;
        let mut foreign = name::parts_of_no_text_model(&core);
        foreign.all(|part| self.models[meant.0].is_named_with(part)).then_some(())?;
        found(meant, ResolvedBy::Rule, region_hint)
    }

    fn listed(&self, name: &str) -> Option<usize> {
        self.names.get(name).map(|(place, _)| *place)
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
        let named = |name: &str| self.listed(name).or_else(|| self.short_names.get(name).copied());
        let sized = |spelling: &String| {
            let (name, total_b, rounding) = name::sized(spelling)?;
            named(name).filter(|&place| self.models[place].has_size(total_b, rounding))
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
        let moved = self.moving_names.get(name)?.on(day)?;
        let maker = self.models[moved.0].fleet;
        let elsewhere = |provider: &str| {
            self.places.is_cloud(provider)
                && self.places.provider(provider).and_then(|name| self.places.own_fleet(name)) != maker
        };
        (!served_by.any(elsewhere)).then_some(moved)
    }

    /// Size and speed that EcoLogits gives for this very name, where they are not the model's.
    pub(crate) fn ecologits_size(&self, name: &str) -> Option<&Size> {
        self.ecologits_sizes.get(&*normalised(name))
    }

    /// Listed names that look like `name`, nearest first: for a person to choose from, not to calculate with.
    pub fn suggestions(&self, name: &str) -> Vec<&str> {
        /// Below this Jaro-Winkler similarity names have little in common but their letters.
        const SIMILARITY_MIN: f64 = 0.8;
        const COUNT_MAX: usize = 3;

        let wanted = normalised(name);
        let mut near: Vec<(f64, &str)> = self
            .models
            .iter()
            .map(|model| (strsim::jaro_winkler(&wanted, &model.id), model.id.as_str()))
            .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        near.into_iter().take(COUNT_MAX).map(|(_, model)| model).collect()
    }
}

/// No white space around, lower case.
fn normalised(name: &str) -> Cow<'_, str> {
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
