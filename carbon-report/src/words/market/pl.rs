//! Polish.

use super::MarketWords;

pub(super) const PL: MarketWords = MarketWords {
    heading: "Metoda oparta na lokalizacji i oparta na rynku",
    intro: "Obie wartości dotyczą tych samych wywołań. Wartość oparta na lokalizacji wykorzystuje średnią każdej sieci i jest wartością tego raportu. Wartość oparta na rynku wykorzystuje umowy dostawcy na energię elektryczną i miksy rezydualne sieci. Nie dodaje się ich ani nie uśrednia.",
    basis: "Podstawa",
    location: "Oparta na lokalizacji",
    market: "Oparta na rynku",
    recomputed: "{share} wartości opartej na lokalizacji wyceniono ponownie za pomocą instrumentu lub miksu rezydualnego. Reszta jest w obu taka sama: sprzęt, wartości bez własnej energii elektrycznej i energia, dla której nie jest znane ani jedno, ani drugie.",
    range: "Przedział wartości opartej na rynku wynika z przedziału energii elektrycznej. Instrumenty i miksy rezydualne przyjęto tak, jak je podano, bez własnego przedziału.",
    zones: "Energia elektryczna według sieci (kWh) i jej emisje ({unit} CO₂e)",
    zones_head: ["Sieć", "kWh", "instrumenty", "miks rezydualny", "średnia sieci", "lokalizacja", "rynek"],
    stand_in: "Dla sieci {zones} nie jest znany miks rezydualny: to, czego nie obejmuje tam żaden instrument, wyceniono według średniej sieci.",
    instruments: "Instrumenty umowne",
    instruments_head: ["Instrument", "Ilość", "Dowód"],
    instrument: "{kind}, {zone}, od {from} do {to}, wytworzono w {vintage}",
    of_provider: "tylko dla energii usługodawcy {provider}",
    quantity: "wykorzystano {used} z {allocated} kWh, {g} g/kWh",
    evidence: "{source}; licencja: {licence}; SHA-256 certyfikatów {certificates}, dokumentu {document}",
    mix_evidence: "{source}; licencja: {licence}; SHA-256 dokumentu {document}",
    shown: "Pokazano pierwsze {count} z {total}; statement.json zawiera wszystkie.",
    instruments_note: "Wykorzystano w tej kolejności: najpierw instrumenty jednego usługodawcy, potem według pierwszego dnia okresu, jego ostatniego dnia i identyfikatora. Tego, co zostaje, nie używa się w żadnym innym miesiącu. Certyfikaty i dokumenty przechowuje dostawca; tutaj podano tylko ich skróty kryptograficzne.",
    residual_mixes: "Miksy rezydualne",
    residual_head: ["Sieć i rok", "g/kWh", "Dowód"],
    restated: "Wartość oparta na rynku: przedtem {old}, teraz {new}.",
    kinds: [
        "Gwarancja pochodzenia",
        "Certyfikat energii odnawialnej (REC)",
        "Umowa zakupu energii (PPA)",
        "Miks sprzedawcy energii",
    ],
};
