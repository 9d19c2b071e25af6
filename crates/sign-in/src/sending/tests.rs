use super::*;
use crate::calling::{NotPlaced, Step, Written};
use crate::code::Digits;
use crate::error::DialErrorKind;
use crate::ledger::{
    Budget, CallTimes, Counter, FailureLimits, Hearing, Listener, NumberRow, PassLife, UserRow, Window,
};

const NOW: u64 = 1_000_000;
const RULES: Rules = Rules {
    challenge: ChallengeForm { attempts: 1, digits: Digits::SIX, validity_seconds: 300, hearing: Hearing::Awaited },
    calls: CallLimits { seconds_between_calls: 30, quarter_hour: 3, hour: 5, day: 10 },
    failures: FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 900 },
    pass_life: PassLife::of_days(30),
};

/// All limits on calls are turned off.
const OFF: Rules = Rules { calls: CallLimits { seconds_between_calls: 0, quarter_hour: 0, hour: 0, day: 0 }, ..RULES };

fn delivery(now: u64) -> Delivery {
    Delivery { now, number: 5, callable: true, counters: Vec::new(), new_challenge: 1, new_sign_in: 2 }
}

fn policy() -> SendPolicy {
    SendPolicy::of(RULES, Purpose::PasswordReset)
}

/// What a message leads to with these rows: the rows with its call, or how it ends.
fn decide(id: u128, rows: &Rows, now: u64, policy: &SendPolicy) -> Result<Rows, Result<Sent, Failed>> {
    let mut sending = Sending::new(id, delivery(now));
    sending.read(rows.clone(), policy);
    match sending.next() {
        Step::Count(rows, _) => Ok(rows.clone()),
        Step::Done(answer) => Err(*answer),
        other => panic!("{other:?}"),
    }
}

/// The end of a message whose call was counted in these rows before, if Connect now answers this.
fn dialled_again(rows: &Rows, now: u64, placed: Result<(), NotPlaced>) -> Result<Sent, Failed> {
    let mut sending = Sending::new(7, delivery(now));
    sending.read(rows.clone(), &policy());
    let Step::Dial(issued) = sending.next() else { panic!("{sending:?}") };
    // The client token is made of these.
    assert_eq!((issued.challenge.id, issued.calls), (7, 1));
    sending.dialled(placed);
    let Step::Done(answer) = sending.next() else { panic!("{sending:?}") };
    *answer
}

fn calls(times: &[u64]) -> CallTimes {
    CallTimes::new(times.to_vec(), None)
}

#[test]
fn a_message_is_counted_and_its_call_speaks_it_alone() {
    let rows = decide(7, &Rows::default(), NOW, &policy()).unwrap();
    let issued = rows.user.issued.unwrap();
    assert_eq!((issued.challenge.id, issued.challenge.expires_at, issued.number), (7, NOW + 300, 5));
    assert_eq!((issued.calls, issued.attempts_left, issued.hearing), (1, 1, Hearing::Awaited));
    assert_eq!((rows.user.calls, rows.number.calls), (calls(&[NOW]), calls(&[NOW])));
}

/// A newer code makes the older one void. So it is called at once, and the older one is not spoken any more.
#[test]
fn a_newer_message_takes_the_place_of_the_older_one() {
    let first = decide(7, &Rows::default(), NOW, &policy()).unwrap();
    let second = decide(8, &first, NOW + 1, &policy()).unwrap();
    assert_eq!(second.user.issued.unwrap().challenge.id, 8);
    assert_eq!(second.number.calls, calls(&[NOW, NOW + 1]));
}

/// Invariant 4. The function may have died after it counted the call, and before it placed it.
#[test]
fn invariant_4_another_delivery_places_the_same_call_and_counts_nothing() {
    let rows = decide(7, &Rows::default(), NOW, &policy()).unwrap();
    assert_eq!(dialled_again(&rows, NOW + 60, Ok(())), Ok(Sent::Called));
    assert_eq!(decide(7, &rows, NOW + 300, &policy()), Err(Ok(Sent::Void)), "nobody would hear it");
}

