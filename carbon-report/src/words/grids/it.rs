//! Italian.

use super::GridWords;

pub(super) const IT: GridWords = GridWords {
    heading: "L’elettricità nel tempo",
    note: "Dove il fornitore ha importato l’intensità di carbonio di una rete elettrica per ora o per mese, essa sostituisce il valore annuale del set di fattori: per ora se l’ora delle chiamate è nota e la loro regione è stata trasmessa, altrimenti per mese, altrimenti per anno. I valori mancanti non sono integrati. I valori sono concessi in licenza al fornitore e non fanno parte di questo rapporto; l’impronta digitale li identifica. I fattori pubblicati non ne sono toccati. L’errore di una rete è considerato uguale in tutte le sue ore e in tutti i suoi mesi; l’intervallo non è quindi più stretto di quello del valore annuale.",
    resolutions: ["per ora", "per mese", "per anno (set di fattori)"],
    by_resolution: ["Valore della rete", "Token", "Quota dei token", "Energia", "Quota dell’energia"],
    series: ["Serie", "Fonte e licenza", "g CO₂e/kWh", "Quota dell’energia"],
    span: "{from} – {to}; valori: {values}, lacune: {gaps}",
    vintage: "versione {vintage}",
    range: "{low} – {high}, media {mean}",
    digest: "SHA-256",
    by_hour: "Carico e intensità della rete per ora del giorno",
    energy_axis: "Barre: energia ({unit}) in ogni ora del giorno (UTC), nel mese",
    grid_axis: "Tratti: g CO₂e/kWh, media ponderata con l’energia",
    by_hour_summary: "Il consumo di energia è stato massimo nell’ora dalle {load_hour}; l’intensità media delle reti è stata minima nell’ora dalle {grid_hour} ({lowest} g/kWh) e al massimo di {highest} g/kWh.",
    hours: ["Ora (UTC)", "Energia"],
    grams_follow: "energia × intensità della rete nell’ora o nel mese (sezione 3) + hardware",
    mean: "in media",
};
