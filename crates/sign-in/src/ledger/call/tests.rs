use super::*;
use crate::code::Digits;
use crate::device::Enrolment;
use crate::ledger::{ClientId, CodeAttempt, CountedCall, Listener, Passes, Used, Verdict, Window, take_back};

const NOW: u64 = 1_000_000;
const RULES: Rules = Rules {
    challenge: ChallengeForm { attempts: 3, digits: Digits::SIX, validity_seconds: 300, hearing: Hearing::NotNeeded },
    calls: CallLimits { seconds_between_calls: 30, quarter_hour: 3, hour: 5, day: 10 },
    failures: FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 900 },
    pass_life: PassLife::of_days(30),
};

fn first(now: u64) -> CallRequest<'static> {
    CallRequest { again: None, id: u128::from(now), number: 5, now }
}

/// The rows after a call, which must be placed.
fn called(rows: &(UserRow, CallTimes), request: &CallRequest<'_>, rules: &Rules) -> (UserRow, CallTimes) {
    match decide(&rows.0, &rows.1, request, rules) {
        Decision::Call(user, number) => (user, number),
        other => panic!("{other:?}"),
    }
}

fn round(rows: &(UserRow, CallTimes)) -> Round {
    let Issued { challenge, attempts_left, calls, .. } = rows.0.issued.unwrap();
    Round { challenge, sign_in: 7, attempts: attempts_left, calls: 1, call: calls, call_again_at: 0 }
}

fn decided(rows: &(UserRow, CallTimes), request: &CallRequest<'_>) -> Decision {
    decide(&rows.0, &rows.1, request, &RULES)
}

#[test]
fn the_first_sign_in_gets_a_new_challenge_and_a_call() {
    let (user, number) = called(&<_>::default(), &first(NOW), &RULES);
    let Issued { challenge, attempts_left, calls, used, .. } = user.issued.unwrap();
    assert_eq!(challenge, Challenge::issue(NOW.into(), NOW, 300, Digits::SIX));
    assert_eq!((attempts_left, calls, used), (3, 1, None));
    assert_eq!((user.calls.as_slice(), number.as_slice()), (&[NOW][..], &[NOW][..]));
}

/// Invariant 4: repeated deliveries, second tabs and parallel sign-ins find the challenge of the first.
#[test]
fn invariant_4_whoever_comes_while_the_phone_rings_joins() {
    let rows = called(&<_>::default(), &first(NOW), &RULES);
    for later in [0, 5, 10, 29] {
        assert_eq!(decided(&rows, &first(NOW + later)), Decision::Join(None));
    }
    // Then the phone rings again, with the same code.
    let (user, _) = called(&rows, &first(NOW + 30), &RULES);
    let (before, after) = (rows.0.issued.unwrap(), user.issued.unwrap());
    assert_eq!(after, Issued { calls: 2, ..before });
}

/// Invariant 4, with the pause turned off.
#[test]
fn invariant_4_holds_without_a_pause_between_calls() {
    let rules = Rules { calls: CallLimits { seconds_between_calls: 0, ..RULES.calls }, ..RULES };
    let rows = called(&<_>::default(), &first(NOW), &rules);
    assert_eq!(decide(&rows.0, &rows.1, &first(NOW + 14), &rules), Decision::Join(None));
    // A user who has heard it and asks again is called at once, but only once.
    let round = round(&rows);
    let again = CallRequest { again: Some(&round), ..first(NOW) };
    let rows = called(&rows, &again, &rules);
    assert_eq!(decide(&rows.0, &rows.1, &again, &rules), Decision::Join(None));
}

#[test]
fn a_call_again_waits_for_the_pause() {
    let rows = called(&<_>::default(), &first(NOW), &RULES);
    let round = round(&rows);
    let again = |now| CallRequest { again: Some(&round), ..first(now) };
    let limit = Limit::Calls(Scope::User, Window::Pause);
    assert_eq!(decided(&rows, &again(NOW + 29)), Decision::Join(Some(Refusal { limit, retry_after: Some(1) })));
    let rows = called(&rows, &again(NOW + 30), &RULES);
    assert_eq!(rows.0.issued.unwrap().challenge, round.challenge);
    assert_eq!(decided(&rows, &again(NOW + 35)), Decision::Join(None));
}

#[test]
fn after_the_expiry_a_call_again_brings_a_new_challenge_once() {
    let rows = called(&<_>::default(), &first(NOW), &RULES);
    let round = round(&rows);
    let again = |now| CallRequest { again: Some(&round), ..first(now) };
    let rows = called(&rows, &again(NOW + 300), &RULES);
    assert_eq!(rows.0.issued.unwrap().challenge.id, u128::from(NOW + 300));
    assert_eq!(decided(&rows, &again(NOW + 305)), Decision::Join(None));
}

