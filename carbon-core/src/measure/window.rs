//! A window: the joules that a meter read and the tokens that a server counted in the same time.

use crate::{WattHours, words::words};
use rust_decimal::Decimal;
use thiserror::Error;

/// Longest window, in milliseconds: 31 days.
pub const WINDOW_MS_MAX: i64 = 31 * DAY_MS;
/// Shortest window, in milliseconds: meters are not read more often than that.
pub const WINDOW_MS_MIN: i64 = 1_000;
pub(crate) const DAY_MS: i64 = 86_400_000;
/// Microjoules that one part of a window may have: 10^18, which is 278 MWh.
pub const PART_UJ_MAX: u64 = 1_000_000_000_000_000_000;
/// Tokens of one class that a window may have.
pub const WINDOW_TOKENS_MAX: u64 = 1_000_000_000_000_000;

words! {
    /// What a meter sees.
    Scope {
        /// The accelerators alone.
        Accelerator = "accelerator",
        /// Accelerators, and processors and memory on meters of their own.
        AcceleratorAndHost = "accelerator_and_host",
        /// Whole machines, at their power supply.
        Node = "node",
    }
}

/// What the meters read, in microjoules. A sensor that is missing or failed reads nothing, which is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeteredEnergy {
    /// Of the accelerators.
    pub accelerator_uj: Option<u64>,
    /// Of processors and memory.
    pub host_uj: Option<u64>,
    /// Of whole machines: contains the other two, which are not added to it.
    pub node_uj: Option<u64>,
}

/// Joules and tokens of one served model in the same time.
///
/// ```
/// use carbon_core::measure::{MeteredEnergy, Scope, Window};
/// let window = Window {
///     from_ms: 1_790_000_000_000,
///     to_ms: 1_790_000_060_000,
///     meter: "dcgm".to_owned(),
///     scope: Scope::Accelerator,
///     energy: MeteredEnergy { accelerator_uj: Some(36_000_000_000), ..MeteredEnergy::default() },
///     input_tokens: 120_000,
///     cache_read_input_tokens: Some(40_000),
///     output_tokens: 30_000,
///     requests: Some(75),
///     context_sum: None,
/// };
/// assert_eq!(window.check(), Ok(()));
/// // 36 kJ on the accelerators; the machines around them take another quarter.
/// assert_eq!(window.wall_joules(), 45_000.0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// Its start, in milliseconds since 1970.
    pub from_ms: i64,
    /// Its end.
    pub to_ms: i64,
    /// Name of the meter, which its owner chooses.
    pub meter: String,
    /// What the meter sees.
    pub scope: Scope,
    /// What it read.
    pub energy: MeteredEnergy,
    /// Prompt tokens, cached ones included.
    pub input_tokens: u64,
    /// Prompt tokens read from the server's cache; `None` if it does not count them.
    pub cache_read_input_tokens: Option<u64>,
    /// Tokens generated.
    pub output_tokens: u64,
    /// Calls that ended; `None` if they are not counted.
    pub requests: Option<u64>,
    /// The sum, over the calls, of output x (2 x input + output): twice the tokens that lay before each generated one.
    /// `None` if it is not known.
    pub context_sum: Option<u64>,
}

/// Why a window is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WindowFault {
    /// It ends before it starts, or is shorter than a second.
    #[error("a window lasts from 1 second to 31 days")]
    Length,
    /// A sensor of its scope read nothing.
    #[error("is missing: the scope {scope} includes this sensor, and what was not read is not zero")]
    NoSensor {
        /// The scope.
        scope: Scope,
    },
    /// A sensor read zero.
    #[error("is zero: machines that are on take energy, so this sensor did not work")]
    ZeroSensor,
    /// More than a part may have.
    #[error("is more than 10^12 joules")]
    TooMuchEnergy,
    /// Cached tokens above the input that includes them.
    #[error("exceed input_tokens, which includes them")]
    CachedAboveInput,
    /// More tokens than a window may have.
    #[error("are more than 10^15")]
    TooManyTokens,
}

