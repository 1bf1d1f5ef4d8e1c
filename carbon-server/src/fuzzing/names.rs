//! Names of models.

use carbon_core::FactorSet;

/// What gateways and clouds put around any name.
const WRAPPINGS: [[&str; 2]; 4] = [["openrouter/", ""], ["litellm_proxy/", ""], ["", ":free"], [" ", "\t"]];

/// A name leads to one listed model, or to none, whatever its letters and its wrapping.
pub(super) fn check(name: &[u8]) {
    let name = &*String::from_utf8_lossy(name);
    let set = FactorSet::latest();
    let model = |name: &str| set.resolve(name).ok().map(|found| found.model.id());
    let found = model(name);
    if let Some(id) = found {
        assert_eq!(model(id), Some(id), "a canonical id leads to itself");
        assert!(set.knows(name));
    } else {
        assert_eq!(
            set.resolve(name).map(|_| ()).map_err(|unknown| unknown.name().to_owned()),
            Err(name.to_owned())
        );
    }
    for spelling in [name.to_ascii_lowercase(), name.to_ascii_uppercase()] {
        assert_eq!(model(&spelling), found, "{spelling:?} is {name:?} in other letters");
    }
    for [before, behind] in WRAPPINGS {
        let wrapped = format!("{before}{name}{behind}");
        if let Some(other) = model(&wrapped) {
            assert!(found.is_none_or(|found| found == other), "{wrapped:?} is {other}, {name:?} {found:?}");
        }
    }
    // They are compared with every listed name, which takes a hundred times as long as all of the above.
    if name.len() % 64 != 3 {
        return;
    }
    let suggestions = set.suggestions(name);
    assert!(suggestions.len() <= 3 && suggestions.iter().all(|id| model(id) == Some(id)), "{suggestions:?}");
}
