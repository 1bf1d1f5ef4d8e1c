//! Dutch.

use super::TargetTerms;

pub(super) const NL: TargetTerms = TargetTerms {
    title: "Doelen",
    head: ["Doel", "Ten hoogste", "Cijfer", "Uitkomst"],
    note: "Doelen zijn bruto: van de emissies wordt niets afgetrokken. Een cijfer ligt onder een doel als het hele interval eronder ligt, en erboven als het hele interval erboven ligt; anders valt het niet te zeggen. Heeft een deel van de aanroepen geen cijfer, dan is een massa een ondergrens. Een intensiteit is die van de aanroepen die een cijfer hebben.",
    month: "{mass} per maand",
    year: "{mass} per jaar (maanden tot nu toe: {months})",
    thousand_tokens: "{mass} per 1.000 tokens",
    request: "{mass} per aanroep",
    tag: "aanroepen met tag {name}: {value}",
    below: "eronder",
    above: "erboven",
    in_range: "valt niet te zeggen: het doel ligt in het interval",
    not_covered: "valt niet te zeggen: sommige aanroepen hebben geen cijfer",
    no_figure: "geen cijfer",
};
