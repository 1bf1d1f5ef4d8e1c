//! What a history is made of, and the model of a ledger that it is held against.

use proptest::{collection::vec, option, prelude::*};
use std::collections::{BTreeMap, BTreeSet};

/// One LLM call, as it is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) tenant: u8,
    pub(super) model: u8,
    /// Months back: 0 is the current one.
    pub(super) month: u8,
    pub(super) day: i8,
    pub(super) input: u32,
    pub(super) output: u32,
    /// As it is sent: of how many calls it is.
    pub(super) calls: Option<u8>,
    pub(super) media: Media,
    pub(super) tag: Option<u8>,
}

/// What of a call is not text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Media {
    /// Part of the output: that much of it, in tenths.
    pub(super) image_tenths: Option<u32>,
    /// Images of 8 x 4 pixels.
    pub(super) images: Option<u8>,
    pub(super) audio_ms: Option<u16>,
}

impl Call {
    /// The hour of its day; on the first of this month later hours may not have come.
    pub(super) fn hour(&self) -> u32 {
        if self.month == 0 { 0 } else { self.input % 24 }
    }

    /// Output tokens that stand for images.
    pub(super) fn image_tokens(&self) -> u32 {
        self.output / 10 * self.media.image_tenths.unwrap_or(0)
    }

    /// Whether it counts the same, though it may be written otherwise.
    fn is_the_same(&self, other: &Call) -> bool {
        let counts = |call: &Call| [call.image_tokens(), call.images().into(), call.audio_ms().into()];
        counts(self) == counts(other) && *self == Call { media: self.media, ..other.clone() }
    }

    pub(super) fn audio_ms(&self) -> u16 {
        self.media.audio_ms.unwrap_or(0)
    }

    pub(super) fn images(&self) -> u8 {
        self.media.images.unwrap_or(0)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Ids are few, so that they meet: duplicates and conflicts come by themselves.
    Track(u8, Call),
    Batch(u8, Vec<(Option<u8>, Call)>),
    Reverse(u8),
    Close(u8),
    Restate(u8),
    /// What the name that nobody knows stands for from now on: nothing, or one of the others.
    Map(Option<u8>),
    /// Calls are summed by the hour from now on, or by the day.
    Hours(bool),
    /// Another vintage of a grid: published figures do not feel it.
    Grid(u8),
    /// Grams that a tenant is to stay below in a month; `None`: no more.
    Target(u8, Option<u32>),
    /// Watt hours of the one instrument for a tenant and a month; without any, what it has is taken back.
    Allocate(u8, u8, Option<u8>),
    Restart,
    Kill,
}

pub(super) const MODELS: [&str; 3] = ["gpt-4o", "mistral-large-2", "nobody-knows"];
pub(super) const NOBODY: u8 = 2;
/// Micrograms of CO2e per token, by the published table.
pub(super) const UG_PER_TOKEN: [Option<u64>; 3] = [Some(300), Some(2_850), None];

pub(super) fn call() -> impl Strategy<Value = Call> {
    let tokens = 0..2_000u32;
    let calls = prop_oneof![4 => Just(None), 1 => (0..4u8).prop_map(Some)];
    let media = (option::of(0..=10u32), option::of(0..3u8), option::of(0..3_000u16))
        .prop_map(|(image_tenths, images, audio_ms)| Media { image_tenths, images, audio_ms });
    let media = prop_oneof![2 => Just(Media::default()), 1 => media];
    (0..3u8, 0..3u8, 0..3u8, 1..4i8, tokens.clone(), tokens, calls, media, option::of(0..2u8)).prop_map(
        |(tenant, model, month, day, input, output, calls, media, tag)| Call {
            tenant,
            model,
            month,
            // On the first of a month nothing else of it is past.
            day: if month == 0 { 1 } else { day },
            input,
            output,
            // One call is what is meant without more words.
            calls: calls.filter(|calls| *calls != 1),
            media,
            tag,
        },
    )
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (0..16u8, call()).prop_map(|(id, call)| Step::Track(id, call)),
        4 => (0..3u8, vec((option::of(0..16u8), call()), 0..6)).prop_map(|(key, rows)| Step::Batch(key, rows)),
        4 => (0..16u8).prop_map(Step::Reverse),
        2 => (0..3u8).prop_map(Step::Close),
        2 => (0..3u8).prop_map(Step::Restate),
        2 => option::of(0..2u8).prop_map(Step::Map),
        2 => any::<bool>().prop_map(Step::Hours),
        1 => (1..9u8).prop_map(Step::Grid),
        2 => (0..3u8, option::of(1..40u32)).prop_map(|(tenant, grams)| Step::Target(tenant, grams)),
        3 => (0..3u8, 0..3u8, option::weighted(0.8, 1..60u8)).prop_map(|(tenant, month, wh)| Step::Allocate(tenant, month, wh)),
        1 => Just(Step::Restart),
        1 => Just(Step::Kill),
    ]
}

