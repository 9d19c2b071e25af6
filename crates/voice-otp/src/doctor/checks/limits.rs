//! The limits on guesses and calls: which are off, and how likely a right guess is then.

use sign_in::ledger::Counter;

use super::{number, setting};
use crate::doctor::Finding;
use crate::snapshot::Snapshot;

/// The settings that limit the guesses at one user's codes.
const OF_FAILURES: [&str; 2] = ["OTP_LOCKOUT_FAILURES", "OTP_MAX_FAILURES"];
/// The settings that limit the calls to one user and to one number.
const OF_USER: [&str; 3] = ["OTP_MAX_CALLS_QUARTER_HOUR", "OTP_MAX_CALLS_HOUR", "OTP_MAX_CALLS_DAY"];
/// The settings that limit the calls to a country, and all calls.
const OF_ALL: [&str; 3] = ["OTP_MAX_CALLS_COUNTRY_HOUR", "OTP_MAX_CALLS_ALL_HOUR", "OTP_MAX_CALLS_ALL_DAY"];

/// How long a request to Connect may take, in seconds, rounded up.
const REQUEST_SECONDS: u64 = 4;

/// From this code length on, guesses at the codes of all users together have no realistic chance.
const DIGITS_OF_CALL_ONLY: u64 = 8;

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    if snapshot.settings().is_none() {
        return;
    }
    let is_off = |name: &&str| number(snapshot, name, 1) == 0;
    let mut single: Vec<_> = OF_ALL.into_iter().filter(is_off).collect();
    if OF_FAILURES.iter().all(is_off) {
        findings.push(Finding::wrong(
            "guesses-unbounded",
            "Limits",
            "no number of wrong codes locks a user: OTP_LOCKOUT_FAILURES and OTP_MAX_FAILURES are both 0",
            snapshot.set_up.deploy("OtpLockoutFailures=10 OtpMaxFailures=100"),
        ));
    } else {
        single.extend(OF_FAILURES.into_iter().filter(is_off));
    }
    if OF_USER.iter().all(is_off) {
        findings.push(Finding::wrong(
            "calls-unbounded",
            "Limits",
            format!("nothing limits the calls to a user and a number: {} are all 0", OF_USER.join(", ")),
            snapshot.set_up.deploy("OtpMaxCallsQuarterHour=3 OtpMaxCallsHour=5 OtpMaxCallsDay=10"),
        ));
    } else {
        single.extend(OF_USER.into_iter().filter(is_off));
    }
    for name in single {
        findings.push(Finding::note(
            "limit-off",
            name,
            "it is 0, which is no limit",
            format!("unless that is what you want: {}", snapshot.set_up.deploy(&format!("{}=LIMIT", parameter(name)))),
        ));
    }
    for name in OF_ALL {
        let limit = number(snapshot, name, 1);
        let rows = Counter::rows(limit.try_into().unwrap_or(u32::MAX));
        if rows > 1 {
            findings.push(Finding::right(name, format!("its {limit} calls are counted in {rows} rows of the ledger")));
        }
    }
    let pause = number(snapshot, "OTP_SECONDS_BETWEEN_CALLS", 30);
    if pause < REQUEST_SECONDS {
        findings.push(Finding::note(
            "pause-short",
            "OTP_SECONDS_BETWEEN_CALLS",
            format!(
                "a user can be called again after {pause} s, while Connect may still be working on the call before"
            ),
            snapshot.set_up.deploy("OtpSecondsBetweenCalls=30"),
        ));
    }
    findings.extend(guesses_at_all(snapshot));
}

/// The chance that guesses at the codes of all users together find one, if no password is asked for.
fn guesses_at_all(snapshot: &Snapshot) -> Option<Finding> {
    let digits = number(snapshot, "OTP_DIGITS", 6);
    if setting(snapshot, "OTP_MODE") != Some("call-only") || digits >= DIGITS_OF_CALL_ONLY {
        return None;
    }
    let (calls, attempts) = (number(snapshot, "OTP_MAX_CALLS_ALL_DAY", 1000), number(snapshot, "OTP_MAX_ATTEMPTS", 3));
    let text = if calls == 0 {
        "no password is asked for, and nothing bounds the guesses at all users together".to_owned()
    } else {
        let guesses = calls.saturating_mul(attempts);
        let (day, year) = (chance(guesses, digits, 1), chance(guesses, digits, 365));
        let then = chance(guesses, DIGITS_OF_CALL_ONLY, 1);
        format!(
            "no password is asked for: {calls} calls a day with {attempts} answers each are {guesses} guesses at codes of \
             {digits} digits. Some user's is guessed with a chance of {day} a day, {year} a year; with {DIGITS_OF_CALL_ONLY} \
             digits it is {then} a day"
        )
    };
    let fix = snapshot.set_up.deploy(&format!("OtpDigits={DIGITS_OF_CALL_ONLY}"));
    Some(Finding::note("digits-of-call-only", "OTP_DIGITS", text, fix))
}

/// The chance that at least one guess is right, with `guesses` a day at codes of `digits` digits for `days` days.
#[expect(clippy::cast_precision_loss, reason = "Guesses are some thousands, and digits ten at most.")]
fn chance(guesses: u64, digits: u64, days: i32) -> String {
    let missed = 1.0 - 10_f64.powf(-(digits as f64));
    let percent = (1.0 - missed.powf(guesses as f64 * f64::from(days))) * 100.0;
    // A smaller chance has more decimals.
    let decimals = if percent >= 1.0 {
        1
    } else if percent >= 0.1 {
        2
    } else {
        4
    };
    format!("{percent:.decimals$} %")
}

/// The name of a setting's parameter, as in `OtpMaxCalls` for `OTP_MAX_CALLS`.
fn parameter(setting: &str) -> String {
    setting.split('_').map(|word| word[..1].to_owned() + &word[1..].to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chance_is_that_of_guesses_without_memory() {
        for (guesses, digits, days, expected) in [
            (3000, 6, 1, "0.30 %"),
            (3000, 6, 365, "66.5 %"),
            (3000, 8, 1, "0.0030 %"),
            (30, 6, 1, "0.0030 %"),
            (3000, 4, 1, "25.9 %"),
        ] {
            assert_eq!(chance(guesses, digits, days), expected, "{guesses} at {digits} digits in {days} days");
        }
    }
}
