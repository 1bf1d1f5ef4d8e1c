//! Reading how models attend to what came before.

use super::{
    LoadError, Sources,
    table::{TableRow, by_model},
};
use crate::{
    attention::{Attention, AttentionEvidence, AttentionKind},
    factor::Source,
    load::tables::Layer,
};
use std::{collections::HashMap, sync::Arc};

/// Attention by model, with its source.
pub(super) type Attentions = HashMap<String, (Attention, Arc<Source>)>;

pub(super) fn attentions(layers: &[Layer], sources: &Sources) -> Result<Attentions, LoadError> {
    by_model("attention.csv", layers, |row| Ok((attention(row)?, row.source(sources)?)))
}

fn attention(row: &TableRow<'_>) -> Result<Attention, LoadError> {
    let kind = row.word("kind", AttentionKind::from_word)?;
    let number = |column| match kind {
        AttentionKind::Encoder | AttentionKind::None | AttentionKind::Unknown => {
            row.nothing(column).map(|_: Option<f64>| 0.0)
        }
        _ => row.plausible(column, [1e-3, 1e12]),
    };
    Ok(Attention {
        kind,
        cache_bytes_per_token: number("cache_bytes_per_token")?,
        flop_per_pair: number("flop_per_pair")?,
        window_tokens: row.optional_count("window_tokens")?,
        evidence: row.word("evidence", AttentionEvidence::from_word)?,
        evidence_url: row.optional("evidence_url")?.map(str::to_owned),
    })
}
