//! German.

use crate::background::mail::words::MailWords;

pub(super) const DE: MailWords = MailWords {
    title: "LLM-Emissionsbericht, {period}: {client}",
    intro: "{supplier} hat den Emissionsbericht von {client} für {period} ausgestellt.",
    emissions: "Emissionen der LLM-Aufrufe",
    colon: ": ",
    range: "sehr wahrscheinlich zwischen {low} und {high}",
    not_quantified: "nicht beziffert",
    period: "Zeitraum",
    status: "Status",
    revision: "Revision",
    supplier: "Anbieter",
    attached: "Der Bericht ist als PDF angehängt.",
    open_report: "Bericht öffnen (PDF)",
    open_dashboard: "Dashboard öffnen",
    verify: "Bericht prüfen lassen",
    why: "Sie erhalten diese Nachricht, weil {supplier} Ihre Adresse als Kontakt für Berichte von {client} angegeben hat.",
    unsubscribe: "Abbestellen",
    unsubscribe_text: "Sie erhalten keine Berichte von {client} mehr von {supplier} per E-Mail.",
    unsubscribed: "Abbestellt",
    unsubscribed_text: "An Ihre Adresse werden keine Berichte von {client} mehr gesendet. {supplier} sieht, dass Sie sie abbestellt haben.",
    skip: "Zum Inhalt",
};
