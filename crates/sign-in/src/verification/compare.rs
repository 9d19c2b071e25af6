//! Turns the verify trigger's event into an answer that was compared with the code, or into the reason why nothing is
//! compared.

use serde_json::Value;

use super::Verification;
use crate::code::{Code, Key};
use crate::event::{CHALLENGE, Event, LEDGER_ROW, VerifyRequest};
use crate::history::Round;
use crate::ledger::UserKey;
use crate::metric::NO_CHALLENGE;

/// The outcome of an answer that asks for another call.
pub const CALL_AGAIN: &str = "call-again";

/// The user's row and the answer to judge. `Err`: nothing is compared, for the reason in this word for the log. `now`
/// is in seconds since the Unix epoch.
pub fn compare(
    key: &Key,
    event: &Event,
    request: &VerifyRequest,
    now: u64,
) -> Result<(UserKey, Verification), &'static str> {
    // Not compared even if it is the right code: a call-again must not be a free guess.
    if request.client_metadata.call_again() {
        return Err(CALL_AGAIN);
    }
    let private = |name| request.private_challenge_parameters.get(name).and_then(Value::as_str);
    let row = private(LEDGER_ROW).map(UserKey::from_text).ok_or(NO_CHALLENGE)?;
    let round: Round = private(CHALLENGE).and_then(|text| text.parse().ok()).ok_or(NO_CHALLENGE)?;
    let verification = Verification::of_answer(&round, event.client(), now, || {
        let code = Code::derive(key, event.subject(&request.user_attributes), &round.challenge);
        let right = request.challenge_answer.as_str().is_some_and(|answer| code.is_answered_by(answer));
        // No phone has heard the code of an unknown user. A right answer is a guess.
        right && !request.user_not_found && !row.is_unknown_user()
    });
    Ok((row, verification))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::code::{Challenge, Digits, Subject};
    use crate::ledger::ClientId;
    use crate::verification::Step;

    const NOW: u64 = 1_000;

    fn key() -> Key {
        Key::new(&[7; 32]).unwrap()
    }

    fn round() -> Round {
        let challenge = Challenge::issue(1, NOW, 300, Digits::default());
        Round { challenge, sign_in: 9, attempts: 3, calls: 1, call: 1, call_again_at: NOW }
    }

    /// The digits of the code for a user.
    fn code_of(sub: &str) -> String {
        let subject = Subject { user_pool: "us-east-1_Example01", sub };
        Code::derive(&key(), subject, &round().challenge).digits().to_owned()
    }

    fn compared(changes: Value) -> Result<(UserKey, Verification), &'static str> {
        let mut request = json!({
            "userAttributes": { "sub": "sub" },
            "privateChallengeParameters": { "challenge": round().to_string(), "ledgerRow": "row" },
            "challengeAnswer": code_of("sub"),
        });
        for (name, value) in changes.as_object().unwrap() {
            request[name] = value.clone();
        }
        let event = json!({
            "userPoolId": "us-east-1_Example01", "userName": "demo", "callerContext": { "clientId": "app" },
            "request": request,
        });
        let event: Event = serde_json::from_value(event).unwrap();
        compare(&key(), &event, &event.request().unwrap(), NOW)
    }

    fn is_right(changes: Value) -> bool {
        match compared(changes).unwrap().1.next() {
            Step::Write(answer) => {
                assert_eq!(answer.client, ClientId::parse("app"));
                answer.right
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_counts_in_the_row_of_its_user() {
        assert_eq!(compared(json!({})).unwrap().0.as_str(), "row");
        assert!(is_right(json!({})));
        assert!(!is_right(json!({ "challengeAnswer": "x" })));
    }

    #[test]
    fn a_call_again_is_never_compared() {
        let outcome = compared(json!({ "clientMetadata": { "callAgain": "true" } })).unwrap_err();
        assert_eq!(outcome, "call-again");
    }

    #[test]
    fn a_code_of_another_user_or_of_nobody_is_wrong() {
        assert!(!is_right(json!({ "userAttributes": { "sub": "other" } })));
        assert!(!is_right(json!({ "userNotFound": true })));
        // Even if somebody finds the code that is derived with a name instead of a `sub`.
        let answer = json!({ "userAttributes": null, "userNotFound": true, "challengeAnswer": code_of("demo") });
        assert!(!is_right(answer));
        // Or guesses the code of a user who can't be called.
        let row = json!({ "challenge": round().to_string(), "ledgerRow": "UNKNOWN#us-east-1_Example01#0" });
        assert!(!is_right(json!({ "privateChallengeParameters": row })));
    }

    #[test]
    fn without_a_challenge_there_is_nothing_to_compare() {
        let round = round().to_string();
        for parameters in [
            json!(null),
            json!({}),
            json!({ "challenge": 7, "ledgerRow": "row" }),
            json!({ "challenge": "", "ledgerRow": "row" }),
            json!({ "challenge": round }),
            json!({ "challenge": round, "ledgerRow": 7 }),
            json!({ "code": code_of("sub") }),
        ] {
            let outcome = compared(json!({ "privateChallengeParameters": parameters })).unwrap_err();
            assert_eq!(outcome, "no-challenge", "{parameters}");
        }
    }

    /// Invariant 8: an answer that is empty or not a string is wrong, and not an error.
    #[test]
    fn invariant_8_an_answer_of_another_type_is_wrong() {
        let number: u64 = code_of("sub").parse().unwrap();
        for answer in [
            json!(null),
            json!(number),
            json!(true),
            json!([code_of("sub")]),
            json!({ "answer": code_of("sub") }),
            json!(""),
        ] {
            assert!(!is_right(json!({ "challengeAnswer": answer })), "{answer}");
        }
    }

    proptest! {
        #[test]
        fn invariant_8_no_answer_is_an_error(answer in ".*") {
            let right = is_right(json!({ "challengeAnswer": answer }));
            prop_assert_eq!(right, answer == code_of("sub"));
        }
    }
}
