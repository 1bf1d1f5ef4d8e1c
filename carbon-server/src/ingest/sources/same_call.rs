//! One call in several spans: it counts once.
//!
//! A framework and the client beneath it are both instrumented, and Anthropic's client sends a span of its own unasked. Two
//! spans show one call if
//! - they have the same response id, for the same model; or
//! - one lies within the other, without an agent or a tool between them; or
//! - two scopes of one resource give the same counts for the same model, one while the other lasts.
//!
//! The innermost counts: it is the nearest to the provider. What the others say of the client and the place, it takes
//! over. Spans of one export are compared here; what tells a call apart from those of earlier exports goes along with
//! the event ([`Sighting`]) and is compared where the event is written.

use crate::{
    base::digest::short_digest,
    ingest::{
        call::TrackRequest,
        sources::{
            SourceRecord,
            span::{CallKind, SpanRecord, SpanRole, event_id},
        },
    },
    store::{Sighting, Twin},
};
use carbon_core::FactorSet;
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

/// Shorter response ids are not unique: some servers count, or draw three digits.
const RESPONSE_ID_BYTES_MIN: usize = 16;

/// Levels between a call and a span around it.
const LEVELS_MAX: usize = 64;

/// Scopes of clients that send a span of their own. Their counts may differ from those of the span around them, which
/// some instrumentations add up by themselves.
const CLIENTS: &[&str] = &["com.anthropic.sdk."];

const GENERATION: SpanRole = SpanRole::Call(CallKind::Generation);

/// Calls that start between two spans of one call.
const NEIGHBOURS_MAX: usize = 256;

/// Clocks of one process differ by less.
const SLACK_NS: u64 = 1_000_000;

/// What becomes of a span.
pub(crate) struct Counted {
    pub(crate) record: SourceRecord,
    pub(crate) scope: String,
    /// Another span shows the same call and counts, or has counts where this one has none.
    pub(crate) is_shown_elsewhere: bool,
}

/// Trace and span, of spans that have both.
type SpanId = ([u8; 16], [u8; 8]);

/// Spans that are remembered for what they lie in. An export of nothing but spans costs no more.
const LINKS_MAX: usize = 100_000;

/// The spans of an export, and which of them give way.
#[derive(Default)]
pub(crate) struct Export {
    /// Those of calls, in their order.
    spans: Vec<SpanRecord>,
    links: HashMap<SpanId, Link>,
    /// What becomes of each.
    fates: Vec<Fate>,
    /// Of each call, the spans around it that an earlier or later export may hold as a call, and those of this one.
    around: Vec<Vec<[u8; 8]>>,
    models: Vec<String>,
}

/// What becomes of the span of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Counts,
    /// That one shows the same call, and counts.
    GivesWayTo(usize),
    /// It has no counts, but a span around it or within it has them.
    IsCovered,
}

/// What a span lies in.
struct Link {
    parent: Option<[u8; 8]>,
    is_actor: bool,
    /// Its place among the calls, if it is one.
    call: Option<usize>,
}

impl Export {
    /// Adds a span.
    pub(crate) fn add(&mut self, span: SpanRecord) {
        let is_call = !matches!(span.record, SourceRecord::Nothing);
        if let Some(id) = id_of(&span).filter(|_| is_call || self.links.len() < LINKS_MAX) {
            let parent = span.parent_span_id.as_slice().try_into().ok().filter(|id| *id != [0; 8]);
            let link = Link {
                parent,
                is_actor: span.role == SpanRole::Actor,
                call: is_call.then_some(self.spans.len()),
            };
            self.links.insert(id, link);
        }
        if is_call {
            self.models.push(call_of(&span).map(model_key).unwrap_or_default());
            self.fates.push(Fate::Counts);
            self.around.push(Vec::new());
            self.spans.push(span);
        }
    }

    /// How many calls there are, counted or not.
    pub(crate) fn calls(&self) -> usize {
        self.spans.len()
    }

    /// The calls in their order, each once.
    pub(crate) fn each_call_once(mut self) -> Vec<Counted> {
        self.innermost_of_each_trace();
        self.one_of_each_response();
        self.one_of_twins();
        self.cover_uncountable();
        self.finish()
    }

    /// Whether a span is a call that counts so far.
    fn counts(&self, index: usize) -> bool {
        self.fates[index] == Fate::Counts && call_of(&self.spans[index]).is_some()
    }

    /// Only a span that counts is given way to, so that spans that lie in each other, which no trace has, end.
    fn give_way(&mut self, loser: usize, winner: usize) {
        if loser != winner && self.counts(loser) && self.counts(winner) {
            self.fates[loser] = Fate::GivesWayTo(winner);
        }
    }

    /// The calls around one, from the nearest, up to an agent or a tool; and the first span that is in another export.
    fn ancestors(&self, index: usize) -> (Vec<usize>, Option<[u8; 8]>) {
        let mut found = Vec::new();
        let Some((trace, span)) = id_of(&self.spans[index]) else { return (found, None) };
        let mut at = span;
        for _ in 0..LEVELS_MAX {
            let Some(parent) = self.links.get(&(trace, at)).and_then(|link| link.parent) else {
                return (found, None);
            };
            match self.links.get(&(trace, parent)) {
                None => return (found, Some(parent)),
                Some(link) if link.is_actor || parent == span => return (found, None),
                Some(link) => found.extend(link.call),
            }
            at = parent;
        }
        (found, None)
    }