#[test]
fn a_limit_refuses_a_call_and_not_the_sign_in_while_there_is_a_code() {
    let mut rows = called(&<_>::default(), &first(NOW), &RULES);
    for later in [31, 62] {
        rows = called(&rows, &first(NOW + later), &RULES);
    }
    let refusal = |limit, wait| Some(Refusal { limit, retry_after: Some(wait) });
    let quarter_hour = Limit::Calls(Scope::User, Window::QuarterHour);
    assert_eq!(decided(&rows, &first(NOW + 94)), Decision::Join(refusal(quarter_hour, 806)));
    assert!(has_code(&rows.0, &first(NOW + 94)));
    // There must be a minute to type it, and this phone must have heard it.
    assert_eq!(decided(&rows, &first(NOW + 240)), Decision::Join(refusal(quarter_hour, 660)));
    assert!(matches!(decided(&rows, &first(NOW + 241)), Decision::Refuse(_)));
    assert!(matches!(decided(&rows, &CallRequest { number: 6, ..first(NOW + 94) }), Decision::Refuse(_)));
    // The sign-in that has the code keeps it until it expires, but not on another phone, nor once it is used up.
    let round = round(&rows);
    let again = |now| CallRequest { again: Some(&round), ..first(now) };
    assert_eq!(decided(&rows, &again(NOW + 299)), Decision::Join(refusal(quarter_hour, 601)));
    assert!(matches!(decided(&rows, &again(NOW + 300)), Decision::Refuse(_)));
    assert!(matches!(decided(&rows, &CallRequest { number: 6, ..again(NOW + 94) }), Decision::Refuse(_)));
    let used_up = Issued { attempts_left: 0, ..rows.0.issued.unwrap() };
    let dead = UserRow { issued: Some(used_up), ..rows.0.clone() };
    assert!(matches!(decided(&(dead, rows.1.clone()), &again(NOW + 94)), Decision::Refuse(_)));

    let locked = UserRow { failures: 10, failed_at: NOW, ..rows.0 };
    assert!(matches!(decided(&(locked, rows.1), &first(NOW + 94)), Decision::Refuse(_)));
}

/// A call that Connect refused does not ring: the next sign-in waits for the pause, and joins nothing.
#[test]
fn after_a_refused_call_the_pause_stays_and_only_a_code_that_was_heard_is_joined() {
    let rows = called(&<_>::default(), &first(NOW), &RULES);
    let call = CountedCall { challenge: NOW.into(), at: NOW, attempts: 3 };
    let back = take_back(&rows.0, &rows.1, &call).unwrap();
    let pause = |scope, wait| Refusal { limit: Limit::Calls(scope, Window::Pause), retry_after: Some(wait) };
    let refused = (back.user, back.number);
    assert_eq!(decided(&refused, &first(NOW + 1)), Decision::Refuse(pause(Scope::User, 29)));
    let other = decide(&UserRow::default(), &refused.1, &first(NOW + 1), &RULES);
    assert_eq!(other, Decision::Refuse(pause(Scope::Number, 29)));
    let user = called(&refused, &first(NOW + 30), &RULES).0;
    assert_eq!((user.issued.unwrap().calls, user.calls.as_slice()), (1, &[NOW + 30][..]));

    let heard = called(&rows, &first(NOW + 30), &RULES);
    let back = take_back(&heard.0, &heard.1, &CountedCall { at: NOW + 30, ..call }).unwrap();
    let decision = decided(&(back.user, back.number), &first(NOW + 31));
    assert_eq!(decision, Decision::Join(Some(pause(Scope::User, 29))));
}

#[test]
fn a_challenge_that_is_used_or_worn_out_is_not_joined() {
    let rows = called(&<_>::default(), &first(NOW), &RULES);
    let attempt = |right| CodeAttempt {
        challenge: NOW.into(),
        sign_in: 7,
        client: None,
        enrolment: Enrolment::NONE,
        right,
        now: NOW,
    };
    let (_, used) = rows.0.judge(&attempt(true), &RULES.failures);
    let mut worn_out = rows.0.clone();
    for _ in 0..3 {
        let (verdict, row) = worn_out.judge(&attempt(false), &RULES.failures);
        assert_eq!(verdict, Verdict::Wrong);
        worn_out = row.unwrap();
    }
    for dead in [used.unwrap(), worn_out] {
        let rows = (dead, rows.1.clone());
        let limit = Limit::Calls(Scope::User, Window::Pause);
        assert_eq!(decided(&rows, &first(NOW + 20)), Decision::Refuse(Refusal { limit, retry_after: Some(10) }));
        let (after, _) = called(&rows, &first(NOW + 30), &RULES);
        let issued = after.issued.unwrap();
        assert_eq!((issued.challenge.id, issued.calls, issued.used), (u128::from(NOW + 30), 1, None::<Used>));
    }
}

