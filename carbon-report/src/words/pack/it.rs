//! Italian.

use super::{FileWords, PackWords};

pub(super) const IT: PackWords = PackWords {
    title: "Fascicolo delle prove",
    subject: "Emissioni dei servizi LLM utilizzati da {client}, {period}",
    labels: ["Fornitore", "Emissioni", "Rapporto", "Emesso il"],
    emissions: "{mass} CO2e, {range}. Tutte le cifre: {grams}\u{a0}g",
    not_quantified: "non quantificate: per nessuno dei modelli è noto un fattore di emissione",
    report: "{id}, revisione {revision}, {status}",
    headings: [
        "Che cos’è",
        "I file",
        "Come verificarlo",
        "Che cosa mostra una verifica",
        "Che cosa nessuna verifica mostra",
    ],
    what: &[
        "Questo fascicolo contiene un rapporto e quanto serve per ricalcolarne i valori. Non richiede né account, né database, né rete.",
    ],
    of_month: "I valori derivano da events.ndjson (che cosa è stato usato) e da factors.json (emissioni per unità di uso).",
    of_period: "I valori sono le somme delle dichiarazioni mensili contenute in questo fascicolo. Il fascicolo delle prove di ciascun mese, in possesso del fornitore, contiene quanto sta alla base di quel mese.",
    files: FileWords {
        readme: "Questo testo.",
        report: "Il rapporto così come è stato emesso. Vi è allegato anche ciascuno dei formati seguenti.",
        forms: [
            "Ogni valore con tutte le cifre.",
            "Ogni riga delle tabelle del rapporto, per un foglio di calcolo.",
            "I dati principali in xBRL-JSON.",
            "Gli stessi come blocco di testo della tassonomia VSME.",
            "Gli stessi come impronta di prodotto PACT.",
            "Una riga per giorno, modello e regione, nelle colonne di FOCUS.",
        ],
        taxonomy: "La tassonomia in cui è scritto statement.xbrl.json.",
        events: "Gli eventi che il mese conta, uno per riga: quando, quale modello, quanti token. Né prompt né risposte.",
        factors: "Il set di fattori: il testo delle sue tabelle, con le fonti.",
        windows: "L’energia misurata da cui sono stati ricavati i fattori misurati del fornitore.",
        logo: "Il logo del fornitore sul rapporto.",
        months: "La dichiarazione di un mese, come la riporta il rapporto di quel mese.",
        proof: "Dalla riga di questo cliente nel registro del fornitore a un punto di controllo firmato di quel registro.",
        time_stamp: "La marca temporale di un’autorità sulla chiusura del mese (RFC 3161).",
        script: "Verifica il fascicolo. È testo: leggetelo prima di eseguirlo.",
        manifest: "Lunghezza e SHA-256 dei file.",
        sums: "SHA-256 di ogni altro file, come lo legge il programma sha256sum.",
    },
    before: "Conservate il file compresso così come l’avete ricevuto: «evidence.zip» qui sotto sta per il suo nome. Ci sono tre modi, ciascuno indipendente dagli altri.",
    ways: [
        "Con Python 3 e nient’altro. Estraete {script} da questo fascicolo ed eseguite:",
        "Con il programma carbon-server, che è open source (Apache-2.0). Ridisegna anche il rapporto e confronta ogni byte del PDF; deve quindi essere della versione che ha prodotto il rapporto, {generator}:",
        "Con una pagina in un browser: esegue lo stesso programma e ne mostra la risposta.",
    ],
    at_address: "Il fornitore indica questo indirizzo; nulla nel fascicolo prova che sia il suo:",
    at_supplier: "Ogni server di LLM Carbon Tracker ce l’ha, al percorso /verify.",
    sums: "Per vedere solo se i file sono invariati da quando sono stati compressi, estraeteli ed eseguite:",
    trust: "Chi potesse modificare questo fascicolo potrebbe modificare anche lo script che contiene. Prendete lo script dal progetto, o usate il programma, se non vi fidate della provenienza del fascicolo.",
    shows_month: &[
        "I valori derivano dagli eventi e dai fattori, e le righe sommate danno i totali.",
        "Se c’è proof.json: il mese è stato chiuso con questi eventi e questo totale nel registro del fornitore, sotto un punto di controllo firmato. Confrontate la chiave indicata dalla verifica con quella del fornitore.",
        "Se c’è closing.tsr: la chiusura esisteva all’ora indicata dall’autorità.",
    ],
    shows_period: &[
        "I valori sono le somme dei mesi, e la dichiarazione di ciascun mese è quella che il rapporto indica con il suo SHA-256.",
    ],
    shows: &[
        "Nessun file è stato modificato, aggiunto o omesso, e il file compresso ha una sola lettura. Il programma e la pagina confrontano anche le pagine del PDF; lo script Python non le esamina.",
    ],
    shows_not: &[
        "Che i fattori siano corretti: sono stime pubblicate, e il rapporto ne indica l’intervallo e le fonti.",
        "Chi ha fatto il fascicolo, a meno che il rapporto sia firmato e vi fidiate di chi ha emesso il certificato.",
    ],
    shows_not_month: &[
        "Che gli eventi siano avvenuti, o che nessuno sia stato omesso prima della chiusura del mese. Confrontateli con le fatture dei provider dei modelli.",
    ],
    shows_not_period: &[
        "Che le dichiarazioni mensili derivino da ciò che è stato usato: lo mostra il fascicolo di ciascun mese.",
    ],
};
