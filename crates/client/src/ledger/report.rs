//! A user's row as text. Pure.

use sign_in::ledger::{CallLimits, FailureLimits, Hearing, Issued, UserRow};
use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

use super::Limits;

const TIME: &[FormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");

/// A row as text, a line for each fact, without the code. `now` is in seconds since the Unix epoch. `unlocks` is the
/// command that clears a lock.
pub(super) fn report(row: &UserRow, limits: &Limits, unlocks: &str, now: u64) -> String {
    let Limits { failures: limits, calls: call_limits, .. } = limits;
    let calls: Vec<_> = row.calls.as_slice().iter().map(|call| time(*call)).collect();
    [
        format!("Failures   {}", failed(row)),
        format!("Denied     {}", row.denied_at.map_or_else(|| "never".to_owned(), |at| denied(at, limits, now))),
        format!("Lock       {}", lock(row, limits, unlocks, now)),
        format!("Challenge  {}", row.issued.map_or_else(|| "none".to_owned(), |issued| challenge(&issued, now))),
        format!("Calls      {}", if calls.is_empty() { "none lately".to_owned() } else { calls.join(", ") }),
        format!(
            "Refused    {}",
            row.calls.refused().map_or_else(|| "none".to_owned(), |at| refused(at, call_limits, now))
        ),
        format!("Passes     {}", passes(row)),
        format!("Devices    {}", devices(row, now)),
    ]
    .join("\n")
}

/// What unlocking a row clears, in words. `None` if there is nothing to clear.
pub(super) fn to_clear(row: &UserRow) -> Option<String> {
    let denial = row.denied_at.map(|at| format!("the denial of {}", time(at)));
    let failures = (row.failures > 0).then(|| failures(row.failures));
    let both: Vec<_> = failures.into_iter().chain(denial).collect();
    (!both.is_empty()).then(|| both.join(" and "))
}

/// Wrong codes in a row, in words.
fn failures(count: u32) -> String {
    format!("{count} wrong {} in a row", if count == 1 { "code" } else { "codes" })
}

/// A call in which the user said that the sign-in is not theirs.
fn denied(at: u64, limits: &FailureLimits, now: u64) -> String {
    let ends = at.saturating_add(limits.denied_seconds);
    let ends_or_ended = if ends > now { "ends" } else { "ended" };
    format!("the user denied a sign-in at {}; its lock {ends_or_ended} at {}", time(at), time(ends))
}

fn failed(row: &UserRow) -> String {
    if row.failures == 0 {
        return "none".to_owned();
    }
    format!("{}, the latest at {}", failures(row.failures), time(row.failed_at))
}

fn lock(row: &UserRow, limits: &FailureLimits, unlocks: &str, now: u64) -> String {
    match row.locked(limits, now).map(|refusal| refusal.retry_after) {
        None => "none".to_owned(),
        Some(None) => format!("until somebody clears it, as {unlocks} does, or the user resets the password"),
        Some(Some(wait)) => format!("until {}, for {wait} s; {unlocks} clears it", time(now.saturating_add(wait))),
    }
}

fn challenge(issued: &Issued, now: u64) -> String {
    let Issued { challenge, attempts_left, calls, hearing, used, .. } = issued;
    let (id, issued_at, expires_at) = (challenge.id, time(challenge.issued_at), time(challenge.expires_at));
    let state = match used {
        Some(used) => format!("its code was used at {}", time(used.at)),
        None if challenge.expired(now) => "expired".to_owned(),
        None if *attempts_left == 0 => "its attempts are used up".to_owned(),
        None => format!("live for {} s", challenge.expires_at.saturating_sub(now)),
    };
    let heard = match hearing {
        Hearing::NotNeeded => String::new(),
        Hearing::Awaited => ", heard: not yet".to_owned(),
        Hearing::Heard(listener) => format!(", heard: call {}", listener.call),
    };
    format!(
        "{id:032x}, {state}\n           issued at {issued_at}, expires at {expires_at}; attempts left: {attempts_left}, \
         calls: {calls}{heard}"
    )
}

/// A call that Connect refused: only the pause counts it.
fn refused(at: u64, limits: &CallLimits, now: u64) -> String {
    let ends = at.saturating_add(limits.seconds_between_calls);
    let pause = match ends.saturating_sub(now) {
        0 => "is over".to_owned(),
        wait => format!("ends at {}, in {wait} s", time(ends)),
    };
    format!("by Connect at {}; the pause after it {pause}", time(at))
}

/// The app clients on which the user gave a right code, and when. The token gate asks for them.
fn passes(row: &UserRow) -> String {
    let passes: Vec<_> = row.passes.iter().map(|(client, at)| format!("{} at {}", client.as_str(), time(at))).collect();
    if passes.is_empty() { "none".to_owned() } else { passes.join(", ") }
}

/// How many devices the user trusts, and when one of them signed in.
fn devices(row: &UserRow, now: u64) -> String {
    let trusted = match row.devices.iter().filter(|device| !device.expired(now)).count() {
        0 => "none trusted".to_owned(),
        count => format!("{count} trusted"),
    };
    let used = row.device_used.map(|used| format!(", a sign-in by one at {}", time(used.at)));
    trusted + &used.unwrap_or_default()
}

/// A time as RFC 3339. One outside the calendar is shown in seconds.
pub(super) fn time(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    time.and_then(|time| time.format(TIME).ok()).unwrap_or_else(|| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use sign_in::code::{Challenge, Digits};
    use sign_in::device::Device;
    use sign_in::ledger::{Budget, CallTimes, ClientId, DeviceUse, Listener, Used};

    use super::*;

    /// 2026-11-22 13:20:00 UTC
    const NOW: u64 = 1_795_353_600;
    const LIMITS: Limits = Limits {
        failures: FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 900 },
        calls: CallLimits { seconds_between_calls: 30, quarter_hour: 3, hour: 5, day: 10 },
        budget: Budget { country_hour: 100, all_hour: 200, all_day: 1000 },
    };

    fn row() -> UserRow {
        let challenge = Challenge::issue(0xff, NOW - 60, 300, Digits::default());
        let issued = Some(Issued {
            challenge,
            number: 5,
            attempts_left: 2,
            calls: 1,
            refused: 0,
            hearing: Hearing::NotNeeded,
            used: None,
        });
        UserRow { issued, calls: CallTimes::new(vec![NOW - 90, NOW - 60], None), ..UserRow::default() }
    }

    fn line(row: &UserRow, name: &str) -> String {
        let report = report(row, &LIMITS, "--unlock", NOW);
        let line = report.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].trim().to_owned()
    }

    #[test]
    fn the_report_has_the_whole_row() {
        assert_eq!(
            report(&UserRow { failures: 1, failed_at: NOW - 5, ..row() }, &LIMITS, "--unlock", NOW),
            "Failures   1 wrong code in a row, the latest at 2026-11-22 13:19:55 UTC\n\
             Denied     never\n\
             Lock       none\n\
             Challenge  000000000000000000000000000000ff, live for 240 s\n           \
             issued at 2026-11-22 13:19:00 UTC, expires at 2026-11-22 13:24:00 UTC; attempts left: 2, calls: 1\n\
             Calls      2026-11-22 13:18:30 UTC, 2026-11-22 13:19:00 UTC\n\
             Refused    none\n\
             Passes     none\n\
             Devices    none trusted"
        );
        let empty = "Failures   none\nDenied     never\nLock       none\nChallenge  none\nCalls      none lately\nRefused    none\n\
                     Passes     none\nDevices    none trusted";
        assert_eq!(report(&UserRow::default(), &LIMITS, "--unlock", NOW), empty);
    }

    #[test]
    fn a_lock_says_until_when() {
        let lock = |failures, failed_at| line(&UserRow { failures, failed_at, ..row() }, "Lock");
        assert_eq!(lock(9, NOW), "none");
        assert_eq!(lock(10, NOW - 899), "until 2026-11-22 13:20:01 UTC, for 1 s; --unlock clears it");
        assert_eq!(lock(10, NOW - 900), "none");
        assert!(lock(100, 0).starts_with("until somebody clears it"));
    }

    #[test]
    fn a_denial_says_when_calls_come_again() {
        let denied = |seconds| UserRow { denied_at: Some(NOW - seconds), ..row() };
        let within = "the user denied a sign-in at 2026-11-22 13:05:01 UTC; its lock ends at 2026-11-22 13:20:01 UTC";
        assert_eq!(line(&denied(899), "Denied"), within);
        assert_eq!(line(&denied(899), "Lock"), "until 2026-11-22 13:20:01 UTC, for 1 s; --unlock clears it");
        let over = "the user denied a sign-in at 2026-11-22 13:05:00 UTC; its lock ended at 2026-11-22 13:20:00 UTC";
        assert_eq!(line(&denied(900), "Denied"), over);
        assert_eq!(line(&denied(900), "Lock"), "none");
    }

    #[test]
    fn what_is_cleared_is_named() {
        let cleared = |failures, denied_at| to_clear(&UserRow { failures, denied_at, ..row() });
        assert_eq!(cleared(0, None), None);
        assert_eq!(cleared(1, None).as_deref(), Some("1 wrong code in a row"));
        let both = "2 wrong codes in a row and the denial of 2026-11-22 13:20:00 UTC";
        assert_eq!(cleared(2, Some(NOW)).as_deref(), Some(both));
        assert_eq!(cleared(0, Some(NOW)).as_deref(), Some("the denial of 2026-11-22 13:20:00 UTC"));
    }

    #[test]
    fn a_call_that_connect_refused_says_when_its_pause_ends() {
        let refused = |at| {
            let row = UserRow { calls: CallTimes::new(Vec::new(), Some(at)), ..UserRow::default() };
            assert_eq!(line(&row, "Calls"), "none lately");
            line(&row, "Refused")
        };
        let within =
            "by Connect at 2026-11-22 13:19:31 UTC; the pause after it ends at 2026-11-22 13:20:01 UTC, in 1 s";
        assert_eq!(refused(NOW - 29), within);
        assert_eq!(refused(NOW - 30), "by Connect at 2026-11-22 13:19:30 UTC; the pause after it is over");
        assert!(refused(u64::MAX).contains("ends at 18446744073709551615"));
    }

    #[test]
    fn each_pass_names_its_app_client() {
        let client = |id: &str| ClientId::parse(id).unwrap();
        let passes = [(client("web"), NOW - 60), (client("app"), NOW)].into_iter().collect();
        let said = line(&UserRow { passes, ..row() }, "Passes");
        assert_eq!(said, "app at 2026-11-22 13:20:00 UTC, web at 2026-11-22 13:19:00 UTC");
    }

    #[test]
    fn devices_are_counted_until_they_expire() {
        let device = |first: char, expires_at| -> Device {
            // Any 65 bytes that begin as a point does.
            format!("BA{}.{:016x}.{expires_at}.{:032x}", first.to_string().repeat(85), 5, 8).parse().unwrap()
        };
        let devices = [device('A', NOW), device('I', NOW + 1), device('E', NOW + 2)].into_iter().collect();
        let row = UserRow { devices, ..row() };
        assert_eq!(line(&row, "Devices"), "2 trusted");
        let device_used = Some(DeviceUse { nonce: 1, issued_at: NOW - 61, at: NOW - 60 });
        let said = line(&UserRow { device_used, ..row }, "Devices");
        assert_eq!(said, "2 trusted, a sign-in by one at 2026-11-22 13:19:00 UTC");
    }

    #[test]
    fn a_challenge_says_why_it_is_over() {
        let issued = row().issued.unwrap();
        let state = |issued| line(&UserRow { issued: Some(issued), ..row() }, "Challenge").split_off(34);
        let used = Some(Used { sign_in: 7, at: NOW - 1 });
        assert_eq!(state(Issued { used, ..issued }), "its code was used at 2026-11-22 13:19:59 UTC");
        assert_eq!(state(Issued { attempts_left: 0, ..issued }), "its attempts are used up");
        let challenge = Challenge::issue(0xff, NOW - 300, 300, Digits::default());
        assert_eq!(state(Issued { challenge, ..issued }), "expired");
    }

    #[test]
    fn it_says_whether_somebody_has_heard_the_code() {
        let issued = row().issued.unwrap();
        let heard = Hearing::Heard(Listener { call: 2, contact: 7 });
        for (hearing, end) in
            [(Hearing::NotNeeded, "calls: 1"), (Hearing::Awaited, "heard: not yet"), (heard, "heard: call 2")]
        {
            let said = challenge(&Issued { hearing, ..issued }, NOW);
            assert!(said.ends_with(end), "{said}");
        }
    }

    #[test]
    fn a_time_that_no_calendar_has_stays_a_number() {
        assert_eq!(time(u64::MAX), "18446744073709551615");
        assert_eq!(time(i64::MAX as u64), "9223372036854775807");
    }
}
