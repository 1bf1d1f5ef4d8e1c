//! The fit: joules of windows explained by their tokens and their length.

use crate::{
    Range, WattHours,
    draws::Draws,
    float::ln,
    measure::{
        bootstrap::{BLOCKS_MIN, Block, DRAWS, SEED, expansion, interval, widened},
        design::{CONDITION_MAX, Design, Marginal, Row, SPLIT_WINDOWS_MIN, cached_over_fresh},
        note::Note,
        prior::Prior,
        solve::Sums,
        window::{HOST_SHARE_GSD, Scope, Window, float},
    },
};
use thiserror::Error;

/// What windows say of the energy of a served model. Joules are those at the power supply of the machines.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fit {
    /// Different windows.
    pub windows: usize,
    /// Those of them in which tokens were counted.
    pub windows_with_tokens: usize,
    /// Start of the first and end of the last, in milliseconds since 1970.
    pub span_ms: [i64; 2],
    /// What the kinds of tokens and an idle second take; `None` where one ratio was fitted.
    pub parts: Option<Parts>,
    /// Joules of an output, a fresh input and a cached input token, with their share of idle time: what calls are valued
    /// with.
    pub rates: [Range<f64>; 3],
    /// Joules of a token in the windows' own mix of input and output.
    pub mix: Range<f64>,
    /// What the joules went into.
    pub energy: Totals,
    /// Root mean square of what is left unexplained, over what was metered, of the windows with tokens.
    pub residual: f64,
    /// Condition number of the fullest design that was tried.
    pub condition: f64,
    /// What was drawn again for the intervals, and how many of it there are.
    pub blocks: (Block, usize),
    /// What a reader should know, and what is missing.
    pub notes: Vec<Note>,
    /// What our law said of input and output, where one ratio was fitted.
    pub prior: Option<Prior>,
    /// Covariance of the three rates, without that of the host share.
    pub(super) covariance: [[f64; 3]; 3],
    /// Standard deviation of the logarithm of the host share, by how much of the energy it was applied to.
    pub(super) host_sd: f64,
}

impl Fit {
    /// Wh for 1,000 output, fresh input and cached input tokens, with the doubt of the host share in their ranges.
    pub fn wh_per_1k(&self) -> [Range<WattHours>; 3] {
        self.rates.map(|rate| self.with_host(rate))
    }

    /// Wh for 1,000 tokens in the windows' own mix, with the same doubt.
    pub fn mix_wh_per_1k(&self) -> Range<WattHours> {
        self.with_host(self.mix)
    }

    /// Adds a note where the energy of output is implausible beside `modelled`: what our own method computes for 1,000
    /// output tokens of such a model at the power supply; `None` if its size is not known.
    pub fn note_plausibility(&mut self, modelled: Option<WattHours>) {
        let [output, ..] = self.wh_per_1k();
        let note = Note::of_energy(output.central().to_f64(), modelled.map(WattHours::to_f64));
        self.notes.extend(note);
    }

    fn with_host(&self, joules: Range<f64>) -> Range<WattHours> {
        let bounds = widened(joules.central(), [joules.low(), joules.high()], self.host_sd);
        let wh = |joules: f64| WattHours::from_f64(wh_per_1k(joules));
        Range::enclosing(wh(joules.central()), bounds.map(wh))
    }
}

/// Wh for 1,000 tokens of so many joules each.
pub(super) fn wh_per_1k(joules: f64) -> f64 {
    joules * 1_000.0 / 3_600.0
}

/// What a fit that tells the kinds of tokens apart finds, idle time apart.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Parts {
    /// Joules of an output token.
    pub output: Range<f64>,
    /// Joules of a fresh input token.
    pub fresh_input: Range<f64>,
    /// Joules of a cached input token.
    pub cache_read: Range<f64>,
    /// Joules of a token of context for each generated one; `None` if it was not fitted.
    pub context: Option<Range<f64>>,
    /// Watts of the machines when they are idle.
    pub idle_w: Range<f64>,
}