/// Lambda delivers a message once more after a minute, when a newer one may have been called.
#[test]
fn an_older_message_that_comes_again_does_not_take_the_place_of_the_newer_one() {
    let first = decide(7, &Rows::default(), NOW, &policy()).unwrap();
    let mut second = decide(8, &first, NOW + 1, &policy()).unwrap();
    assert_eq!(decide(7, &second, NOW + 60, &policy()), Err(Ok(Sent::Void)));
    // Nor if Connect has refused the newer one's call.
    second.user.issued = None;
    assert_eq!(decide(7, &second, NOW + 60, &policy()), Err(Ok(Sent::Void)));
    assert!(decide(8, &second, NOW + 60, &policy()).is_ok());
}

/// The earlier delivery may have placed it, and its answer was lost. So it is not given back.
#[test]
fn a_call_of_an_earlier_delivery_stays_counted_if_connect_refuses_it_now() {
    let rows = decide(7, &Rows::default(), NOW, &policy()).unwrap();
    let refused = NotPlaced { kind: DialErrorKind::Refused, may_ring: false };
    let failed = Failed::Call(NotPlaced { may_ring: true, ..refused });
    assert_eq!(dialled_again(&rows, NOW + 60, Err(refused)), Err(failed));
}

#[test]
fn a_call_that_connect_refuses_is_given_back() {
    let mut sending = Sending::new(7, delivery(NOW));
    sending.read(Rows::default(), &policy());
    let Step::Count(counted, _) = sending.next() else { panic!("{sending:?}") };
    let counted = counted.clone();
    sending.written(Written::Done, &policy());
    let refused = NotPlaced { kind: DialErrorKind::Refused, may_ring: false };
    sending.dialled(Err(refused));
    sending.read(counted, &policy());
    let Step::CountBack(rows, _) = sending.next() else { panic!("{sending:?}") };
    assert_eq!((rows.user.issued, rows.user.calls.as_slice().len()), (None, 0));
    sending.written(Written::Done, &policy());
    assert!(matches!(sending.next(), Step::Done(Err(Failed::Call(reason))) if *reason == refused));
}

#[test]
fn the_limits_are_those_of_the_user_and_of_the_number() {
    let full = calls(&[NOW - 3, NOW - 2, NOW - 1]);
    let of =
        |scope, window| Err(Err(Failed::Limit(Refusal { limit: Limit::Calls(scope, window), retry_after: Some(897) })));
    let user = Rows { user: UserRow { calls: full.clone(), ..UserRow::default() }, ..Rows::default() };
    assert_eq!(decide(7, &user, NOW, &policy()), of(Scope::User, Window::QuarterHour));
    let number = Rows { number: NumberRow::default().with_calls(full), ..Rows::default() };
    assert_eq!(decide(7, &number, NOW, &policy()), of(Scope::Number, Window::QuarterHour));
}

/// Whoever signs up chooses the number, which may be a stranger's or earn by the call.
#[test]
fn a_number_that_nobody_has_verified_is_called_twice_a_day() {
    let twice = Rows { number: NumberRow::default().with_calls(calls(&[NOW - 7_200, NOW - 3_600])), ..Rows::default() };
    let refusal = Refusal { limit: Limit::Calls(Scope::Number, Window::Day), retry_after: Some(86_400 - 7_200) };
    let day_off = Rules { calls: CallLimits { day: 0, ..RULES.calls }, ..RULES };
    for rules in [RULES, day_off, OFF] {
        let policy = SendPolicy::of(rules, Purpose::Verification);
        assert_eq!(decide(7, &twice, NOW, &policy), Err(Err(Failed::Limit(refusal))));
    }
    for purpose in [Purpose::SignIn, Purpose::PasswordReset] {
        assert!(decide(7, &twice, NOW, &SendPolicy::of(RULES, purpose)).is_ok(), "{purpose:?}");
    }
}

