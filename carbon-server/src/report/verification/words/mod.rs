//! What a check found, in words: the same on the command line, in English, and on the page.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::report::verification::verdict::{Found, FoundLedger, FoundSigner, FoundTimeStamp};
use carbon_report::{Language, Month, words::Wording};
use rust_decimal::Decimal;

/// Texts of a language. `{…}` marks what is filled in.
pub(crate) struct VerificationWords {
    /// What follows a colon: what was done with a pack of a month.
    recomputed: &'static str,
    /// The same where values of grid series were not at hand.
    recomputed_in_part: &'static str,
    /// A pack of a period.
    added_up: &'static str,
    /// A report alone.
    alone: &'static str,
    labels: Labels,
    not_quantified: &'static str,
    no_time_stamp: &'static str,
    no_signature: &'static str,
    no_proof: &'static str,
    /// `{id}`, `{revision}`, `{status}`.
    report: &'static str,
    /// `{month}`, `{id}`.
    month_report: &'static str,
    /// `{series}`, `{why}`.
    withheld: &'static str,
    /// `{origin}`, `{seals}`.
    ledger: &'static str,
    /// `{key}`.
    key_unknown: &'static str,
    key_own: &'static str,
    /// `{key}`.
    key_other: &'static str,
    /// `{at}`, `{authority}`.
    time_stamp: &'static str,
    authority_not_checked: &'static str,
    /// `{subject}`.
    self_signed: &'static str,
    /// `{subject}`, `{issuer}`.
    signed: &'static str,
    series_withheld: &'static str,
}

/// What facts are called.
struct Labels {
    client: &'static str,
    supplier: &'static str,
    period: &'static str,
    not_recomputed: &'static str,
    events: &'static str,
    merkle_root: &'static str,
    report: &'static str,
    emissions: &'static str,
    factor_set: &'static str,
    month: &'static str,
    closing_seal: &'static str,
    ledger: &'static str,
    time_stamp: &'static str,
    signature: &'static str,
}

/// What can be done about something that was not checked: the command names its options, the page knows its server.
pub(crate) enum Asker<'a> {
    Command {
        /// Whether files with grid series were given.
        has_grids: bool,
    },
    Page {
        /// The key that this server signs its checkpoints with.
        own_key: Option<&'a str>,
    },
}

/// What is to be said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// What was done; it follows a colon.
    pub(crate) how: String,
    /// What it is called, and what it is.
    pub(crate) facts: Vec<(&'static str, String)>,
}