    fn innermost_of_each_trace(&mut self) {
        for index in 0..self.spans.len() {
            if call_of(&self.spans[index]).is_none() {
                continue;
            }
            let (ancestors, outside) = self.ancestors(index);
            let same = |ancestor: &usize| self.spans[*ancestor].role == self.spans[index].role;
            let outer: Vec<usize> = ancestors.into_iter().filter(same).collect();
            let ids = outer.iter().filter_map(|outer| Some(id_of(&self.spans[*outer])?.1));
            // An embedding in another export tells nothing of a chat around it.
            let outside = outside.filter(|_| self.spans[index].role == GENERATION);
            self.around[index] = ids.chain(outside).collect();
            for outer in outer {
                self.give_way(outer, index);
            }
        }
    }

    fn one_of_each_response(&mut self) {
        let mut by_response: HashMap<(String, String), usize> = HashMap::new();
        for index in 0..self.spans.len() {
            let Some(id) = self.spans[index].response_id.clone().filter(|_| self.counts(index)) else {
                continue;
            };
            if id.len() < RESPONSE_ID_BYTES_MIN {
                continue;
            }
            let known = by_response.entry((id, self.models[index].clone())).or_insert(index);
            let other = *known;
            // The one that starts later is the inner one.
            if self.spans[index].started_ns > self.spans[other].started_ns {
                *known = index;
                self.give_way(other, index);
            } else {
                self.give_way(index, other);
            }
        }
    }

    /// Pairs of spans, each in one pair: an inner one, and the one around it that starts next before it.
    fn one_of_twins(&mut self) {
        let mut calls: Vec<usize> = (0..self.spans.len()).filter(|index| self.counts(*index)).collect();
        calls.sort_by_key(|index| Reverse(self.spans[*index].started_ns));
        let mut groups: HashMap<(u64, &str), Vec<usize>> = HashMap::new();
        for index in &calls {
            let key = (self.spans[*index].resource_digest, self.models[*index].as_str());
            groups.entry(key).or_default().push(*index);
        }
        let mut pairs = Vec::new();
        for group in groups.values().filter(|group| self.has_several_scopes(group)) {
            let mut is_paired = vec![false; group.len()];
            for first in 0..group.len() {
                if is_paired[first] {
                    continue;
                }
                let earlier =
                    (first + 1..group.len()).take(NEIGHBOURS_MAX).filter(|second| !is_paired[*second]);
                let pair = earlier.into_iter().find_map(|second| {
                    let (inner, outer) = (group[first], group[second]);
                    // Where clocks are coarse, both may start together.
                    let pair = [(inner, outer), (outer, inner)]
                        .into_iter()
                        .find(|(inner, outer)| self.are_twins(*inner, *outer));
                    pair.map(|pair| (second, pair))
                });
                if let Some((second, pair)) = pair {
                    (is_paired[first], is_paired[second]) = (true, true);
                    pairs.push(pair);
                }
            }
        }
        for (inner, outer) in pairs {
            self.give_way(outer, inner);
        }
    }

    fn has_several_scopes(&self, group: &[usize]) -> bool {
        group.iter().any(|index| self.spans[*index].scope != self.spans[group[0]].scope)
    }

    fn are_twins(&self, inner: usize, outer: usize) -> bool {
        let [inner_span, outer_span] = [inner, outer].map(|index| &self.spans[index]);
        let (Some(inner_call), Some(outer_call)) = (call_of(inner_span), call_of(outer_span)) else {
            return false;
        };
        let is_client = CLIENTS.iter().any(|client| inner_span.scope.starts_with(client));
        inner_span.scope != outer_span.scope
            && inner_span.role == outer_span.role
            && outer_span.started_ns <= inner_span.started_ns.saturating_add(SLACK_NS)
            && outer_span.ended_ns.saturating_add(SLACK_NS) >= inner_span.ended_ns
            && are_alike(counts_of(inner_call), counts_of(outer_call), is_client)
            && !(inner_span.names_tenant
                && outer_span.names_tenant
                && inner_call.tenant_id != outer_call.tenant_id)
    }

    /// A span without counts is reported, unless a span around it or within it has them.
    fn cover_uncountable(&mut self) {
        let mut covered = HashSet::new();
        for index in 0..self.spans.len() {
            let SpanRecord { record, role, .. } = &self.spans[index];
            let has_counts = |other: &usize| call_of(&self.spans[*other]).is_some();
            let is_uncountable =
                |other: &usize| matches!(self.spans[*other].record, SourceRecord::Uncountable(_));
            if !matches!(role, SpanRole::Call(_)) {
                continue;
            }
            let around = self.ancestors(index).0;
            if matches!(record, SourceRecord::Call(_)) {
                covered.extend(around.into_iter().filter(is_uncountable));
            } else if around.iter().any(has_counts) {
                covered.insert(index);
            }
        }
        for index in covered {
            self.fates[index] = Fate::IsCovered;
        }
    }

