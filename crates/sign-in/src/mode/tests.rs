use proptest::prelude::*;

use super::*;
use crate::code::{Challenge, Digits};
use crate::history::{DeviceRound, Round};

const LIMITS: SignInLimits = SignInLimits { attempts: 3, calls: 3 };
const NOW: u64 = 1_000_000;

/// A history from letters, one per step. A capital letter is a step that was passed.
/// S: `SRP_A`, P: `PASSWORD_VERIFIER`, M: `SMS_MFA`, D: `DEVICE_SRP_AUTH`, V: `DEVICE_PASSWORD_VERIFIER`, C: a round,
/// X: something else.
fn history(steps: &str) -> Vec<ChallengeResult> {
    steps.chars().map(|letter| step(letter, None)).collect()
}

fn step(letter: char, round: Option<&Round>) -> ChallengeResult {
    let name = match letter.to_ascii_uppercase() {
        'S' => "SRP_A",
        'P' => "PASSWORD_VERIFIER",
        'M' => "SMS_MFA",
        'D' => "DEVICE_SRP_AUTH",
        'V' => "DEVICE_PASSWORD_VERIFIER",
        'C' => "CUSTOM_CHALLENGE",
        _ => "SOFTWARE_TOKEN_MFA",
    };
    ChallengeResult {
        challenge_name: name.to_owned(),
        challenge_result: letter.is_ascii_uppercase(),
        challenge_metadata: round.map(Round::to_string),
    }
}

/// A round of a sign-in that has asked for `calls` calls, the latest at `called_at`.
fn round(calls: u32, called_at: u64) -> Round {
    let challenge = Challenge::issue(1, NOW - 90, 300, Digits::default());
    Round { challenge, sign_in: 7, attempts: 3, calls, call: calls, call_again_at: called_at + 30 }
}

fn next(mode: Mode, steps: &str) -> Next {
    mode.next(&history(steps), false, &LIMITS, NOW)
}

#[test]
fn the_password_comes_first() {
    let mode = Mode::PasswordThenCall;
    assert_eq!(next(mode, "S"), Next::PasswordVerifier);
    for steps in ["SP", "SPM", "SPDV", "SPDVM"] {
        assert_eq!(next(mode, steps), Next::CustomChallenge, "{steps}");
    }
    assert_eq!(next(mode, ""), Next::Refuse(RefusalReason::PasswordSkipped));
    for steps in ["Sp", "SPm", "SPDv", "SPmC"] {
        assert_eq!(next(mode, steps), Next::Refuse(RefusalReason::PasswordFailed), "{steps}");
    }
    for steps in ["s", "P", "PS", "C", "c", "SC", "SPX", "SPCM", "SPCP", "SPS", "SPcMC", "XSPC", "SSPC"] {
        assert_eq!(next(mode, steps), Next::Refuse(RefusalReason::OddHistory), "{steps}");
    }
}

#[test]
fn rounds_go_on_until_the_attempts_are_used_up() {
    for (mode, before) in [(Mode::PasswordThenCall, "SP"), (Mode::CallOnly, ""), (Mode::CallOnly, "S")] {
        let next = |rounds: &str| next(mode, &format!("{before}{rounds}"));
        for rounds in ["", "c", "cc"] {
            assert_eq!(next(rounds), Next::CustomChallenge, "{rounds}");
        }
        for rounds in ["C", "cC", "ccC"] {
            assert_eq!(next(rounds), Next::Tokens, "{rounds}");
        }
        for rounds in ["ccc", "cccC", "cccc"] {
            assert_eq!(next(rounds), Next::Refuse(RefusalReason::AttemptsUsedUp), "{rounds}");
        }
        for rounds in ["CC", "Cc", "CcC"] {
            assert_eq!(next(rounds), Next::Refuse(RefusalReason::OddHistory), "{rounds}");
        }
    }
}

#[test]
fn call_only_knows_no_password() {
    for steps in ["s", "sC", "P", "SP", "SPC", "SS", "SSC", "SM", "SMC", "M", "cS", "cSC", "cSPC"] {
        assert_eq!(next(Mode::CallOnly, steps), Next::Refuse(RefusalReason::OddHistory), "{steps}");
    }
}

