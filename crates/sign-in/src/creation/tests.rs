use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::*;
use crate::code::{Challenge, Digits};
use crate::device::tests::TestDevice;
use crate::error::DialErrorKind;
use crate::history::CUSTOM_CHALLENGE;
use crate::ledger::conflict::{MAX_CONFLICTS, pause_before};
use crate::ledger::{
    Budget, CallLimits, CallTimes, ChallengeForm, FailureLimits, Hearing, Limit, NumberRow, Part, PassLife, Scope,
    UserRow, Window,
};

const NOW: u64 = 1_000_000;
const POLICY: Policy = Policy {
    rules: Rules {
        challenge: ChallengeForm { attempts: 3, digits: Digits::SIX, validity_seconds: 300, hearing: Hearing::Awaited },
        calls: CallLimits { seconds_between_calls: 30, quarter_hour: 3, hour: 5, day: 10 },
        failures: FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 900 },
        pass_life: PassLife::of_days(30),
    },
    limits: SignInLimits { attempts: 3, calls: 3 },
    device_days: 30,
};
const BUSY: NotPlaced = NotPlaced { kind: DialErrorKind::Busy, may_ring: false };
const REFUSED: NotPlaced = NotPlaced { kind: DialErrorKind::Refused, may_ring: false };
const SILENCE: NotPlaced = NotPlaced { kind: DialErrorKind::Unreachable, may_ring: true };

fn delivery(now: u64) -> Delivery {
    let counters = Budget { country_hour: 9, all_hour: 9, all_day: 9 }.counters("US", now, Part::Whole, 0);
    Delivery { now, number: 5, callable: true, counters, new_challenge: now.into(), new_sign_in: 7 }
}

fn again(call_again: bool) -> Wishes {
    Wishes { call_again, device: None }
}

fn first() -> Creation {
    Creation::new(&[], Wishes::default(), delivery(NOW), &POLICY)
}

/// A creation whose call is counted and not yet placed, and the rows at that point.
fn counted() -> (Creation, Rows) {
    let mut creation = first();
    creation.read(Rows::default(), &POLICY);
    let Step::Count(rows, _) = creation.next() else { panic!("{creation:?}") };
    let rows = rows.clone();
    creation.written(Written::Done, &POLICY);
    (creation, rows)
}

fn round() -> Round {
    let challenge = Challenge::issue(NOW.into(), NOW, 300, Digits::SIX);
    Round { challenge, sign_in: 7, attempts: 3, calls: 1, call: 1, call_again_at: NOW + 30 }
}

fn history(round: &impl ToString) -> [ChallengeResult; 1] {
    let metadata = Some(round.to_string());
    [ChallengeResult {
        challenge_name: CUSTOM_CHALLENGE.to_owned(),
        challenge_result: false,
        challenge_metadata: metadata,
    }]
}

#[test]
fn a_call_is_counted_before_it_is_placed() {
    let mut creation = first();
    assert!(matches!(creation.next(), Step::Read { first: true }));
    creation.read(Rows::default(), &POLICY);
    assert!(matches!(creation.next(), Step::Count(_, [_, _, _])));
    creation.written(Written::Done, &POLICY);
    let Step::Dial(issued) = creation.next() else { panic!("{creation:?}") };
    assert_eq!((issued.challenge.id, issued.calls), (NOW.into(), 1));
    creation.dialled(Ok(()));
    let Step::Done(Ok(asked)) = creation.next() else { panic!("{creation:?}") };
    assert_eq!(*asked, RoundStarted::Call { round: round(), outcome: RoundOutcome::Called });
}

#[test]
fn for_an_unknown_user_all_is_the_same_but_the_call() {
    let unknown = Delivery { callable: false, counters: Vec::new(), ..delivery(NOW) };
    let mut creation = Creation::new(&[], Wishes::default(), unknown, &POLICY);
    creation.read(Rows::default(), &POLICY);
    assert!(matches!(creation.next(), Step::Count(_, [])));
    creation.written(Written::Done, &POLICY);
    assert!(matches!(creation.next(), Step::Pretend));
    creation.dialled(Ok(()));
    assert!(matches!(creation.next(), Step::Done(Ok(RoundStarted::Call { outcome: RoundOutcome::Called, .. }))));
}