/// Invariant 4, with a code that expires before Cognito has delivered the event three times.
#[test]
fn invariant_4_holds_for_a_code_that_has_expired_meanwhile() {
    let rules = Rules { challenge: ChallengeForm { validity_seconds: 3, ..RULES.challenge }, ..RULES };
    let rows = called(&<_>::default(), &first(NOW), &rules);
    assert_eq!(decide(&rows.0, &rows.1, &first(NOW + 14), &rules), Decision::Join(None));
    assert!(matches!(decide(&rows.0, &rows.1, &first(NOW + 15), &rules), Decision::Refuse(_)));
}

#[test]
fn a_code_that_is_about_to_expire_is_not_called_again() {
    let rows = called(&<_>::default(), &first(NOW), &RULES);
    let id = |now| called(&rows, &first(now), &RULES).0.issued.unwrap().challenge.id;
    assert_eq!((id(NOW + 240), id(NOW + 241)), (u128::from(NOW), u128::from(NOW + 241)));
}

#[test]
fn a_code_that_another_phone_has_heard_is_not_called_and_not_joined() {
    let rows = called(&<_>::default(), &first(NOW), &RULES);
    let moved = |now| CallRequest { number: 6, ..first(now) };
    assert!(matches!(decided(&rows, &moved(NOW + 5)), Decision::Refuse(_)));
    let issued = called(&rows, &moved(NOW + 30), &RULES).0.issued.unwrap();
    assert_eq!((issued.challenge.id, issued.number, issued.calls), (u128::from(NOW + 30), 6, 1));
}

/// Invariant 7: users who share a number share its limits.
#[test]
fn invariant_7_a_number_has_limits_of_its_own() {
    let number = CallTimes::new(vec![NOW - 800, NOW - 500, NOW - 100], None);
    let limit = Limit::Calls(Scope::Number, Window::QuarterHour);
    let decision = decide(&UserRow::default(), &number, &first(NOW), &RULES);
    assert_eq!(decision, Decision::Refuse(Refusal { limit, retry_after: Some(100) }));
}

#[test]
fn who_is_locked_is_not_called() {
    let user = UserRow { failures: 10, failed_at: NOW, ..UserRow::default() };
    let refusal = Refusal { limit: Limit::Lockout, retry_after: Some(900) };
    assert_eq!(decide(&user, &CallTimes::default(), &first(NOW), &RULES), Decision::Refuse(refusal));
}

/// With a validity under two minutes, half of it must be left.
#[test]
fn a_short_code_is_called_again_in_the_first_half_of_its_time() {
    let rules = Rules { challenge: ChallengeForm { validity_seconds: 80, ..RULES.challenge }, ..RULES };
    let rows = called(&<_>::default(), &first(NOW), &rules);
    let id = |now| called(&rows, &first(now), &rules).0.issued.unwrap().challenge.id;
    assert_eq!((id(NOW + 40), id(NOW + 41)), (u128::from(NOW), u128::from(NOW + 41)));
}

#[test]
fn a_call_asks_for_its_code_by_the_form_of_its_challenge() {
    let hearing = |rows: &(UserRow, CallTimes)| rows.0.issued.unwrap().hearing;
    let asks = Rules { challenge: ChallengeForm { hearing: Hearing::Awaited, ..RULES.challenge }, ..RULES };
    let rows = called(&<_>::default(), &first(NOW), &asks);
    assert_eq!(hearing(&rows), Hearing::Awaited);
    // A second call does not make the first one unheard.
    let heard = Hearing::Heard(Listener { call: 1, contact: 7 });
    let issued = Some(Issued { hearing: heard, ..rows.0.issued.unwrap() });
    let rows = (UserRow { issued, ..rows.0 }, rows.1);
    assert_eq!(hearing(&called(&rows, &first(NOW + 30), &asks)), heard);
}

/// After `OTP_CODE_DELIVERY` was changed to `attribute`.
#[test]
fn a_call_that_carries_the_code_needs_no_hearing() {
    let asks = Rules { challenge: ChallengeForm { hearing: Hearing::Awaited, ..RULES.challenge }, ..RULES };
    let rows = called(&<_>::default(), &first(NOW), &asks);
    let (user, _) = called(&rows, &first(NOW + 30), &RULES);
    assert_eq!(user.issued.unwrap().hearing, Hearing::NotNeeded);
}

/// A pass is kept as long as its refresh token lives.
#[test]
fn a_call_keeps_the_passes_that_are_good() {
    let passes = |passes: &[(&str, u64)]| -> Passes {
        passes.iter().map(|&(id, noted_at)| (ClientId::parse(id).unwrap(), noted_at)).collect()
    };
    let rules = Rules { pass_life: PassLife::of_days(1), ..RULES };
    let ended = NOW - 86_400 - 60;
    let user = UserRow { passes: passes(&[("ended", ended), ("good", ended + 1)]), ..UserRow::default() };
    let (called, _) = called(&(user, CallTimes::default()), &first(NOW), &rules);
    assert_eq!(called.passes, passes(&[("good", ended + 1)]));
}
