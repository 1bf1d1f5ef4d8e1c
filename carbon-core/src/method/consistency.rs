//! Whether the published factor lies in the range of our own method.

use crate::{Grams, Range, words::words};

words! {
    /// Where the published value lies relative to our model's 95 % interval.
    Consistency {
        /// Between its bounds.
        Inside = "inside",
        /// Below the lower one.
        Below = "below",
        /// Above the upper one.
        Above = "above",
    }
}

impl Consistency {
    /// Where `published` lies relative to our model's interval.
    pub fn of(published: Grams, ours: Range<Grams>) -> Self {
        if published < ours.low() {
            Consistency::Below
        } else if published > ours.high() {
            Consistency::Above
        } else {
            Consistency::Inside
        }
    }
}
