//! What was found, as data: `verify --json` prints it, and the page reads it.

use crate::report::verification::Known;
use carbon_report::{
    evidence::ClosingSeal,
    pack::{NotVerified, Verified},
};
use serde::{Deserialize, Serialize};

/// What became of a check.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Verdict {
    Verified(Box<Found>),
    Refused(Refused),
}

/// What was found right.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) verified: bool,
    pub(crate) report_id: String,
    pub(crate) revision: u32,
    pub(crate) status: String,
    pub(crate) client: String,
    pub(crate) supplier: String,
    /// The month, or the first of a period.
    pub(crate) month: String,
    /// The last of a period.
    pub(crate) through: Option<String>,
    pub(crate) co2_grams: Option<String>,
    pub(crate) factor_set: String,
    pub(crate) events: Option<u64>,
    pub(crate) merkle_root: Option<String>,
    pub(crate) signed_by: Option<FoundSigner>,
    pub(crate) closing_seal: Option<ClosingSeal>,
    pub(crate) ledger: Option<FoundLedger>,
    pub(crate) time_stamp: Option<FoundTimeStamp>,
    pub(crate) not_recomputed: Vec<String>,
    pub(crate) period: Option<FoundPeriod>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundSigner {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) self_signed: bool,
    pub(crate) certificate_sha256: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundLedger {
    pub(crate) origin: String,
    pub(crate) book: u64,
    pub(crate) checkpoint_seals: u64,
    pub(crate) checkpoint_root: String,
    pub(crate) key: String,
    pub(crate) key_checked: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundTimeStamp {
    pub(crate) at: String,
    pub(crate) authority: String,
    pub(crate) authority_checked: bool,
    pub(crate) serial: String,
    pub(crate) policy: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundPeriod {
    pub(crate) added_up: bool,
    pub(crate) months: Vec<FoundMonth>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundMonth {
    pub(crate) month: String,
    pub(crate) report_id: String,
}

/// The first thing that does not fit.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) verified: bool,
    pub(crate) place: String,
    pub(crate) detail: String,
}

impl Verdict {
    pub(crate) fn of(judged: Result<Verified, NotVerified>, known: &Known) -> Self {
        match judged {
            Ok(verified) => Verdict::Verified(Box::new(Found::of(verified, known))),
            Err(NotVerified { place, detail, .. }) => {
                Verdict::Refused(Refused { verified: false, place, detail })
            }
        }
    }
}

impl Found {
    fn of(verified: Verified, known: &Known) -> Self {
        let Verified { report_id, heading, co2_grams, factor_set, closing_seal, not_recomputed, .. } =
            verified;
        let signed_by = verified.signed_by.map(|signer| FoundSigner {
            self_signed: signer.is_self_signed(),
            subject: signer.subject,
            issuer: signer.issuer,
            certificate_sha256: signer.certificate_sha256,
        });
        let ledger = verified.ledger.map(|ledger| FoundLedger {
            origin: ledger.key.name().to_owned(),
            book: ledger.book,
            checkpoint_seals: ledger.seals,
            checkpoint_root: ledger.root,
            key: ledger.key.to_string(),
            key_checked: known.key.is_some(),
        });
        let time_stamp = verified.time_stamp.map(|stamp| FoundTimeStamp {
            at: stamp.at.to_string(),
            authority: stamp.authority,
            authority_checked: known.authorities.is_some(),
            serial: stamp.serial,
            policy: stamp.policy,
        });
        let period = verified.period.map(|period| {
            let months = period.months.into_iter();
            let months = months.map(|(month, report_id)| FoundMonth { month: month.to_string(), report_id });
            FoundPeriod { added_up: period.are_added_up, months: months.collect() }
        });
        let (events, merkle_root) = verified.events.unzip();
        Found {
            verified: true,
            report_id,
            revision: heading.revision,
            status: heading.status.to_string(),
            month: heading.month.to_string(),
            through: heading.through.map(|through| through.to_string()),
            client: heading.client.name,
            supplier: heading.supplier.name,
            co2_grams,
            factor_set,
            events,
            merkle_root,
            signed_by,
            closing_seal,
            ledger,
            time_stamp,
            not_recomputed,
            period,
        }
    }
}
