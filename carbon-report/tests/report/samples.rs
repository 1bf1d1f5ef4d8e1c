//! Months of every kind, in every language.

use carbon_core::{
    FactorSet, Range, Usage,
    usage::{Media, MediaUnit},
};
use carbon_report::{
    Activity, Brand, Client, Contact, EsrsEdition, Evidence, Heading, Instrument, InstrumentKind, Language,
    MarketInputs, Month, ResidualMix, Statement, Status, Supplier, Valuation,
    evidence::{
        Audit, AuditedEvents, ClosingSeal, EarlierMonth, Restated, Stated, StatedModel, TaggedActivity,
    },
    render_pdf,
};
use jiff::civil::date;
use std::sync::OnceLock;

pub(crate) fn heading(language: Language) -> Heading {
    let client = Client::new("client-xyz", "Musterwerk Énergie GmbH");
    Heading {
        report_id: "01a20abd-2927-71fd-8583-93d8ba92b665".to_owned(),
        status: Status::Final,
        language,
        ..Heading::new(client, "Example Software SAS", Month::new(2026, 10), date(2026, 11, 2))
    }
}

pub(crate) fn row(day: i8, model: &str, region: Option<&str>, usage: Usage) -> Activity {
    Activity { region: region.map(str::to_owned), ..Activity::new(date(2026, 10, day), model, usage) }
}

fn usage(requests: u64, input: u64, output: u64) -> Usage {
    Usage {
        requests,
        input_tokens: input * requests,
        cache_read_input_tokens: input * requests / 4,
        output_tokens: output * requests,
        ..Usage::default()
    }
}

/// Six models, some 40,000 events, three of them by our model; Sundays are quiet.
pub(crate) fn ordinary() -> Vec<Activity> {
    let models = [
        ("gpt-4o", None, 420, 731, 317),
        ("mistral-large-2", None, 95, 1_210, 260),
        ("gpt-5", Some("azure:swedencentral"), 310, 980, 410),
        ("claude-sonnet-4-5", Some("aws:eu-central-1"), 240, 2_100, 505),
        ("gpt-4o-mini", None, 160, 402, 91),
        ("llama-3.1-70b", Some("FRA"), 130, 655, 220),
    ];
    let day = |day: i8| {
        models.into_iter().enumerate().map(move |(place, (model, region, requests, input, output))| {
            // Uneven, and the same every time.
            let swing = u64::from(day.unsigned_abs()) * 37 % 23 + u64::try_from(place).unwrap() * 11 % 7;
            let quiet = if (i32::from(day) + 3) % 7 == 0 { 12 } else { 1 };
            row(day, model, region, usage((requests + swing * 3) / quiet, input, output))
        })
    };
    (1..=31).flat_map(day).collect()
}

/// What a ledger would add to the activity.
pub(crate) fn evidence(activity: Vec<Activity>) -> Evidence {
    let tags = activity.iter().zip(["chat", "search", "chat", "drafting"].into_iter().cycle()).map(
        |(activity, feature)| TaggedActivity {
            name: "feature".to_owned(),
            value: feature.to_owned(),
            activity: activity.clone(),
        },
    );
    let count = activity.iter().map(|row| row.usage.requests).sum();
    Evidence {
        tags: tags.collect(),
        audit: Some(Audit {
            last_event: 123_456,
            events: Some(AuditedEvents {
                count,
                reversals: 0,
                first_at: "2026-10-01T00:03:12Z".parse().ok(),
                last_at: "2026-10-31T23:51:40Z".parse().ok(),
                merkle_root: "5b4c2f0e".repeat(8),
            }),
            closing_seal: Some(ClosingSeal { number: 40_217, sha256: "c3a91d7e".repeat(8) }),
        }),
        earlier: ["2025-10", "2026-07", "2026-08", "2026-09"]
            .into_iter()
            .zip([3, 5, 6, 8])
            .map(earlier)
            .collect(),
        activity,
        ..Evidence::default()
    }
}

