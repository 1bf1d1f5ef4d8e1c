//! Spanish.

use super::TargetTerms;

pub(super) const ES: TargetTerms = TargetTerms {
    title: "Objetivos",
    head: ["Objetivo", "Como máximo", "Valor", "Resultado"],
    note: "Los objetivos son brutos: no se descuenta nada de las emisiones. Un valor está por debajo de un objetivo si lo está todo su intervalo, y por encima si lo está todo su intervalo; si no, no se puede decir. Si una parte de las llamadas no tiene valor, una masa es un límite inferior. Una intensidad es la de las llamadas que tienen valor.",
    month: "{mass} al mes",
    year: "{mass} al año (meses hasta ahora: {months})",
    thousand_tokens: "{mass} por 1000 tokens",
    request: "{mass} por llamada",
    tag: "llamadas con la etiqueta {name}: {value}",
    below: "por debajo",
    above: "por encima",
    in_range: "no se puede decir: el objetivo está en el intervalo",
    not_covered: "no se puede decir: algunas llamadas no tienen valor",
    no_figure: "sin valor",
};
