//! Dutch.

use super::MarketWords;

pub(super) const NL: MarketWords = MarketWords {
    heading: "Locatiegebaseerd en marktgebaseerd",
    intro: "Beide cijfers gaan over dezelfde aanroepen. Het locatiegebaseerde cijfer gebruikt het gemiddelde van elk stroomnet en is het cijfer van dit rapport. Het marktgebaseerde cijfer gebruikt de stroomcontracten van de leverancier en de residuele mixen van de netten. Zij worden niet opgeteld en niet gemiddeld.",
    basis: "Grondslag",
    location: "Locatiegebaseerd",
    market: "Marktgebaseerd",
    recomputed: "{share} van het locatiegebaseerde cijfer is opnieuw gewaardeerd met een instrument of een residuele mix. De rest is in beide gelijk: hardware, cijfers zonder eigen elektriciteit, en elektriciteit waarvoor geen van beide bekend is.",
    range: "Het interval van het marktgebaseerde cijfer volgt uit dat van de elektriciteit. Instrumenten en residuele mixen worden genomen zoals opgegeven, zonder eigen interval.",
    zones: "Elektriciteit per net (kWh) en de emissies daarvan ({unit} CO₂e)",
    zones_head: [
        "Net",
        "kWh",
        "met instrument",
        "met residuele mix",
        "met netgemiddelde",
        "locatie",
        "markt",
    ],
    stand_in: "Voor {zones} is geen residuele mix bekend: wat daar door geen instrument wordt gedekt, wordt gewaardeerd met het gemiddelde van het net.",
    instruments: "Contractuele instrumenten",
    instruments_head: ["Instrument", "Hoeveelheid", "Bewijs"],
    instrument: "{kind}, {zone}, {from} tot en met {to}, geproduceerd in {vintage}",
    of_provider: "alleen voor elektriciteit van {provider}",
    quantity: "{used} van {allocated} kWh gebruikt, {g} g/kWh",
    evidence: "{source}; licentie: {licence}; SHA-256 van de certificaten {certificates}, van het document {document}",
    mix_evidence: "{source}; licentie: {licence}; SHA-256 van het document {document}",
    shown: "De eerste {count} van {total} worden getoond; statement.json bevat ze allemaal.",
    instruments_note: "Gebruikt in deze volgorde: eerst die van één aanbieder, dan naar de eerste dag van de periode, de laatste dag en de id. Wat overblijft, wordt voor geen andere maand gebruikt. Certificaten en documenten liggen bij de leverancier; hier staan alleen hun hashes.",
    residual_mixes: "Residuele mixen",
    residual_head: ["Net en jaar", "g/kWh", "Bewijs"],
    restated: "Marktgebaseerd: eerder {old}, nu {new}.",
    kinds: [
        "Garantie van oorsprong",
        "Certificaat voor hernieuwbare energie (REC)",
        "Stroomafnameovereenkomst (PPA)",
        "Mix van de stroomleverancier",
    ],
};
