//! Italian.

use super::TargetTerms;

pub(super) const IT: TargetTerms = TargetTerms {
    title: "Obiettivi",
    head: ["Obiettivo", "Al massimo", "Valore", "Esito"],
    note: "Gli obiettivi sono lordi: nulla è dedotto dalle emissioni. Un valore è sotto un obiettivo se lo è tutto il suo intervallo, e sopra se lo è tutto il suo intervallo; altrimenti non si può dire. Se una parte delle chiamate non ha un valore, una massa è un limite inferiore. Un’intensità è quella delle chiamate che hanno un valore.",
    month: "{mass} al mese",
    year: "{mass} all’anno (mesi finora: {months})",
    thousand_tokens: "{mass} per 1.000 token",
    request: "{mass} per chiamata",
    tag: "chiamate con il tag {name}: {value}",
    below: "sotto",
    above: "sopra",
    in_range: "non si può dire: l’obiettivo è nell’intervallo",
    not_covered: "non si può dire: alcune chiamate non hanno un valore",
    no_figure: "nessun valore",
};