fn earlier((month, tenths): (&str, u64)) -> EarlierMonth {
    let month: Month = month.parse().unwrap();
    let rows: Vec<Activity> = ordinary()
        .into_iter()
        .map(|row| Activity { day: month.first_day(), usage: scaled(&row.usage, tenths), ..row })
        .collect();
    let valued = Valuation::of(rows.iter().map(|row| (row, FactorSet::latest()))).valued;
    EarlierMonth {
        month,
        status: Status::Final,
        factor_set: FactorSet::latest().as_str().to_owned(),
        stated: Stated { usage: valued.usage, co2: valued.co2 },
    }
}

fn scaled(usage: &Usage, tenths: u64) -> Usage {
    let [requests, input_tokens, cache_read_input_tokens, _, output_tokens, _] =
        usage.counts().map(|count| count * tenths / 10);
    Usage { requests, input_tokens, cache_read_input_tokens, output_tokens, ..Usage::default() }
}

/// 300 models, 10 million events.
pub(crate) fn huge() -> Vec<Activity> {
    let listed: Vec<&str> = FactorSet::latest().models().iter().map(|model| model.id()).take(290).collect();
    let unlisted = (0..10).map(|n| format!("in-house/assistant-{n}"));
    let names = listed.into_iter().map(str::to_owned).chain(unlisted);
    names
        .enumerate()
        .flat_map(|(place, name)| {
            let requests = 10_000_000 / 300 / 31 + u64::try_from(place).unwrap() % 97;
            (1..=31).map(move |day| row(day, &name, None, usage(requests, 900, 350)))
        })
        .collect()
}

pub(crate) fn unknown() -> Vec<Activity> {
    let mut rows = ordinary();
    rows.push(row(7, "nobody-knows", None, usage(4_000, 800, 200)));
    rows.push(row(9, "grok-4.3", None, usage(500, 800, 200)));
    rows.push(row(9, "gpt-5", Some("atlantis"), usage(30, 800, 200)));
    let images = Media::default().with(MediaUnit::Images, 40).with(MediaUnit::ImagePixels, 40 << 20);
    rows.push(row(10, "dall-e-3", None, Usage { requests: 20, media: images, ..Usage::default() }));
    rows
}

/// Instruments for two grids, one of them for one provider alone, and a residual mix of one of them.
pub(crate) fn market() -> MarketInputs {
    let instrument = |id: &str, zone: &str, allocated_wh: u64| Instrument {
        instrument_id: format!("01a20ab0-0000-7000-8000-00000000000{id}"),
        kind: InstrumentKind::Go,
        provider: None,
        zone: zone.to_owned(),
        period_from: date(2026, 10, 1),
        period_to: date(2026, 10, 31),
        vintage: 2026,
        g_per_kwh: "0".parse().unwrap(),
        allocated_wh,
        certificate_ids_sha256: "c".repeat(64),
        document_sha256: "d".repeat(64),
        source: "Cancellation statement of the national registry".to_owned(),
        licence: "own data".to_owned(),
        entered_by: "key production".to_owned(),
        entered_at: "2026-11-01T08:00:00Z".to_owned(),
    };
    let ppa = Instrument {
        kind: InstrumentKind::Ppa,
        provider: Some("azure".to_owned()),
        g_per_kwh: "11.5".parse().unwrap(),
        ..instrument("2", "SWE", 40)
    };
    MarketInputs {
        instruments: vec![instrument("1", "FRA", 1_500), ppa],
        residual_mixes: vec![ResidualMix {
            zone: "FRA".to_owned(),
            year: 2026,
            g_per_kwh: "41.75".parse().unwrap(),
            source: "Residual mix of the issuing body".to_owned(),
            licence: "by permission of the publisher".to_owned(),
            document_sha256: "e".repeat(64),
        }],
    }
    .in_order()
}

