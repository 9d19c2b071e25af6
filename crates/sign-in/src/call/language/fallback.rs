//! What stands for a locale, by CLDR. Pure. The build script uses it too.

use icu_locale::Locale;
use icu_locale::fallback::{LocaleFallbackConfig, LocaleFallbacker};

/// A locale and what may take its place, the closest first, as in `es-AR`, `es-419`, `es`. Gives the first of them
/// that `find` knows.
pub(crate) fn closest<T>(locale: &Locale, mut find: impl FnMut(&str) -> Option<T>) -> Option<T> {
    let mut rest = LocaleFallbacker::new().for_config(LocaleFallbackConfig::default()).fallback_for(locale.into());
    while !rest.get().is_unknown() {
        if let Some(found) = find(&rest.get().to_string()) {
            return Some(found);
        }
        rest.step();
    }
    None
}
