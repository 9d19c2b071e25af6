//! Limits that are off.

use super::set_up::*;
use crate::doctor::{Verdict, examine};
use crate::snapshot::Snapshot;

/// Sets limits of create, and of verify and speak-code where they have them.
fn off(it: &mut Snapshot, names: &[&str]) {
    for name in names {
        set(&mut it.create, name, "0");
        if name.ends_with("FAILURES") {
            set(&mut it.verify, name, "0");
            set(&mut it.speak, name, "0");
        }
    }
}

#[test]
fn limits_that_are_all_off() {
    let of_user = ["OTP_MAX_CALLS_QUARTER_HOUR", "OTP_MAX_CALLS_HOUR", "OTP_MAX_CALLS_DAY"];
    let finding = the_one(|it| off(it, &of_user));
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "calls-unbounded"));
    let finding = the_one(|it| off(it, &["OTP_LOCKOUT_FAILURES", "OTP_MAX_FAILURES"]));
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "guesses-unbounded"));
}

#[test]
fn one_limit_that_is_off() {
    for name in [
        "OTP_LOCKOUT_FAILURES",
        "OTP_MAX_FAILURES",
        "OTP_MAX_CALLS_QUARTER_HOUR",
        "OTP_MAX_CALLS_HOUR",
        "OTP_MAX_CALLS_DAY",
        "OTP_MAX_CALLS_COUNTRY_HOUR",
        "OTP_MAX_CALLS_ALL_HOUR",
        "OTP_MAX_CALLS_ALL_DAY",
    ] {
        let finding = the_one(|it| off(it, &[name]));
        assert_eq!((finding.verdict, finding.word, finding.subject.as_str()), (Verdict::Note, "limit-off", name));
    }
    let fix = the_one(|it| off(it, &["OTP_MAX_CALLS_ALL_DAY"])).fix.unwrap();
    assert!(fix.ends_with("--parameter-overrides OtpMaxCallsAllDay=LIMIT"), "{fix}");
}

#[test]
fn limits_that_are_counted_in_several_rows() {
    let mut snapshot = right();
    set(&mut snapshot.create, "OTP_MAX_CALLS_ALL_DAY", "12000");
    let findings = examine(&snapshot, FLOW);
    let of_rows: Vec<_> = findings.iter().filter(|finding| finding.text.contains("rows of the ledger")).collect();
    let [finding] = of_rows[..] else { panic!("{findings:?}") };
    assert_eq!((finding.verdict, &*finding.subject), (Verdict::Right, "OTP_MAX_CALLS_ALL_DAY"));
    assert_eq!(finding.text, "its 12000 calls are counted in 3 rows of the ledger");
}

#[test]
fn a_pause_that_a_request_to_connect_outlasts() {
    for (pause, words) in [("0", &["pause-short"][..]), ("3", &["pause-short"]), ("4", &[]), ("30", &[])] {
        assert_eq!(broken(|it| set(&mut it.create, "OTP_SECONDS_BETWEEN_CALLS", pause)), words, "{pause}");
    }
}

#[test]
fn short_codes_where_no_password_is_asked_for() {
    assert_eq!(broken(call_only), ["call-only"]);
    let six = |it: &mut Snapshot| {
        call_only(it);
        set(&mut it.create, "OTP_DIGITS", "6");
    };
    assert_eq!(broken(six), ["call-only", "digits-of-call-only"]);
    let mut snapshot = right();
    six(&mut snapshot);
    let findings = examine(&snapshot, FLOW);
    let text = &findings.iter().find(|finding| finding.word == "digits-of-call-only").unwrap().text;
    for part in
        ["1000 calls a day with 3 answers each are 3000 guesses", "0.30 % a day, 66.5 % a year", "0.0030 % a day"]
    {
        assert!(text.contains(part), "{text}");
    }
    // With a password before the call they are long enough.
    assert_eq!(broken(|it| set(&mut it.create, "OTP_DIGITS", "6")), [""; 0]);
}
