//! The calls of a year: everything about each follows from its number.

use jiff::civil::Date;
use serde_json::{Value, json};
use std::{collections::BTreeMap, ops::AddAssign};

pub(super) const CLIENTS: u64 = 4;
/// Erased in the middle of the year.
pub(super) const LEAVES: u64 = 3;
const MODELS: [&str; 4] = ["gpt-4o", "mistral-large-2", "claude-sonnet-4", "a-model-of-our-own"];

/// What is counted of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) requests: i64,
    pub(super) input: i64,
    pub(super) output: i64,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Sum) {
        self.requests += other.requests;
        self.input += other.input;
        self.output += other.output;
    }
}

impl Sum {
    /// As usage, statements and restatements state it.
    pub(super) fn stated(figures: &Value) -> Self {
        let count = |name: &str| figures[name].as_i64().unwrap_or_else(|| panic!("{name} in {figures}"));
        Sum { requests: count("requests"), input: count("input_tokens"), output: count("output_tokens") }
    }

    pub(super) fn of(sums: &BTreeMap<u64, Sum>) -> Self {
        sums.values().fold(Sum::default(), |mut all, sum| {
            all += *sum;
            all
        })
    }
}

/// One call; everything about it follows from its number.
#[derive(Clone, Copy)]
pub(super) struct Call {
    pub(super) number: u64,
    pub(super) day: Date,
}

impl Call {
    pub(super) fn client(self) -> u64 {
        self.number % CLIENTS
    }

    pub(super) fn sum(self) -> Sum {
        let [input, output] = [400 + self.number % 977, 50 + self.number % 311].map(u64::cast_signed);
        Sum { requests: 1, input, output }
    }

    /// What a reversal adds.
    pub(super) fn taken_back(self) -> Sum {
        let Sum { requests, input, output } = self.sum();
        Sum { requests: -requests, input: -input, output: -output }
    }

    pub(super) fn id(self) -> String {
        format!("call-{}", self.number)
    }

    pub(super) fn event(self) -> Value {
        let Sum { input, output, .. } = self.sum();
        json!({
            "event_id": self.id(), "tenant_id": name(self.client()), "timestamp": format!("{}T00:00:01Z", self.day),
            "model": MODELS[usize::try_from(self.number / CLIENTS % 4).unwrap()],
            "prompt_tokens": input, "completion_tokens": output, "tags": {"feature": format!("f-{}", self.number % 7)},
        })
    }
}

pub(super) fn name(client: u64) -> String {
    format!("client-{client}")
}

pub(super) fn month_of(day: Date) -> String {
    day.to_string()[..7].to_owned()
}
