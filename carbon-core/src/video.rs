//! How long a model takes to make a video, and on what: what EcoLogits has fitted for models whose makers say nothing.

/// A fit of the time to make one video, and the machines that it is made on.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoLaw {
    /// Seconds for a frame times the square of its pixels.
    pub(crate) per_frame_and_square: f64,
    /// Seconds for a thousand pixels of one frame.
    pub(crate) per_kilopixel: f64,
    /// Seconds for a frame.
    pub(crate) per_frame: f64,
    /// Seconds for the square of the frames.
    pub(crate) per_frame_squared: f64,
    /// Seconds for the square of a frame's pixels.
    pub(crate) per_square: f64,
    /// Seconds for the square of the thousands of pixels in all frames.
    pub(crate) per_kilopixel_squared: f64,
    /// Seconds for any video.
    pub(crate) base_s: f64,
    /// Time without sound, over that with it.
    pub(crate) silent: f64,
    /// Power of the server with its accelerators, in kilowatts, lowest and highest.
    pub(crate) server_kw: [f64; 2],
    /// Making the server: kg CO2e, kg Sb eq, MJ.
    pub(crate) made: [f64; 3],
    /// Facility energy over IT energy, lowest and highest.
    pub(crate) pue: [f64; 2],
    /// On-site water in litres per kilowatt hour of IT energy, lowest and highest.
    pub(crate) onsite_water_l_per_kwh: [f64; 2],
}

impl VideoLaw {
    /// Seconds to make so many frames of so many pixels.
    pub fn duration_s(&self, frames: f64, pixels: f64, with_sound: bool) -> f64 {
        let kilopixels = pixels * frames / 1_000.0;
        let seconds = self.per_frame_and_square * frames * pixels * pixels
            + self.per_kilopixel * kilopixels
            + self.per_frame * frames
            + self.per_square * pixels * pixels
            + self.per_frame_squared * frames * frames
            + self.per_kilopixel_squared * kilopixels * kilopixels
            + self.base_s;
        if with_sound { seconds } else { seconds * self.silent }
    }
}
