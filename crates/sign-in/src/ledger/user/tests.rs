use super::*;
use crate::code::Digits;

const NOW: u64 = 1_000;
const LIMITS: FailureLimits = FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 600 };
const RIGHT: CodeAttempt =
    CodeAttempt { challenge: 1, sign_in: 7, client: None, enrolment: Enrolment::NONE, right: true, now: NOW };
const WRONG: CodeAttempt =
    CodeAttempt { challenge: 1, sign_in: 7, client: None, enrolment: Enrolment::NONE, right: false, now: NOW };

fn row() -> UserRow {
    let challenge = Challenge::issue(1, NOW, 300, Digits::default());
    let issued = Some(Issued { calls: 1, ..Issued::new(challenge, 5, 3, Hearing::NotNeeded) });
    UserRow { issued, calls: CallTimes::new(vec![NOW], None), ..UserRow::default() }
}

fn after(row: &UserRow, attempt: CodeAttempt, verdict: Verdict) -> UserRow {
    let (found, after) = row.judge(&attempt, &LIMITS);
    assert_eq!(found, verdict, "{row:?}");
    after.unwrap_or_else(|| row.clone())
}

/// Invariant 2, for one challenge.
#[test]
fn invariant_2_only_so_many_answers_are_compared() {
    let mut row = row();
    for _ in 0..3 {
        row = after(&row, WRONG, Verdict::Wrong);
    }
    assert_eq!((row.failures, row.live(NOW)), (3, None));
    assert_eq!(after(&row, RIGHT, Verdict::AttemptsUsedUp), row);
    assert_eq!(after(&row, WRONG, Verdict::AttemptsUsedUp), row);
}

/// Invariant 3.
#[test]
fn invariant_3_a_code_works_once_and_not_after_its_expiry() {
    let late = |answer| CodeAttempt { now: NOW + 300, ..answer };
    assert_eq!(after(&row(), late(RIGHT), Verdict::Expired), row());
    assert_eq!(after(&row(), late(WRONG), Verdict::Expired), row());

    let used = after(&row(), CodeAttempt { now: NOW + 299, ..RIGHT }, Verdict::Right);
    assert_eq!(used.live(NOW + 299), None);
    for other in [CodeAttempt { sign_in: 8, ..RIGHT }, WRONG, CodeAttempt { challenge: 2, ..RIGHT }] {
        let verdict = if other.challenge == 1 { Verdict::Used } else { Verdict::Replaced };
        assert_eq!(after(&used, CodeAttempt { now: NOW + 299, ..other }, verdict), used);
    }
}

#[test]
fn a_repeated_delivery_of_the_right_answer_is_right_as_long_as_cognito_repeats() {
    let used = after(&row(), RIGHT, Verdict::Right);
    assert_eq!(after(&used, CodeAttempt { now: NOW + 14, ..RIGHT }, Verdict::Right), used);
    assert_eq!(after(&used, CodeAttempt { now: NOW + 15, ..RIGHT }, Verdict::Used), used);
}

/// Invariant 1: nothing but a right answer leaves a pass, and it is one of that app client.
#[test]
fn invariant_1_a_right_answer_is_a_pass_of_its_app_client() {
    let client = |id| ClientId::parse(id);
    let earlier = Passes::from_iter([(client("a").unwrap(), 500), (client("b").unwrap(), 600)]);
    let row = UserRow { passes: earlier.clone(), ..row() };
    let passed = after(&row, CodeAttempt { client: client("a"), ..RIGHT }, Verdict::Right);
    assert_eq!(passed.passes, Passes::from_iter([(client("a").unwrap(), NOW), (client("b").unwrap(), 600)]));
    // A repeated delivery does not make it younger.
    let again = CodeAttempt { client: client("a"), now: NOW + 14, ..RIGHT };
    assert_eq!(after(&passed, again, Verdict::Right), passed);
    for (attempt, verdict) in [
        (RIGHT, Verdict::Right),
        (CodeAttempt { client: client("a"), ..WRONG }, Verdict::Wrong),
        (CodeAttempt { client: client("a"), now: NOW + 300, ..RIGHT }, Verdict::Expired),
    ] {
        assert_eq!(after(&row, attempt, verdict).passes, earlier);
    }
}

#[test]
fn a_right_answer_ends_the_failures() {
    let row = UserRow { failures: 9, failed_at: NOW, ..row() };
    assert_eq!(after(&row, RIGHT, Verdict::Right).failures, 0);
}

#[test]
fn ten_failures_lock_for_a_while_and_each_further_one_again() {
    let tenth = after(&UserRow { failures: 9, ..row() }, WRONG, Verdict::Wrong);
    let locked = |wait| Some(Refusal { limit: Limit::Lockout, retry_after: Some(wait) });
    assert_eq!(tenth.locked(&LIMITS, NOW), locked(900));
    assert_eq!(tenth.locked(&LIMITS, NOW + 899), locked(1));
    assert_eq!(tenth.locked(&LIMITS, NOW + 900), None);
    after(&tenth, RIGHT, Verdict::Locked(Limit::Lockout));

    let challenge = Challenge::issue(1, NOW + 900, 300, Digits::default());
    let later = UserRow { issued: Some(Issued { challenge, ..row().issued.unwrap() }), ..tenth };
    let eleventh = after(&later, CodeAttempt { now: NOW + 900, ..WRONG }, Verdict::Wrong);
    assert_eq!(eleventh.locked(&LIMITS, NOW + 900), locked(900));
}

#[test]
fn a_denial_locks_for_a_while_and_the_longer_lock_is_told() {
    let denied = UserRow { denied_at: Some(NOW), ..row() };
    let lock = |row: &UserRow, now| row.locked(&LIMITS, now).map(|refusal| (refusal.limit, refusal.retry_after));
    assert_eq!(lock(&denied, NOW), Some((Limit::Denied, Some(600))));
    assert_eq!(lock(&denied, NOW + 599), Some((Limit::Denied, Some(1))));
    assert_eq!(lock(&denied, NOW + 600), None);
    after(&denied, RIGHT, Verdict::Locked(Limit::Denied));
    let both = |failed_at| UserRow { failures: 10, failed_at, ..denied.clone() };
    assert_eq!(lock(&both(NOW - 299), NOW), Some((Limit::Lockout, Some(601))));
    assert_eq!(lock(&both(NOW - 301), NOW), Some((Limit::Denied, Some(600))));
    let most = UserRow { failures: 100, ..denied };
    assert_eq!(lock(&most, NOW), Some((Limit::MaxFailures, None)));
}

#[test]
fn a_hundred_failures_lock_until_they_are_cleared() {
    let row = after(&UserRow { failures: 99, ..row() }, WRONG, Verdict::Wrong);
    assert_eq!(row.locked(&LIMITS, u64::MAX), Some(Refusal { limit: Limit::MaxFailures, retry_after: None }));
    after(&row, RIGHT, Verdict::Locked(Limit::MaxFailures));
    let off = FailureLimits { lockout: 0, max: 0, ..LIMITS };
    assert_eq!(row.locked(&off, NOW), None);
}
