//! English.

use super::MarketWords;

pub(super) const EN: MarketWords = MarketWords {
    heading: "Location-based and market-based",
    intro: "Both figures are of the same calls. The location-based one uses the average of each grid and is the figure of this report. The market-based one uses the supplier’s contracts for electricity and the residual mixes of the grids. They are not added together and not averaged.",
    basis: "Basis",
    location: "Location-based",
    market: "Market-based",
    recomputed: "{share} of the location-based figure was valued again by an instrument or a residual mix. The rest is the same in both: hardware, figures without electricity of their own, and electricity for which neither is known.",
    range: "The range of the market-based figure follows from the range of the electricity. Instruments and residual mixes are taken as stated, without a spread of their own.",
    zones: "Electricity by grid (kWh), and its emissions ({unit} CO₂e)",
    zones_head: [
        "Grid",
        "kWh",
        "by instruments",
        "by residual mix",
        "by grid average",
        "location-based",
        "market-based",
    ],
    stand_in: "No residual mix is known for {zones}: what no instrument covers there is valued by the average of the grid.",
    instruments: "Contractual instruments",
    instruments_head: ["Instrument", "Quantity", "Evidence"],
    instrument: "{kind}, {zone}, {from} to {to}, produced in {vintage}",
    of_provider: "for electricity of {provider} only",
    quantity: "{used} of {allocated} kWh used, {g} g/kWh",
    evidence: "{source}; licence: {licence}; SHA-256 of the certificates {certificates}, of the document {document}",
    mix_evidence: "{source}; licence: {licence}; SHA-256 of the document {document}",
    shown: "The first {count} of {total} are shown; statement.json lists all of them.",
    instruments_note: "Used in this order: those of one provider first, then by the first day of the period, its last day and the id. What is left over is used for no other month. The supplier holds the certificates and documents; only their digests are here.",
    residual_mixes: "Residual mixes",
    residual_head: ["Grid and year", "g/kWh", "Evidence"],
    restated: "Market-based: {old} before, {new} now.",
    kinds: [
        "Guarantee of origin",
        "Renewable energy certificate",
        "Power purchase agreement",
        "Supplier's mix",
    ],
};