/// What the joules of the windows went into.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Totals {
    /// As the meters read them.
    pub metered_j: f64,
    /// At the power supply.
    pub wall_j: f64,
    /// Idle time, which the rates hold in proportion to their tokens' own energy; `None` if it is not told apart.
    pub idle_j: Option<f64>,
    /// Seconds of all windows.
    pub seconds: f64,
}

/// Why nothing was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NotFitted {
    /// None were sent.
    #[error("there are no windows")]
    NoWindows,
    /// Too few for an interval.
    #[error("at least {BLOCKS_MIN} windows with tokens are needed, and there {}", if *windows == 1 { "is 1".to_owned() } else { format!("are {windows}") })]
    TooFew {
        /// With tokens.
        windows: usize,
    },
    /// No tokens: all of it is idle.
    #[error("no tokens were counted: {joules:.0} J in {seconds:.0} s are idle, which is {:.0} W", joules / seconds)]
    Idle {
        /// At the power supply.
        joules: f64,
        /// Of all windows.
        seconds: f64,
    },
    /// One ratio needs our law's view of prompts and answers, and the model's size is not known.
    #[error("the windows cannot tell input from output, and the size of the model is not known")]
    NoPrior,
    /// No energy was explained by tokens.
    #[error("the energy of the windows does not rise with their tokens")]
    Unexplained,
}

/// Fits windows of one served model. Order and repetitions do not matter. `prior` is needed where the windows cannot tell
/// input from output.
///
/// # Errors
/// Too few windows, no tokens, or nothing that rises with them.
pub fn fit(windows: &[Window], prior: Option<Prior>) -> Result<Fit, NotFitted> {
    let mut ordered: Vec<&Window> = windows.iter().collect();
    ordered.sort();
    ordered.dedup();
    let (Some(first), Some(last_ms)) = (ordered.first(), ordered.iter().map(|window| window.to_ms).max())
    else {
        return Err(NotFitted::NoWindows);
    };
    let span_ms = [first.from_ms, last_ms];
    let counts_cached = ordered.iter().all(|window| window.cache_read_input_tokens.is_some());
    let counts_context = ordered.iter().all(|window| window.context_sum.is_some());
    let rows: Vec<Row> =
        ordered.iter().map(|window| Row::of(window, counts_cached, counts_context)).collect();
    let totals = sum(&rows);
    let windows_with_tokens = ordered.iter().filter(|window| window.has_tokens()).count();
    if windows_with_tokens == 0 {
        return Err(NotFitted::Idle { joules: totals.joules, seconds: totals.seconds });
    }
    if windows_with_tokens < BLOCKS_MIN {
        return Err(NotFitted::TooFew { windows: windows_with_tokens });
    }
    let (block, block_of) = Block::of(&ordered).ok_or(NotFitted::TooFew { windows: windows_with_tokens })?;
    let mut notes = Note::of_windows(&ordered, counts_cached, counts_context, block);
    let (design, condition) = choose(&rows, &totals, windows_with_tokens, counts_cached, prior, &mut notes)?;
    let drawn = Drawn::of(&design, &rows, &block_of)?;
    let (marginal, rates) = (drawn.marginal, drawn.rates);
    if counts_cached {
        Note::of_cached(&design, &totals, &mut notes);
    }
    Note::of_bounds(&design, &marginal, &totals, &mut notes);

    let prior = prior.filter(|_| matches!(design, Design::Ratio { .. }));
    let ratio_sd = prior.map_or(0.0, |prior| prior.sd);
    let by_ratio = slope_by_ratio(&design, &rates, &totals);
    let expand = expansion(drawn.blocks) * expansion(drawn.blocks);
    let covariance = std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            expand * drawn.covariance[i][j] + ratio_sd * ratio_sd * by_ratio[i] * by_ratio[j]
        })
    });
    let rate = |i: usize| {
        let bounds = drawn.bounds(|draw| draw.rates[i]);
        let share = if rates[i] > 0.0 { by_ratio[i] / rates[i] } else { 0.0 };
        Range::enclosing(rates[i], widened(rates[i], bounds, ratio_sd * share.abs()))
    };
    let mix = mean(&rates, &totals);
    let parts = matches!(design, Design::Split { .. }).then(|| Parts {
        output: drawn.part(|part| part.output),
        fresh_input: drawn.part(|part| part.fresh),
        cache_read: drawn.part(|part| part.cached),
        context: matches!(design, Design::Split { context: true, .. })
            .then(|| drawn.part(|part| part.context)),
        idle_w: drawn.part(|part| part.idle),
    });
    let with_host = |window: &&&Window| window.scope == Scope::Accelerator;
    let host_j: f64 = ordered.iter().filter(with_host).map(|window| window.wall_joules()).sum();
    Ok(Fit {
        windows: ordered.len(),
        windows_with_tokens,
        span_ms,
        parts,
        rates: [rate(0), rate(1), rate(2)],
        mix: Range::enclosing(mix, drawn.bounds(|draw| mean(&draw.rates, &totals))),
        energy: Totals {
            metered_j: ordered.iter().map(|window| float(window.metered_uj())).sum::<f64>() / 1e6,
            wall_j: totals.joules,
            idle_j: idle(&design, &marginal, &rows, &totals),
            seconds: totals.seconds,
        },
        residual: residual(&marginal, &rows),
        condition,
        blocks: (block, drawn.blocks),
        notes,
        prior,
        covariance,
        host_sd: host_j / totals.joules * ln(HOST_SHARE_GSD),
    })
}

