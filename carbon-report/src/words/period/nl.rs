//! Dutch.

use super::PeriodWords;

pub(super) const NL: PeriodWords = PeriodWords {
    sections: [
        "Kerncijfers",
        "Waar dit in uw verslag hoort",
        "Uitsplitsing",
        "Gegevenskwaliteit",
        "Methode",
        "Factoren en bronnen",
        "De maanden en hun rapporten",
        "Wat deze verklaring niet beweert",
    ],
    to_paste: "“Van {from} tot en met {to} hebben de van {supplier} aangekochte LLM-diensten geschatte emissies van {mass} CO₂e veroorzaakt (interval {low} tot {high}), gerapporteerd in scope 3, categorie 1, aangekochte goederen en diensten, waarvan cloudcomputing- en datacentrumdiensten. {covered} van de tokens heeft een emissiefactor; {primary} van de emissies is gebaseerd op primaire gegevens.”",
    is_final: "definitief: elke maand is afgesloten en heeft haar rapport",
    provisional: "voorlopig: {missing} van {all} maanden ontbreken",
    missing: "Ontbrekende maanden",
    missing_note: "Deze maanden zitten in geen enkel cijfer van deze verklaring. Hun emissies zijn niet nul: zij zijn nog niet opgegeven.",
    reasons: [
        "nog open",
        "afgesloten, maar zonder rapport voor deze klant",
        "herzien, maar zonder rapport over de herziening",
    ],
    restated: "Herziene maanden: {months}. De cijfers zijn de herziene; deel 7 vermeldt de eerdere.",
    no_activity: "Voor deze klant is in deze maanden geen LLM-aanroep geregistreerd: de emissies zijn nul omdat er geen activiteit was.",
    by_month: "Emissies per maand",
    factor_sets: "Factorensets",
    without_market: "Voor {months} is geen marktgebaseerd cijfer opgegeven: deze maanden zitten in geen van beide cijfers.",
    method: &[
        "Deze verklaring telt de definitieve verklaringen van de maanden in deel 7 op. Niets is opnieuw uit aanroepen of factoren berekend: elke centrale waarde is, tot het laatste cijfer, de som van de waarden die de maanden opgeven. lines.csv zegt bij elke regel van een model van welke maanden zij de som is.",
        "Onder- en bovengrenzen worden op dezelfde wijze opgeteld. De maanden berusten op dezelfde factoren en hebben dus gemeenschappelijke fouten; waar dat niet zo is, is het interval breder dan nodig, nooit smaller. Wat in een maand niet bekend is, blijft onbekend en telt niet als nul.",
        "De vergelijkingen, systeemgrenzen en onzekerheden staan in het rapport van elke maand.",
    ],
    factors_note: "Elke factor die in een van de maanden is toegepast. De waarden, systeemgrens en het interval staan in de rapporten van de maanden en in statement.json.",
    factor: "Factor",
    months_note: "De cijfers van elke maand zijn die van het hier genoemde rapport. Het bewijspakket daarvan bevat elke aanroep waarop zij berusten.",
    statement_digest: "statement.json (SHA-256)",
    change: "eerder {old}, nu {new}: {difference}, waarvan {usage} door ander gebruik en {factors} door andere factoren",
    attachments: "statement.json bevat elk cijfer van deze verklaring met alle cijfers, en lines.csv elke rij van de tabellen. Dezelfde cijfers zijn voor andere software beschikbaar als xBRL-JSON en, als er geen maand ontbreekt, als VSME-tekstblok en als PACT-voetafdruk. Alle bestanden zijn in deze pdf opgenomen.",
    verify: "Vraag de leverancier om het bewijspakket om deze verklaring te controleren en voer uit: carbon-server verify evidence.zip. Het pakket bevat de verklaring van elke maand. Zonder netwerk of database vergelijkt de opdracht hun hashes met die hierboven, telt ze opnieuw op en vergelijkt elk cijfer.",
};
