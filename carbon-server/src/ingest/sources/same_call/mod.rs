//! One call in several spans: it counts once.
//!
//! A framework and the client beneath it are both instrumented, and Anthropic's client sends a span of its own unasked. Two
//! spans show one call if
//! - they have the same response id, and the same model or the same counts; or
//! - one lies within the other, without an agent or a tool between them, and they are of the same model, or their counts
//!   agree; or
//! - two scopes of one resource give the same counts for the same model, one while the other lasts.
//!
//! The innermost counts: it is the nearest to the provider. What the others say of the client and the place, it takes
//! over. Spans of one export are compared here; what tells a call apart from those of earlier exports goes along with
//! the event ([`Sighting`]) and is compared where the event is written.

mod likeness;

use self::likeness::{are_alike, call_of, counts_of, model_key, named_tenant, parts_of, sum_of};
use crate::{
    base::digest::short_digest,
    ingest::sources::{
        SourceRecord,
        span::{CallKind, SpanRecord, SpanRole},
    },
    store::{Sighting, Twin},
};
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

/// Calls with which one is compared: the next ones that start before it.
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

/// Spans that are remembered for what they lie in: bounds what an export of nothing but spans takes.
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

/// The spans around a call, up to an agent or a tool.
#[derive(Default)]
struct Ancestors {
    /// Those of calls, from the nearest.
    calls: Vec<usize>,
    /// The first that is in another export.
    elsewhere: Option<[u8; 8]>,
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
        let ancestors: Vec<Ancestors> = (0..self.spans.len()).map(|index| self.ancestors(index)).collect();
        self.innermost_of_each_trace(&ancestors);
        self.one_of_each_response();
        self.one_of_twins();
        self.cover_uncountable(&ancestors);
        self.finish()
    }

    /// Whether a span is a call that counts so far.
    fn counts(&self, index: usize) -> bool {
        self.fates[index] == Fate::Counts && call_of(&self.spans[index]).is_some()
    }

    /// The span that counts for this one in the end.
    fn winner_of(&self, index: usize) -> usize {
        let mut winner = index;
        while let Fate::GivesWayTo(next) = self.fates[winner] {
            winner = next;
        }
        winner
    }

    /// A span gives way only to one that counts: so two that name each other as parents do not both give way.
    fn give_way(&mut self, loser: usize, winner: usize) {
        if loser != winner && self.counts(loser) && self.counts(winner) {
            self.fates[loser] = Fate::GivesWayTo(winner);
        }
    }

    fn ancestors(&self, index: usize) -> Ancestors {
        let mut ancestors = Ancestors::default();
        let Some((trace, span)) = id_of(&self.spans[index]) else { return ancestors };
        let mut at = span;
        for _ in 0..LEVELS_MAX {
            let Some(parent) = self.links.get(&(trace, at)).and_then(|link| link.parent) else { break };
            match self.links.get(&(trace, parent)) {
                None => {
                    ancestors.elsewhere = Some(parent);
                    break;
                }
                Some(link) if link.is_actor || parent == span => break,
                Some(link) => ancestors.calls.extend(link.call),
            }
            at = parent;
        }
        ancestors
    }

    fn innermost_of_each_trace(&mut self, ancestors: &[Ancestors]) {
        let mut within: Vec<Vec<usize>> = vec![Vec::new(); self.spans.len()];
        for (index, Ancestors { calls, elsewhere }) in ancestors.iter().enumerate() {
            if call_of(&self.spans[index]).is_none() {
                continue;
            }
            let same = |ancestor: &usize| self.spans[*ancestor].role == self.spans[index].role;
            let outer: Vec<usize> = calls.iter().copied().filter(same).collect();
            let ids = outer.iter().filter_map(|outer| Some(id_of(&self.spans[*outer])?.1));
            // An embedding in another export says nothing of a chat around it.
            let elsewhere = elsewhere.filter(|_| self.spans[index].role == GENERATION);
            self.around[index] = ids.chain(elsewhere).collect();
            for outer in outer {
                within[outer].push(index);
            }
        }
        for (outer, inner) in within.into_iter().enumerate() {
            let of_it: Vec<usize> =
                inner.iter().copied().filter(|inner| self.may_be_of(outer, *inner)).collect();
            let adds_up = sum_of(of_it.iter().filter_map(|inner| call_of(&self.spans[*inner])))
                == counts_of(call_of(&self.spans[outer]));
            let shown_by = of_it.into_iter().rev().find(|inner| {
                adds_up
                    || self.models[*inner] == self.models[outer]
                    || counts_of(call_of(&self.spans[*inner])) == counts_of(call_of(&self.spans[outer]))
            });
            if let Some(inner) = shown_by {
                self.give_way(outer, inner);
            }
        }
    }

    /// Whether a call around another can be the same at all: two clients have no call in common.
    fn may_be_of(&self, outer: usize, inner: usize) -> bool {
        let [outer, inner] = [outer, inner].map(|index| &self.spans[index]);
        match (named_tenant(outer), named_tenant(inner)) {
            (Some(outer), Some(inner)) => outer == inner,
            _ => true,
        }
    }

    fn one_of_each_response(&mut self) {
        let mut by_response: HashMap<u64, usize> = HashMap::new();
        for index in 0..self.spans.len() {
            for digest in self.responses(index) {
                if !self.counts(index) {
                    break;
                }
                let known = *by_response.entry(digest).or_insert(index);
                // It may have given way by its other digest.
                let other = self.winner_of(known);
                // The one that starts later is the inner one.
                if self.spans[index].started_ns > self.spans[other].started_ns {
                    self.give_way(other, index);
                } else {
                    self.give_way(index, other);
                }
            }
        }
    }

    /// What a response id says of a call: with the model, and with the counts, as models that are not listed have more
    /// than one name.
    fn responses(&self, index: usize) -> Vec<u64> {
        let id = self.spans[index].response_id.as_ref().filter(|id| id.len() >= RESPONSE_ID_BYTES_MIN);
        let counts = counts_of(call_of(&self.spans[index])).map(u64::to_be_bytes).concat();
        let digests = |id: &String| {
            [self.models[index].as_bytes(), &counts]
                .map(|of| short_digest([&b"response"[..], id.as_bytes(), of]))
        };
        id.map(digests).into_iter().flatten().collect()
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
        let is_client = CLIENTS.iter().any(|client| inner_span.scope.starts_with(client));
        inner_span.scope != outer_span.scope
            && inner_span.role == outer_span.role
            && outer_span.started_ns <= inner_span.started_ns.saturating_add(SLACK_NS)
            && outer_span.ended_ns.saturating_add(SLACK_NS) >= inner_span.ended_ns
            && are_alike(counts_of(call_of(inner_span)), counts_of(call_of(outer_span)), is_client)
            && self.may_be_of(outer, inner)
    }

    /// A span without counts is reported, unless a span around it or within it has them.
    fn cover_uncountable(&mut self, ancestors: &[Ancestors]) {
        let mut covered = HashSet::new();
        for (index, Ancestors { calls, .. }) in ancestors.iter().enumerate() {
            let SpanRecord { record, role, .. } = &self.spans[index];
            let has_counts = |other: &usize| call_of(&self.spans[*other]).is_some();
            let is_uncountable =
                |other: &usize| matches!(self.spans[*other].record, SourceRecord::Uncountable(_));
            if !matches!(role, SpanRole::Call(_)) {
                continue;
            }
            if matches!(record, SourceRecord::Call(_)) {
                covered.extend(calls.iter().copied().filter(is_uncountable));
            } else if calls.iter().any(has_counts) {
                covered.insert(index);
            }
        }
        for index in covered {
            self.fates[index] = Fate::IsCovered;
        }
    }

    fn finish(mut self) -> Vec<Counted> {
        for loser in 0..self.spans.len() {
            if let Fate::GivesWayTo(_) = self.fates[loser] {
                self.take_over(self.winner_of(loser), loser);
            }
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
        let said = said.clone();
        let names_tenant = self.spans[loser].names_tenant;
        let SpanRecord { record: SourceRecord::Call(call), names_tenant: is_named, .. } =
            &mut self.spans[winner]
        else {
            return;
        };
        if names_tenant && !*is_named {
            (call.tenant_id, *is_named) = (said.tenant_id.clone(), true);
        }
        // Of equal counts, the parts that only one of them states hold for both.
        if parts_of(call) == [0; 3] && counts_of(Some(call)) == counts_of(Some(&said)) {
            call.cache_read_input_tokens = said.cache_read_input_tokens;
            call.cache_creation_input_tokens = said.cache_creation_input_tokens;
            call.reasoning_output_tokens = said.reasoning_output_tokens;
        }
        if counts_of(Some(call)) == counts_of(Some(&said)) {
            call.calls = call.calls.or(said.calls);
        }
        call.region = call.region.take().or(said.region);
        call.provider = call.provider.take().or(said.provider);
    }

    /// What tells this call from those of other exports.
    fn sighting(&self, index: usize) -> Sighting {
        let SpanRecord { role, trace_id, span_id, parent_span_id, resource_digest, scope, .. } =
            &self.spans[index];
        let model = self.models[index].as_bytes();
        let responses = self.responses(index);
        let around = |id: &[u8]| short_digest([&b"around"[..], trace_id, id, model]);
        let itself = |id: &[u8]| short_digest([&b"itself"[..], trace_id, id, model]);
        let is_generation = *role == GENERATION;
        let counts = counts_of(call_of(&self.spans[index])).map(u64::to_be_bytes).concat();
        let tenant = named_tenant(&self.spans[index]);
        let kind = match role {
            SpanRole::Call(kind) => kind.name(),
            SpanRole::Actor | SpanRole::Other => unreachable!("only calls are sighted"),
        };
        let twin = Twin {
            digest: short_digest([
                &b"twin"[..],
                &resource_digest.to_be_bytes(),
                model,
                &counts,
                kind.as_bytes(),
            ]),
            scope: short_digest([scope.as_bytes()]),
            tenant: tenant.map_or(0, |tenant| short_digest([tenant.as_bytes()])),
            started_us: microseconds(self.spans[index].started_ns.saturating_sub(SLACK_NS)),
            ended_us: microseconds(self.spans[index].ended_ns.saturating_add(SLACK_NS)),
        };
        let of_generation = is_generation.then(|| [around(span_id), itself(parent_span_id)]);
        let shown = self.around[index].iter().map(|id| around(id));
        Sighting {
            seen_as: responses.iter().copied().chain(of_generation.into_iter().flatten()).collect(),
            twin,
            shows: responses.into_iter().chain(shown).chain(is_generation.then(|| itself(span_id))).collect(),
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
