//! The events of a year: the same for the same day.

use crate::{
    base::clock,
    base::ids::EventIds,
    command::demo::clients::{CLIENTS, DemoClient, Use},
    store::{Event, SentDeployment, Side},
};
use carbon_core::Usage;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp, civil::Weekday};

/// Days before today.
pub(crate) const DAYS: u16 = 365;
const MS_PER_DAY: i64 = 86_400_000;
const SEED: u64 = 2_025;
/// Length of a response when the prompt asks for brevity: 520 tokens instead of 800.
const BRIEF: f64 = 0.65;
/// Share of the calls with that suffix, once it is in use; the others are for comparison.
const BRIEF_SHARE: f64 = 0.7;

/// The beginning of the year: midnight, [`DAYS`] days ago.
pub(crate) fn begins(now: Timestamp) -> Timestamp {
    let today = SignedDuration::from_millis(now.as_millisecond().rem_euclid(MS_PER_DAY));
    now - today - SignedDuration::from_hours(24 * i64::from(DAYS))
}

/// The day of the year on which a time falls, from 0.
pub(crate) fn day_of(at_ms: i64, now: Timestamp) -> u64 {
    u64::try_from((at_ms - begins(now).as_millisecond()) / MS_PER_DAY).unwrap_or(0)
}

/// All events up to `now`, in the order in which they came.
pub(crate) fn events(side: Side, now: Timestamp) -> Result<impl Iterator<Item = Event>, getrandom::Error> {
    let names = EventIds::new()?;
    let mut rng = Rng::with_seed(SEED);
    let events = (0..=DAYS).flat_map(move |day| {
        let midnight = begins(now) + SignedDuration::from_hours(24 * i64::from(day));
        let mut calls = Vec::new();
        for client in CLIENTS {
            calls.extend(of_day(client, midnight, through(day), &mut rng));
        }
        calls.retain(|call| call.at <= now);
        calls.sort_by_key(|call| call.at);
        calls.into_iter().map(|call| call.event(side, &names)).collect::<Vec<_>>()
    });
    Ok(events)
}

/// The share of the year that has passed.
fn through(day: u16) -> f64 {
    f64::from(day) / f64::from(DAYS)
}

struct DemoCall {
    at: Timestamp,
    client: &'static DemoClient,
    used: &'static Use,
    usage: Usage,
    suffix: Option<&'static str>,
}

fn of_day(client: &'static DemoClient, midnight: Timestamp, through: f64, rng: &mut Rng) -> Vec<DemoCall> {
    let day = clock::day(midnight);
    let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    // Offices are empty between Christmas and New Year.
    let is_quiet = (day.month() == 12 && day.day() >= 24) || (day.month() == 1 && day.day() == 1);
    let share = if is_weekend || is_quiet { client.weekend } else { 1.0 };
    let level = client.began_at + (1.0 - client.began_at) * through;
    let calls = whole(client.calls * level * share * (0.75 + 0.5 * rng.f64()) + 0.5);
    let mut made = Vec::new();
    for _ in 0..calls {
        let used = pick(client.uses, rng);
        // Around midday; early and late calls are rare.
        let hour = 6.0 + 7.0 * (rng.f64() + rng.f64());
        let at =
            midnight + SignedDuration::from_millis(i64::try_from(whole(hour * 3_600_000.0)).unwrap_or(0));
        let is_brief = |from: f64| through >= from && rng.f64() < BRIEF_SHARE;
        let suffix = used.brief_from.map(is_brief).map(|is_brief| if is_brief { "brief" } else { "none" });
        let answer = used.answer * if suffix == Some("brief") { BRIEF } else { 1.0 };
        let input_tokens = around(used.prompt, rng);
        let usage = Usage {
            requests: 1,
            input_tokens,
            cache_read_input_tokens: whole(as_float(input_tokens) * used.cached),
            output_tokens: around(answer, rng),
            ..Usage::default()
        };
        made.push(DemoCall { at, client, used, usage, suffix });
    }
    made
}

fn pick(uses: &'static [Use], rng: &mut Rng) -> &'static Use {
    let mut left = rng.f64() * uses.iter().map(|used| used.weight).sum::<f64>();
    for used in uses {
        left -= used.weight;
        if left < 0.0 {
            return used;
        }
    }
    &uses[0]
}

/// A count around `typical`: most are a little below it, some far above.
fn around(typical: f64, rng: &mut Rng) -> u64 {
    let far = rng.f64();
    whole(typical * (0.35 + 0.9 * rng.f64() + 0.6 * far * far)).max(1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of a demo, far below the limits"
)]
fn whole(count: f64) -> u64 {
    count.max(0.0) as u64
}

#[expect(clippy::cast_precision_loss, reason = "counts of a demo, far below the limits")]
fn as_float(count: u64) -> f64 {
    count as f64
}

impl DemoCall {
    fn event(self, side: Side, names: &EventIds) -> Event {
        let DemoCall { at, client, used, usage, suffix } = self;
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let region = if used.region.is_empty() { client.region } else { used.region };
        let mut tags = vec![tag("feature", used.feature)];
        tags.extend(suffix.map(|value| tag("suffix", value)));
        Event {
            side,
            event_id: names.next(at),
            id_is_new: true,
            tenant_id: client.tenant_id.to_owned(),
            deployment: SentDeployment {
                model: used.model.to_owned(),
                provider: used.provider.to_owned(),
                region: region.to_owned(),
            },
            region_is_default: used.region.is_empty(),
            occurred_at_ms: None,
            received_at_ms: at.as_millisecond(),
            usage,
            calls: None,
            tags,
            sighting: None,
        }
    }
}
