//! Polish.

use super::TargetTerms;

pub(super) const PL: TargetTerms = TargetTerms {
    title: "Cele",
    head: ["Cel", "Najwyżej", "Wartość", "Wynik"],
    note: "Cele są brutto: od emisji niczego się nie odejmuje. Wartość jest poniżej celu, jeśli jest tam cały jej przedział, a powyżej, jeśli cały przedział jest powyżej; w przeciwnym razie nie można tego stwierdzić. Jeśli część wywołań nie ma wartości, masa jest dolną granicą. Intensywność dotyczy wywołań, które mają wartość.",
    month: "{mass} na miesiąc",
    year: "{mass} na rok (dotychczasowe miesiące: {months})",
    thousand_tokens: "{mass} na 1000 tokenów",
    request: "{mass} na wywołanie",
    tag: "wywołania z tagiem {name}: {value}",
    below: "poniżej",
    above: "powyżej",
    in_range: "nie można stwierdzić: cel leży w przedziale",
    not_covered: "nie można stwierdzić: część wywołań nie ma wartości",
    no_figure: "brak wartości",
};
