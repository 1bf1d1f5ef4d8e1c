//! Two sums, drawn together from the same errors.
//!
//! Each error takes each of the quantiles of a normal distribution once, in an order of its own. Eight thousand draws alone would
//! miss the bounds by some percent, so each bound is corrected by a plane: at the place about 1.96 standard deviations out where
//! the plane touches what is drawn, both are off by the same, and where the plane has its bound is known.

use super::{
    columns::{BLOCK, Column, Columns, published, published_slope, quantiles},
    error::{DRAWS, ErrorKey, lower, upper, within},
};
use crate::{
    Usage,
    energy::COMPONENTS,
    factor::EmissionFactor,
    float::{exp, ln},
    interval::Z_95,
    method::{
        BottomUpFactor, MeasuredInPlace,
        bottom_up::uncertainty::{COOLING, GRID, HARDWARE, parts},
    },
};
use std::{collections::HashMap, rc::Rc};

/// Components that the method of its own does not have: the error of a published factor, and those of a fit.
const PUBLISHED: usize = COMPONENTS;
const FIT: [usize; 4] = [COMPONENTS + 1, COMPONENTS + 2, COMPONENTS + 3, COMPONENTS + 4];

/// A number before and after.
type Pair = [f64; 2];

/// Lognormal: its median before and after, and how its logarithm moves with the errors.
struct Part {
    medians: Pair,
    slopes: Vec<(usize, f64)>,
}

/// What is added up.
enum Term {
    /// Energy through its ways.
    Energy { work: Vec<Part>, way: Vec<Part> },
    /// A published factor: its central values, and what its bounds are to them, as logarithms of one standard deviation.
    Published { error: usize, central: Pair, down: Pair, up: Pair },
}

/// What is asked of two sums.
#[derive(Clone, Copy)]
enum What {
    Difference,
    /// The difference as a logarithm, of what is less after than before.
    Less,
    /// The same of what is more.
    More,
    /// As a logarithm, which is straighter.
    Ratio,
}

impl What {
    fn of(self, [before, after]: Pair) -> f64 {
        match self {
            What::Difference => after - before,
            What::Less => ln(before - after),
            What::More => ln(after - before),
            What::Ratio => ln(after / before),
        }
    }
}

/// Steps towards the likeliest place of a bound.
const PLANE_STEPS: usize = 3;

/// Sums before and after.
#[derive(Default)]
pub(super) struct Paired<'a> {
    errors: HashMap<ErrorKey<'a>, usize>,
    terms: Vec<Term>,
}

impl<'a> Paired<'a> {
    pub(super) fn add_published(&mut self, factor: &'a EmissionFactor, usage: &[Usage; 2]) {
        let amounts = usage.map(|usage| {
            let range = factor.apply(&usage);
            [range.low(), range.central(), range.high()].map(crate::Grams::to_f64)
        });
        let error = self.error((PUBLISHED, factor.id()));
        // Where a bound is nothing, it is as far as a draw goes.
        let log = |of: f64, over: f64| {
            if of > 0.0 && over > 0.0 { ln(of / over) / Z_95 } else { f64::NEG_INFINITY }
        };
        self.terms.push(Term::Published {
            error,
            central: amounts.map(|[_, central, _]| central),
            down: amounts.map(|[low, central, _]| log(low, central)),
            up: amounts.map(|[_, central, high]| log(high, central).max(0.0)),
        });
    }

    /// `grid`: grams per kilowatt hour before and after.
    pub(super) fn add_modelled(&mut self, factor: &BottomUpFactor<'a>, usage: &[Usage; 2], grid: Pair) {
        let [before, after] = usage.map(|usage| factor.apply(&usage));
        let parts = parts(&before, &after);
        let keys = parts.keys;
        let work = parts.work.into_iter().map(|(medians, slopes)| Part {
            medians,
            slopes: self.slopes(slopes.into_iter().enumerate().map(|(c, slope)| ((c, keys[c]), slope))),
        });
        let work = work.collect();
        let [electricity, hardware] = parts.way;
        let ways = [(grid.map(per_wh), electricity.1), ([hardware.0; 2], hardware.1)];
        let way = ways.into_iter().map(|(medians, slopes)| Part {
            medians,
            slopes: self.slopes(slopes.into_iter().enumerate().map(|(c, slope)| ((c, keys[c]), slope))),
        });
        let way = way.collect();
        self.terms.push(Term::Energy { work, way });
    }