impl Window {
    /// Checks that every sensor of its scope was read and that its counts fit together. The field is named as in JSON.
    ///
    /// # Errors
    /// The first fault, with the field.
    pub fn check(&self) -> Result<(), (&'static str, WindowFault)> {
        let length = self.to_ms.checked_sub(self.from_ms);
        if !length.is_some_and(|length| (WINDOW_MS_MIN..=WINDOW_MS_MAX).contains(&length)) {
            return Err(("to", WindowFault::Length));
        }
        let parts = self.parts();
        for (field, part) in parts {
            match part {
                None if self.includes(field) => {
                    return Err((field, WindowFault::NoSensor { scope: self.scope }));
                }
                Some(0) => return Err((field, WindowFault::ZeroSensor)),
                Some(uj) if uj > PART_UJ_MAX => return Err((field, WindowFault::TooMuchEnergy)),
                None | Some(_) => {}
            }
        }
        if self.cache_read_input_tokens.is_some_and(|cached| cached > self.input_tokens) {
            return Err(("cache_read_input_tokens", WindowFault::CachedAboveInput));
        }
        for (field, tokens) in [("input_tokens", self.input_tokens), ("output_tokens", self.output_tokens)] {
            if tokens > WINDOW_TOKENS_MAX {
                return Err((field, WindowFault::TooManyTokens));
            }
        }
        Ok(())
    }

    fn parts(&self) -> [(&'static str, Option<u64>); 3] {
        let MeteredEnergy { accelerator_uj, host_uj, node_uj } = self.energy;
        [("accelerator_joules", accelerator_uj), ("host_joules", host_uj), ("node_joules", node_uj)]
    }

    fn includes(&self, field: &str) -> bool {
        match self.scope {
            Scope::Accelerator => field == "accelerator_joules",
            Scope::AcceleratorAndHost => field != "node_joules",
            Scope::Node => field == "node_joules",
        }
    }

    /// Microjoules that its scope adds up to.
    pub fn metered_uj(&self) -> u64 {
        self.parts()
            .into_iter()
            .filter(|(field, _)| self.includes(field))
            .fold(0, |sum, (_, part)| sum + part.unwrap_or(0))
    }

    /// Joules at the power supply of the machines: with [`HOST_SHARE`] where the accelerators alone are metered.
    pub fn wall_joules(&self) -> f64 {
        let joules = float(self.metered_uj()) / 1e6;
        if self.scope == Scope::Accelerator { joules * HOST_SHARE } else { joules }
    }

    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        float(u64::try_from(self.to_ms - self.from_ms).unwrap_or(0)) / 1e3
    }

    /// Whether any token was counted in it.
    pub fn has_tokens(&self) -> bool {
        self.input_tokens > 0 || self.output_tokens > 0
    }

    /// The window as a line of text, from which its digest is made: every field in the order of the struct, separated by
    /// tabs, with nothing where nothing is known.
    pub fn line(&self) -> String {
        let or_nothing = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
        let MeteredEnergy { accelerator_uj, host_uj, node_uj } = self.energy;
        [
            self.from_ms.to_string(),
            self.to_ms.to_string(),
            self.meter.clone(),
            self.scope.to_string(),
            or_nothing(accelerator_uj),
            or_nothing(host_uj),
            or_nothing(node_uj),
            self.input_tokens.to_string(),
            or_nothing(self.cache_read_input_tokens),
            self.output_tokens.to_string(),
            or_nothing(self.requests),
            or_nothing(self.context_sum),
        ]
        .join("\t")
    }

    /// The window of such a line; `None` if it is none.
    pub fn of_line(line: &str) -> Option<Window> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [from, to, meter, scope, accelerator, host, node, input, cached, output, requests, context] =
            fields.try_into().ok()?;
        let or_nothing = |text: &str| match text {
            "" => Some(None),
            digits => digits.parse().ok().map(Some),
        };
        Some(Window {
            from_ms: from.parse().ok()?,
            to_ms: to.parse().ok()?,
            meter: meter.to_owned(),
            scope: Scope::from_word(scope)?,
            energy: MeteredEnergy {
                accelerator_uj: or_nothing(accelerator)?,
                host_uj: or_nothing(host)?,
                node_uj: or_nothing(node)?,
            },
            input_tokens: input.parse().ok()?,
            cache_read_input_tokens: or_nothing(cached)?,
            output_tokens: output.parse().ok()?,
            requests: or_nothing(requests)?,
            context_sum: or_nothing(context)?,
        })
    }
}

/// Machine over accelerators, where the accelerators alone are metered; our judgement.
pub const HOST_SHARE: f64 = 1.25;
/// Its geometric standard deviation.
pub const HOST_SHARE_GSD: f64 = 1.15;

/// A float as the decimal of fifteen digits that it stands for.
pub(crate) fn decimal_of(number: f64) -> Decimal {
    let size = WattHours::from_f64(number.abs()).as_decimal();
    if number < 0.0 { -size } else { size }
}

/// A decimal as the float next to it.
pub(crate) fn float_of(decimal: Decimal) -> f64 {
    decimal.try_into().unwrap_or(f64::NAN)
}

/// A count as a float: exact below 2^53, and to 16 digits above.
#[expect(clippy::cast_precision_loss, reason = "sixteen digits are more than a meter has")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}
