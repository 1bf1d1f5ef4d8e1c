//! English.

use super::VerifyWords;

pub(super) const EN: VerifyWords = VerifyWords {
    skip: "Skip to content",
    language: "Language",
    title: "Check a report or an evidence pack",
    lead: "For anybody who was given a report: the program that makes reports computes the figures again and says whether they are the same. No account is needed.",
    file: "Report (.pdf) or evidence pack (.zip)",
    hint: "At most {mebibytes} MiB.",
    drop: "You can also drop the file here.",
    check: "Check",
    checking: "Being checked …",
    privacy: "The file goes to this server and nowhere else. Nothing of it is stored.",
    colon: ": ",
    verified: "Verified",
    not_verified: "Not verified",
    first_difference: "First place that differs",
    differs: "What differs",
    not_checked: "Not checked",
    too_much: "It takes more time or memory to check this file than this page has. Run the command on your own machine.",
    too_large: "The file is too large for this page. Run the command on your own machine.",
    too_many: "Too many files came from your network address within a minute. Try again later.",
    busy: "Too many files wait to be checked. Try again later.",
    not_received: "The file did not arrive in time, or not all of it did. Try again.",
    no_file: "Choose one file: a report or an evidence pack.",
    another_site: "The form was sent from another site. Open this page and try again.",
    failed: "Something went wrong on this server. The file was not checked.",
    shows: "What a check shows",
    shows_list: [
        "Of a pack: every figure follows from the events and factors in it, and the PDF is what they draw, to the last byte.",
        "Of a pack of a closed month: which entry of the supplier’s ledger it belongs to, and whether a signed checkpoint covers it.",
        "Of a report alone: its lines add up, each is tokens times factor, and the PDF is what its own statement draws.",
    ],
    shows_not: "What it does not show",
    shows_not_list: [
        "That the events happened, or that none is missing: compare them with the invoices of the model providers.",
        "That the emission factors are right: they are published estimates with a range.",
        "Who made the file, unless it is signed and you trust the issuer of the certificate. This page gives no assurance and no certificate.",
    ],
    yourself: "Check it yourself",
    yourself_text: "You need not believe this server: each pack holds a README and a Python script that checks it offline, and the program is open source. It gives the same answer:",
};
