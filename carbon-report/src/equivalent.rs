//! Everyday equivalents of an amount of CO2e, to picture it; never in the report itself.

use carbon_core::{Grams, Millilitres, WattHours, place::Zone};
use rust_decimal::Decimal;

/// Something that causes about the same emissions, and the source of that figure.
///
/// ```
/// use carbon_core::{FactorSet, Grams};
/// use carbon_report::{equivalent::{Comparison, Equivalent}, figure};
///
/// let set = FactorSet::latest();
/// let france = set.locate("FRA", None)?.zone;
/// let [electricity, petrol] = Equivalent::of(Grams::new("4144".parse().unwrap()), france);
/// // France has 41.44 g per kilowatt hour.
/// assert!(matches!(electricity.comparison, Comparison::Electricity { energy, .. } if energy.as_decimal() == "100000".parse().unwrap()));
/// assert_eq!(petrol.source, "Greenhouse Gas Emissions from a Typical Passenger Vehicle, U.S. EPA, EPA-420-F-11-041 (2011)");
/// # Ok::<(), carbon_core::place::UnknownRegion>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Equivalent {
    /// What it is compared with.
    pub comparison: Comparison,
    /// Where the figure behind it is from.
    pub source: String,
    /// Its page.
    pub url: Option<String>,
}

/// What emissions are compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// Electricity of a zone's yearly average.
    Electricity {
        /// How much of it.
        energy: WattHours,
        /// The zone's code.
        zone_id: String,
        /// Its English name.
        zone: String,
        /// Its grams of CO2e per kilowatt hour.
        g_per_kwh: Decimal,
        /// The year of that figure, where its publisher says.
        year: Option<u16>,
    },
    /// Petrol that is burnt, without making and bringing it.
    Petrol {
        /// How much of it.
        volume: Millilitres,
    },
}

/// Grams of CO2 from a US gallon of gasoline.
const PETROL_G_PER_GALLON: Decimal = Decimal::from_parts(8_887, 0, 0, false, 0);
/// Millilitres of a US gallon, by definition: 3,785.411784.
const ML_PER_GALLON: Decimal = Decimal::from_parts(3_785_411_784, 0, 0, false, 6);
const PETROL_SOURCE: &str =
    "Greenhouse Gas Emissions from a Typical Passenger Vehicle, U.S. EPA, EPA-420-F-11-041 (2011)";
const PETROL_URL: &str = "https://nepis.epa.gov/Exe/ZyPURL.cgi?Dockey=P100CZFN.txt";

impl Equivalent {
    /// Equivalents of `co2`; electricity is that of `zone`.
    pub fn of(co2: Grams, zone: &Zone) -> [Equivalent; 2] {
        let (co2, grid) = (co2.as_decimal(), zone.grid());
        let g_per_kwh = grid.per_kwh().central().as_decimal();
        // No grid of the registry has zero grams.
        let watt_hours = (co2 * Decimal::ONE_THOUSAND).checked_div(g_per_kwh).unwrap_or_default();
        let electricity = Comparison::Electricity {
            energy: WattHours::new(watt_hours),
            zone_id: zone.id().to_owned(),
            zone: zone.name().to_owned(),
            g_per_kwh,
            year: grid.year(),
        };
        let source = grid.source();
        let petrol =
            Comparison::Petrol { volume: Millilitres::new(co2 / PETROL_G_PER_GALLON * ML_PER_GALLON) };
        [
            Equivalent {
                comparison: electricity,
                source: format!("{}, {}", source.title(), source.publisher()),
                url: source.url().map(str::to_owned),
            },
            Equivalent {
                comparison: petrol,
                source: PETROL_SOURCE.to_owned(),
                url: Some(PETROL_URL.to_owned()),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gallon_of_gasoline_is_a_gallon() {
        let set = carbon_core::FactorSet::latest();
        let world = set.locate("WOR", None).unwrap().zone;
        let [_, petrol] = Equivalent::of(Grams::new(Decimal::from(8_887)), world);
        assert_eq!(petrol.comparison, Comparison::Petrol { volume: Millilitres::new(ML_PER_GALLON) });
    }
}
