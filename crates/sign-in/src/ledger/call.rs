//! Whether a user is called now. Pure.

use super::call_times::CallTimes;
use super::limits::{CallLimits, ChallengeForm, FailureLimits, Limit, Refusal, Scope};
use super::user::{DELIVERY_SECONDS, Issued, UserRow};
use crate::code::Challenge;
use crate::history::Round;

/// What the create trigger asks: a round of a sign-in wants a call.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The round whose user asks for another call; without it, the sign-in begins.
    pub again: Option<&'a Round>,
    /// The id of a new challenge, if there is one: 128 random bits.
    pub id: u128,
    /// The number to call, by its hash.
    pub number: u64,
    /// Seconds since the Unix epoch.
    pub now: u64,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a new challenge is like.
    pub challenge: ChallengeForm,
    /// What a user and a number may have.
    pub calls: CallLimits,
    /// What a user may get wrong.
    pub failures: FailureLimits,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The sign-in goes on with the challenge that is in the row: nothing is written, nobody is called. Either the phone
    /// rings already, or this limit refuses another call, and the code that the phone has said is still good.
    Join(Option<Refusal>),
    /// A call is placed once this is written: the user's row and the number's calls.
    Call(UserRow, CallTimes),
    /// Nobody is called.
    Refuse(Refusal),
}

/// Decides by the row of the user and the calls to the number.
#[must_use]
pub fn decide(user: &UserRow, number: &CallTimes, ask: &Ask<'_>, rules: &Rules) -> Entry {
    let &Ask { id, now, .. } = ask;
    if let Some(refusal) = user.locked(&rules.failures, now) {
        return Entry::Refuse(refusal);
    }
    if user.issued.is_some_and(|issued| rings_already(user, &issued, ask, &rules.calls)) {
        return Entry::Join(None);
    }
    if let Some(refusal) = wait(user, number, &rules.calls, now) {
        return if has_code(user, ask) { Entry::Join(Some(refusal)) } else { Entry::Refuse(refusal) };
    }
    let ChallengeForm { attempts, digits, validity_seconds } = rules.challenge;
    let worth_a_call = spoken(user, ask).filter(|live| is_worth_a_call(&live.challenge, now));
    let issued = worth_a_call.unwrap_or_else(|| Issued {
        challenge: Challenge::issue(id, now, validity_seconds, digits),
        number: ask.number,
        attempts_left: attempts,
        calls: 0,
        refused: 0,
        used: None,
    });
    Entry::Call(user.with_call(issued, &rules.calls, now), number.with(&rules.calls, now))
}

/// Whether a sign-in can go on without another call if a limit on calls refuses one: the limit refuses the call, and not
/// the sign-in. All who share a code share its attempts. A sign-in keeps the code that it has to its last second; another
/// one needs the time to type it.
#[must_use]
pub fn has_code(user: &UserRow, ask: &Ask<'_>) -> bool {
    let is_own = |live: &Issued| ask.again.is_some_and(|round| round.challenge.id == live.challenge.id);
    spoken(user, ask).is_some_and(|live| is_own(&live) || is_worth_a_call(&live.challenge, ask.now))
}

/// The limit on the calls to this user or this number that lasts longest.
#[must_use]
pub fn wait(user: &UserRow, number: &CallTimes, limits: &CallLimits, now: u64) -> Option<Refusal> {
    let waits = [(Scope::Number, number), (Scope::User, &user.calls)].into_iter().filter_map(|(scope, calls)| {
        let (window, wait) = calls.wait(limits, now)?;
        Some((Limit::Calls(scope, window), wait))
    });
    let (limit, wait) = waits.max_by_key(|&(_, wait)| wait)?;
    Some(Refusal { limit, wait: Some(wait) })
}

/// The live challenge whose code was spoken to this number.
fn spoken(user: &UserRow, ask: &Ask<'_>) -> Option<Issued> {
    user.live(ask.now).filter(|live| live.number == ask.number)
}

