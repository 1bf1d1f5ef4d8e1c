//! French.

use crate::background::mail::words::MailWords;

pub(super) const FR: MailWords = MailWords {
    title: "Rapport d’émissions LLM, {period}\u{a0}: {client}",
    intro: "{supplier} a émis le rapport d’émissions de {client} pour {period}.",
    emissions: "Émissions des appels LLM",
    colon: "\u{a0}: ",
    range: "très probablement entre {low} et {high}",
    not_quantified: "non quantifié",
    period: "Période",
    status: "Statut",
    revision: "révision",
    supplier: "Fournisseur",
    attached: "Le rapport est joint au format PDF.",
    open_report: "Ouvrir le rapport (PDF)",
    open_dashboard: "Ouvrir le tableau de bord",
    verify: "Faire vérifier le rapport",
    why: "Vous recevez ce message parce que {supplier} a indiqué votre adresse comme contact pour les rapports de {client}.",
    unsubscribe: "Se désabonner",
    unsubscribe_text: "Vous ne recevrez plus par e-mail les rapports de {client} établis par {supplier}.",
    unsubscribed: "Désabonnement enregistré",
    unsubscribed_text: "Plus aucun rapport de {client} n’est envoyé à votre adresse. {supplier} est informé de votre désabonnement.",
    skip: "Aller au contenu",
};