/// Each call must be remembered for a day, also where no limit on the user's calls needs it.
#[test]
fn the_calls_to_an_unverified_number_are_remembered_for_its_own_limit() {
    let hour = Rules { calls: CallLimits { hour: 1, ..OFF.calls }, ..RULES };
    for rules in [RULES, OFF, hour] {
        let policy = SendPolicy::of(rules, Purpose::Verification);
        let mut rows = Rows::default();
        let placed = [0, 3_600, 7_200, 10_800].map(|seconds| {
            // Each is of another user.
            rows.user = UserRow::default();
            let counted = decide(seconds.into(), &rows, NOW + seconds, &policy);
            counted.map(|counted| rows = counted).is_ok()
        });
        assert_eq!(placed, [true, true, false, false]);
    }
}

#[test]
fn who_says_that_the_code_is_not_for_them_is_left_alone_for_a_day() {
    let denied = Rows { number: NumberRow { denied_at: Some(NOW), ..NumberRow::default() }, ..Rows::default() };
    let refusal = Refusal { limit: Limit::Denied, retry_after: Some(1) };
    assert_eq!(decide(7, &denied, NOW + 86_399, &policy()), Err(Err(Failed::Limit(refusal))));
    assert!(decide(7, &denied, NOW + 86_400, &policy()).is_ok());
}

/// The call was counted, and then somebody said so in another call to that number.
#[test]
fn a_call_that_was_not_placed_yet_is_not_placed_once_the_number_has_denied() {
    let mut rows = decide(7, &Rows::default(), NOW, &policy()).unwrap();
    rows.number.denied_at = Some(NOW + 30);
    let refusal = Refusal { limit: Limit::Denied, retry_after: Some(86_400 - 30) };
    assert_eq!(decide(7, &rows, NOW + 60, &policy()), Err(Err(Failed::Limit(refusal))));
}

/// A call does not make what was said in another one undone.
#[test]
fn a_denial_that_is_over_stays_in_the_row() {
    let denied = Rows { number: NumberRow { denied_at: Some(NOW), ..NumberRow::default() }, ..Rows::default() };
    assert_eq!(decide(7, &denied, NOW + 86_400, &policy()).unwrap().number.denied_at, Some(NOW));
}

/// The function may have been told that its answer came too late, although the user has the code.
#[test]
fn invariant_4_a_code_that_was_heard_is_not_called_again() {
    let mut rows = decide(7, &Rows::default(), NOW, &policy()).unwrap();
    let mut issued = rows.user.issued.unwrap();
    issued.hearing = Hearing::Heard(Listener { call: 1, contact: 9 });
    rows.user.issued = Some(issued);
    assert_eq!(decide(7, &rows, NOW + 60, &policy()), Err(Ok(Sent::Called)));
}

/// Else strangers who sign up could keep users from signing in.
#[test]
fn codes_that_verify_a_number_use_half_of_the_budget() {
    let budget = Budget { country_hour: 7, all_hour: 1, all_day: 0 };
    let most = |purpose| -> Vec<_> {
        budget.counters("US", NOW, SendPolicy::part(purpose), 0).iter().map(Counter::most).collect()
    };
    assert_eq!(most(Purpose::Verification), [4, 1]);
    assert_eq!(most(Purpose::PasswordReset), [7, 1]);
}

#[test]
fn the_advice_is_about_codes() {
    let advice = |limit, purpose| SendPolicy::advice(limit, purpose);
    let day = Limit::Calls(Scope::Number, Window::Day);
    assert!(advice(day, Purpose::Verification).contains("twice a day"));
    assert_eq!(advice(day, Purpose::PasswordReset), day.advice());
    assert!(advice(Limit::Denied, Purpose::PasswordReset).contains("the code is not for them"));
}
