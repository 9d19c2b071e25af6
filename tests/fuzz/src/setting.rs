//! The settings of `events/env`, to which the samples in `events/` belong.

use sign_in::code::Key;
use sign_in::settings::SettingsError;

/// A time at which the codes of the samples work, in seconds since the Unix epoch.
pub const NOW: u64 = 4_102_444_900;

/// A variable.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    let known = [("OTP_COUNTRIES", "US,DE"), ("OTP_MODE", "password-then-call"), ("OTP_TOKEN_GATE", "on")];
    let known = known.into_iter().find_map(|(known, value)| (known == name).then_some(value));
    let line =
        || include_str!("../../../events/env").lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    known.or_else(line).map(str::to_owned)
}

/// The settings of a function.
pub fn read<S>(read: impl FnOnce(&dyn Fn(&str) -> Option<String>) -> Result<S, SettingsError>) -> S {
    read(&variable).unwrap_or_else(|error| panic!("{error}"))
}

/// `OTP_KEY`.
#[must_use]
pub fn key() -> Key {
    Key::new(variable("OTP_KEY").unwrap_or_default().as_bytes()).expect("it is long enough")
}
