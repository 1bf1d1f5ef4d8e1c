//! A row of a cloud's bill: which columns have the day, the meter, the amount and the unit.

use crate::{
    base::{clock, name::squeezed},
    command::{
        import::numerals::Numerals,
        reconcile::meter::{self, UnknownMeter, tokens_per_unit},
    },
    ingest::sources::lenient::utc,
};
use carbon_core::FactorSet;
use jiff::civil::Date;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Whose bill it is, or the specification that several clouds write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Biller {
    Aws,
    Azure,
    Google,
    Focus,
}

/// Tokens of a model on a day.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BilledTokens {
    /// The provider's one name.
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) day: Date,
    pub(super) tokens: u64,
}

pub(super) const NOT_USAGE: &str = "is a tax, a discount or another charge without usage";
pub(super) const OTHER_SERVICE: &str = "is for another service";
pub(super) const UNKNOWN_METER: &str = "has a meter that is not understood";
pub(super) const UNKNOWN_MODEL: &str = "has a meter whose model is not listed";
pub(super) const UNKNOWN_UNIT: &str = "has a unit that is not a number of tokens";
pub(super) const NO_AMOUNT: &str = "has no amount that can be read";
pub(super) const NO_DAY: &str = "has no day that can be read";
pub(super) const NO_PROVIDER: &str = "names no provider whose meters are known";

/// The columns of a kind of bill, each with its other names, without letter case and what stands between words.
struct Columns {
    day: &'static [&'static str],
    /// What the row is; any other word than those of usage is no usage.
    kind: &'static [&'static str],
    service: &'static [&'static str],
    meter: &'static [&'static str],
    /// What says more of the model than the meter.
    family: &'static [&'static str],
    /// Amounts, each with the column of its unit.
    amounts: &'static [(&'static str, &'static str)],
}

const AWS: Columns = Columns {
    day: &["lineitemusagestartdate"],
    kind: &["lineitemlineitemtype"],
    service: &["lineitemproductcode", "productservicecode", "productservicename", "productproductname"],
    meter: &["lineitemusagetype", "productusagetype"],
    family: &["productservicename", "productproductname", "lineitemproductname", "productmodel"],
    // Without a number of tokens in its unit, the description has it.
    amounts: &[
        ("lineitemusageamount", "pricingunit"),
        ("lineitemusageamount", "lineitemlineitemdescription"),
    ],
};

const AZURE: Columns = Columns {
    day: &["date", "usagedatetime", "usagedate"],
    kind: &["chargetype"],
    service: &["metercategory", "servicename", "consumedservice"],
    meter: &["metername", "meter"],
    family: &["metersubcategory", "productname", "product"],
    amounts: &[
        ("quantity", "unitofmeasure"),
        ("usagequantity", "unitofmeasure"),
        ("consumedquantity", "unitofmeasure"),
    ],
};

const GOOGLE: Columns = Columns {
    day: &["usagestarttime", "usagestartdate"],
    kind: &["costtype"],
    service: &["servicedescription"],
    meter: &["skudescription"],
    family: &[],
    amounts: &[("usageamount", "usageunit"), ("usageamountinpricingunits", "usagepricingunit")],
};

const FOCUS: Columns = Columns {
    day: &["chargeperiodstart"],
    kind: &["chargecategory"],
    service: &["servicename", "xservicecode", "xskumetercategory"],
    meter: &["skumeter", "xskumetername", "xusagetype", "xskudescription", "chargedescription"],
    family: &["xskumetersubcategory", "servicename", "xservicename"],
    amounts: &[("consumedquantity", "consumedunit"), ("pricingquantity", "pricingunit")],
};

/// Parts of the names of services that serve models.
const SERVICES: &[(Biller, &[&str])] = &[
    (Biller::Aws, &["bedrock"]),
    (Biller::Azure, &["openai", "foundry", "cognitiveservices", "azureai", "machinelearning"]),
    (Biller::Google, &["vertexai", "gemini", "generativelanguage", "agentplatform"]),
];

impl Biller {
    /// Whose bill has these columns; `header` is squeezed.
    pub(super) fn of_header(header: &str) -> Option<Self> {
        let known = [
            (Biller::Aws, &["lineitemusagetype", "lineitemusageamount"][..]),
            (Biller::Focus, &["chargeperiodstart", "consumedquantity"]),
            (Biller::Azure, &["metername", "unitofmeasure"]),
            (Biller::Google, &["skudescription", "usage"]),
            // As nested JSON.
            (Biller::Google, &["usagestarttime", "sku", "amountinpricingunits"]),
        ];
        let holds = |columns: &[&str]| columns.iter().all(|column| header.contains(column));
        known.iter().find(|(_, columns)| holds(columns)).map(|(biller, _)| *biller)
    }

