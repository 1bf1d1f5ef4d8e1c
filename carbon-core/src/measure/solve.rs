//! Least squares without negative coefficients, for a handful of columns.
//!
//! With at most five columns there are at most 31 sets of them that can be above zero. Each is solved, and the one with the
//! least squares among those without a negative coefficient is the answer: no step can go astray, and the same sums always
//! give the same digits.

/// Columns at most.
pub(super) const COLUMNS_MAX: usize = 5;

/// Numbers of a column each; those past the last column are zero.
pub(super) type Columns = [f64; COLUMNS_MAX];

/// What least squares needs to know of rows: the products of their columns with each other and with what is explained.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    products: [Columns; COLUMNS_MAX],
    explained: Columns,
}

impl Sums {
    /// Of one row.
    pub(super) fn of(row: &Columns, explained: f64) -> Self {
        Sums { products: row.map(|a| row.map(|b| a * b)), explained: row.map(|a| a * explained) }
    }

    pub(super) fn add(&mut self, other: &Sums) {
        for (sum, row) in self.products.iter_mut().zip(&other.products) {
            sum.iter_mut().zip(row).for_each(|(sum, product)| *sum += product);
        }
        self.explained.iter_mut().zip(&other.explained).for_each(|(sum, product)| *sum += product);
    }

    /// The coefficients, none of them negative, that leave the least squares. Those of columns without a number are zero.
    pub(super) fn solve(&self) -> Columns {
        let (mut best, mut gained) = (Columns::default(), 0.0);
        for set in 1_u32..1 << COLUMNS_MAX {
            let Some(solution) = self.solve_with(|column| set & (1 << column) != 0) else { continue };
            if solution.iter().any(|coefficient| *coefficient < 0.0) {
                continue;
            }
            // Squares that the columns explain: for a set's own solution, its product with the right-hand side.
            let gain: f64 = solution.iter().zip(&self.explained).map(|(c, explained)| c * explained).sum();
            if gain > gained {
                (best, gained) = (solution, gain);
            }
        }
        best
    }

    /// The least squares of some columns alone, by Cholesky's decomposition; `None` where they are not independent.
    fn solve_with(&self, is_in: impl Fn(usize) -> bool) -> Option<Columns> {
        /// Of a column, what the others must leave of its square.
        const LEFT_MIN: f64 = 1e-9;
        let members: Vec<usize> = (0..COLUMNS_MAX).filter(|column| is_in(*column)).collect();
        let mut lower = [Columns::default(); COLUMNS_MAX];
        let mut solution = Columns::default();
        for (i, &column) in members.iter().enumerate() {
            for (j, &other) in members[..=i].iter().enumerate() {
                let rest =
                    (0..j).fold(self.products[column][other], |rest, k| rest - lower[i][k] * lower[j][k]);
                if i == j {
                    if rest <= LEFT_MIN * self.products[column][column] {
                        return None;
                    }
                    lower[i][i] = rest.sqrt();
                } else {
                    lower[i][j] = rest / lower[j][j];
                }
            }
            let rest = (0..i).fold(self.explained[column], |rest, k| rest - lower[i][k] * solution[k]);
            solution[i] = rest / lower[i][i];
        }
        for i in (0..members.len()).rev() {
            let rest = (i + 1..members.len()).fold(solution[i], |rest, k| rest - lower[k][i] * solution[k]);
            solution[i] = rest / lower[i][i];
        }
        let mut placed = Columns::default();
        members.iter().zip(solution).for_each(|(&column, coefficient)| placed[column] = coefficient);
        Some(placed)
    }

    /// The condition number of the columns that hold anything, each scaled to length one: how far they can be told apart.
    /// Infinite where some cannot.
    pub(super) fn condition(&self) -> f64 {
        let members: Vec<usize> =
            (0..COLUMNS_MAX).filter(|&column| self.products[column][column] > 0.0).collect();
        let length = |column: usize| self.products[column][column].sqrt();
        let scaled = |&a: &usize| {
            members.iter().map(|&b| self.products[a][b] / (length(a) * length(b))).collect::<Vec<f64>>()
        };
        let values = eigenvalues(members.iter().map(scaled).collect());
        let largest = values.iter().fold(0.0, |most: f64, value| most.max(*value));
        let smallest = values.iter().fold(f64::INFINITY, |least: f64, value| least.min(*value));
        /// What rounding leaves of nothing.
        const NOTHING: f64 = 1e-12;
        if smallest <= NOTHING { f64::INFINITY } else { (largest / smallest).sqrt() }
    }
}

