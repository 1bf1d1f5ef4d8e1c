//! Dutch.

use crate::background::mail::words::MailWords;

pub(super) const NL: MailWords = MailWords {
    title: "LLM-emissierapport, {period}: {client}",
    intro: "{supplier} heeft het emissierapport van {client} over {period} uitgebracht.",
    emissions: "Emissies van LLM-aanroepen",
    colon: ": ",
    range: "hoogstwaarschijnlijk tussen {low} en {high}",
    not_quantified: "niet gekwantificeerd",
    period: "Periode",
    status: "Status",
    revision: "revisie",
    supplier: "Leverancier",
    attached: "Het rapport is als pdf bijgevoegd.",
    open_report: "Rapport openen (pdf)",
    open_dashboard: "Dashboard openen",
    verify: "Rapport laten controleren",
    why: "U ontvangt dit bericht omdat {supplier} uw adres heeft opgegeven als contact voor rapporten van {client}.",
    unsubscribe: "Afmelden",
    unsubscribe_text: "U ontvangt van {supplier} geen rapporten van {client} meer per e-mail.",
    unsubscribed: "U bent afgemeld",
    unsubscribed_text: "Er worden geen rapporten van {client} meer naar uw adres gestuurd. {supplier} ziet dat u zich hebt afgemeld.",
    skip: "Naar de inhoud",
};