/// Invariant 1, over every history of up to six steps: tokens only after the full sequence of the mode. The sequence
/// is written here a second time, as a pattern over letters.
#[test]
fn invariant_1_tokens_only_after_the_full_sequence() {
    const LETTERS: [char; 10] = ['S', 's', 'P', 'p', 'M', 'D', 'd', 'C', 'c', 'X'];
    let mut with_tokens = 0;
    for length in 0..=6 {
        for index in 0..LETTERS.len().pow(length) {
            let steps: String =
                (0..length).map(|place| LETTERS[index / LETTERS.len().pow(place) % LETTERS.len()]).collect();
            let full_password = steps.strip_prefix("SP").map(|rest| rest.trim_start_matches(['M', 'D']));
            let is_full = |rounds: &str| ["C", "cC", "ccC"].contains(&rounds);
            // A client may claim that a password follows although none does.
            let call_only = is_full(&steps) || steps.strip_prefix('S').is_some_and(is_full);
            let history = history(&steps);
            for (mode, expected) in
                [(Mode::PasswordThenCall, full_password.is_some_and(is_full)), (Mode::CallOnly, call_only)]
            {
                let tokens = mode.next(&history, false, &LIMITS, NOW) == Next::Tokens;
                assert_eq!(tokens, expected, "{mode:?} {steps}");
                with_tokens += u32::from(tokens);
            }
        }
    }
    assert!(with_tokens > 0);
}

#[test]
fn a_call_again_is_no_wrong_answer() {
    let (first, second) = (round(1, NOW - 60), round(2, NOW - 30));
    let mode = Mode::PasswordThenCall;
    let mut history = history("SP");
    history.extend([step('c', Some(&first)), step('c', Some(&first)), step('c', Some(&first))]);

    // The third round asked for a call, so two answers were compared.
    assert_eq!(mode.next(&history, true, &LIMITS, NOW), Next::CustomChallenge);
    assert_eq!(mode.next(&history, false, &LIMITS, NOW), Next::Refuse(RefusalReason::AttemptsUsedUp));

    // It was granted: the next right answer is the third that is compared, a wrong one the last.
    history.push(step('C', Some(&second)));
    assert_eq!(mode.next(&history, false, &LIMITS, NOW), Next::Tokens);
    history.pop();
    history.push(step('c', Some(&second)));
    assert_eq!(mode.next(&history, false, &LIMITS, NOW), Next::Refuse(RefusalReason::AttemptsUsedUp));
}

#[test]
fn a_call_again_that_is_not_granted_counts_as_a_wrong_answer() {
    let (tired, too_early) = (round(3, NOW - 30), round(1, NOW - 29));
    for round in [tired, too_early] {
        let wrong = usize::try_from(round.calls_again()).unwrap() + 3;
        let history = vec![step('c', Some(&round)); wrong];
        let next = Mode::CallOnly.next(&history, true, &LIMITS, NOW);
        assert_eq!(next, Next::Refuse(RefusalReason::AttemptsUsedUp), "{round}");
    }
}

#[test]
fn more_calls_than_rounds_is_an_odd_history() {
    let next = Mode::CallOnly.next(&[step('C', Some(&round(2, NOW)))], false, &LIMITS, NOW);
    assert_eq!(next, Next::Refuse(RefusalReason::OddHistory));
}

#[test]
fn what_other_sign_ins_used_up_of_the_challenge_is_gone() {
    let joined = Round { attempts: 1, ..round(1, NOW) };
    assert_eq!(Rounds::of(&[]).attempts_left(false, &LIMITS, NOW), 3);
    let next = |letter| Mode::CallOnly.next(&[step(letter, Some(&joined))], false, &LIMITS, NOW);
    assert_eq!((next('C'), next('c')), (Next::Tokens, Next::Refuse(RefusalReason::AttemptsUsedUp)));
    // A round that claims more attempts than the setting is not believed.
    let generous = Round { attempts: 9, ..joined };
    assert_eq!(Rounds::of(&[step('c', Some(&generous))]).attempts_left(false, &LIMITS, NOW), 2);
}

