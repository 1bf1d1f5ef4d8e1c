//! German.

use super::TargetTerms;

pub(super) const DE: TargetTerms = TargetTerms {
    title: "Ziele",
    head: ["Ziel", "Höchstens", "Wert", "Ergebnis"],
    note: "Ziele sind brutto: Von den Emissionen wird nichts abgezogen. Ein Wert liegt unter einem Ziel, wenn sein ganzer Unsicherheitsbereich darunter liegt, und darüber, wenn der ganze Bereich darüber liegt; sonst lässt es sich nicht sagen. Hat ein Teil der Aufrufe keinen Wert, ist eine Masse eine Untergrenze. Eine Intensität ist die der Aufrufe, die einen Wert haben.",
    month: "{mass} im Monat",
    year: "{mass} im Jahr (Monate bisher: {months})",
    thousand_tokens: "{mass} je 1.000 Tokens",
    request: "{mass} je Aufruf",
    tag: "Aufrufe mit dem Tag {name}: {value}",
    below: "darunter",
    above: "darüber",
    in_range: "nicht feststellbar: Das Ziel liegt im Unsicherheitsbereich",
    not_covered: "nicht feststellbar: Einige Aufrufe haben keinen Wert",
    no_figure: "kein Wert",
};