    /// `grid`: grams per kilowatt hour before and after.
    pub(super) fn add_measured(&mut self, factor: &MeasuredInPlace<'a>, usage: &[Usage; 2], grid: Pair) {
        let place = factor.in_place();
        let (name, site, zone) = (factor.record().id(), place.site_key(), place.location().zone.id());
        let pue_sd = place.constants().sd(crate::energy::constants::Constant::Pue);
        let mut ways = [(0.0, 0.0); 2];
        let mut work = Vec::new();
        for (side, usage) in usage.iter().enumerate() {
            let figure = factor.apply(usage);
            ways = [figure.electricity(), figure.hardware()];
            let tokens = figure.tokens();
            let slopes = factor.factor().energy_slopes(tokens);
            let of_fit = FIT.into_iter().zip(slopes).map(|(component, slope)| ((component, name), slope));
            let mut medians = [0.0; 2];
            medians[side] = figure.facility_wh(tokens);
            let slopes = self.slopes(of_fit.chain([((COOLING, site), pue_sd)]));
            work.push(Part { medians, slopes });
        }
        let keys = [(GRID, zone), (HARDWARE, "")];
        let [(_, grid_sd), (hardware, hardware_sd)] = ways;
        let ways = [(grid.map(per_wh), grid_sd), ([hardware; 2], hardware_sd)];
        let way = ways
            .into_iter()
            .zip(keys)
            .map(|((medians, sd), key)| Part { medians, slopes: self.slopes([(key, sd)].into_iter()) });
        let way = way.collect();
        self.terms.push(Term::Energy { work, way });
    }

    fn slopes(&mut self, slopes: impl Iterator<Item = (ErrorKey<'a>, f64)>) -> Vec<(usize, f64)> {
        slopes.filter(|(_, slope)| *slope != 0.0).map(|(key, slope)| (self.error(key), slope)).collect()
    }

    fn error(&mut self, key: ErrorKey<'a>) -> usize {
        let next = self.errors.len();
        *self.errors.entry(key).or_insert(next)
    }

    /// The place of each error among the columns.
    fn places(&self, columns: &mut Columns<'a>) -> Vec<usize> {
        let mut keys: Vec<_> = self.errors.iter().map(|(key, number)| (*number, *key)).collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, key)| columns.error(key)).collect()
    }

    fn sums(&self, errors: &[f64]) -> Pair {
        self.terms.iter().fold([0.0; 2], |sums, term| {
            let drawn = term.drawn(errors);
            [sums[0] + drawn[0], sums[1] + drawn[1]]
        })
    }

    /// How something moves with each error, about where its bound is likeliest.
    fn plane_at_bound(&self, what: What, side: f64) -> Vec<f64> {
        let mut at = vec![0.0; self.errors.len()];
        let mut plane = self.plane(what, &at);
        for _ in 0..PLANE_STEPS {
            let out = length(&plane);
            if out <= 0.0 {
                break;
            }
            for (place, along) in at.iter_mut().zip(&plane) {
                *place = side * Z_95 * along / out;
            }
            plane = self.plane(what, &at);
        }
        plane
    }

    fn plane(&self, what: What, at: &[f64]) -> Vec<f64> {
        let mut moves = vec![[0.0; 2]; at.len()];
        for term in &self.terms {
            term.add_moves(at, &mut moves);
        }
        let sums = self.sums(at);
        let [before, after] = sums;
        let step = |[of_before, of_after]: Pair| match what {
            What::Difference => of_after - of_before,
            What::Less | What::More => (of_after - of_before) / (after - before),
            What::Ratio => (of_after * before - after * of_before) / (after * before),
        };
        moves.into_iter().map(step).collect()
    }
}

