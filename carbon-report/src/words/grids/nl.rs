//! Dutch.

use super::GridWords;

pub(super) const NL: GridWords = GridWords {
    heading: "Elektriciteit in de tijd",
    note: "Waar de leverancier de koolstofintensiteit van een stroomnet per uur of per maand heeft ingevoerd, vervangt die de jaarwaarde van de factorenset: per uur waar het uur van de aanroepen bekend is en hun regio is opgegeven, anders per maand, anders per jaar. Ontbrekende waarden worden niet aangevuld. De waarden zijn aan de leverancier in licentie gegeven en geen deel van dit rapport; de hash duidt ze aan. Gepubliceerde factoren blijven ongewijzigd. De fout van een stroomnet geldt als gelijk in al zijn uren en maanden; het interval is dus niet smaller dan dat van de jaarwaarde.",
    resolutions: ["per uur", "per maand", "per jaar (factorenset)"],
    by_resolution: ["Netwaarde", "Tokens", "Aandeel tokens", "Energie", "Aandeel energie"],
    series: ["Reeks", "Bron en licentie", "g CO₂e/kWh", "Aandeel energie"],
    span: "{from} tot {to}; waarden: {values}, hiaten: {gaps}",
    vintage: "stand {vintage}",
    range: "{low} – {high}, gemiddeld {mean}",
    digest: "SHA-256",
    by_hour: "Belasting en netintensiteit per uur van de dag",
    energy_axis: "Staven: energie ({unit}) in elk uur van de dag (UTC), over de maand",
    grid_axis: "Streepjes: g CO₂e/kWh, naar energie gewogen gemiddelde",
    by_hour_summary: "De meeste energie is gebruikt in het uur vanaf {load_hour}; de gemiddelde intensiteit van de netten was het laagst in het uur vanaf {grid_hour} ({lowest} g/kWh) en ten hoogste {highest} g/kWh.",
    hours: ["Uur (UTC)", "Energie"],
    grams_follow: "energie × netintensiteit van het uur of de maand (deel 3) + hardware",
    mean: "gemiddeld",
};
