//! Italian.

use super::PeriodWords;

pub(super) const IT: PeriodWords = PeriodWords {
    sections: [
        "Dati principali",
        "Dove riportare questi dati",
        "Ripartizione",
        "Qualità dei dati",
        "Metodo",
        "Fattori e fonti",
        "I mesi e i loro rapporti",
        "Che cosa questa dichiarazione non afferma",
    ],
    to_paste: "«Nel periodo {from} – {to} i servizi LLM acquistati da {supplier} hanno generato emissioni stimate di {mass} CO₂e (intervallo da {low} a {high}), riportate nell’ambito 3, categoria 1, beni e servizi acquistati, di cui servizi di cloud computing e di centri di elaborazione dati. Token con un fattore di emissione: {covered}; emissioni basate su dati primari: {primary}.»",
    is_final: "definitivo: ogni mese è chiuso e ha il suo rapporto",
    provisional: "provvisorio: mancano {missing} mesi su {all}",
    missing: "Mesi mancanti",
    missing_note: "Questi mesi non sono compresi in alcun valore di questa dichiarazione. Le loro emissioni non sono pari a zero: non sono ancora dichiarate.",
    reasons: [
        "ancora aperto",
        "chiuso, ma senza rapporto per questo cliente",
        "rideterminato, ma senza rapporto sulla rideterminazione",
    ],
    restated: "Mesi rideterminati: {months}. I valori sono quelli rideterminati; la sezione 7 riporta i precedenti.",
    no_activity: "Per questo cliente non è stata registrata alcuna chiamata LLM in questi mesi: le emissioni sono pari a zero perché non vi è stata attività.",
    by_month: "Emissioni per mese",
    factor_sets: "Set di fattori",
    without_market: "Per {months} non è dichiarato un valore basato sul mercato: questi mesi non sono compresi in nessuno dei due valori.",
    method: &[
        "Questa dichiarazione somma le dichiarazioni definitive dei mesi della sezione 7. Nulla è stato ricalcolato da chiamate o fattori: ogni valore centrale è, fino all’ultima cifra, la somma dei valori dichiarati dai mesi. lines.csv indica per ogni riga di un modello i mesi di cui è la somma.",
        "I limiti inferiori e superiori sono sommati allo stesso modo. I mesi si basano sugli stessi fattori e hanno quindi errori comuni; dove non è così, l’intervallo è più ampio del necessario, mai più stretto. Ciò che in un mese non è noto resta sconosciuto e non conta come zero.",
        "Equazioni, perimetri e incertezze sono nel rapporto di ciascun mese.",
    ],
    factors_note: "Ogni fattore applicato in uno dei mesi. Tassi, perimetro e intervallo sono nei rapporti dei mesi e in statement.json.",
    factor: "Fattore",
    months_note: "I valori di ciascun mese sono quelli del rapporto qui indicato. Il suo fascicolo delle prove contiene ogni chiamata su cui si basano.",
    statement_digest: "statement.json (SHA-256)",
    change: "prima {old}, ora {new}: {difference}, di cui {usage} per un diverso uso e {factors} per altri fattori",
    attachments: "statement.json contiene ogni valore di questa dichiarazione con tutte le cifre, e lines.csv ogni riga delle sue tabelle. Gli stessi valori sono disponibili per altri programmi come xBRL-JSON e, se non manca alcun mese, come blocco di testo VSME e come impronta PACT. Tutti i file sono incorporati in questo PDF.",
    verify: "Per verificare questa dichiarazione, chiedete al fornitore il suo fascicolo delle prove ed eseguite: carbon-server verify evidence.zip. Il fascicolo contiene la dichiarazione di ogni mese. Senza rete né database, il comando confronta le loro impronte digitali con quelle riportate sopra, le somma di nuovo e confronta ogni valore.",
};