/// All draws of each of several comparisons.
pub(super) fn drawn<'p>(all: &'p [Paired<'_>]) -> Vec<Drawn<'p>> {
    let mut columns = Columns::default();
    let mut drawn: Vec<Drawn<'_>> = all.iter().map(|paired| Drawn::of(paired, &mut columns)).collect();
    columns.draw(|factors| {
        for drawn in &mut drawn {
            let [before, after] = sums_of(&drawn.terms, factors);
            drawn.sums.extend(before.into_iter().zip(after).map(|(before, after)| [before, after]));
        }
    });
    drawn
}

/// Both sums of each draw.
pub(super) struct Drawn<'p> {
    paired: &'p Paired<'p>,
    terms: Vec<ColumnTerm>,
    /// The quantile of each error in each draw.
    orders: Vec<Rc<Vec<u16>>>,
    sums: Vec<Pair>,
}

impl<'p> Drawn<'p> {
    /// No draw yet.
    fn of<'a>(paired: &'p Paired<'a>, columns: &mut Columns<'a>) -> Self {
        let places = paired.places(columns);
        let terms = paired.terms.iter().map(|term| ColumnTerm::of(term, &places, columns)).collect();
        let orders = places.into_iter().map(|place| columns.order(place)).collect();
        Drawn { paired, terms, orders, sums: Vec::with_capacity(DRAWS) }
    }
}

impl Drawn<'_> {
    /// The 95 % intervals of after less before, and of after over before where neither is nothing.
    pub(super) fn difference_and_ratio(&self, has_ratio: bool) -> [Option<[f64; 2]>; 2] {
        // Of one sign it is straighter as a logarithm.
        let all = |is_so: fn(&Pair) -> bool| self.sums.iter().all(is_so);
        let difference = if all(|[before, after]| after > before) {
            What::More
        } else if all(|[before, after]| after < before) {
            What::Less
        } else {
            What::Difference
        };
        let asked = [difference, What::Ratio];
        let mut found = self.intervals(&asked[..1 + usize::from(has_ratio)]).into_iter();
        let of_difference = found.next().map(|[low, high]| match difference {
            What::More => [exp(low), exp(high)],
            What::Less => [-exp(high), -exp(low)],
            What::Difference | What::Ratio => [low, high],
        });
        let is_finite = |bounds: &[f64; 2]| bounds.iter().all(|bound| bound.is_finite());
        let of_difference = of_difference.filter(is_finite);
        let as_it_is = || self.intervals(&[What::Difference]).into_iter().next();
        [of_difference.or_else(as_it_is), found.next().map(|bounds| bounds.map(exp))]
    }

    fn intervals(&self, asked: &[What]) -> Vec<[f64; 2]> {
        let planes =
            asked.iter().flat_map(|what| [-1.0, 1.0].map(|side| self.paired.plane_at_bound(*what, side)));
        let planes: Vec<Vec<f64>> = planes.collect();
        let mut on_planes = self.on_planes(&planes);
        let of_planes = asked.iter().zip(planes.chunks_exact(2)).zip(on_planes.chunks_exact_mut(2));
        of_planes.map(|((what, planes), on_planes)| self.interval(*what, planes, on_planes)).collect()
    }

    /// `planes` for the lower bound and the upper, and what they make of each draw.
    fn interval(&self, what: What, planes: &[Vec<f64>], on_planes: &mut [Vec<f64>]) -> [f64; 2] {
        let mut drawn: Vec<f64> = self.sums.iter().map(|sums| what.of(*sums)).collect();
        let [low, high] = within(&mut drawn);
        let out = |side: usize| Z_95 * length(&planes[side]);
        [low - lower(&mut on_planes[0]) - out(0), high - upper(&mut on_planes[1]) + out(1)]
    }

    /// What planes make of each draw.
    fn on_planes(&self, planes: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut on_planes = vec![Vec::with_capacity(DRAWS); planes.len()];
        for start in (0..DRAWS).step_by(BLOCK) {
            let mut sums = vec![[0.0; BLOCK]; planes.len()];
            for (number, order) in self.orders.iter().enumerate() {
                let errors = quantiles(&order[start..]);
                for (sums, plane) in sums.iter_mut().zip(planes).filter(|(_, plane)| plane[number] != 0.0) {
                    add(sums, plane[number], &errors);
                }
            }
            on_planes.iter_mut().zip(sums).for_each(|(all, sums)| all.extend(sums));
        }
        on_planes
    }
}

