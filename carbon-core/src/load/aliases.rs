//! Reading further names of models, and where the ones that move led when.

use super::{LoadError, LoadFault, table::Table};
use crate::{load::tables::Layer, model::Model};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

/// Further names, each with the place of its model.
pub(crate) struct Aliases {
    /// Names that mean the same model for ever.
    pub(crate) lasting: Vec<(String, usize)>,
    /// Names that move.
    pub(crate) moving: HashMap<String, Spans>,
}

/// Where one moving name led when, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans(Vec<Span>);

/// Days on which a moving name leads to one model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from: Date,
    end: End,
    place: usize,
}

/// How far anybody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The last day. Where the name leads after it is not known.
    Known(Date),
    /// The last day that anybody checked. The name leads there until it is known to have moved.
    Checked(Date),
}

impl Span {
    /// The last day that somebody vouches for.
    fn vouched(&self) -> Date {
        let (End::Known(day) | End::Checked(day)) = self.end;
        day
    }
}

impl Spans {
    /// The place of the model that the name means on that day, or on none; and the last day on which that was checked,
    /// where the call is later than it or has no day.
    pub(crate) fn on(&self, day: Option<Date>) -> Option<(usize, Option<Date>)> {
        let Some(day) = day else {
            let newest = self.0.last()?;
            return match newest.end {
                End::Checked(checked) => Some((newest.place, Some(checked))),
                End::Known(_) => None,
            };
        };
        let span = self.0.iter().rfind(|span| span.from <= day)?;
        match span.end {
            End::Known(last) => (day <= last).then_some((span.place, None)),
            End::Checked(checked) => Some((span.place, Some(checked).filter(|&checked| checked < day))),
        }
    }

    /// First day, last day or the last one that anybody checked, and the place of the model, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Date, Option<Date>, Option<Date>, usize)> {
        self.0.iter().map(|span| match span.end {
            End::Known(last) => (span.from, Some(last), None, span.place),
            End::Checked(checked) => (span.from, None, Some(checked), span.place),
        })
    }

    /// Whether the span shares no day that somebody vouches for with another; it is kept if so.
    fn add(&mut self, new: Span) -> bool {
        let next = self.0.partition_point(|span| span.from < new.from);
        let apart = |earlier: Option<&Span>, later: Option<&Span>| {
            earlier.zip(later).is_none_or(|(earlier, later)| earlier.vouched() < later.from)
        };
        let before = next.checked_sub(1).and_then(|place| self.0.get(place));
        if !apart(before, Some(&new)) || !apart(Some(&new), self.0.get(next)) {
            return false;
        }
        self.0.insert(next, new);
        true
    }
}

pub(crate) fn aliases(layers: &[Layer], models: &[Model]) -> Result<Aliases, LoadError> {
    let mut seen: HashSet<String> = models.iter().map(|model| model.id.clone()).collect();
    let mut aliases = Aliases { lasting: Vec::new(), moving: HashMap::new() };
    for row in Table::open("aliases.csv", layers)?.rows() {
        let row = row?;
        let (alias, model) = (row.name("alias")?, row.required("model")?);
        row.required("evidence")?;
        let Some(place) = models.iter().position(|known| known.id == model) else {
            return Err(row.not_listed("model", model, "models.csv or factors.csv"));
        };
        let checked = if row.has("checked") { row.optional_day("checked")? } else { None };
        let Some(from) = row.optional_day("valid_from")? else {
            if checked.is_some() {
                return Err(row.fault(LoadFault::CheckedRow));
            }
            if !seen.insert(alias.to_owned()) || aliases.moving.contains_key(alias) {
                return Err(row.duplicate("alias", alias));
            }
            aliases.lasting.push((alias.to_owned(), place));
            continue;
        };
        let end = match (row.optional_day("valid_to")?, checked) {
            (None, Some(checked)) if from <= checked => End::Checked(checked),
            (_, Some(_)) => return Err(row.fault(LoadFault::CheckedRow)),
            // Where the name leads on a day that nobody has checked, nobody knows.
            (None, None) => return Err(row.fault(LoadFault::Empty("valid_to"))),
            (Some(last), None) => End::Known(last),
        };
        if seen.contains(alias) {
            return Err(row.duplicate("alias", alias));
        }
        let span = Span { from, end, place };
        if span.vouched() < from || !aliases.moving.entry(alias.to_owned()).or_default().add(span) {
            return Err(row.fault(LoadFault::InvalidPeriod));
        }
    }
    Ok(aliases)
}