impl VerificationWords {
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &en::EN,
            Language::Fr => &fr::FR,
            Language::De => &de::DE,
            Language::It => &it::IT,
            Language::Es => &es::ES,
            Language::Nl => &nl::NL,
            Language::Pl => &pl::PL,
        }
    }

    /// What was found right, in `language`, which is that of these words.
    pub(crate) fn say(&self, found: &Found, language: Language, asker: &Asker<'_>) -> Said {
        let labels = &self.labels;
        let mut facts = vec![
            (labels.client, shown(&found.client)),
            (labels.supplier, shown(&found.supplier)),
            (labels.period, period(found, language)),
        ];
        let (is_pack, is_whole) = (found.events.is_some(), found.not_recomputed.is_empty());
        let how = match &found.period {
            Some(period) if period.added_up => self.added_up,
            _ if is_pack && is_whole => self.recomputed,
            _ if is_pack => self.recomputed_in_part,
            _ => self.alone,
        };
        if is_pack && !is_whole {
            let withheld = self.withheld.replace("{why}", self.why(asker));
            let series = shown(&found.not_recomputed.join(", "));
            facts.push((labels.not_recomputed, withheld.replace("{series}", &series)));
        }
        if let (Some(events), Some(root)) = (found.events, &found.merkle_root) {
            facts.push((labels.events, language.number(Decimal::from(events))));
            facts.push((labels.merkle_root, root.clone()));
        }
        facts.push((labels.report, self.report(found, language)));
        // A page is read; what a command prints is compared with what others print.
        let written = |grams: &String| match (asker, grams.parse()) {
            (Asker::Page { .. }, Ok(number)) => language.number(number),
            _ => grams.clone(),
        };
        let grams = found.co2_grams.as_ref().map(|grams| format!("{} g CO2e", written(grams)));
        facts.push((labels.emissions, grams.unwrap_or_else(|| self.not_quantified.to_owned())));
        facts.push((labels.factor_set, shown(&found.factor_set)));
        for month in found.period.iter().flat_map(|period| &period.months) {
            let report = self.month_report.replace("{month}", &month.month);
            facts.push((labels.month, report.replace("{id}", &shown(&month.report_id))));
        }
        if let Some(seal) = &found.closing_seal {
            facts.push((labels.closing_seal, format!("{}:{}", seal.number, seal.sha256)));
        }
        // Only a pack can have them, and only once its month is closed.
        let may_be_proven = is_pack && found.closing_seal.is_some();
        match &found.ledger {
            Some(ledger) => facts.push((labels.ledger, self.proven(ledger, asker))),
            None if may_be_proven => facts.push((labels.ledger, self.no_proof.to_owned())),
            None => {}
        }
        match &found.time_stamp {
            Some(stamp) => facts.push((labels.time_stamp, self.stamped(stamp, asker))),
            None if may_be_proven => facts.push((labels.time_stamp, self.no_time_stamp.to_owned())),
            None => {}
        }
        let signature = found.signed_by.as_ref().map(|signer| self.signature(signer));
        facts.push((labels.signature, signature.unwrap_or_else(|| self.no_signature.to_owned())));
        Said { how: how.to_owned(), facts }
    }

    /// Which report it is, and whether another may follow.
    fn report(&self, found: &Found, language: Language) -> String {
        let status = found.status.parse().map_or("", |status| Wording::of(language).status(status));
        let report = self.report.replace("{revision}", &found.revision.to_string());
        report.replace("{status}", status).replace("{id}", &shown(&found.report_id))
    }

    fn why(&self, asker: &Asker<'_>) -> &'static str {
        match asker {
            Asker::Command { has_grids: false } => {
                "the values are their owner's, who can give them with --grid-series"
            }
            Asker::Command { has_grids: true } => "no file that was given has values of that digest",
            Asker::Page { .. } => self.series_withheld,
        }
    }

    /// What a proof shows.
    fn proven(&self, ledger: &FoundLedger, asker: &Asker<'_>) -> String {
        let FoundLedger { origin, checkpoint_seals, key, key_checked, .. } = ledger;
        let checked = match asker {
            _ if *key_checked => "",
            Asker::Command { .. } => {
                ", whose key was not checked: compare {key} with the supplier's, or name that with --key"
            }
            Asker::Page { own_key: Some(own) } if own == key => self.key_own,
            Asker::Page { own_key: Some(own) } if name_of(own) == name_of(key) => self.key_other,
            Asker::Page { .. } => self.key_unknown,
        };
        let says = self.ledger.replace("{seals}", &checkpoint_seals.to_string());
        format!("{says}{checked}").replace("{origin}", &shown(origin)).replace("{key}", &shown(key))
    }

    /// What a valid time stamp shows.
    fn stamped(&self, stamp: &FoundTimeStamp, asker: &Asker<'_>) -> String {
        let FoundTimeStamp { at, authority, authority_checked, .. } = stamp;
        let checked = match asker {
            _ if *authority_checked => "",
            Asker::Command { .. } => ", which was not checked: name its certificates with --time-stamp-ca",
            Asker::Page { .. } => self.authority_not_checked,
        };
        let says = self.time_stamp.replace("{at}", at).replace("{authority}", &shown(authority));
        format!("{says}{checked}")
    }

    /// What a valid signature shows.
    fn signature(&self, signer: &FoundSigner) -> String {
        let FoundSigner { subject, issuer, self_signed, .. } = signer;
        let says = if *self_signed { self.self_signed } else { self.signed };
        says.replace("{issuer}", &shown(issuer)).replace("{subject}", &shown(subject))
    }
}

/// The name in a key, `NAME+HASH+KEY`.
fn name_of(key: &str) -> &str {
    key.split('+').next().unwrap_or_default()
}

fn period(found: &Found, language: Language) -> String {
    let through = found.through.as_ref().and_then(|month| month.parse::<Month>().ok());
    match found.month.parse() {
        Ok(month) => language.period(month, through),
        Err(_) => String::new(),
    }
}

/// A text of the file, which may hold what a terminal or a browser would follow.
pub(crate) fn shown(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_of_this_server_of_another_or_of_one_that_only_says_so() {
        let [own, replaced, other] = ["carbon-ledger/a+1+x", "carbon-ledger/a+2+y", "carbon-ledger/b+3+z"];
        let proven = |key: &str, own_key| {
            let ledger = FoundLedger {
                origin: name_of(key).to_owned(),
                book: 0,
                checkpoint_seals: 7,
                checkpoint_root: String::new(),
                key: key.to_owned(),
                key_checked: false,
            };
            VerificationWords::of(Language::En).proven(&ledger, &Asker::Page { own_key })
        };
        let en = VerificationWords::of(Language::En);
        assert!(proven(own, Some(own)).ends_with(en.key_own));
        assert!(proven(replaced, Some(own)).contains(&en.key_other.replace("{key}", replaced)));
        for own_key in [Some(own), None] {
            assert!(proven(other, own_key).contains(&en.key_unknown.replace("{key}", other)));
        }
    }

    #[test]
    fn nothing_in_a_file_moves_the_text_around_it() {
        assert_eq!(shown("Client\u{1b}[2J \u{202e}XYZ\n中国"), "Client\u{fffd}[2J \u{fffd}XYZ\u{fffd}中国");
    }
}