/// Whether the latest call is this one: another delivery of the event placed it, or a sign-in beside this one.
fn rings_already(user: &UserRow, issued: &Issued, ask: &Ask<'_>, limits: &CallLimits) -> bool {
    if !issued.is_open() || issued.number != ask.number {
        return false;
    }
    let heard = ask.again.is_some_and(|round| round.challenge.id == issued.challenge.id && round.call == issued.calls);
    // However short the pause and the validity, three deliveries of one event make one call.
    let pause = if issued.challenge.expired(ask.now) { 0 } else { limits.seconds_between_calls };
    let seconds = pause.max(DELIVERY_SECONDS);
    !heard && user.calls.latest().is_some_and(|called_at| ask.now < called_at.saturating_add(seconds))
}

/// Whether there is time enough to hear the code and type it: a minute, or half of a short validity.
fn is_worth_a_call(challenge: &Challenge, now: u64) -> bool {
    let validity = challenge.expires_at.saturating_sub(challenge.issued_at);
    challenge.expires_at.saturating_sub(now) >= (validity / 2).min(60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Digits;
    use crate::ledger::limits::Window;
    use crate::ledger::refused_call::{CountedCall, take_back};
    use crate::ledger::user::{Answer, Used, Verdict};

    const NOW: u64 = 1_000_000;
    const RULES: Rules = Rules {
        challenge: ChallengeForm { attempts: 3, digits: Digits::SIX, validity_seconds: 300 },
        calls: CallLimits { seconds_between_calls: 30, quarter_hour: 3, hour: 5, day: 10 },
        failures: FailureLimits { lockout: 10, lockout_seconds: 900, max: 100 },
    };

    fn first(now: u64) -> Ask<'static> {
        Ask { again: None, id: u128::from(now), number: 5, now }
    }

    /// The rows after a call, which must be placed.
    fn called(rows: &(UserRow, CallTimes), ask: &Ask<'_>, rules: &Rules) -> (UserRow, CallTimes) {
        match decide(&rows.0, &rows.1, ask, rules) {
            Entry::Call(user, number) => (user, number),
            other => panic!("{other:?}"),
        }
    }

    fn round(rows: &(UserRow, CallTimes)) -> Round {
        let Issued { challenge, attempts_left, calls, .. } = rows.0.issued.unwrap();
        Round { challenge, sign_in: 7, attempts: attempts_left, calls: 1, call: calls, call_again_at: 0 }
    }

    fn decided(rows: &(UserRow, CallTimes), ask: &Ask<'_>) -> Entry {
        decide(&rows.0, &rows.1, ask, &RULES)
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
            assert_eq!(decided(&rows, &first(NOW + later)), Entry::Join(None));
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
        assert_eq!(decide(&rows.0, &rows.1, &first(NOW + 14), &rules), Entry::Join(None));
        // Who has heard it and asks again is called at once, and once.
        let round = round(&rows);
        let again = Ask { again: Some(&round), ..first(NOW) };
        let rows = called(&rows, &again, &rules);
        assert_eq!(decide(&rows.0, &rows.1, &again, &rules), Entry::Join(None));
    }

    #[test]
    fn a_call_again_waits_for_the_pause() {
        let rows = called(&<_>::default(), &first(NOW), &RULES);
        let round = round(&rows);
        let again = |now| Ask { again: Some(&round), ..first(now) };
        let limit = Limit::Calls(Scope::User, Window::Pause);
        assert_eq!(decided(&rows, &again(NOW + 29)), Entry::Join(Some(Refusal { limit, wait: Some(1) })));
        let rows = called(&rows, &again(NOW + 30), &RULES);
        assert_eq!(rows.0.issued.unwrap().challenge, round.challenge);
        assert_eq!(decided(&rows, &again(NOW + 35)), Entry::Join(None));
    }

    #[test]
    fn after_the_expiry_a_call_again_brings_a_new_challenge_once() {
        let rows = called(&<_>::default(), &first(NOW), &RULES);
        let round = round(&rows);
        let again = |now| Ask { again: Some(&round), ..first(now) };
        let rows = called(&rows, &again(NOW + 300), &RULES);
        assert_eq!(rows.0.issued.unwrap().challenge.id, u128::from(NOW + 300));
        assert_eq!(decided(&rows, &again(NOW + 305)), Entry::Join(None));
    }

    #[test]
    fn a_limit_refuses_a_call_and_not_the_sign_in_while_there_is_a_code() {
        let mut rows = called(&<_>::default(), &first(NOW), &RULES);
        for later in [31, 62] {
            rows = called(&rows, &first(NOW + later), &RULES);
        }
        let refusal = |limit, wait| Some(Refusal { limit, wait: Some(wait) });
        let quarter_hour = Limit::Calls(Scope::User, Window::QuarterHour);
        assert_eq!(decided(&rows, &first(NOW + 94)), Entry::Join(refusal(quarter_hour, 806)));
        assert!(has_code(&rows.0, &first(NOW + 94)));
        // There must be a minute to type it, and this phone must have heard it.
        assert_eq!(decided(&rows, &first(NOW + 240)), Entry::Join(refusal(quarter_hour, 660)));
        assert!(matches!(decided(&rows, &first(NOW + 241)), Entry::Refuse(_)));
        assert!(matches!(decided(&rows, &Ask { number: 6, ..first(NOW + 94) }), Entry::Refuse(_)));
        // The sign-in that has the code keeps it to its last second, but not on another phone, nor once it is dead.
        let round = round(&rows);
        let again = |now| Ask { again: Some(&round), ..first(now) };
        assert_eq!(decided(&rows, &again(NOW + 299)), Entry::Join(refusal(quarter_hour, 601)));
        assert!(matches!(decided(&rows, &again(NOW + 300)), Entry::Refuse(_)));
        assert!(matches!(decided(&rows, &Ask { number: 6, ..again(NOW + 94) }), Entry::Refuse(_)));
        let used_up = Issued { attempts_left: 0, ..rows.0.issued.unwrap() };
        let dead = UserRow { issued: Some(used_up), ..rows.0.clone() };
        assert!(matches!(decided(&(dead, rows.1.clone()), &again(NOW + 94)), Entry::Refuse(_)));

        let locked = UserRow { failures: 10, failed_at: NOW, ..rows.0 };
        assert!(matches!(decided(&(locked, rows.1), &first(NOW + 94)), Entry::Refuse(_)));
    }

    /// What Connect refused does not ring: the next sign-in waits for the pause, and joins nothing.
    #[test]
    fn after_a_refused_call_the_pause_stays_and_only_a_code_that_was_heard_is_joined() {
        let rows = called(&<_>::default(), &first(NOW), &RULES);
        let call = CountedCall { challenge: NOW.into(), at: NOW, attempts: 3 };
        let back = take_back(&rows.0, &rows.1, &call).unwrap();
        let pause = |scope, wait| Refusal { limit: Limit::Calls(scope, Window::Pause), wait: Some(wait) };
        let refused = (back.user, back.number);
        assert_eq!(decided(&refused, &first(NOW + 1)), Entry::Refuse(pause(Scope::User, 29)));
        let other = decide(&UserRow::default(), &refused.1, &first(NOW + 1), &RULES);
        assert_eq!(other, Entry::Refuse(pause(Scope::Number, 29)));
        let user = called(&refused, &first(NOW + 30), &RULES).0;
        assert_eq!((user.issued.unwrap().calls, user.calls.as_slice()), (1, &[NOW + 30][..]));

        let heard = called(&rows, &first(NOW + 30), &RULES);
        let back = take_back(&heard.0, &heard.1, &CountedCall { at: NOW + 30, ..call }).unwrap();
        let entry = decided(&(back.user, back.number), &first(NOW + 31));
        assert_eq!(entry, Entry::Join(Some(pause(Scope::User, 29))));
    }

    #[test]
    fn a_challenge_that_is_used_or_worn_out_is_not_joined() {
        let rows = called(&<_>::default(), &first(NOW), &RULES);
        let answer = Answer { challenge: NOW.into(), sign_in: 7, right: true, now: NOW };
        let (_, used) = rows.0.answer(&answer, &RULES.failures);
        let mut worn_out = rows.0.clone();
        for _ in 0..3 {
            let (verdict, row) = worn_out.answer(&Answer { right: false, ..answer }, &RULES.failures);
            assert_eq!(verdict, Verdict::Wrong);
            worn_out = row.unwrap();
        }
        for dead in [used.unwrap(), worn_out] {
            let rows = (dead, rows.1.clone());
            let limit = Limit::Calls(Scope::User, Window::Pause);
            assert_eq!(decided(&rows, &first(NOW + 20)), Entry::Refuse(Refusal { limit, wait: Some(10) }));
            let (after, _) = called(&rows, &first(NOW + 30), &RULES);
            let issued = after.issued.unwrap();
            assert_eq!((issued.challenge.id, issued.calls, issued.used), (u128::from(NOW + 30), 1, None::<Used>));
        }
    }

    /// Invariant 4, with a code that doesn't live as long as Cognito repeats.
    #[test]
    fn invariant_4_holds_for_a_code_that_has_expired_meanwhile() {
        let rules = Rules { challenge: ChallengeForm { validity_seconds: 3, ..RULES.challenge }, ..RULES };
        let rows = called(&<_>::default(), &first(NOW), &rules);
        assert_eq!(decide(&rows.0, &rows.1, &first(NOW + 14), &rules), Entry::Join(None));
        assert!(matches!(decide(&rows.0, &rows.1, &first(NOW + 15), &rules), Entry::Refuse(_)));
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
        let moved = |now| Ask { number: 6, ..first(now) };
        assert!(matches!(decided(&rows, &moved(NOW + 5)), Entry::Refuse(_)));
        let issued = called(&rows, &moved(NOW + 30), &RULES).0.issued.unwrap();
        assert_eq!((issued.challenge.id, issued.number, issued.calls), (u128::from(NOW + 30), 6, 1));
    }

    /// Invariant 7: users who share a number share its limits.
    #[test]
    fn invariant_7_a_number_has_limits_of_its_own() {
        let number = CallTimes::new(vec![NOW - 800, NOW - 500, NOW - 100], None);
        let limit = Limit::Calls(Scope::Number, Window::QuarterHour);
        let entry = decide(&UserRow::default(), &number, &first(NOW), &RULES);
        assert_eq!(entry, Entry::Refuse(Refusal { limit, wait: Some(100) }));
    }

    #[test]
    fn who_is_locked_is_not_called() {
        let user = UserRow { failures: 10, failed_at: NOW, ..UserRow::default() };
        let refusal = Refusal { limit: Limit::Lockout, wait: Some(900) };
        assert_eq!(decide(&user, &CallTimes::default(), &first(NOW), &RULES), Entry::Refuse(refusal));
    }

    /// Half of a validity that is shorter than two minutes.
    #[test]
    fn a_short_code_is_called_again_in_the_first_half_of_its_time() {
        let rules = Rules { challenge: ChallengeForm { validity_seconds: 80, ..RULES.challenge }, ..RULES };
        let rows = called(&<_>::default(), &first(NOW), &rules);
        let id = |now| called(&rows, &first(now), &rules).0.issued.unwrap().challenge.id;
        assert_eq!((id(NOW + 40), id(NOW + 41)), (u128::from(NOW), u128::from(NOW + 41)));
    }
}
