use proptest::prelude::*;

use super::*;
use crate::code::Digits;

const LIMITS: Limits = Limits { attempts: 3, calls: 3, seconds_between_calls: 30 };
const NOW: u64 = 1_000_000;

/// A history from letters, one a step: capital is passed. S: `SRP_A`, P: `PASSWORD_VERIFIER`, M: `SMS_MFA`,
/// D: `DEVICE_SRP_AUTH`, V: `DEVICE_PASSWORD_VERIFIER`, C: a round, X: something else.
fn history(steps: &str) -> Vec<ChallengeResult> {
    steps.chars().map(|letter| step(letter, None)).collect()
}

fn step(letter: char, challenge: Option<&Challenge>) -> ChallengeResult {
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
        challenge_metadata: challenge.map(Challenge::to_string),
    }
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
    assert_eq!(next(mode, ""), Next::Refuse(Refusal::PasswordSkipped));
    for steps in ["Sp", "SPm", "SPDv", "SPmC"] {
        assert_eq!(next(mode, steps), Next::Refuse(Refusal::PasswordFailed), "{steps}");
    }
    for steps in ["s", "P", "PS", "C", "c", "SC", "SPX", "SPCM", "SPCP", "SPS", "SPcMC", "XSPC", "SSPC"] {
        assert_eq!(next(mode, steps), Next::Refuse(Refusal::OddHistory), "{steps}");
    }
}

#[test]
fn rounds_go_on_until_the_attempts_are_used_up() {
    for (mode, before) in [(Mode::PasswordThenCall, "SP"), (Mode::CallOnly, "")] {
        let next = |rounds: &str| next(mode, &format!("{before}{rounds}"));
        for rounds in ["", "c", "cc"] {
            assert_eq!(next(rounds), Next::CustomChallenge, "{rounds}");
        }
        for rounds in ["C", "cC", "ccC"] {
            assert_eq!(next(rounds), Next::Tokens, "{rounds}");
        }
        for rounds in ["ccc", "cccC", "cccc"] {
            assert_eq!(next(rounds), Next::Refuse(Refusal::AttemptsUsedUp), "{rounds}");
        }
        for rounds in ["CC", "Cc", "CcC"] {
            assert_eq!(next(rounds), Next::Refuse(Refusal::OddHistory), "{rounds}");
        }
    }
}

#[test]
fn call_only_knows_no_password() {
    for steps in ["S", "SP", "SPC", "M", "cSPC"] {
        assert_eq!(next(Mode::CallOnly, steps), Next::Refuse(Refusal::OddHistory), "{steps}");
    }
}

/// Invariant 1, over every history of up to six steps: tokens only after the full sequence of the mode. What the
/// full sequence is, is written here once more, as a pattern over letters.
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
            let history = history(&steps);
            for (mode, expected) in
                [(Mode::PasswordThenCall, full_password.is_some_and(is_full)), (Mode::CallOnly, is_full(&steps))]
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
    let first = Challenge::issue(1, NOW - 60, 300, Digits::default());
    let second = first.call_again(NOW - 30, || unreachable!("it is live"));
    let mode = Mode::PasswordThenCall;
    let mut history = history("SP");
    history.extend([step('c', Some(&first)), step('c', Some(&first)), step('c', Some(&first))]);

    // The third round asked for a call, so two answers were compared.
    assert_eq!(mode.next(&history, true, &LIMITS, NOW), Next::CustomChallenge);
    assert_eq!(mode.next(&history, false, &LIMITS, NOW), Next::Refuse(Refusal::AttemptsUsedUp));

    // It was granted: the next right answer is the third that is compared, a wrong one the last.
    history.push(step('C', Some(&second)));
    assert_eq!(mode.next(&history, false, &LIMITS, NOW), Next::Tokens);
    history.pop();
    history.push(step('c', Some(&second)));
    assert_eq!(mode.next(&history, false, &LIMITS, NOW), Next::Refuse(Refusal::AttemptsUsedUp));
}

#[test]
fn a_call_again_that_is_not_granted_counts_as_a_wrong_answer() {
    let tired = Challenge::issue(1, NOW - 90, 300, Digits::default())
        .call_again(NOW - 60, || unreachable!())
        .call_again(NOW - 30, || unreachable!());
    let too_early = Challenge::issue(1, NOW - 29, 300, Digits::default());
    for challenge in [tired, too_early] {
        let wrong = usize::try_from(challenge.calls_again()).unwrap() + 3;
        let history = vec![step('c', Some(&challenge)); wrong];
        let next = Mode::CallOnly.next(&history, true, &LIMITS, NOW);
        assert_eq!(next, Next::Refuse(Refusal::AttemptsUsedUp), "{challenge}");
    }
}

#[test]
fn more_calls_than_rounds_is_an_odd_history() {
    let called_twice = Challenge::issue(1, NOW, 300, Digits::default()).call_again(NOW, || unreachable!());
    let next = Mode::CallOnly.next(&[step('C', Some(&called_twice))], false, &LIMITS, NOW);
    assert_eq!(next, Next::Refuse(Refusal::OddHistory));
}

#[test]
fn a_right_answer_that_asks_for_a_call_is_an_odd_history() {
    assert_eq!(Mode::CallOnly.next(&history("C"), true, &LIMITS, NOW), Next::Refuse(Refusal::OddHistory));
}

proptest! {
    /// However a user mixes answers and calls-again, never more than the allowed answers are compared, and the
    /// number of rounds is bounded.
    #[test]
    fn never_more_than_the_allowed_answers(asks in prop::collection::vec((any::<bool>(), 0_u64..60), 0..30)) {
        let mut now = NOW;
        let mut challenge = Challenge::issue(1, now, 300, Digits::default());
        let mut history = Vec::new();
        let mut compared = 0;
        for (call_again, seconds) in asks {
            now += seconds;
            compared += u32::from(!call_again);
            history.push(step('c', Some(&challenge)));
            if Mode::CallOnly.next(&history, call_again, &LIMITS, now) != Next::CustomChallenge {
                break;
            }
            if call_again && Rounds::of(&history).grants_call_again(&LIMITS, now) {
                challenge = challenge.call_again(now, || Challenge::issue(2, now, 300, Digits::default()));
            }
            prop_assert!(Rounds::of(&history).attempts_left(call_again, &LIMITS, now) > 0);
        }
        prop_assert!(compared <= LIMITS.attempts);
        prop_assert!(challenge.calls_again() < LIMITS.calls);
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
