//! Tags as they come in: few short strings, such as `feature`.

use super::{Faults, pointer, text::is_short};
use crate::config;
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, fmt};

/// Tags, each key once.
pub(super) struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Whether there are few and short ones, every fault noted.
    pub(super) fn check(&self, faults: &mut Faults) -> bool {
        let mut sound = self.0.len() <= config::TAGS_MAX;
        if !sound {
            faults.add("/tags", format!("may hold at most {} tags", config::TAGS_MAX));
        }
        for (key, value) in &self.0 {
            for (what, text, bytes_max) in
                [("key", key, config::TAG_KEY_BYTES_MAX), ("value", value, config::TAG_VALUE_BYTES_MAX)]
            {
                if !is_short(text, bytes_max) {
                    sound = false;
                    faults.add(
                        &pointer(["tags", key]),
                        format!("needs a {what} of 1 to {bytes_max} bytes without control characters"),
                    );
                }
            }
        }
        sound
    }

    /// As the ledger keeps them; `None` where there are none.
    pub(super) fn to_json(&self) -> Option<String> {
        (!self.0.is_empty())
            .then(|| serde_json::to_string(&self.0).expect("a map of strings always serialises"))
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Tags;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Tags, A::Error> {
                let mut tags = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    if tags.contains_key(&key) {
                        return Err(de::Error::custom(format_args!("duplicate field `{key}`")));
                    }
                    tags.insert(key, value);
                }
                Ok(Tags(tags))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}
