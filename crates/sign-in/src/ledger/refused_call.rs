//! Takes back a call that Connect refused.
//!
//! A call is counted before it is placed. If Connect certainly did not take it, the user should get it back. But every
//! comparison of a code must be paid for by a call. So a call stays counted once an answer was compared with its code.

use super::{CallTimes, Issued, UserRow};

/// A call that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CountedCall {
    /// The id of its challenge.
    pub(crate) challenge: u128,
    /// When it was counted, in seconds since the Unix epoch.
    pub(crate) at: u64,
    /// The attempts that a new challenge has.
    pub(crate) attempts: u32,
}

/// The rows after a call that Connect certainly did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TakenBack {
    /// The user's row.
    pub(crate) user: UserRow,
    /// The calls to the number.
    pub(crate) number: CallTimes,
    /// Whether the call was given back: only the pause counts it from now on. Otherwise it stays counted as if it had
    /// been placed.
    pub(crate) given_back: bool,
}

/// Takes a call back. `None` if it stays counted and no row changes.
///
/// Once all calls of a challenge were refused, the challenge is removed: no phone has heard its code. If an answer was
/// compared with it by then, the call that was refused last stays counted. A call also stays counted if another
/// challenge has replaced its own, since it is then unknown whether somebody guessed.
#[must_use]
pub(crate) fn take_back(user: &UserRow, number: &CallTimes, call: &CountedCall) -> Option<TakenBack> {
    let issued = user.issued.filter(|issued| issued.challenge.id == call.challenge)?;
    let issued = Issued { refused: issued.refused.saturating_add(1), ..issued };
    let is_last = issued.refused >= issued.calls;
    let given_back = !is_last || (issued.is_open() && issued.attempts_left >= call.attempts);
    // Cognito may deliver a right answer again.
    let issued = Some(issued).filter(|issued| !is_last || issued.used.is_some());
    let user = UserRow { issued, ..user.clone() };
    Some(if given_back {
        let calls = user.calls.with_refused(call.at);
        TakenBack { user: UserRow { calls, ..user }, number: number.with_refused(call.at), given_back }
    } else {
        TakenBack { user, number: number.clone(), given_back }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Challenge, Digits};
    use crate::ledger::{Hearing, Used};

    const NOW: u64 = 1_000;
    const CALL: CountedCall = CountedCall { challenge: 1, at: NOW, attempts: 3 };

    fn issued() -> Issued {
        let challenge = Challenge::issue(1, NOW, 300, Digits::default());
        Issued { calls: 1, ..Issued::new(challenge, 5, 3, Hearing::NotNeeded) }
    }

    /// A challenge whose calls were all counted at once.
    fn user(issued: Issued) -> UserRow {
        let calls = CallTimes::new(vec![NOW; issued.calls as usize], None);
        UserRow { issued: Some(issued), calls, ..UserRow::default() }
    }

    fn taken_back(user: &UserRow) -> TakenBack {
        take_back(user, &user.calls, &CALL).unwrap()
    }

    #[test]
    fn a_challenge_that_nobody_heard_goes_with_its_call_and_the_pause_stays() {
        let back = taken_back(&user(issued()));
        let calls = CallTimes::new(Vec::new(), Some(NOW));
        let user = UserRow { calls: calls.clone(), ..UserRow::default() };
        assert_eq!(back, TakenBack { user, number: calls, given_back: true });
        assert_eq!(take_back(&back.user, &back.number, &CALL), None);
    }

    /// Invariant 2: in whichever order the calls are refused.
    #[test]
    fn invariant_2_a_challenge_goes_with_the_last_of_its_calls() {
        let first = taken_back(&user(Issued { calls: 2, ..issued() }));
        assert_eq!(first.user.issued, Some(Issued { calls: 2, refused: 1, ..issued() }));
        assert_eq!((first.user.calls.as_slice(), first.given_back), (&[NOW][..], true));
        let last = taken_back(&first.user);
        assert_eq!((last.user.issued, last.user.calls.as_slice(), last.given_back), (None, &[][..], true));
    }

    /// Invariant 2: without its challenge there are no further guesses, since no phone has heard the code.
    #[test]
    fn invariant_2_a_call_stays_counted_whose_challenge_was_guessed_at() {
        let guessed = Issued { attempts_left: 2, ..issued() };
        for calls in [1, 2] {
            let guessed = user(Issued { calls, refused: calls - 1, ..guessed });
            let back = taken_back(&guessed);
            assert_eq!((&back.user.calls, &back.number, back.given_back), (&guessed.calls, &guessed.calls, false));
            assert_eq!(back.user.issued, None);
        }
        let used = Issued { used: Some(Used { sign_in: 7, at: NOW }), ..issued() };
        let back = taken_back(&user(used));
        assert_eq!((back.user.issued, back.given_back), (Some(Issued { refused: 1, ..used }), false));
    }

    /// Invariant 2: somebody may have guessed before it was replaced.
    #[test]
    fn invariant_2_a_call_stays_counted_whose_challenge_was_replaced() {
        let other = Challenge::issue(2, NOW, 300, Digits::default());
        let replaced = user(Issued { challenge: other, ..issued() });
        assert_eq!(take_back(&replaced, &replaced.calls, &CALL), None);
    }

    /// Connect may still know the token of a call that it refused.
    #[test]
    fn the_number_of_a_refused_call_is_not_used_again() {
        let back = taken_back(&user(Issued { calls: 2, ..issued() }));
        assert_eq!(back.user.issued.map(|issued| issued.calls), Some(2));
    }
}
