//! The progress of a command, on a terminal only.

use indicatif::{ProgressDrawTarget, ProgressStyle};

/// A progress bar on standard error, if that is a terminal.
pub(crate) struct ProgressBar {
    bar: indicatif::ProgressBar,
}

impl ProgressBar {
    pub(crate) fn new() -> Self {
        let bar = indicatif::ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left");
        bar.set_style(style.expect("the template is valid"));
        ProgressBar { bar }
    }

    /// Shows `done` of `all`; and `rows` of `what` in total, of which this run has done `rows_now`.
    pub(crate) fn show(&self, [done, all]: [u64; 2], rows: u64, rows_now: u64, what: &str) {
        let per_s = u128::from(rows_now) * 1_000 / self.bar.elapsed().as_millis().max(1);
        self.bar.set_message(format!("{rows} {what}, {per_s} per second"));
        self.bar.set_length(all);
        self.bar.set_position(done);
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
