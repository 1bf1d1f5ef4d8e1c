//! Tags in requests: a few short strings, such as `feature`.

use crate::{
    config,
    http::faults::{Faults, pointer},
    ingest::text::is_short,
    store::Tag,
};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{collections::BTreeMap, fmt};

/// Tags, each key once.
#[derive(Clone, Serialize)]
pub(crate) struct Tags(BTreeMap<String, String>);

impl FromIterator<Tag> for Tags {
    fn from_iter<T: IntoIterator<Item = Tag>>(tags: T) -> Self {
        Tags(tags.into_iter().collect())
    }
}

impl Tags {
    /// Adds faults for too many or too long tags.
    pub(crate) fn check(&self, faults: &mut Faults) {
        if self.0.len() > config::TAGS_MAX {
            faults.add("/tags", format!("may have at most {} tags", config::TAGS_MAX));
        }
        for (key, value) in &self.0 {
            for (what, text, bytes_max) in
                [("key", key, config::TAG_KEY_BYTES_MAX), ("value", value, config::TAG_VALUE_BYTES_MAX)]
            {
                if !is_short(text, bytes_max) {
                    faults.add(
                        &pointer(["tags", key]),
                        format!("needs a {what} of 1 to {bytes_max} bytes without control characters"),
                    );
                }
            }
        }
    }

    /// As the ledger stores them, by key.
    pub(crate) fn into_tags(self) -> Vec<Tag> {
        self.0.into_iter().collect()
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