/// Otherwise a user who gave a wrong answer would be called again.
#[test]
fn only_a_call_again_that_is_granted_asks_the_ledger() {
    for (call_again, now, reads) in [(false, NOW + 60, false), (true, NOW + 29, false), (true, NOW + 30, true)] {
        let creation = Creation::new(&history(&round()), again(call_again), delivery(now), &POLICY);
        let (is_reading, is_same) = match creation.next() {
            Step::Read { .. } => (true, false),
            Step::Done(Ok(RoundStarted::Call { outcome: RoundOutcome::SameCode, .. })) => (false, true),
            other => panic!("{other:?}"),
        };
        assert_eq!((is_reading, is_same), (reads, !reads), "{call_again} {now}");
    }
}

/// The second call has the same code, and the sign-in has one call fewer.
#[test]
fn a_call_again_rings_with_the_code_of_the_first_call() {
    let (_, rows) = counted();
    let mut again = Creation::new(&history(&round()), again(true), delivery(NOW + 30), &POLICY);
    again.read(rows, &POLICY);
    again.written(Written::Done, &POLICY);
    let Step::Dial(issued) = again.next() else { panic!("{again:?}") };
    assert_eq!((issued.challenge, issued.calls), (round().challenge, 2));
    again.dialled(Ok(()));
    let Step::Done(Ok(RoundStarted::Call { round: second, .. })) = again.next() else { panic!("{again:?}") };
    assert_eq!(*second, Round { calls: 2, call: 2, call_again_at: NOW + 60, ..round() });
}

#[test]
fn after_a_conflict_it_waits_and_reads_again_eight_times_in_all() {
    let mut creation = first();
    for conflict in 1..MAX_CONFLICTS {
        creation.read(Rows::default(), &POLICY);
        creation.written(Written::Conflict, &POLICY);
        assert!(matches!(creation.next(), Step::Pause(Pause::AfterConflict(count)) if count == conflict));
        creation.waited();
        assert!(matches!(creation.next(), Step::Read { first: false }));
    }
    creation.read(Rows::default(), &POLICY);
    creation.written(Written::Conflict, &POLICY);
    assert!(matches!(creation.next(), Step::Done(Err(Failed::Ledger))));
}

#[test]
fn a_full_counter_refuses_the_call_and_not_a_sign_in_that_has_a_code() {
    let mut creation = first();
    creation.read(Rows::default(), &POLICY);
    creation.written(Written::Full(2), &POLICY);
    let Step::Done(Err(Failed::Limit(refusal))) = creation.next() else { panic!("{creation:?}") };
    assert_eq!(refusal.limit, Limit::Calls(Scope::All, Window::Day));

    let (_, rows) = counted();
    let mut second = Creation::new(&[], Wishes::default(), delivery(NOW + 31), &POLICY);
    second.read(rows, &POLICY);
    second.written(Written::Full(0), &POLICY);
    let Step::Done(Ok(RoundStarted::Call { round: joined, outcome })) = second.next() else { panic!("{second:?}") };
    assert_eq!((joined.challenge, joined.attempts), (round().challenge, 3));
    assert_eq!(outcome.refusal().unwrap().limit, Limit::Calls(Scope::Country, Window::Hour));
}

#[test]
fn what_may_pass_is_dialled_once_more_and_what_will_not_is_not() {
    for (reason, dials) in [(BUSY, 2), (SILENCE, 2), (REFUSED, 1)] {
        let mut creation = counted().0;
        let mut count = 0;
        // More steps than there may be.
        for _ in 0..10 {
            match creation.next() {
                Step::Dial(issued) => {
                    // The same call: Connect places one.
                    assert_eq!(issued.calls, 1);
                    count += 1;
                    creation.dialled(Err(reason));
                }
                Step::Pause(pause) => {
                    assert_eq!(pause.duration(0), Duration::from_millis(300));
                    creation.waited();
                }
                _ => break,
            }
        }
        assert_eq!(count, dials, "{reason:?}");
    }
}