/// A device may sign in the first round. If it does not, nothing is lost.
#[test]
fn invariant_1_a_trusted_device_stands_in_for_the_call_and_for_nothing_else() {
    let device = |letter| ChallengeResult {
        challenge_metadata: Some(DeviceRound::issue(1, NOW, 300).to_string()),
        ..step(letter, None)
    };
    let after = |mode: Mode, before: &str, rounds: &[ChallengeResult], call_again| {
        mode.next(&[&history(before)[..], rounds].concat(), call_again, &LIMITS, NOW)
    };
    let both = Mode::PasswordThenCall;
    assert_eq!(after(both, "SP", &[device('C')], false), Next::Tokens);
    for call_again in [false, true] {
        assert_eq!(after(both, "SP", &[device('c')], call_again), Next::CustomChallenge);
    }
    // No attempt was used up, and the device is not asked again.
    let wrong = step('c', Some(&round(1, NOW - 60)));
    let rounds = [device('c'), wrong.clone(), wrong.clone()];
    assert_eq!(after(both, "SP", &rounds, false), Next::CustomChallenge);
    let rounds = [device('c'), wrong.clone(), wrong.clone(), wrong.clone()];
    assert_eq!(after(both, "SP", &rounds, false), Next::Refuse(RefusalReason::AttemptsUsedUp));
    for (mode, before, rounds, call_again, reason) in [
        (both, "SP", vec![device('C')], true, RefusalReason::OddHistory),
        (both, "SP", vec![device('C'), wrong.clone()], false, RefusalReason::OddHistory),
        (both, "SP", vec![device('C'), step('C', Some(&round(1, NOW)))], false, RefusalReason::OddHistory),
        (both, "", vec![device('C')], false, RefusalReason::OddHistory),
        (both, "S", vec![device('C')], false, RefusalReason::OddHistory),
        (both, "Sp", vec![device('C')], false, RefusalReason::OddHistory),
        (Mode::CallOnly, "", vec![device('C')], false, RefusalReason::OddHistory),
        (Mode::CallOnly, "S", vec![device('C')], false, RefusalReason::OddHistory),
    ] {
        assert_eq!(after(mode, before, &rounds, call_again), Next::Refuse(reason), "{before} {rounds:?}");
    }
    // Create makes it in the first round alone.
    for (mode, before) in [(both, "SP"), (Mode::CallOnly, "")] {
        for rounds in [[wrong.clone(), device('C')], [device('c'), device('C')], [wrong.clone(), device('c')]] {
            assert_eq!(after(mode, before, &rounds, false), Next::Refuse(RefusalReason::OddHistory), "{rounds:?}");
        }
    }
}

#[test]
fn a_right_answer_that_asks_for_a_call_is_an_odd_history() {
    assert_eq!(Mode::CallOnly.next(&history("C"), true, &LIMITS, NOW), Next::Refuse(RefusalReason::OddHistory));
}

proptest! {
    /// However a user mixes answers and further calls, no more than the allowed answers are compared, and the number
    /// of rounds is bounded.
    #[test]
    fn never_more_than_the_allowed_answers(asks in prop::collection::vec((any::<bool>(), 0_u64..60), 0..30)) {
        let mut now = NOW;
        let mut round = round(1, now);
        let mut history = Vec::new();
        let mut compared = 0;
        for (call_again, seconds) in asks {
            now += seconds;
            compared += u32::from(!call_again);
            history.push(step('c', Some(&round)));
            if Mode::CallOnly.next(&history, call_again, &LIMITS, now) != Next::CustomChallenge {
                break;
            }
            if call_again && Rounds::of(&history).grants_call_again(&LIMITS, now) {
                round = Round { calls: round.calls + 1, call_again_at: now + 30, ..round };
            }
            prop_assert!(Rounds::of(&history).attempts_left(call_again, &LIMITS, now) > 0);
        }
        prop_assert!(compared <= LIMITS.attempts);
        prop_assert!(round.calls_again() < LIMITS.calls);
        prop_assert!(history.len() <= (LIMITS.attempts + LIMITS.calls) as usize);
    }

    #[test]
    fn no_history_panics(steps in prop::collection::vec(("[A-Z_]{0,20}", any::<bool>(), prop::option::of(".*")), 0..12), call_again: bool) {
        let history: Vec<_> = steps
            .into_iter()
            .map(|(challenge_name, challenge_result, challenge_metadata)| {
                ChallengeResult { challenge_name, challenge_result, challenge_metadata }
            })
            .collect();
        let _ = Mode::PasswordThenCall.next(&history, call_again, &LIMITS, NOW);
        let _ = Mode::CallOnly.next(&history, call_again, &LIMITS, NOW);
    }
}
