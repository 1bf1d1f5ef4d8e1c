//! The same for a video: EcoLogits fits the time that it takes, and multiplies it with a whole server's power.

use super::{Grid, Impacts, LIFETIME_S, Spent};
use crate::video::VideoLaw;

/// Frames of a second, as EcoLogits takes them.
const FRAMES_PER_S: f64 = 24.0;

/// One video.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Video {
    /// Its length.
    pub seconds: f64,
    /// Pixels of a frame.
    pub pixels: f64,
    /// Whether it has sound.
    pub with_sound: bool,
}

/// Impacts of one video with every input at its lowest, and with every input at its highest.
pub fn impacts_of_video(law: &VideoLaw, video: &Video, grid: &Grid) -> [Impacts; 2] {
    let frames = (video.seconds * FRAMES_PER_S + 1.0).floor();
    let duration_s = law.duration_s(frames, video.pixels, video.with_sound);
    [0, 1].map(|side| {
        let spent = Spent {
            it_kwh: duration_s / 3_600.0 * law.server_kw[side],
            pue: law.pue[side],
            onsite_water_l_per_kwh: law.onsite_water_l_per_kwh[side],
            made: law.made.map(|impact| duration_s / LIFETIME_S * impact),
        };
        spent.impacts(grid)
    })
}