/// What a ledger should hold.
#[derive(Default)]
pub(super) struct Model {
    /// In the order of arrival: id, call, and for a reversal -1.
    pub(super) book: Vec<(String, Call, i64)>,
    pub(super) batches: BTreeMap<u8, Vec<(Option<u8>, Call)>>,
    /// Month to the length of the book when it was closed.
    pub(super) closed: BTreeMap<u8, usize>,
    /// Month to what closing it has pinned of each tenant.
    pub(super) pinned: BTreeMap<u8, BTreeMap<u8, Sum>>,
    /// Month to what is stated of each tenant.
    pub(super) stated: BTreeMap<u8, BTreeMap<u8, Sum>>,
    /// Whether calls are summed by the hour now, and ids of those that were when they came.
    pub(super) by_hour: bool,
    pub(super) in_hours: BTreeSet<String>,
    /// What the name that nobody knows stands for now.
    pub(super) mapped: Option<u8>,
    /// Tenant to the grams that it is to stay below in a month.
    pub(super) targets: BTreeMap<u8, u32>,
    /// Month to what it stood for when that was closed.
    pub(super) mapped_then: BTreeMap<u8, Option<u8>>,
    /// Tenant and month to the watt hours that are allocated.
    pub(super) allocated: BTreeMap<(u8, u8), u8>,
    /// The same of each month when it was closed.
    pub(super) allocated_then: BTreeMap<u8, BTreeMap<(u8, u8), u8>>,
}

/// What the instrument has.
pub(super) const INSTRUMENT_WH: u64 = 100;

/// Requests, input, output, micrograms of what has a factor; then the context of the output and of the input, and the tokens
/// whose context nobody knows; then output tokens of images, images, their pixels, and milliseconds of sound.
pub(super) type Sum = [i64; 11];

pub(super) const NOTHING: Sum = [0; 11];

/// Context as it is written: so many equal calls.
pub(super) fn context(call: &Call) -> [i64; 3] {
    let (input, output) = (i64::from(call.input), i64::from(call.output));
    let text = output - i64::from(call.image_tokens());
    match call.calls.map_or(1, i64::from) {
        0 => [0, 0, input + output],
        calls => [text * (2 * input + text) / calls, input * input / calls, 0],
    }
}

/// The sum of rows; `mapped` says what the name that nobody knows stands for.
pub(super) fn sum<'a>(
    rows: impl Iterator<Item = &'a (String, Call, i64)>,
    mapped: impl Fn(&Call) -> Option<u8>,
) -> Sum {
    rows.fold(NOTHING, |sum, (_, call, sign)| {
        let image_tokens = i64::from(call.image_tokens());
        let tokens = i64::from(call.input) + i64::from(call.output) - image_tokens;
        let rate = UG_PER_TOKEN[usize::from(meant(call, mapped(call)))];
        let ug = rate.map_or(0, |rate| tokens * i64::try_from(rate).unwrap());
        let [of_output, of_input, unknown] = context(call);
        let (input, output, images) = (call.input.into(), call.output.into(), i64::from(call.images()));
        let pixels = images * 8 * 4;
        let audio_ms = call.audio_ms().into();
        let row =
            [1, input, output, ug, of_output, of_input, unknown, image_tokens, images, pixels, audio_ms];
        std::array::from_fn(|count| sum[count] + sign * row[count])
    })
}

/// The model that values a call.
pub(super) fn meant(call: &Call, mapped: Option<u8>) -> u8 {
    if call.model == NOBODY { mapped.unwrap_or(NOBODY) } else { call.model }
}

#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    New,
    Duplicate,
    Conflict,
}

impl Model {
    pub(super) fn add(&mut self, id: String, call: &Call) -> Outcome {
        match self.book.iter().find(|(found, _, sign)| *found == id && *sign == 1) {
            Some((_, earlier, _)) if earlier.is_the_same(call) => Outcome::Duplicate,
            Some(_) => Outcome::Conflict,
            None => {
                if self.by_hour {
                    self.in_hours.insert(id.clone());
                }
                self.book.push((id, call.clone(), 1));
                Outcome::New
            }
        }
    }

    pub(super) fn is_adjustment(&self, place: usize) -> bool {
        self.closed.get(&self.book[place].1.month).is_some_and(|length| place >= *length)
    }

    /// What the name that nobody knows stands for in a call: a closed month keeps what it was closed with.
    pub(super) fn mapped(&self, call: &Call) -> Option<u8> {
        *self.mapped_then.get(&call.month).unwrap_or(&self.mapped)
    }

    /// Sums of a month by tenant as things are now, as far as the book goes up to `length`.
    pub(super) fn by_tenant(&self, month: u8, length: usize) -> BTreeMap<u8, Sum> {
        let rows = || self.book[..length].iter().filter(|(_, call, _)| call.month == month);
        let tenants: BTreeSet<u8> = rows().map(|(_, call, _)| call.tenant).collect();
        tenants
            .into_iter()
            .map(|tenant| (tenant, sum(rows().filter(|(_, call, _)| call.tenant == tenant), |_| self.mapped)))
            .collect()
    }
}
