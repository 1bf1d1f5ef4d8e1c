//! `proof.json`: that what the supplier's ledger says of the month is in its chain, and this in a signed checkpoint.
//!
//! From the root over the events to the row of the ledger that pins it, from there to the seal over that row, and on to the
//! checkpoint. Of other rows, of other clients and of other accounts there are hashes, of which nobody can tell what they are of.

use super::{
    NotVerified, PROOF,
    contents::CheckedEvents,
    difference::{as_written, json},
};
use crate::{
    activity::{from_hex, hex},
    checkpoint::{Checkpoint, NoteVerifier},
    evidence::ClosingSeal,
    merkle::{LeafHash, Step, leaf_hash, root_of},
    statement::Statement,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const SCHEMA: &str = "llm-carbon-proof";
const SCHEMA_VERSION: &str = "1.0";

/// Proof that the row behind a final report is in its ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerProof {
    schema: String,
    schema_version: String,
    row: ProvenRow,
    seal: ProvenSeal,
    checkpoint: ProvenCheckpoint,
}

/// The row that pins the month of the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenRow {
    /// Its line, as it is hashed.
    pub line: String,
    /// What is hashed before it, in hex.
    pub salt: String,
    /// From its leaf to the root under the seal.
    pub path: Vec<Step>,
}

/// The seal over that row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenSeal {
    /// The number of its book.
    pub book: u64,
    /// Its number there.
    pub number: u64,
    /// The digest of the one before, in hex.
    pub previous_sha256: String,
    /// From its leaf to the root under the checkpoint.
    pub path: Vec<Step>,
}

/// The checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenCheckpoint {
    /// A signed note.
    pub note: String,
    /// What its signature is checked with.
    pub key: String,
}

/// What was found right: a checkpoint that covers the closing of the month.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProvenLedger {
    /// The book of the seal.
    pub book: u64,
    /// Seals that the checkpoint covers.
    pub seals: u64,
    /// The root under it, in hex.
    pub root: String,
    /// The key in the pack, with which it is signed; whether that is the supplier's is for the reader to ask.
    pub key: NoteVerifier,
}

impl LedgerProof {
    /// Of its parts.
    pub fn new(row: ProvenRow, seal: ProvenSeal, checkpoint: ProvenCheckpoint) -> Self {
        let (schema, schema_version) = (SCHEMA.to_owned(), SCHEMA_VERSION.to_owned());
        LedgerProof { schema, schema_version, row, seal, checkpoint }
    }
}

/// It leads from the statement and the events to the checkpoint; `None` where there is none.
pub(super) fn check(
    statement: &Statement,
    events: &CheckedEvents,
    member: Option<&[u8]>,
) -> Result<Option<ProvenLedger>, NotVerified> {
    let Some(member) = member else { return Ok(None) };
    let proof: LedgerProof = json(PROOF, member)?;
    if (proof.schema.as_str(), proof.schema_version.as_str()) != (SCHEMA, SCHEMA_VERSION) {
        return Err(NotVerified::at(PROOF, "has a kind or version that this program does not read"));
    }
    let closing = statement.audit.as_ref().and_then(|audit| audit.closing_seal.as_ref());
    let closing =
        closing.ok_or_else(|| NotVerified::at(PROOF, "is there, and the statement names no closing seal"))?;
    let seal = proof.seal(closing)?;
    row_fits(statement, events, &proof.row.line)?;
    let proven = proof.checkpoint(&seal)?;
    as_written(PROOF, &proof, member)?;
    Ok(Some(proven))
}

fn at(place: &str, detail: impl Into<String>) -> NotVerified {
    NotVerified::at(format!("{PROOF}, {place}"), detail)
}

impl LedgerProof {
    /// The digest of the seal that the row is under: the closing seal's.
    fn seal(&self, closing: &ClosingSeal) -> Result<[u8; 32], NotVerified> {
        let salt = from_hex(&self.row.salt).ok_or_else(|| at("/row/salt", "is no SHA-256"))?;
        let mut leaf = LeafHash::new(&salt);
        leaf.add(self.row.line.as_bytes());
        let root = root_of(leaf.finish(), &self.row.path);
        let root = root.ok_or_else(|| at("/row/path", "has a step that is no SHA-256"))?;
        let previous = from_hex(&self.seal.previous_sha256);
        let previous = previous.ok_or_else(|| at("/seal/previous_sha256", "is no SHA-256"))?;
        let sha256: [u8; 32] = Sha256::new_with_prefix(previous).chain_update(root).finalize().into();
        if hex(&sha256) != closing.sha256 {
            let detail =
                format!("leads to a seal of {}; the closing seal is {}", hex(&sha256), closing.sha256);
            return Err(at("/row", detail));
        }
        if self.seal.number != closing.number {
            let detail = format!("says {}; the closing seal is {}", self.seal.number, closing.number);
            return Err(at("/seal/number", detail));
        }
        Ok(sha256)
    }

