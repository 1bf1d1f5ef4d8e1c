//! English.

use crate::background::mail::words::MailWords;

pub(super) const EN: MailWords = MailWords {
    title: "LLM emissions report, {period}: {client}",
    intro: "{supplier} has issued the emissions report of {client} for {period}.",
    emissions: "Emissions of LLM calls",
    colon: ": ",
    range: "most probably between {low} and {high}",
    not_quantified: "not quantified",
    period: "Period",
    status: "Status",
    revision: "revision",
    supplier: "Supplier",
    attached: "The report is attached as a PDF.",
    open_report: "Open the report (PDF)",
    open_dashboard: "Open the dashboard",
    verify: "Have the report checked",
    why: "You receive this because {supplier} has named your address as a contact for reports of {client}.",
    unsubscribe: "Unsubscribe",
    unsubscribe_text: "You will no longer receive reports of {client} from {supplier} by mail.",
    unsubscribed: "You are unsubscribed",
    unsubscribed_text: "No further reports of {client} are sent to your address. {supplier} sees that you have unsubscribed.",
    skip: "Skip to content",
};