/// Connect may have taken the first attempt, and refused the second because of it.
#[test]
fn a_refusal_after_silence_may_ring_all_the_same_and_stays_counted() {
    let mut creation = counted().0;
    creation.dialled(Err(SILENCE));
    creation.waited();
    creation.dialled(Err(BUSY));
    let expected = NotPlaced { may_ring: true, ..BUSY };
    assert!(matches!(creation.next(), Step::Done(Err(Failed::Call(reason))) if *reason == expected));
}

/// Two attempts without an answer are treated like one: the phone may ring.
#[test]
fn a_call_after_two_silences_stays_counted() {
    let mut creation = counted().0;
    creation.dialled(Err(SILENCE));
    creation.waited();
    creation.dialled(Err(SILENCE));
    assert!(matches!(creation.next(), Step::Done(Err(Failed::Call(SILENCE)))));
}

#[test]
fn a_call_that_connect_refused_is_taken_back() {
    let (mut creation, rows) = counted();
    creation.dialled(Err(REFUSED));
    // The ledger's time starts again.
    assert!(matches!(creation.next(), Step::Read { first: true }));
    creation.read(rows.clone(), &POLICY);
    let Step::CountBack(back, counters) = creation.next() else { panic!("{creation:?}") };
    let paused = CallTimes::new(Vec::new(), Some(NOW));
    let user = UserRow { calls: paused.clone(), ..UserRow::default() };
    assert_eq!((back, counters.len()), (&Rows { user, number: rows.number.with_calls(paused), ..rows.clone() }, 3));
    creation.written(Written::Conflict, &POLICY);
    assert!(matches!(creation.next(), Step::Pause(Pause::AfterConflict(1))));
    creation.waited();
    creation.read(rows, &POLICY);
    assert!(matches!(creation.next(), Step::CountBack(..)));
    creation.written(Written::Done, &POLICY);
    assert!(matches!(creation.next(), Step::Done(Err(Failed::Call(REFUSED)))));
}

/// A counter with three rows. The call that is given back leaves the row that it was counted in.
#[test]
fn a_call_tries_other_rows_of_a_counter_before_its_limit_refuses_it() {
    let budget = Budget { country_hour: 9, all_hour: 15_000, all_day: 0 };
    let delivery = Delivery { counters: budget.counters("US", 0, Part::Whole, 1), ..delivery(NOW) };
    let mut creation = Creation::new(&[], Wishes::default(), delivery, &POLICY);
    let row = |creation: &Creation| match creation.next() {
        Step::Count(_, counters) | Step::CountBack(_, counters) => counters[1].to_string(),
        step => panic!("{step:?}"),
    };
    creation.read(Rows::default(), &POLICY);
    let Step::Count(rows, _) = creation.next() else { panic!("{creation:?}") };
    let rows = rows.clone();
    assert_eq!(row(&creation), "CALLS#ALL#HOUR#0#1");
    creation.written(Written::Full(1), &POLICY);
    assert_eq!(row(&creation), "CALLS#ALL#HOUR#0#2");
    // After a conflict, it is the same row.
    creation.written(Written::Conflict, &POLICY);
    creation.waited();
    creation.read(Rows::default(), &POLICY);
    assert_eq!(row(&creation), "CALLS#ALL#HOUR#0#2");

    let mut full = creation.clone();
    creation.written(Written::Done, &POLICY);
    creation.dialled(Err(REFUSED));
    creation.read(rows, &POLICY);
    assert_eq!(row(&creation), "CALLS#ALL#HOUR#0#2");

    full.written(Written::Full(1), &POLICY);
    assert_eq!(row(&full), "CALLS#ALL#HOUR#0");
    full.written(Written::Full(1), &POLICY);
    let limit = Limit::Calls(Scope::All, Window::Hour);
    assert!(matches!(full.next(), Step::Done(Err(Failed::Limit(refusal))) if refusal.limit == limit), "{full:?}");
}

