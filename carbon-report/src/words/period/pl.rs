//! Polish.

use super::PeriodWords;

pub(super) const PL: PeriodWords = PeriodWords {
    sections: [
        "Najważniejsze dane",
        "Gdzie to ująć w sprawozdaniu",
        "Podział",
        "Jakość danych",
        "Metoda",
        "Współczynniki i źródła",
        "Miesiące i ich raporty",
        "Czego to oświadczenie nie stwierdza",
    ],
    to_paste: "„W okresie {from} – {to} usługi LLM zakupione od dostawcy {supplier} spowodowały szacunkowe emisje {mass} CO₂e (przedział od {low} do {high}), ujęte w zakresie 3, kategoria 1, zakupione towary i usługi, w tym usługi przetwarzania w chmurze i usługi centrów danych. {covered} tokenów ma współczynnik emisji; {primary} emisji opiera się na danych pierwotnych.”",
    is_final: "ostateczny: każdy miesiąc jest zamknięty i ma swój raport",
    provisional: "wstępny: brakuje miesięcy – {missing} z {all}",
    missing: "Brakujące miesiące",
    missing_note: "Miesięcy tych nie ma w żadnej wartości tego oświadczenia. Ich emisje nie wynoszą zero: nie są jeszcze podane.",
    reasons: [
        "nadal otwarty",
        "zamknięty, ale bez raportu dla tego klienta",
        "przekształcony, ale bez raportu o przekształceniu",
    ],
    restated: "Przekształcone miesiące: {months}. Wartości są przekształcone; sekcja 7 podaje wcześniejsze.",
    no_activity: "W tych miesiącach nie zarejestrowano dla tego klienta żadnego wywołania LLM: emisje wynoszą zero, ponieważ nie było działalności.",
    by_month: "Emisje według miesiąca",
    factor_sets: "Zestawy współczynników",
    without_market: "Miesiące bez wartości opartej na rynku: {months}. Nie ma ich w żadnej z obu wartości.",
    method: &[
        "To oświadczenie sumuje ostateczne oświadczenia miesięcy z sekcji 7. Niczego nie obliczano ponownie z wywołań ani współczynników: każda wartość centralna jest, co do ostatniej cyfry, sumą wartości podanych przez miesiące. lines.csv podaje dla każdego wiersza modelu miesiące, których jest sumą.",
        "Dolne i górne granice dodaje się tak samo. Miesiące opierają się na tych samych współczynnikach, ich błędy są więc wspólne; gdzie tak nie jest, przedział jest szerszy niż trzeba, nigdy węższy. To, co w danym miesiącu nie jest znane, pozostaje nieznane i nie liczy się jako zero.",
        "Równania, granice i niepewności są w raporcie każdego miesiąca.",
    ],
    factors_note: "Każdy współczynnik zastosowany w którymś z miesięcy. Jego stawki, granice i przedział są w raportach miesięcy i w statement.json.",
    factor: "Współczynnik",
    months_note: "Wartości każdego miesiąca są wartościami wskazanego tu raportu. Jego własny pakiet dowodowy zawiera każde wywołanie, na którym się opierają.",
    statement_digest: "statement.json (SHA-256)",
    change: "przedtem {old}, teraz {new}: {difference}, w tym {usage} z innego użycia i {factors} z innych współczynników",
    attachments: "statement.json zawiera każdą wartość tego oświadczenia ze wszystkimi cyframi, a lines.csv każdy wiersz jego tabel. Te same wartości są dostępne dla innych programów jako xBRL-JSON oraz, jeśli nie brakuje żadnego miesiąca, jako blok tekstu VSME i ślad PACT. Wszystkie pliki są osadzone w tym pliku PDF.",
    verify: "Aby zweryfikować to oświadczenie, proszę poprosić dostawcę o pakiet dowodowy i uruchomić: carbon-server verify evidence.zip. Pakiet zawiera oświadczenie każdego miesiąca. Bez sieci i bez bazy danych polecenie porównuje ich skróty z powyższymi, ponownie je sumuje i porównuje każdą wartość.",
};