/// The fullest design whose columns can be told apart, else one ratio; with the condition of the fullest of all.
fn choose(
    rows: &[Row],
    totals: &Row,
    windows: usize,
    counts_cached: bool,
    prior: Option<Prior>,
    notes: &mut Vec<Note>,
) -> Result<(Design, f64), NotFitted> {
    let designs = Design::splits(totals, counts_cached);
    let conditions: Vec<f64> = designs.iter().map(|design| design.condition(rows)).collect();
    let fullest = conditions[0];
    if windows >= SPLIT_WINDOWS_MIN {
        if let Some(place) = conditions.iter().position(|condition| *condition <= CONDITION_MAX) {
            if matches!(
                (designs[0], designs[place]),
                (Design::Split { context: true, .. }, Design::Split { context: false, .. })
            ) {
                notes.push(Note::ContextNotToldApart);
            }
            return Ok((designs[place], fullest));
        }
        let least = conditions.iter().fold(f64::INFINITY, |least: f64, condition| least.min(*condition));
        notes.push(Note::NotToldApart { condition: least });
    } else {
        notes.push(Note::FewWindows { windows });
    }
    let prior = prior.ok_or(NotFitted::NoPrior)?;
    let ratio = Design::Ratio {
        fresh_over_output: prior.fresh_over_output,
        cached_over_fresh: cached_over_fresh(counts_cached),
    };
    Ok((ratio, fullest))
}

fn sum<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Row {
    rows.into_iter().fold(Row::default(), |mut sum, row| {
        sum.add(row);
        sum
    })
}

/// Joules of a token of each kind with its share of all that was metered, so that the windows' own tokens add up to the
/// windows' own energy; `None` if tokens explain nothing.
fn with_idle(marginal: &Marginal, totals: &Row) -> Option<[f64; 3]> {
    let of_tokens = marginal.of_tokens(totals);
    if of_tokens <= 0.0 {
        return None;
    }
    let scale = totals.joules / of_tokens;
    let context = if totals.output > 0.0 { marginal.context * totals.context / totals.output } else { 0.0 };
    Some([marginal.output + context, marginal.fresh, marginal.cached].map(|rate| rate * scale))
}

/// Joules of a token in the mix of these totals.
fn mean(rates: &[f64; 3], totals: &Row) -> f64 {
    (rates[0] * totals.output + rates[1] * totals.fresh + rates[2] * totals.cached) / totals.tokens()
}

