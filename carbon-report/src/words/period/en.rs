//! English.

use super::PeriodWords;

pub(super) const EN: PeriodWords = PeriodWords {
    sections: [
        "Key figures",
        "Where it goes in your report",
        "Breakdown",
        "Data quality",
        "Method",
        "Factors and sources",
        "Months and their reports",
        "What this statement does not claim",
    ],
    to_paste: "“From {from} to {to} the LLM services purchased from {supplier} caused estimated emissions of {mass} CO₂e (range {low} to {high}), reported in Scope 3 Category 1, purchased goods and services, of which cloud computing and data centre services. {covered} of the tokens have an emission factor; {primary} of the emissions are based on primary data.”",
    is_final: "final: every month is closed and has its report",
    provisional: "provisional: {missing} of {all} months missing",
    missing: "Months that are missing",
    missing_note: "These months are in no figure of this statement. Their emissions are not zero: they are not stated yet.",
    reasons: [
        "still open",
        "closed, but no report was issued for this client",
        "restated, but no report of the restatement was issued",
    ],
    restated: "Restated months: {months}. The figures are the restated ones; section 7 says what was stated before.",
    no_activity: "No LLM call was recorded for this client in these months: the emissions are zero because there was no activity.",
    by_month: "Emissions by month",
    factor_sets: "Factor sets",
    without_market: "No market-based figure is stated for {months}: these months are in neither of the two figures.",
    method: &[
        "This statement adds up the final statements of the months in section 7. Nothing was computed from calls or factors again: every central value is, to the last digit, the sum of the values that the months state. lines.csv says for every line of a model which months it is the sum of.",
        "Low and high values are added in the same way. The months rest on the same factors, so their errors are common to them; where they are not, the range is wider than it need be, never narrower. A part of the total that is not known in a month stays unknown and is not counted as zero.",
        "The equations, the boundaries and the uncertainties are in the report of each month.",
    ],
    factors_note: "Each factor that was applied in any of the months. Its rates, boundary and range are in the reports of the months and in statement.json.",
    factor: "Factor",
    months_note: "The figures of each month are those of the report named here. Its own evidence pack holds every call that they rest on.",
    statement_digest: "statement.json (SHA-256)",
    change: "{old} stated before, {new} now: {difference}, of which {usage} from other usage and {factors} from other factors",
    attachments: "statement.json holds every figure of this statement with all its digits, and lines.csv every row of its tables. Where no month is missing, the same figures are available to other software as a VSME text block and as a PACT footprint, and in any case as xBRL-JSON. All files are embedded in this PDF.",
    verify: "To verify this statement, ask the supplier for its evidence pack and run: carbon-server verify evidence.zip. The pack holds the statement of every month. Without a network or a database, the command compares their digests with those above, adds them up again and compares every figure.",
};
