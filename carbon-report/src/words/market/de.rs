//! German.

use super::MarketWords;

pub(super) const DE: MarketWords = MarketWords {
    heading: "Standortbezogen und marktbezogen",
    intro: "Beide Werte gelten für dieselben Aufrufe. Der standortbezogene verwendet den Durchschnitt des jeweiligen Stromnetzes und ist der Wert dieses Berichts. Der marktbezogene verwendet die Stromverträge des Lieferanten und die Restmixe der Netze. Die Werte werden weder addiert noch gemittelt.",
    basis: "Bilanzierung",
    location: "Standortbezogen",
    market: "Marktbezogen",
    recomputed: "{share} des standortbezogenen Werts wurden mit einem Nachweis oder einem Restmix neu bewertet. Der Rest ist in beiden gleich: Hardware, Werte ohne eigene Strommenge und Strom, für den beides nicht bekannt ist.",
    range: "Der Unsicherheitsbereich des marktbezogenen Werts folgt aus dem des Stroms. Nachweise und Restmixe gelten wie angegeben, ohne eigenen Unsicherheitsbereich.",
    zones: "Strom nach Netz (kWh) und seine Emissionen ({unit} CO₂e)",
    zones_head: [
        "Netz",
        "kWh",
        "mit Nachweis",
        "mit Restmix",
        "mit Netzmittel",
        "standortbezogen",
        "marktbezogen",
    ],
    stand_in: "Für {zones} ist kein Restmix bekannt: Was dort kein Nachweis deckt, wird mit dem Durchschnitt des Netzes bewertet.",
    instruments: "Vertragliche Nachweise",
    instruments_head: ["Nachweis", "Menge", "Beleg"],
    instrument: "{kind}, {zone}, {from} bis {to}, erzeugt {vintage}",
    of_provider: "nur für Strom von {provider}",
    quantity: "{used} von {allocated} kWh verwendet, {g} g/kWh",
    evidence: "{source}; Lizenz: {licence}; SHA-256 der Zertifikate {certificates}, des Dokuments {document}",
    mix_evidence: "{source}; Lizenz: {licence}; SHA-256 des Dokuments {document}",
    shown: "Die ersten {count} von {total} sind gezeigt; statement.json enthält alle.",
    instruments_note: "Verwendet in dieser Reihenfolge: zuerst die eines Anbieters, dann nach dem ersten Tag des Zeitraums, seinem letzten Tag und der ID. Was übrig bleibt, wird für keinen anderen Monat verwendet. Zertifikate und Dokumente liegen beim Lieferanten; hier stehen nur ihre Prüfsummen.",
    residual_mixes: "Restmixe",
    residual_head: ["Netz und Jahr", "g/kWh", "Beleg"],
    restated: "Marktbezogen: vorher {old}, jetzt {new}.",
    kinds: [
        "Herkunftsnachweis",
        "Zertifikat für erneuerbare Energie (REC)",
        "Stromliefervertrag (PPA)",
        "Strommix des Lieferanten",
    ],
};
