//! Italian.

use crate::background::mail::words::MailWords;

pub(super) const IT: MailWords = MailWords {
    title: "Rapporto sulle emissioni LLM, {period}: {client}",
    intro: "{supplier} ha emesso il rapporto sulle emissioni di {client} per {period}.",
    emissions: "Emissioni delle chiamate LLM",
    colon: ": ",
    range: "molto probabilmente tra {low} e {high}",
    not_quantified: "non quantificate",
    period: "Periodo",
    status: "Stato",
    revision: "revisione",
    supplier: "Fornitore",
    attached: "Il rapporto è allegato in formato PDF.",
    open_report: "Apri il rapporto (PDF)",
    open_dashboard: "Apri la dashboard",
    verify: "Fai verificare il rapporto",
    why: "Ricevete questo messaggio perché {supplier} ha indicato il vostro indirizzo come contatto per i rapporti di {client}.",
    unsubscribe: "Annulla l’iscrizione",
    unsubscribe_text: "Non riceverete più per e-mail i rapporti di {client} emessi da {supplier}.",
    unsubscribed: "Iscrizione annullata",
    unsubscribed_text: "Al vostro indirizzo non vengono più inviati rapporti di {client}. {supplier} vede che avete annullato l’iscrizione.",
    skip: "Vai al contenuto",
};
