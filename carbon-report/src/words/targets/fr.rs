//! French.

use super::TargetTerms;

pub(super) const FR: TargetTerms = TargetTerms {
    title: "Objectifs",
    head: ["Objectif", "Au plus", "Valeur", "Constat"],
    note: "Les objectifs sont bruts\u{a0}: rien n’est déduit des émissions. Une valeur est au-dessous d’un objectif lorsque tout son intervalle l’est, et au-dessus lorsque tout son intervalle l’est\u{202f}; sinon, on ne peut conclure. Si une partie des appels n’a pas de valeur, une masse est une borne inférieure. Une intensité est celle des appels qui ont une valeur.",
    month: "{mass} par mois",
    year: "{mass} par an (mois à ce jour\u{a0}: {months})",
    thousand_tokens: "{mass} pour 1\u{202f}000 tokens",
    request: "{mass} par appel",
    tag: "appels étiquetés {name}\u{a0}: {value}",
    below: "au-dessous",
    above: "au-dessus",
    in_range: "on ne peut conclure\u{a0}: l’objectif est dans l’intervalle",
    not_covered: "on ne peut conclure\u{a0}: des appels n’ont pas de valeur",
    no_figure: "pas de valeur",
};
