//! English.

use super::{FileWords, PackWords};

pub(super) const EN: PackWords = PackWords {
    title: "Evidence pack",
    subject: "Emissions of the LLM services used by {client}, {period}",
    labels: ["Supplier", "Emissions", "Report", "Issued on"],
    emissions: "{mass} CO2e, {range}. All digits: {grams}\u{a0}g",
    not_quantified: "not quantified: no emission factor is known for any of the models",
    report: "{id}, revision {revision}, {status}",
    headings: ["What this is", "The files", "How to check it", "What a check shows", "What no check shows"],
    what: &[
        "This pack holds a report and what it takes to compute its figures again. It needs no account, no database and no network.",
    ],
    of_month: "The figures follow from events.ndjson (what was used) and factors.json (emissions for each unit of use).",
    of_period: "The figures are the sums of the monthly statements in this pack. The evidence pack of each month, which the supplier has, holds what stands behind that month.",
    files: FileWords {
        readme: "This text.",
        report: "The report as it was issued. Every format below is attached to it, too.",
        forms: [
            "Every figure with all its digits.",
            "Every line of the report’s tables, for a spreadsheet.",
            "The key figures as xBRL-JSON.",
            "The same as a text block of the VSME taxonomy.",
            "The same as a PACT product footprint.",
            "One line for each day, model and region in the columns of FOCUS.",
        ],
        taxonomy: "The taxonomy that statement.xbrl.json is written in.",
        events: "The events that the month counts, one in each line: when, which model, how many tokens. No prompts and no responses.",
        factors: "The factor set: the text of its tables, with sources.",
        windows: "The metered energy from which the supplier’s measured factors were fitted.",
        logo: "The supplier’s logo on the report.",
        months: "The statement of a month, as that month’s own report states it.",
        proof: "From this client’s line in the supplier’s ledger to a signed checkpoint of that ledger.",
        time_stamp: "The time stamp of an authority over the closing of the month (RFC 3161).",
        script: "Checks the pack. It is text: read it before you run it.",
        manifest: "Length and SHA-256 of the files.",
        sums: "SHA-256 of every other file, as the program sha256sum reads it.",
    },
    before: "Keep the packed file as you received it: “evidence.zip” below is its name. There are three ways, and each works without the others.",
    ways: [
        "With Python 3 and nothing else. Unpack {script} from this pack and run:",
        "With the program carbon-server, which is open source (Apache-2.0). It also draws the report again and compares every byte of the PDF, so it must be of the version that made the report, {generator}:",
        "With a page in a browser: it runs that same program and shows its answer.",
    ],
    at_address: "The supplier names this address, and nothing in the pack proves that it is the supplier’s:",
    at_supplier: "Any server that runs LLM Carbon Tracker has it, at the path /verify.",
    sums: "To see only whether the files are unchanged since they were packed, unpack them and run:",
    trust: "Whoever could change this pack could change the script in it, too. Take the script from the project, or use the program, if you do not trust where the pack comes from.",
    shows_month: &[
        "The figures follow from the events and the factors, and lines add up to totals.",
        "If proof.json is there: the month was closed with these events and this total in the supplier’s ledger, under a signed checkpoint. Compare the key that the check names with the supplier’s.",
        "If closing.tsr is there: the closing existed at the time that the authority states.",
    ],
    shows_period: &[
        "The figures are the sums of the months, and each month’s statement is the one that the report names by its SHA-256.",
    ],
    shows: &[
        "No file was changed, added or left out, and the packed file has only one reading. The program and the page also compare the pages of the PDF; the Python script does not look at them.",
    ],
    shows_not: &[
        "That the factors are right: they are published estimates, and the report states their range and sources.",
        "Who made the pack, unless the report is signed and you trust whoever issued the certificate.",
    ],
    shows_not_month: &[
        "That the events happened, or that none was left out before the month was closed. Compare them with the invoices of the model providers.",
    ],
    shows_not_period: &[
        "That the monthly statements follow from what was used: the pack of each month shows that.",
    ],
};
