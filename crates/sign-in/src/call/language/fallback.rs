//! Which locales stand in for another one, by CLDR. The build script uses it too.

use icu_locale::Locale;
use icu_locale::fallback::{LocaleFallbackConfig, LocaleFallbacker};

/// Tries a locale and its fallbacks, the closest first, as in `es-AR`, `es-419`, `es`. Returns the first one that
/// `find` knows.
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
