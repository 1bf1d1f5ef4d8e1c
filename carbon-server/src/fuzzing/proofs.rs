//! Proofs that a month is in a ledger: whatever stands in `proof.json`, the ledger that a pack leads to is the one that it led to,
//! or the pack is refused. Whoever has no key cannot make another.

use crate::{
    base::digest::hex,
    fuzzing::evidence::{SoundPack, edited, event, seal, statement_under, zipped},
};
use carbon_report::{
    Brand,
    checkpoint::{Checkpoint, NoteVerifier},
    evidence::ClosingSeal,
    merkle::{LeafHash, MerkleTree, Step, leaf_hash},
    pack::{
        LedgerProof, PackWriter, PackedEvent, ProvenCheckpoint, ProvenLedger, ProvenRow, ProvenSeal,
        verify_pack,
    },
    render_pdf,
};
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};
use std::{io::Cursor, sync::LazyLock};

const PROOF: &str = "proof.json";

struct Sound {
    pack: SoundPack,
    ledger: ProvenLedger,
}

/// A month that is one of two rows under its seal, which is one of two under a checkpoint.
static SOUND: LazyLock<Sound> = LazyLock::new(|| {
    let events = [event(7, "gpt-4o", "FRA", 600, 400), event(8, "mistral-large-2", "", 1_000, 250)];
    let (salt, previous) = ([7; 32], [9; 32]);
    let line = line(&events);
    let mut leaf = LeafHash::new(&salt);
    leaf.add(line.as_bytes());
    let (root, row_path) = beside(leaf.finish());
    let sha256: [u8; 32] = Sha256::new_with_prefix(previous).chain_update(root).finalize().into();
    let closing = ClosingSeal { number: 3, sha256: hex(&sha256) };
    let logged = [&0u64.to_be_bytes()[..], &closing.number.to_be_bytes(), &sha256].concat();
    let (root, seal_path) = beside(leaf_hash(&logged));
    let row = ProvenRow { line, salt: hex(&salt), path: row_path };
    let seal =
        ProvenSeal { book: 0, number: closing.number, previous_sha256: hex(&previous), path: seal_path };
    let proof = LedgerProof::new(row, seal, signed(&Checkpoint::new(2, root)));

    let report = render_pdf(&statement_under(&events, Some(closing)), &Brand::default());
    let report = report.expect("a report is drawn");
    let mut pack = PackWriter::new(Cursor::new(Vec::new()), &report, &|_| None, &|_| None)
        .expect("the report has its statement");
    pack.proof(proof);
    events.iter().for_each(|event| pack.event(event).expect("memory takes it"));
    let pack = pack.finish().expect("memory takes it").into_inner();
    let ledger = verify_pack(Cursor::new(&pack)).expect("the pack is sound").ledger.expect("it has a proof");
    Sound { pack: SoundPack::of(pack), ledger }
});

/// The first byte says what the others are: a proof, or edits of the sound one. Everything else in the pack fits it.
pub(super) fn check(input: &[u8]) {
    let Some((kind, input)) = input.split_first() else { return };
    let mut members = SOUND.pack.members.clone();
    let Some((_, proof)) = members.iter_mut().find(|(name, _)| name == PROOF) else { return };
    *proof = if kind % 2 == 0 { input.to_vec() } else { edited(proof, input) };
    seal(&mut members);
    match verify_pack(Cursor::new(zipped(&members))) {
        Ok(verified) => assert_eq!(verified.ledger.as_ref(), Some(&SOUND.ledger), "another ledger is proven"),
        Err(fault) => assert!(!fault.place.is_empty() && !fault.detail.is_empty(), "{fault:?}"),
    }
}

/// The root over a leaf and another behind it, and the way from the one to it.
fn beside(leaf: [u8; 32]) -> ([u8; 32], Vec<Step>) {
    let leaves = [leaf, [1; 32]];
    let mut tree = MerkleTree::default();
    leaves.iter().for_each(|leaf| tree.push_hash(*leaf));
    (tree.root(), vec![Step::Right(hex(&leaves[1]))])
}

/// The line of the ledger that pins the month.
fn line(events: &[PackedEvent]) -> String {
    let statement = statement_under(events, None);
    let audited = statement.audit.as_ref().and_then(|audit| audit.events.as_ref()).expect("it was given");
    let grams = statement.total.co2.expect("both have a factor").central();
    let (month, set) = (statement.heading.month, &statement.factor_set);
    let figures = format!("{{\"total\":{{\"co2_grams\":{{\"central\":{grams}}}}}}}");
    let root = &audited.merkle_root;
    format!("closed_tenant\t1\t1\t{month}\t{set}\t0\t8\t2\t{}\t{root}\t{figures}\t0\t\t\n", audited.count)
}

fn signed(checkpoint: &Checkpoint) -> ProvenCheckpoint {
    let key = Ed25519KeyPair::from_seed_unchecked(&[5; 32]).expect("a seed is 32 bytes");
    let public = key.public_key().as_ref().try_into().expect("a key is 32 bytes");
    let verifier = NoteVerifier::new("carbon-ledger/fuzzed", public);
    let text = checkpoint.text(verifier.name());
    ProvenCheckpoint {
        note: verifier.note(&text, key.sign(text.as_bytes()).as_ref()),
        key: verifier.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_that_is_left_as_it_is_verifies_and_any_change_does_not() {
        let (_, proof) = SOUND.pack.members.iter().find(|(name, _)| name == PROOF).expect("it is there");
        check(&[&[0], &proof[..]].concat());
        let mut members = SOUND.pack.members.clone();
        let place = members.iter().position(|(name, _)| name == PROOF).expect("it is there");
        for at in (0..proof.len()).step_by(61) {
            let mut changed = proof.clone();
            changed[at] ^= 1;
            members[place].1 = changed;
            seal(&mut members);
            assert!(verify_pack(Cursor::new(zipped(&members))).is_err(), "byte {at}");
        }
    }
}
