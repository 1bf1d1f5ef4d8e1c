//! Filters of a recipient: the same in the query of a list and in a request event.

use crate::{
    config::PACT_VALUES_MAX,
    http::problem::{FieldError, Problem},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Filters; a footprint must match each that is given, by one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Criteria {
    pub(crate) product_id: Vec<String>,
    company_id: Vec<String>,
    geography: Vec<String>,
    classification: Vec<String>,
    status: Vec<String>,
    valid_on: Option<String>,
    valid_after: Option<String>,
    valid_before: Option<String>,
}

impl Criteria {
    /// Adds a filter by its name, which is not case-sensitive; `false` if the name is unknown. An empty value filters
    /// nothing.
    pub(crate) fn take(&mut self, name: &str, value: String) -> bool {
        let named = |expected: &str| name.eq_ignore_ascii_case(expected);
        let list = if named("productId") {
            &mut self.product_id
        } else if named("companyId") {
            &mut self.company_id
        } else if named("geography") {
            &mut self.geography
        } else if named("classification") {
            &mut self.classification
        } else if named("status") {
            &mut self.status
        } else {
            let time = if named("validOn") {
                &mut self.valid_on
            } else if named("validAfter") {
                &mut self.valid_after
            } else if named("validBefore") {
                &mut self.valid_before
            } else {
                return false;
            };
            *time = Some(value).filter(|value| !value.is_empty());
            return true;
        };
        if !value.is_empty() {
            list.push(value);
        }
        true
    }

    /// Whether the filters are valid.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let times = [
            ("validOn", &self.valid_on),
            ("validAfter", &self.valid_after),
            ("validBefore", &self.valid_before),
        ];
        let wrong =
            times.into_iter().filter(|(_, text)| text.as_deref().is_some_and(|text| time(text).is_none()));
        let mut errors: Vec<FieldError> = wrong
            .map(|(name, _)| FieldError::new(name, "must be a date and time such as 2026-10-01T00:00:00Z"))
            .collect();
        let lists = [&self.product_id, &self.company_id, &self.geography, &self.classification, &self.status];
        if lists.into_iter().map(Vec::len).sum::<usize>() > PACT_VALUES_MAX {
            errors.push(FieldError::new("", format!("must not have more than {PACT_VALUES_MAX} values")));
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors }) }
    }

    /// Whether a footprint matches.
    pub(crate) fn fits(&self, footprint: &Value) -> bool {
        let pcf = &footprint["pcf"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let texts = |value: &Value| -> Vec<String> {
            value.as_array().map(|values| values.iter().filter_map(text).collect()).unwrap_or_default()
        };
        let places = ["geographyCountry", "geographyRegionOrSubregion", "geographyCountrySubdivision"];
        let places: Vec<String> = places.into_iter().filter_map(|field| text(&pcf[field])).collect();
        any(&self.product_id, &texts(&footprint["productIds"]))
            && any(&self.company_id, &texts(&footprint["companyIds"]))
            && any(&self.geography, &places)
            && any(&self.classification, &texts(&footprint["productClassifications"]))
            && any(&self.status, &text(&footprint["status"]).into_iter().collect::<Vec<_>>())
            && self.is_valid_then(footprint)
    }

    fn is_valid_then(&self, footprint: &Value) -> bool {
        let moment = |field: &str| footprint[field].as_str().and_then(time);
        let (Some(start), Some(end)) = (moment("validityPeriodStart"), moment("validityPeriodEnd")) else {
            return false;
        };
        // The end is excluded.
        let last = end - SignedDuration::from_millis(1);
        let holds = |text: &Option<String>, holds: fn(Timestamp, Timestamp, Timestamp) -> bool| {
            text.as_deref().is_none_or(|text| time(text).is_some_and(|asked| holds(asked, start, last)))
        };
        holds(&self.valid_on, |asked, start, last| start <= asked && asked <= last)
            && holds(&self.valid_after, |asked, start, _| start > asked)
            && holds(&self.valid_before, |asked, _, last| last < asked)
    }
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Whether no value is requested, or one of them is present, whatever the letter case.
fn any(asked: &[String], found: &[String]) -> bool {
    asked.is_empty() || asked.iter().any(|asked| found.iter().any(|found| found.eq_ignore_ascii_case(asked)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn footprint() -> Value {
        json!({
            "productIds": ["urn:pact:isv.example:supplier-id:llm-inference-x-2026-09"],
            "companyIds": ["urn:lei:529900T8BM49AURSDO55"],
            "status": "Active",
            "validityPeriodStart": "2026-10-01T00:00:00Z",
            "validityPeriodEnd": "2027-10-01T00:00:00Z",
            "pcf": {"geographyCountry": "FR"},
        })
    }

    #[track_caller]
    fn check(asked: &[(&str, &str)], fits: bool) {
        let mut criteria = Criteria::default();
        for (name, value) in asked {
            assert!(criteria.take(name, (*value).to_owned()), "{name}");
        }
        criteria.check().unwrap();
        assert_eq!(criteria.fits(&footprint()), fits, "{asked:?}");
    }

    #[test]
    fn each_criterion_must_be_met_by_one_of_its_values() {
        check(&[], true);
        check(&[("productId", "URN:PACT:ISV.EXAMPLE:supplier-id:llm-inference-x-2026-09")], true);
        check(
            &[
                ("productid", "urn:x"),
                ("productId", "urn:pact:isv.example:supplier-id:llm-inference-x-2026-09"),
            ],
            true,
        );
        check(&[("companyId", "urn:lei:529900t8bm49aursdo55"), ("geography", "fr")], true);
        check(&[("companyId", "urn:lei:529900T8BM49AURSDO55"), ("geography", "DE")], false);
        check(&[("geography", "DE"), ("geography", "FR")], true);
        check(&[("geography", ""), ("classification", "")], true);
        check(&[("classification", "urn:cpc:8315")], false);
        check(&[("status", "active")], true);
        check(&[("status", "Bogus")], false);
    }

    #[test]
    fn a_period_of_validity_begins_and_ends() {
        for (name, time, fits) in [
            ("validOn", "2026-10-01T00:00:00Z", true),
            ("validOn", "2027-09-30T23:59:59Z", true),
            ("validOn", "2027-10-01T00:00Z", false),
            ("validOn", "2026-09-30T23:59:59Z", false),
            ("validAfter", "2026-09-30T00:00:00Z", true),
            ("validAfter", "2026-10-01T00:00:00Z", false),
            ("validBefore", "2027-10-02T00:00:00+02:00", true),
            ("validBefore", "2027-09-30T00:00:00Z", false),
        ] {
            check(&[(name, time)], fits);
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let mut criteria = Criteria::default();
        assert!(!criteria.take("$filter", "x".to_owned()));
        criteria.take("validOn", "yesterday".to_owned());
        assert!(matches!(criteria.check(), Err(Problem::Invalid { .. })));
    }
}
