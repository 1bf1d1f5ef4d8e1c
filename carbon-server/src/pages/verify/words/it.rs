//! Italian.

use super::VerifyWords;

pub(super) const IT: VerifyWords = VerifyWords {
    skip: "Vai al contenuto",
    language: "Lingua",
    title: "Verificare un rapporto o un fascicolo delle prove",
    lead: "Per chiunque abbia ricevuto un rapporto: il programma che produce i rapporti ricalcola i valori e dice se sono gli stessi. Non serve un account.",
    file: "Rapporto (.pdf) o fascicolo delle prove (.zip)",
    hint: "Al massimo {mebibytes} MiB.",
    drop: "Potete anche trascinare il file qui.",
    check: "Verifica",
    checking: "Verifica in corso …",
    privacy: "Il file è inviato a questo server e a nessun altro. Nulla ne viene conservato.",
    colon: ": ",
    verified: "Verificato",
    not_verified: "Non verificato",
    first_difference: "Primo punto che differisce",
    differs: "Che cosa differisce",
    not_checked: "Nessuna verifica",
    too_much: "La verifica di questo file richiede più tempo o memoria di quanta ne abbia questa pagina. Eseguite il comando sul vostro computer.",
    too_large: "Il file è troppo grande per questa pagina. Eseguite il comando sul vostro computer.",
    too_many: "Dal vostro indirizzo di rete sono arrivati troppi file in un minuto. Riprovate più tardi.",
    busy: "Troppi file sono in attesa di verifica. Riprovate più tardi.",
    not_received: "Il file non è arrivato in tempo o non è arrivato per intero. Riprovate.",
    no_file: "Scegliete un file: un rapporto o un fascicolo delle prove.",
    another_site: "Il modulo è stato inviato da un altro sito. Aprite questa pagina e riprovate.",
    failed: "Si è verificato un errore su questo server. Il file non è stato verificato.",
    shows: "Che cosa mostra una verifica",
    shows_list: [
        "Di un fascicolo: ogni valore deriva dagli eventi e dai fattori che contiene, e il PDF è quello che ne risulta, fino all’ultimo byte.",
        "Del fascicolo di un mese chiuso: a quale voce del registro del fornitore appartiene, e se un punto di controllo firmato la copre.",
        "Di un rapporto da solo: le sue righe danno i totali, ciascuna è token per fattore, e il PDF è quello che risulta dalla sua dichiarazione.",
    ],
    shows_not: "Che cosa non mostra",
    shows_not_list: [
        "Che gli eventi siano avvenuti, o che non ne manchi alcuno: confrontateli con le fatture dei provider dei modelli.",
        "Che i fattori di emissione siano corretti: sono stime pubblicate con un intervallo.",
        "Chi ha fatto il file, a meno che sia firmato e vi fidiate di chi ha emesso il certificato. Questa pagina non è né un incarico di attestazione né un certificato.",
    ],
    yourself: "Verificare da soli",
    yourself_text: "Non dovete fidarvi di questo server: ogni fascicolo contiene un README e uno script Python che lo verifica offline, e il programma è open source. Dà la stessa risposta:",
};