/// Each guess must cost a call.
#[test]
fn invariant_2_a_refused_call_that_somebody_has_guessed_at_keeps_its_place_in_all_counters() {
    let (mut creation, mut rows) = counted();
    creation.dialled(Err(REFUSED));
    rows.user.issued = rows.user.issued.map(|issued| Issued { attempts_left: 2, ..issued });
    creation.read(rows.clone(), &POLICY);
    let Step::CountBack(back, counters) = creation.next() else { panic!("{creation:?}") };
    assert_eq!((back.user.issued, &back.user.calls, counters.len()), (None, &rows.user.calls, 0));
}

#[test]
fn a_ledger_out_of_reach_ends_it_with_the_first_fault() {
    let mut creation = first();
    creation.unreachable();
    assert!(matches!(creation.next(), Step::Done(Err(Failed::Ledger))));
    let mut creation = counted().0;
    creation.dialled(Err(REFUSED));
    creation.unreachable();
    assert!(matches!(creation.next(), Step::Done(Err(Failed::Call(REFUSED)))));
}

#[test]
fn what_comes_after_the_answer_changes_nothing() {
    let (mut creation, rows) = counted();
    creation.dialled(Ok(()));
    let done = creation.clone();
    creation.unreachable();
    creation.dialled(Err(REFUSED));
    creation.read(rows, &POLICY);
    creation.written(Written::Conflict, &POLICY);
    assert_eq!(creation, done);
}

/// The model checker treats rows with the same content as the same state, however often they were written.
#[test]
fn rows_are_alike_by_their_content() {
    let hash = |rows: &Rows| {
        let mut hasher = DefaultHasher::new();
        rows.hash(&mut hasher);
        hasher.finish()
    };
    let (_, rows) = counted();
    assert_eq!(hash(&rows), hash(&Rows { revisions: (Some(1), Some(2)), ..rows.clone() }));
    assert_ne!(hash(&rows), hash(&Rows { user: UserRow::default(), ..rows.clone() }));
    assert_ne!(hash(&rows), hash(&Rows { number: NumberRow::default(), ..rows.clone() }));
}

/// A pause after a conflict is random, one before a second attempt is not.
#[test]
fn a_pause_lasts_as_long_as_its_kind() {
    assert_eq!(Pause::AfterConflict(3).duration(u32::MAX), pause_before(3, u32::MAX));
    assert_eq!(Pause::AfterConflict(3).duration(0), Duration::ZERO);
    assert_eq!(Pause::BeforeRedial.duration(0), Pause::BeforeRedial.duration(u32::MAX));
}

/// The rows of a user with this device.
fn rows_with(device: &Device) -> Rows {
    let user = UserRow { devices: [device.clone()].into_iter().collect(), ..UserRow::default() };
    Rows { user, ..Rows::default() }
}

