//! What energy is explained by: which kinds of tokens can be told apart in some windows.

use crate::measure::{
    solve::{Columns, Sums},
    window::{Window, float},
};

/// What a cached token takes over a fresh one where the windows do not tell: measured 0.05 to 0.37.
const CACHE_READ_OVER_FRESH: f64 = 0.10;
/// A cached token takes at least this part of a fresh one, and at most the other: what was measured lies between.
pub const CACHED_OVER_FRESH: [f64; 2] = [0.03, 0.4];
/// Condition number above which kinds of tokens that rose and fell together are not told apart.
pub const CONDITION_MAX: f64 = 30.0;
/// Windows with tokens that it takes to tell kinds of tokens apart.
pub const SPLIT_WINDOWS_MIN: usize = 24;

/// A window in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) fresh: f64,
    pub(super) cached: f64,
    pub(super) output: f64,
    /// Tokens that lay before the generated ones: half of the window's sum.
    pub(super) context: f64,
    pub(super) seconds: f64,
    pub(super) joules: f64,
}

impl Row {
    /// `counts_cached` and `counts_context` where every window states these.
    pub(super) fn of(window: &Window, counts_cached: bool, counts_context: bool) -> Self {
        let cached = window.cache_read_input_tokens.filter(|_| counts_cached).unwrap_or(0);
        Row {
            fresh: float(window.input_tokens - cached.min(window.input_tokens)),
            cached: float(cached),
            output: float(window.output_tokens),
            context: float(window.context_sum.filter(|_| counts_context).unwrap_or(0)) / 2.0,
            seconds: window.seconds(),
            joules: window.wall_joules(),
        }
    }

    pub(super) fn add(&mut self, other: &Row) {
        self.fresh += other.fresh;
        self.cached += other.cached;
        self.output += other.output;
        self.context += other.context;
        self.seconds += other.seconds;
        self.joules += other.joules;
    }

    pub(super) fn tokens(&self) -> f64 {
        self.fresh + self.cached + self.output
    }
}

/// Joules of a token of each kind, of a token of context for each generated one, and of a second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marginal {
    pub(super) output: f64,
    pub(super) fresh: f64,
    pub(super) cached: f64,
    pub(super) context: f64,
    pub(super) idle: f64,
}

impl Marginal {
    /// Joules of the tokens of a row.
    pub(super) fn of_tokens(&self, row: &Row) -> f64 {
        self.output * row.output
            + self.fresh * row.fresh
            + self.cached * row.cached
            + self.context * row.context
    }

    /// All joules of a row.
    pub(super) fn of(&self, row: &Row) -> f64 {
        self.of_tokens(row) + self.idle * row.seconds
    }
}

/// How the energy of cached input is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cached {
    /// From the windows, within [`CACHED_OVER_FRESH`].
    Free,
    /// As this part of the energy of fresh input.
    Tied(f64),
}

/// What energy is explained by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Design {
    /// By each kind of token, and by time.
    Split { cached: Cached, context: bool },
    /// By one rate for output, with input at stated parts of it: fresh, and cached over fresh.
    Ratio { fresh_over_output: f64, cached_over_fresh: f64 },
}

impl Design {
    /// The designs that could be, the fullest first.
    pub(super) fn splits(totals: &Row, counts_cached: bool) -> Vec<Design> {
        let tied = Cached::Tied(cached_over_fresh(counts_cached));
        let cached = if totals.cached > 0.0 { vec![Cached::Free, tied] } else { vec![tied] };
        let contexts: &[bool] = if totals.context > 0.0 { &[true, false] } else { &[false] };
        let with = |context: &bool| {
            let context = *context;
            cached.iter().map(move |&cached| Design::Split { cached, context }).collect::<Vec<_>>()
        };
        contexts.iter().flat_map(with).collect()
    }

    /// How far its columns can be told apart.
    pub(super) fn condition(&self, rows: &[Row]) -> f64 {
        let column = |row: &Row| match *self {
            Design::Split { cached, context } => {
                let context = if context { row.context } else { 0.0 };
                match cached {
                    Cached::Free => [row.fresh, row.cached, row.output, context, row.seconds],
                    Cached::Tied(part) => {
                        [row.fresh + part * row.cached, 0.0, row.output, context, row.seconds]
                    }
                }
            }
            Design::Ratio { .. } => self.columns(row),
        };
        let mut sums = Sums::default();
        rows.iter().for_each(|row| sums.add(&Sums::of(&column(row), row.joules)));
        sums.condition()
    }

    /// The columns of which non-negative parts are looked for. Both bounds of cached input are columns: any sum of them
    /// lies between.
    pub(super) fn columns(&self, row: &Row) -> Columns {
        match *self {
            Design::Split { cached, context } => {
                let context = if context { row.context } else { 0.0 };
                let [first, second] = match cached {
                    Cached::Free => CACHED_OVER_FRESH.map(|part| row.fresh + part * row.cached),
                    Cached::Tied(part) => [row.fresh + part * row.cached, 0.0],
                };
                [first, second, row.output, context, row.seconds]
            }
            Design::Ratio { fresh_over_output, cached_over_fresh } => {
                let input = row.fresh + cached_over_fresh * row.cached;
                [row.output + fresh_over_output * input, 0.0, 0.0, 0.0, 0.0]
            }
        }
    }

    /// What the least squares, or the totals where all of it is one ratio, say of the windows.
    pub(super) fn solve(&self, sums: &Sums, totals: &Row) -> Marginal {
        match *self {
            Design::Split { cached, .. } => {
                let [first, second, output, context, idle] = sums.solve();
                let [low, high] = CACHED_OVER_FRESH;
                let (fresh, cached) = match cached {
                    Cached::Free => (first + second, low * first + high * second),
                    Cached::Tied(part) => (first, part * first),
                };
                Marginal { output, fresh, cached, context, idle }
            }
            Design::Ratio { fresh_over_output, cached_over_fresh } => {
                let weighted = self.columns(totals)[0];
                let output = if weighted > 0.0 { totals.joules / weighted } else { 0.0 };
                let fresh = fresh_over_output * output;
                Marginal { output, fresh, cached: cached_over_fresh * fresh, ..Marginal::default() }
            }
        }
    }
}

/// What a cached token takes of a fresh one where the windows do not tell. If cached tokens are not counted, they are among
/// the fresh ones, whose rate is that of both.
pub(super) fn cached_over_fresh(counts_cached: bool) -> f64 {
    if counts_cached { CACHE_READ_OVER_FRESH } else { 1.0 }
}
