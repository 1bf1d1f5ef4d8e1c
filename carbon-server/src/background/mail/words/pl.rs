//! Polish.

use crate::background::mail::words::MailWords;

pub(super) const PL: MailWords = MailWords {
    title: "Raport o emisjach LLM, {period}: {client}",
    intro: "Wystawca: {supplier}. Raport o emisjach: {client}, okres: {period}.",
    emissions: "Emisje z wywołań LLM",
    colon: ": ",
    range: "najprawdopodobniej między {low} a {high}",
    not_quantified: "nieokreślone ilościowo",
    period: "Okres",
    status: "Status",
    revision: "wersja",
    supplier: "Dostawca",
    attached: "Raport jest załączony w formacie PDF.",
    open_report: "Otwórz raport (PDF)",
    open_dashboard: "Otwórz pulpit",
    verify: "Sprawdź raport",
    why: "Otrzymują Państwo tę wiadomość, ponieważ {supplier} podaje Państwa adres jako kontakt do raportów: {client}.",
    unsubscribe: "Zrezygnuj z subskrypcji",
    unsubscribe_text: "Nie będą już Państwo otrzymywać pocztą elektroniczną raportów ({client}) od dostawcy {supplier}.",
    unsubscribed: "Subskrypcja anulowana",
    unsubscribed_text: "Raporty ({client}) nie są już wysyłane na Państwa adres. {supplier} widzi tę rezygnację.",
    skip: "Przejdź do treści",
};
