//! The three ways to resolve a name, each with its form.

use crate::{
    api::own_models::request::{AliasRequest, ModelRequest, Said},
    http::{faults::Faults, problem::Problem},
    pages::{class_range, form::PageForm, size},
    registry::own::{ALIAS, AliasEntry, MODEL, ModelEntry, PRECISIONS},
};
use carbon_core::{FactorSet, model::Class};

/// What one can say of a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// It stands for a model that has a name: of the registry, or of the account.
    #[default]
    Map,
    /// The account describes the model.
    Describe,
    /// A class of models stands in.
    Class,
}

impl Way {
    /// The way that a form is about.
    pub(super) fn of(form: &PageForm) -> Option<Self> {
        match form.value("how") {
            "map" => Some(Way::Map),
            "describe" => Some(Way::Describe),
            "class" => Some(Way::Class),
            _ => None,
        }
    }

    /// The kind of the entry.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Way::Map | Way::Class => ALIAS,
            Way::Describe => MODEL,
        }
    }

    /// The entry that a form asks for; `current` is the set with the account's entries, `default` the one without.
    pub(super) fn said(self, form: &PageForm, sets: [&FactorSet; 2], name: &str) -> Result<Said, Problem> {
        let [current, default] = sets;
        let [valid_from, valid_to, note] = ["valid_from", "valid_to", "note"].map(|field| form.text(field));
        let alias = AliasRequest { valid_from, valid_to, note, ..AliasRequest::default() };
        match self {
            Way::Map => {
                let model = Some(required(form, "model", "enter the name of a model")?);
                AliasRequest { model, ..alias }.said(current, name)
            }
            Way::Class => {
                let class = Some(required(form, "class", "choose a class")?);
                AliasRequest { class, ..alias }.said(current, name)
            }
            Way::Describe => described(form, alias)?.said(default, name),
        }
    }
}

fn required(form: &PageForm, field: &str, detail: &str) -> Result<String, Problem> {
    form.text(field).ok_or_else(|| Problem::invalid(format!("/{field}"), detail))
}

fn described(form: &PageForm, alias: AliasRequest) -> Result<ModelRequest, Problem> {
    let mut faults = Faults::default();
    let mut number = |name: &str| faults.usable(&format!("/{name}"), form.decimal(name)).flatten();
    let AliasRequest { valid_from, valid_to, note, .. } = alias;
    let request = ModelRequest {
        total_b: number("total_b"),
        active_b: number("active_b"),
        active_in_b: number("active_in_b"),
        pue: number("pue"),
        onsite_water_l_per_kwh: number("onsite_water_l_per_kwh"),
        precision: form.text("precision"),
        accelerator: form.text("accelerator"),
        region: form.text("region"),
        source: form.text("source"),
        valid_from,
        valid_to,
        note,
    };
    faults.none()?;
    Ok(request)
}

/// The three forms, filled with what was sent or with the entry that there is.
#[derive(Default)]
pub(super) struct Forms {
    pub(super) map: PageForm,
    pub(super) describe: PageForm,
    pub(super) class: PageForm,
}

impl Forms {
    /// With what an entry says, to be corrected.
    pub(super) fn of_entry(kind: &str, valid_from: &str, entry: &str) -> Option<(Way, Self)> {
        let (way, values) = match kind {
            ALIAS => of_alias(serde_json::from_str(entry).ok()?),
            MODEL => (Way::Describe, of_model(serde_json::from_str(entry).ok()?)),
            _ => return None,
        };
        let valid_from = ("valid_from", Some(valid_from.to_owned()));
        Some((way, Forms::default().with(way, PageForm::filled(values.into_iter().chain([valid_from])))))
    }

    /// With the form that was sent in its place.
    pub(super) fn with(self, way: Way, form: PageForm) -> Self {
        match way {
            Way::Map => Forms { map: form, ..self },
            Way::Describe => Forms { describe: form, ..self },
            Way::Class => Forms { class: form, ..self },
        }
    }
}

/// Fields with their values.
type Values = Vec<(&'static str, Option<String>)>;

fn of_alias(entry: AliasEntry) -> (Way, Values) {
    let way = if entry.class.is_some() { Way::Class } else { Way::Map };
    let values = vec![
        ("model", entry.model),
        ("class", entry.class),
        ("valid_to", entry.valid_to.map(|day| day.to_string())),
        ("note", entry.note),
    ];
    (way, values)
}

fn of_model(entry: ModelEntry) -> Values {
    vec![
        ("total_b", Some(entry.total_b)),
        ("active_b", entry.active_b),
        ("active_in_b", entry.active_in_b),
        ("precision", entry.precision),
        ("accelerator", entry.accelerator),
        ("pue", entry.pue),
        ("onsite_water_l_per_kwh", entry.onsite_water_l_per_kwh),
        ("region", entry.region),
        ("source", Some(entry.source)),
        ("valid_to", entry.valid_to.map(|day| day.to_string())),
        ("note", entry.note),
    ]
}

/// Number formats to choose from.
pub(super) fn precisions() -> [&'static str; PRECISIONS.len()] {
    PRECISIONS
}

/// A class of models to choose.
pub(super) struct ClassChoice {
    pub(super) name: String,
    pub(super) size: String,
    pub(super) reason: String,
    /// How far its value may be off, either way; empty where the set has no places.
    pub(super) factor: String,
}

impl ClassChoice {
    pub(super) fn all(set: &FactorSet) -> Vec<Self> {
        set.classes().iter().map(|class| ClassChoice::of(set, class)).collect()
    }

    fn of(set: &FactorSet, class: &Class) -> Self {
        let size = class.model().parameters().map_or_else(String::new, |known| size::in_words(known.size()));
        ClassChoice {
            name: class.name().to_owned(),
            size,
            reason: class.reason().to_owned(),
            factor: class_range::off_by(set, class).unwrap_or_default(),
        }
    }
}