/// A sign-in on a device, and what comes after its rows were read. `true`: the device signs.
fn signs(history: &[ChallengeResult], rows: Rows, id: DeviceId, delivery: Delivery, policy: &Policy) -> bool {
    let wishes = Wishes { call_again: false, device: Some(id) };
    let mut creation = Creation::new(history, wishes, delivery, policy);
    creation.read(rows, policy);
    match creation.next() {
        Step::Done(Ok(RoundStarted::Device { .. })) => true,
        Step::Count(..) => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_trusted_device_signs_and_nothing_is_written() {
    let device = Device { expires_at: NOW + 1, number: 5, key: TestDevice::new().key(), seal: 7 };
    let wishes = Wishes { call_again: false, device: Some(device.key.id()) };
    let mut creation = Creation::new(&[], wishes, delivery(NOW), &POLICY);
    creation.read(rows_with(&device), &POLICY);
    let round = DeviceRound { nonce: NOW.into(), issued_at: NOW, expires_at: NOW + 300 };
    let Step::Done(Ok(started)) = creation.next() else { panic!("{creation:?}") };
    assert_eq!(*started, RoundStarted::Device { round, device });
}

/// Whatever is wrong with the device, the user is called as if no device had been named.
#[test]
fn any_other_device_leads_to_the_call() {
    let device = Device { expires_at: NOW + 1, number: 5, key: TestDevice::new().key(), seal: 7 };
    let (id, rows) = (device.key.id(), rows_with(&device));
    let signs = |rows: &Rows, id: &DeviceId, delivery, policy| signs(&[], rows.clone(), id.clone(), delivery, policy);
    assert!(signs(&rows, &id, delivery(NOW), &POLICY));
    assert!(!signs(&rows, &TestDevice::new().key().id(), delivery(NOW), &POLICY), "unknown");
    assert!(!signs(&Rows::default(), &id, delivery(NOW), &POLICY), "forgotten");
    assert!(!signs(&rows, &id, delivery(NOW + 1), &POLICY), "expired");
    assert!(!signs(&rows, &id, Delivery { number: 6, ..delivery(NOW) }, &POLICY), "another number");
    assert!(!signs(&rows, &id, Delivery { callable: false, ..delivery(NOW) }, &POLICY), "an unknown user");
    assert!(!signs(&rows, &id, delivery(NOW), &Policy { device_days: 0, ..POLICY }), "turned off");
}

/// A device is asked once in a sign-in: a second time would be a way around the call's limits.
#[test]
fn a_device_signs_in_the_first_round_alone() {
    let device = Device { expires_at: NOW + 100, number: 5, key: TestDevice::new().key(), seal: 7 };
    let asked = history(&DeviceRound::issue(1, NOW, 300));
    assert!(!signs(&asked, rows_with(&device), device.key.id(), delivery(NOW + 1), &POLICY));
    let other = history(&"VOICE-1");
    assert!(!signs(&other, rows_with(&device), device.key.id(), delivery(NOW + 1), &POLICY));
}

/// The round of a device that did not sign costs no attempt and no call.
#[test]
fn the_call_after_a_device_is_the_first() {
    let mut creation = Creation::new(&history(&DeviceRound::issue(1, NOW, 300)), again(true), delivery(NOW), &POLICY);
    creation.read(Rows::default(), &POLICY);
    creation.written(Written::Done, &POLICY);
    creation.dialled(Ok(()));
    let called = RoundStarted::Call { round: round(), outcome: RoundOutcome::Called };
    assert!(matches!(creation.next(), Step::Done(Ok(started)) if *started == called), "{creation:?}");
}

#[test]
fn a_call_forgets_devices_of_another_number_and_those_that_have_expired() {
    let device = |expires_at, number| Device { expires_at, number, key: TestDevice::new().key(), seal: 7 };
    let kept = device(NOW + 1, 5);
    let devices = [kept.clone(), device(NOW, 5), device(NOW + 1, 6)].into_iter().collect();
    let mut creation = first();
    creation.read(Rows { user: UserRow { devices, ..UserRow::default() }, ..Rows::default() }, &POLICY);
    let Step::Count(rows, _) = creation.next() else { panic!("{creation:?}") };
    assert_eq!(rows.user.devices, [kept].into_iter().collect());
}

/// Fewer days end the trust in earlier devices too. So a device that is enrolled now is not the first to go.
#[test]
fn no_device_is_trusted_for_longer_than_a_new_one() {
    let month = 30 * 86_400;
    let device = |expires_at| Device { expires_at, number: 5, key: TestDevice::new().key(), seal: 7 };
    for (expires_at, expected) in [(NOW + month, true), (NOW + month + 60, true), (NOW + month + 61, false)] {
        let device = device(expires_at);
        let rows = rows_with(&device);
        assert_eq!(signs(&[], rows.clone(), device.key.id(), delivery(NOW), &POLICY), expected, "{expires_at}");
        let mut call = first();
        call.read(rows, &POLICY);
        let Step::Count(rows, _) = call.next() else { panic!("{call:?}") };
        assert_eq!(!rows.user.devices.is_empty(), expected, "{expires_at}");
    }
}

#[test]
fn a_device_is_trusted_for_the_days_that_are_set() {
    let terms = DeviceTerms { number: 5, expires_at: NOW + 30 * 86_400 };
    assert_eq!(POLICY.device_terms(5, NOW), Some(terms));
    assert_eq!(Policy { device_days: 0, ..POLICY }.device_terms(5, NOW), None);
}