    fn columns(self) -> &'static Columns {
        match self {
            Biller::Aws => &AWS,
            Biller::Azure => &AZURE,
            Biller::Google => &GOOGLE,
            Biller::Focus => &FOCUS,
        }
    }

    /// Whose meters a row has.
    fn of_row(self, row: &Charge) -> Option<Self> {
        let Biller::Focus = self else { return Some(self) };
        let names = ["providername", "serviceprovidername", "hostprovidername", "publishername"];
        let provider = FactorSet::latest().provider(row.first(&names)?)?;
        let known = [Biller::Aws, Biller::Azure, Biller::Google];
        known.into_iter().find(|biller| biller.provider() == provider)
    }

    /// The provider's one name.
    fn provider(self) -> &'static str {
        match self {
            Biller::Aws => "aws",
            Biller::Azure => "azure",
            Biller::Google => "google",
            Biller::Focus => "",
        }
    }

    /// Reads a row; the error is why it counts for nothing.
    pub(super) fn read(
        self,
        row: &Map<String, Value>,
        numerals: Numerals,
    ) -> Result<BilledTokens, &'static str> {
        let (row, columns) = (Charge::of(row), self.columns());
        if row.first(columns.kind).is_some_and(|kind| !is_usage(kind))
            || row.first(&["chargeclass"]).is_some_and(|class| class.eq_ignore_ascii_case("correction"))
        {
            return Err(NOT_USAGE);
        }
        let biller = self.of_row(&row).ok_or(NO_PROVIDER)?;
        if !biller.serves_models(&row, columns) {
            return Err(OTHER_SERVICE);
        }
        let day = row.first(columns.day).and_then(|text| day(biller, text)).ok_or(NO_DAY)?;
        let model = biller.model(&row, columns, day)?;
        let tokens = biller.tokens(&row, columns, numerals)?;
        Ok(BilledTokens { provider: biller.provider().to_owned(), model, day, tokens })
    }

    /// Whether the row is of a service with models, as far as it names one.
    fn serves_models(self, row: &Charge, columns: &Columns) -> bool {
        let parts = SERVICES.iter().find(|(biller, _)| *biller == self).map_or(&[][..], |(_, parts)| parts);
        let mut services = columns.service.iter().filter_map(|column| row.get(column)).peekable();
        services.peek().is_none()
            || services.any(|service| parts.iter().any(|part| squeezed(service).contains(part)))
    }

    /// The model of the first column that is understood.
    fn model(self, row: &Charge, columns: &Columns, day: Date) -> Result<String, &'static str> {
        let family: Vec<&str> = columns.family.iter().filter_map(|column| row.get(column)).collect();
        let mut fault = UNKNOWN_METER;
        for meter in columns.meter.iter().filter_map(|column| row.get(column)) {
            let found = match self {
                Biller::Aws => meter::aws(meter, &family, day),
                Biller::Azure => meter::azure(meter, &family.join(" "), day),
                Biller::Google => meter::google(meter, day),
                Biller::Focus => Err(UnknownMeter::Meter),
            };
            match found {
                Ok(model) => return Ok(model),
                // What the meter itself says is not overruled by a description.
                Err(UnknownMeter::Model) => return Err(UNKNOWN_MODEL),
                Err(UnknownMeter::Unnamed) => {
                    let details = row.models_in_details();
                    if !details.is_empty() {
                        return meter::listed(&details, day).map_err(|_| UNKNOWN_MODEL);
                    }
                    fault = UNKNOWN_MODEL;
                }
                Err(UnknownMeter::Meter) => {}
            }
        }
        Err(fault)
    }

    fn tokens(self, row: &Charge, columns: &Columns, numerals: Numerals) -> Result<u64, &'static str> {
        let mut fault = UNKNOWN_UNIT;
        for (amount, unit) in columns.amounts {
            let (Some(amount), Some(unit)) = (row.get(amount), row.get(unit)) else { continue };
            // Google counts tokens one by one: its export gives `count`, its console `requests`.
            let is_count = self == Biller::Google && ["count", "requests"].contains(&squeezed(unit).as_str());
            let Some(factor) = tokens_per_unit(unit).or(is_count.then_some(1)) else { continue };
            let tokens =
                numerals.amount(amount).ok().and_then(|amount| amount.checked_mul(Decimal::from(factor)));
            match tokens.and_then(|tokens| tokens.round().to_u64()) {
                Some(tokens) => return Ok(tokens),
                None => fault = NO_AMOUNT,
            }
        }
        Err(fault)
    }
}

/// Whether the kind of a row is usage. Discounts and negations repeat the amounts of the usage that they are for.
fn is_usage(kind: &str) -> bool {
    let kinds = ["usage", "discountedusage", "savingsplancoveredusage", "regular"];
    kinds.contains(&squeezed(kind).as_str())
}

/// The day of a time in UTC. Azure writes the month first.
fn day(biller: Biller, text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '/');
    if let (Biller::Azure, Some(month), Some(day), Some(year)) =
        (biller, parts.next(), parts.next(), parts.next())
    {
        let is_year = year.len() == 4 && month.len() <= 2;
        if is_year {
            return clock::date(&format!("{year}-{month:0>2}-{day:0>2}"));
        }
    }
    clock::rfc_3339(&utc(text)).map(clock::day)
}

/// The texts of a row by the squeezed names of their columns; what is nested has the names of the levels in one.
struct Charge(BTreeMap<String, String>);

impl Charge {
    fn of(row: &Map<String, Value>) -> Self {
        let mut texts = BTreeMap::new();
        flatten("", row, &mut texts);
        Charge(texts)
    }

    fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    /// Models that the details of a FOCUS row name.
    fn models_in_details(&self) -> Vec<String> {
        let is_model = |name: &str| name.starts_with("skupricedetails") && name.contains("model");
        self.0.iter().filter(|(name, _)| is_model(name)).map(|(_, text)| text.clone()).collect()
    }

    fn first(&self, columns: &[&str]) -> Option<&str> {
        columns.iter().find_map(|column| self.get(column))
    }
}

fn flatten(above: &str, row: &Map<String, Value>, texts: &mut BTreeMap<String, String>) {
    for (name, value) in row {
        let name = format!("{above}{}", squeezed(name));
        let text = match value {
            Value::Object(inner) => {
                flatten(&name, inner, texts);
                continue;
            }
            Value::String(text) if text.starts_with('{') => {
                // A map in a cell of a table.
                if let Ok(inner) = serde_json::from_str(text) {
                    flatten(&name, &inner, texts);
                }
                continue;
            }
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) => continue,
        };
        if !text.is_empty() {
            texts.entry(name).or_insert(text);
        }
    }
}