/// How the rates move with the logarithm of the ratio of input to output, at the same energy in all.
fn slope_by_ratio(design: &Design, rates: &[f64; 3], totals: &Row) -> [f64; 3] {
    if !matches!(design, Design::Ratio { .. }) {
        return [0.0; 3];
    }
    let of_input = rates[1] * totals.fresh + rates[2] * totals.cached;
    let share = of_input / (of_input + rates[0] * totals.output);
    [-rates[0] * share, rates[1] * (1.0 - share), rates[2] * (1.0 - share)]
}

/// Idle energy: that of all time in a fit, or that of windows without tokens where nothing else tells it apart.
fn idle(design: &Design, marginal: &Marginal, rows: &[Row], totals: &Row) -> Option<f64> {
    match design {
        Design::Split { .. } => Some(marginal.idle * totals.seconds),
        Design::Ratio { .. } => {
            let without = rows.iter().filter(|row| row.tokens() <= 0.0).map(|row| row.joules);
            Some(without.sum()).filter(|joules| *joules > 0.0)
        }
    }
}

fn residual(marginal: &Marginal, rows: &[Row]) -> f64 {
    let with_tokens: Vec<&Row> = rows.iter().filter(|row| row.tokens() > 0.0).collect();
    let squares = with_tokens.iter().map(|row| {
        let share = (row.joules - marginal.of(row)) / row.joules;
        share * share
    });
    #[expect(clippy::cast_precision_loss, reason = "a count of windows")]
    let count = with_tokens.len() as f64;
    (squares.sum::<f64>() / count).sqrt()
}

/// What one draw of the blocks says.
struct Draw {
    marginal: Marginal,
    rates: [f64; 3],
}

/// What the windows say, and what all draws of their blocks do.
struct Drawn {
    marginal: Marginal,
    rates: [f64; 3],
    draws: Vec<Draw>,
    blocks: usize,
    covariance: [[f64; 3]; 3],
}

impl Drawn {
    fn of(design: &Design, rows: &[Row], block_of: &[usize]) -> Result<Self, NotFitted> {
        let blocks = block_of.last().map_or(0, |last| last + 1);
        let mut parts = vec![(Sums::default(), Row::default()); blocks];
        for (row, &block) in rows.iter().zip(block_of) {
            let (sums, total) = &mut parts[block];
            sums.add(&Sums::of(&design.columns(row), row.joules));
            total.add(row);
        }
        let value = |places: &mut dyn Iterator<Item = usize>| {
            let (mut sums, mut total) = (Sums::default(), Row::default());
            for place in places {
                sums.add(&parts[place].0);
                total.add(&parts[place].1);
            }
            let marginal = design.solve(&sums, &total);
            Some(Draw { marginal, rates: with_idle(&marginal, &total)? })
        };
        let Draw { marginal, rates } = value(&mut (0..blocks)).ok_or(NotFitted::Unexplained)?;
        let mut random = Draws::new(SEED);
        let draws: Vec<Draw> = (0..DRAWS)
            .filter_map(|_| value(&mut std::iter::repeat_with(|| random.below(blocks)).take(blocks)))
            .collect();
        let covariance = covariance(&draws);
        Ok(Drawn { marginal, rates, draws, blocks, covariance })
    }

    fn bounds(&self, of: impl Fn(&Draw) -> f64) -> [f64; 2] {
        interval(&mut self.draws.iter().map(of).collect::<Vec<f64>>(), self.blocks)
    }

    fn part(&self, of: impl Fn(&Marginal) -> f64) -> Range<f64> {
        Range::enclosing(of(&self.marginal), self.bounds(|draw| of(&draw.marginal)))
    }
}

fn covariance(draws: &[Draw]) -> [[f64; 3]; 3] {
    #[expect(clippy::cast_precision_loss, reason = "there are two thousand")]
    let count = draws.len() as f64;
    let means: [f64; 3] =
        std::array::from_fn(|i| draws.iter().map(|draw| draw.rates[i]).sum::<f64>() / count);
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let products = draws.iter().map(|draw| (draw.rates[i] - means[i]) * (draw.rates[j] - means[j]));
            products.sum::<f64>() / count
        })
    })
}