    /// The checkpoint that a seal is under.
    fn checkpoint(&self, sha256: &[u8; 32]) -> Result<ProvenLedger, NotVerified> {
        let ProvenCheckpoint { note, key } = &self.checkpoint;
        let verifier: NoteVerifier =
            key.parse().map_err(|error| at("/checkpoint/key", format!("{error}")))?;
        let checkpoint =
            Checkpoint::signed(note, &verifier).map_err(|error| at("/checkpoint/note", error.to_string()))?;
        let ProvenSeal { book, number, path, .. } = &self.seal;
        let leaf = [&book.to_be_bytes()[..], &number.to_be_bytes(), sha256].concat();
        let root = root_of(leaf_hash(&leaf), path);
        let root = root.ok_or_else(|| at("/seal/path", "has a step that is no SHA-256"))?;
        if root != checkpoint.root {
            let detail =
                format!("leads to the root {}; the checkpoint's is {}", hex(&root), hex(&checkpoint.root));
            return Err(at("/seal", detail));
        }
        Ok(ProvenLedger { book: *book, seals: checkpoint.size, root: hex(&root), key: verifier })
    }
}

/// The columns of a line that pins a closed month, and of one that pins a restated month.
const CLOSED: [&str; 14] = [
    "closed_tenant",
    "closed_month_key",
    "account_key",
    "month",
    "factor_set",
    "closed_at_ms",
    "last_event_key",
    "tenant_key",
    "events",
    "merkle_root",
    "figures",
    "reversals",
    "first_at_ms",
    "last_at_ms",
];
const RESTATED: [&str; 15] = [
    "restated_tenant",
    "restatement_key",
    "restatement_id",
    "account_key",
    "month",
    "old_factor_set",
    "factor_set",
    "reason",
    "created_at_ms",
    "last_event_key",
    "tenant_key",
    "events",
    "merkle_root",
    "old_figures",
    "figures",
];

/// The row is of this client's month, and pins these events and what the statement says.
fn row_fits(statement: &Statement, events: &CheckedEvents, line: &str) -> Result<(), NotVerified> {
    let columns: &[&str] = if statement.restatement.is_some() { &RESTATED } else { &CLOSED };
    let place = |column: &str| format!("/row/line, {column}");
    let values: Vec<&str> = line.strip_suffix('\n').unwrap_or_default().split('\t').collect();
    if values.len() != columns.len() || values[0] != columns[0] {
        return Err(at("/row/line", format!("is not the line of a {}", columns[0])));
    }
    let value = |column: &str| {
        let place = columns.iter().position(|name| *name == column);
        place.map_or("", |place| values[place])
    };
    let last_event = statement.audit.as_ref().map_or(0, |audit| audit.last_event);
    let [account_key, tenant_key] = events.owner.unwrap_or_default().map(|key| key.to_string());
    let mut expected = vec![
        ("month", statement.heading.month.to_string()),
        ("factor_set", statement.factor_set.clone()),
        ("last_event_key", last_event.to_string()),
        ("events", events.sums.count.to_string()),
        ("merkle_root", events.merkle_root.clone()),
    ];
    if events.owner.is_some() {
        expected.extend([("account_key", account_key), ("tenant_key", tenant_key)]);
    }
    if let Some(restatement) = &statement.restatement {
        expected.extend([
            ("restatement_id", restatement.restatement_id.clone()),
            ("old_factor_set", restatement.old_factor_set.clone()),
        ]);
    }
    for (column, expected) in expected {
        let found = value(column);
        if found != expected {
            return Err(at(&place(column), format!("says {found}; the pack gives {expected}")));
        }
    }
    let stated = statement.total.co2.map(|co2| co2.central().as_decimal());
    let figures: Figures =
        serde_json::from_str(value("figures")).map_err(|error| at(&place("figures"), error.to_string()))?;
    let pinned = figures.total.co2_grams.map(|grams| grams.central.get().parse::<Decimal>());
    let pinned = pinned.transpose().map_err(|error| at(&place("figures"), error.to_string()))?;
    if pinned != stated {
        let text =
            |grams: Option<Decimal>| grams.map_or_else(|| "nothing".to_owned(), |grams| grams.to_string());
        let detail = format!("say {} g; the statement says {}", text(pinned), text(stated));
        return Err(at(&place("figures"), detail));
    }
    Ok(())
}

/// What is read of pinned figures.
#[derive(Deserialize)]
struct Figures {
    total: Total,
}

#[derive(Deserialize)]
struct Total {
    co2_grams: Option<Grams>,
}

#[derive(Deserialize)]
struct Grams {
    central: Box<serde_json::value::RawValue>,
}