/// A term, with its factors in columns.
enum ColumnTerm {
    Energy { work: Vec<(Pair, usize)>, way: Vec<(Pair, usize)> },
    Published { central: Pair, off: [usize; 2] },
}

impl ColumnTerm {
    fn of(term: &Term, places: &[usize], columns: &mut Columns<'_>) -> Self {
        let mut in_column = |part: &Part| {
            let slopes = part.slopes.iter().map(|(error, slope)| (places[*error], *slope));
            (part.medians, columns.lognormal(slopes))
        };
        match term {
            Term::Energy { work, way } => ColumnTerm::Energy {
                work: work.iter().map(&mut in_column).collect(),
                way: way.iter().map(in_column).collect(),
            },
            Term::Published { error, central, down, up } => ColumnTerm::Published {
                central: *central,
                off: [0, 1].map(|side| columns.published(places[*error], down[side], up[side])),
            },
        }
    }
}

/// Both sums of some draws.
fn sums_of(terms: &[ColumnTerm], factors: &[Column]) -> [Column; 2] {
    let mut sums = [[0.0; BLOCK]; 2];
    for term in terms {
        match term {
            ColumnTerm::Energy { work, way } => {
                let [work, way] = [work, way].map(|parts| sum_in_columns(parts, factors));
                for ((sums, work), way) in sums.iter_mut().zip(&work).zip(&way) {
                    for ((sum, work), way) in sums.iter_mut().zip(work).zip(way) {
                        *sum += work * way;
                    }
                }
            }
            ColumnTerm::Published { central, off } => {
                for ((sums, central), off) in sums.iter_mut().zip(central).zip(off) {
                    add(sums, *central, &factors[*off]);
                }
            }
        }
    }
    sums
}

fn sum_in_columns(parts: &[(Pair, usize)], factors: &[Column]) -> [Column; 2] {
    let mut sums = [[0.0; BLOCK]; 2];
    for (medians, factor) in parts {
        for (sums, median) in sums.iter_mut().zip(medians) {
            add(sums, *median, &factors[*factor]);
        }
    }
    sums
}

fn add(sums: &mut Column, median: f64, factors: &Column) {
    for (sum, factor) in sums.iter_mut().zip(factors) {
        *sum += median * factor;
    }
}

/// Per watt hour instead of per kilowatt hour.
fn per_wh(per_kwh: f64) -> f64 {
    per_kwh / 1_000.0
}

impl Term {
    fn drawn(&self, errors: &[f64]) -> Pair {
        match self {
            Term::Energy { work, way } => {
                let [work, way] = [work, way].map(|parts| sum(parts, errors));
                [work[0] * way[0], work[1] * way[1]]
            }
            Term::Published { error, central, down, up } => {
                let z = errors[*error];
                std::array::from_fn(|side| central[side] * published(z, down[side], up[side]))
            }
        }
    }

    /// Adds how both move with each error.
    fn add_moves(&self, at: &[f64], moves: &mut [Pair]) {
        match self {
            Term::Energy { work, way } => {
                let [of_work, of_way] = [work, way].map(|parts| sum(parts, at));
                for (parts, others) in [(work, of_way), (way, of_work)] {
                    for part in parts {
                        let factor = part.factor(at);
                        for (error, slope) in &part.slopes {
                            for side in 0..2 {
                                moves[*error][side] += part.medians[side] * factor * slope * others[side];
                            }
                        }
                    }
                }
            }
            Term::Published { error, central, down, up } => {
                for side in 0..2 {
                    moves[*error][side] += central[side] * published_slope(at[*error], down[side], up[side]);
                }
            }
        }
    }
}

impl Part {
    fn factor(&self, errors: &[f64]) -> f64 {
        exp(self.slopes.iter().map(|(error, slope)| slope * errors[*error]).sum())
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn length(plane: &[f64]) -> f64 {
    dot(plane, plane).sqrt()
}

fn sum(parts: &[Part], errors: &[f64]) -> Pair {
    parts.iter().fold([0.0; 2], |sum, part| {
        let factor = part.factor(errors);
        [sum[0] + part.medians[0] * factor, sum[1] + part.medians[1] * factor]
    })
}