/// The ordinary month, stated under the published table alone and without its last days.
pub(crate) fn restated() -> Evidence {
    let mut evidence = evidence(ordinary());
    let set = FactorSet::version("2025.1").unwrap();
    let before: Vec<&Activity> = evidence.activity.iter().filter(|row| row.day.day() < 30).collect();
    let stated = |rows: &[&Activity]| {
        let valued = Valuation::of(rows.iter().map(|row| (*row, set))).valued;
        Stated { usage: valued.usage, co2: valued.co2 }
    };
    let mut models: Vec<&str> = before.iter().map(|row| row.model.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    let old_models = models.into_iter().map(|model| {
        let rows: Vec<&Activity> = before.iter().copied().filter(|row| row.model == model).collect();
        StatedModel { model: model.to_owned(), stated: stated(&rows) }
    });
    evidence.restated = Some(Restated {
        restatement_id: "01a20abd-0000-7000-8000-000000000001".to_owned(),
        reason: "Two days of events arrived late, and the factor set 2026.12 values models that 2025.1 did not know.".to_owned(),
        restated_at: "2026-11-20T09:00:00Z".parse().unwrap(),
        old_factor_set: "2025.1".to_owned(),
        old: stated(&before),
        old_models: old_models.collect(),
        old_market: stated(&before).co2,
    });
    evidence.market = market();
    evidence
}

/// A kind of month.
pub(crate) struct Sample {
    pub(crate) kind: &'static str,
    pub(crate) statement: Statement,
    pdf: OnceLock<Vec<u8>>,
}

impl Sample {
    fn new(kind: &'static str, statement: Statement) -> Self {
        Sample { kind, statement, pdf: OnceLock::new() }
    }

    /// Its report, drawn once for all tests.
    pub(crate) fn pdf(&self) -> &[u8] {
        let draw = || render_pdf(&self.statement, &Brand::default());
        self.pdf.get_or_init(|| draw().unwrap_or_else(|error| panic!("{}: {error}", self.kind)))
    }
}

/// The ordinary month.
pub(crate) fn ordinary_sample(language: Language) -> &'static Sample {
    &statements(language)[0]
}

/// Languages with every kind of month. Of the others, two kinds that take long are left out: their words are the same.
pub(crate) const WHOLLY: [Language; 3] = [Language::En, Language::Fr, Language::De];

/// Every kind of month. They are made once for all tests: three hundred models take their time.
pub(crate) fn statements(language: Language) -> &'static [Sample] {
    static MADE: [OnceLock<Vec<Sample>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    let place = Language::ALL.iter().position(|of| *of == language).unwrap();
    MADE[place].get_or_init(|| made(language))
}

fn made(language: Language) -> Vec<Sample> {
    let set = FactorSet::latest();
    let of = |evidence: &Evidence| Statement::new(heading(language), evidence, set);
    let is_whole = WHOLLY.contains(&language);
    let mut unreconciled = evidence(unknown());
    unreconciled.invoiced_tokens = Some(62_000_000);
    let second = Heading {
        revision: 2,
        elected: Some(EsrsEdition::Esrs2026),
        supersedes: Some("01a20abd-2927-71fd-8583-000000000000".to_owned()),
        ..heading(language)
    };
    let names = Heading {
        status: Status::Provisional,
        supplier: Supplier {
            up_to_1000_employees: true,
            contact: Some(Contact {
                name: Some("Bureau climat <b>".to_owned()),
                address: "climat@example.com".to_owned(),
            }),
            ..Supplier::from("L’Œuvre & Söhne <script>")
        },
        verify_at: Some("https://carbon.example.com/verify".to_owned()),
        client: Client::new(
            "北京/عميل",
            "\"Ünïcødé\" 北京 عميل Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        ),
        ..heading(language)
    };
    let odd = vec![
        row(1, "=cmd|' /C calc'!A0", None, usage(3, 10, 10)),
        row(2, &"very-long-model-name-".repeat(12), None, usage(3, 10, 10)),
        row(3, "gpt-4o", None, usage(3, 10, 10)),
        row(3, "模型", Some("منطقة"), usage(1, 5, 5)),
    ];
    let mut made = vec![Sample::new("ordinary", of(&evidence(ordinary())))];
    if is_whole {
        made.push(Sample::new("huge", of(&Evidence::from(huge()))));
    }
    made.extend([
        Sample::new("zero", of(&Evidence::default())),
        Sample::new("unknown", of(&unreconciled)),
        Sample::new("restated", Statement::new(second, &restated(), set)),
    ]);
    if is_whole {
        made.push(Sample::new("names", Statement::new(names, &evidence(odd), set)));
    }
    made
}

/// Whether a range is in order.
pub(crate) fn ordered<Q: Copy + PartialOrd>(range: Option<Range<Q>>) -> bool {
    range.is_none_or(|range| range.low() <= range.central() && range.central() <= range.high())
}