    fn finish(mut self) -> Vec<Counted> {
        for loser in 0..self.spans.len() {
            let Fate::GivesWayTo(mut winner) = self.fates[loser] else { continue };
            while let Fate::GivesWayTo(next) = self.fates[winner] {
                winner = next;
            }
            self.take_over(winner, loser);
        }
        for index in 0..self.spans.len() {
            if self.counts(index) {
                let sighting = self.sighting(index);
                if let SourceRecord::Call(call) = &mut self.spans[index].record {
                    call.sighting = Some(Box::new(sighting));
                }
            }
        }
        let counted = |(span, fate): (SpanRecord, Fate)| Counted {
            record: if fate == Fate::Counts { span.record } else { SourceRecord::Nothing },
            scope: span.scope,
            is_shown_elsewhere: fate != Fate::Counts,
        };
        self.spans.into_iter().zip(self.fates).map(counted).collect()
    }

    /// What only the span around it says, the innermost says too.
    fn take_over(&mut self, winner: usize, loser: usize) {
        let Some(said) = call_of(&self.spans[loser]) else { return };
        let (tenant_id, region, provider) =
            (said.tenant_id.clone(), said.region.clone(), said.provider.clone());
        let names_tenant = self.spans[loser].names_tenant;
        let SpanRecord { record: SourceRecord::Call(call), names_tenant: is_named, .. } =
            &mut self.spans[winner]
        else {
            return;
        };
        if names_tenant && !*is_named {
            (call.tenant_id, *is_named) = (tenant_id, true);
        }
        call.region = call.region.take().or(region);
        call.provider = call.provider.take().or(provider);
    }

    /// What tells this call from those of other exports.
    fn sighting(&self, index: usize) -> Sighting {
        let SpanRecord { role, trace_id, span_id, parent_span_id, resource_digest, scope, .. } =
            &self.spans[index];
        let model = self.models[index].as_bytes();
        let response_id =
            self.spans[index].response_id.as_ref().filter(|id| id.len() >= RESPONSE_ID_BYTES_MIN);
        let response = response_id.map(|id| short_digest([&b"response"[..], id.as_bytes(), model]));
        let around = |id: &[u8]| short_digest([&b"around"[..], trace_id, id]);
        let is_generation = *role == GENERATION;
        let call = call_of(&self.spans[index]);
        let counts = call.map(counts_of).unwrap_or_default().map(u64::to_be_bytes).concat();
        let kind = format!("{role:?}");
        let twin = Twin {
            digest: short_digest([
                &b"twin"[..],
                &resource_digest.to_be_bytes(),
                model,
                &counts,
                kind.as_bytes(),
            ]),
            scope: short_digest([scope.as_bytes()]),
            started_us: microseconds(self.spans[index].started_ns.saturating_sub(SLACK_NS)),
            ended_us: microseconds(self.spans[index].ended_ns.saturating_add(SLACK_NS)),
        };
        Sighting {
            seen_as: response.into_iter().chain(is_generation.then(|| around(span_id))).collect(),
            parent_event_id: (is_generation && !parent_span_id.is_empty())
                .then(|| event_id(trace_id, parent_span_id)),
            twin,
            shows: response.into_iter().chain(self.around[index].iter().map(|id| around(id))).collect(),
        }
    }
}

fn id_of(span: &SpanRecord) -> Option<SpanId> {
    let SpanRecord { trace_id, span_id, .. } = span;
    Some((trace_id.as_slice().try_into().ok()?, span_id.as_slice().try_into().ok()?))
}

fn microseconds(nanoseconds: u64) -> i64 {
    i64::try_from(nanoseconds / 1_000).unwrap_or(i64::MAX)
}

fn call_of(span: &SpanRecord) -> Option<&TrackRequest> {
    match &span.record {
        SourceRecord::Call(call) => Some(call),
        SourceRecord::Nothing | SourceRecord::Row(..) | SourceRecord::Uncountable(_) => None,
    }
}

/// The model's listed id: one span names the alias that was asked for, another the version that answered.
fn model_key(call: &TrackRequest) -> String {
    let name = call.model.as_deref().unwrap_or_default();
    FactorSet::latest()
        .resolve(name)
        .map_or_else(|_| name.to_ascii_lowercase(), |found| found.model.id().to_owned())
}

/// Whether counts are of one call. A client's own may differ in the input or in the output.
fn are_alike(inner: [u64; 4], outer: [u64; 4], is_client: bool) -> bool {
    let [input, .., output] = inner;
    let [outer_input, .., outer_output] = outer;
    inner == outer || is_client && (input == outer_input || output == outer_output)
}

fn counts_of(call: &TrackRequest) -> [u64; 4] {
    [call.input_tokens, call.cache_read_input_tokens, call.cache_creation_input_tokens, call.output_tokens]
        .map(|count| count.map_or(0, |count| count.0))
}