/// The eigenvalues of a symmetric matrix, by Jacobi's rotations.
fn eigenvalues(mut matrix: Vec<Vec<f64>>) -> Vec<f64> {
    /// Small matrices are diagonal to the last digit after fewer.
    const SWEEPS: usize = 30;
    let n = matrix.len();
    for _ in 0..SWEEPS {
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut matrix, p, q);
            }
        }
    }
    (0..n).map(|i| matrix[i][i]).collect()
}

/// Makes one element zero.
fn rotate(matrix: &mut [Vec<f64>], p: usize, q: usize) {
    let off = matrix[p][q];
    if off.abs() < f64::MIN_POSITIVE {
        return;
    }
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * off);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    let turned = |a: f64, b: f64| (cosine * a - sine * b, sine * a + cosine * b);
    for row in matrix.iter_mut() {
        (row[p], row[q]) = turned(row[p], row[q]);
    }
    let rows = matrix[p].iter().zip(&matrix[q]);
    (matrix[p], matrix[q]) = rows.map(|(a, b)| turned(*a, *b)).unzip();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sums(rows: &[(Columns, f64)]) -> Sums {
        rows.iter().fold(Sums::default(), |mut sums, (row, explained)| {
            sums.add(&Sums::of(row, *explained));
            sums
        })
    }

    fn rows() -> impl Strategy<Value = Vec<(Columns, f64)>> {
        let row = (prop::array::uniform5(0.0..1.0_f64), -0.5..2.0_f64);
        prop::collection::vec(row, 6..40)
    }

    proptest! {
        /// The conditions of Karush, Kuhn and Tucker, which the answer alone fulfils: where a coefficient is above zero the
        /// residuals are at right angles to its column, and where it is zero the column would only add to them.
        #[test]
        fn no_other_coefficients_leave_less(rows in rows()) {
            let sums = sums(&rows);
            let solution = sums.solve();
            for column in 0..COLUMNS_MAX {
                let slope: f64 = rows
                    .iter()
                    .map(|(row, explained)| {
                        let fitted: f64 = row.iter().zip(solution).map(|(a, c)| a * c).sum();
                        row[column] * (explained - fitted)
                    })
                    .sum();
                let zero = 1e-6 * sums.products[column][column];
                prop_assert!(solution[column] >= 0.0);
                prop_assert!(if solution[column] > 0.0 { slope.abs() <= zero } else { slope <= zero }, "{column}: {slope}");
            }
        }

        #[test]
        fn what_has_no_noise_is_found_again(truth in prop::array::uniform5(0.0..3.0_f64), rows in rows()) {
            let exact: Vec<_> =
                rows.iter().map(|(row, _)| (*row, row.iter().zip(truth).map(|(a, c)| a * c).sum())).collect();
            let sums = sums(&exact);
            prop_assume!(sums.condition() < 100.0);
            for (found, truth) in sums.solve().into_iter().zip(truth) {
                prop_assert!((found - truth).abs() < 1e-6, "{found} for {truth}");
            }
        }
    }

    #[test]
    fn a_column_that_repeats_another_is_left_out() {
        let twice = sums(&[([1.0, 2.0, 0.0, 0.0, 0.0], 3.0), ([2.0, 4.0, 0.0, 0.0, 0.0], 6.0)]);
        assert!(twice.condition().is_infinite());
        let [one, other, ..] = twice.solve();
        assert!((one + 2.0 * other - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_condition_is_that_of_scaled_columns() {
        let apart = sums(&[([1.0, 0.0, 0.0, 0.0, 0.0], 1.0), ([0.0, 1e6, 0.0, 0.0, 0.0], 1.0)]);
        assert!((apart.condition() - 1.0).abs() < 1e-12);
        // Two columns at an angle with cosine 0.8: (1 + 0.8) / (1 - 0.8) is 9.
        let near = sums(&[([1.0, 0.8, 0.0, 0.0, 0.0], 1.0), ([0.0, 0.6, 0.0, 0.0, 0.0], 1.0)]);
        assert!((near.condition() - 3.0).abs() < 1e-12);
    }
}
