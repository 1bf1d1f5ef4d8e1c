//! Italian.

use super::MarketWords;

pub(super) const IT: MarketWords = MarketWords {
    heading: "Basato sulla posizione e basato sul mercato",
    intro: "Entrambi i valori riguardano le stesse chiamate. Quello basato sulla posizione usa la media di ciascuna rete elettrica ed è il valore di questo rapporto. Quello basato sul mercato usa i contratti di elettricità del fornitore e i mix residuali delle reti. Non vengono né sommati né mediati.",
    basis: "Base",
    location: "Basato sulla posizione",
    market: "Basato sul mercato",
    recomputed: "Quota del valore basato sulla posizione rivalutata con uno strumento o un mix residuale: {share}. Il resto è uguale in entrambi: hardware, valori senza una propria quantità di elettricità ed elettricità per cui non è noto né l’uno né l’altro.",
    range: "L’intervallo del valore basato sul mercato deriva da quello dell’elettricità. Strumenti e mix residuali sono ripresi come indicati, senza un intervallo proprio.",
    zones: "Elettricità per rete (kWh) e relative emissioni ({unit} CO₂e)",
    zones_head: [
        "Rete",
        "kWh",
        "con strumenti",
        "con mix residuale",
        "con media della rete",
        "basato sulla posizione",
        "basato sul mercato",
    ],
    stand_in: "Per {zones} non è noto alcun mix residuale: quanto non è coperto da uno strumento è valutato con la media della rete.",
    instruments: "Strumenti contrattuali",
    instruments_head: ["Strumento", "Quantità", "Documentazione"],
    instrument: "{kind}, {zone}, {from} – {to}, produzione {vintage}",
    of_provider: "solo per l’elettricità di {provider}",
    quantity: "{used} di {allocated} kWh utilizzati, {g} g/kWh",
    evidence: "{source}; licenza: {licence}; SHA-256 dei certificati {certificates}, del documento {document}",
    mix_evidence: "{source}; licenza: {licence}; SHA-256 del documento {document}",
    shown: "Sono riportati i primi {count} su {total}; statement.json li elenca tutti.",
    instruments_note: "Utilizzati in quest’ordine: prima quelli di un solo provider, poi secondo il primo giorno del periodo, l’ultimo giorno e l’identificativo. Ciò che avanza non è usato per altri mesi. Certificati e documenti sono presso il fornitore; qui figurano solo le loro impronte digitali.",
    residual_mixes: "Mix residuali",
    residual_head: ["Rete e anno", "g/kWh", "Documentazione"],
    restated: "Basato sul mercato: prima {old}, ora {new}.",
    kinds: [
        "Garanzia di origine",
        "Certificato di energia rinnovabile (REC)",
        "Contratto di acquisto di energia (PPA)",
        "Mix del fornitore di elettricità",
    ],
};
