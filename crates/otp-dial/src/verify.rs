//! The verify trigger: is the answer right? Pure.

use serde::Serialize;
use serde_json::Value;

use crate::challenge::Challenge;
use crate::code::Code;
use crate::create::CHALLENGE;
use crate::event::{Event, VerifyRequest};
use crate::fault::Fault;
use crate::settings::VerifySettings;
use crate::trigger::Answer;

/// Whether the answer is right.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyResponse {
    /// Yes or no; why not is for the log alone.
    pub answer_correct: bool,
}

/// Answers the verify trigger. `now` is in seconds since the Unix epoch.
pub fn verify(settings: &VerifySettings, event: &Event, now: u64) -> Result<Answer<VerifyResponse>, Fault> {
    let request: VerifyRequest = event.request()?;
    let outcome = judge(settings, event, &request, now);
    Ok(Answer { response: VerifyResponse { answer_correct: outcome == "right" }, outcome, destination: None })
}

fn judge(settings: &VerifySettings, event: &Event, request: &VerifyRequest, now: u64) -> &'static str {
    // Not compared, so that asking for a call is no free guess, even with the right code.
    if request.client_metadata.call_again() {
        return "call-again";
    }
    let challenge = request.private_challenge_parameters.get(CHALLENGE).and_then(Value::as_str);
    let Some(challenge) = challenge.and_then(|text| text.parse::<Challenge>().ok()) else {
        return "no-challenge";
    };
    let subject = event.subject(&request.user_attributes);
    let code = Code::derive(&settings.key, subject, &challenge);
    let right = request.challenge_answer.as_str().is_some_and(|answer| code.is_answered_by(answer));
    if request.user_not_found {
        "unknown-user"
    } else if challenge.expired(now) {
        "expired"
    } else if right {
        "right"
    } else {
        "wrong"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::code::{Digits, Subject};

    const NOW: u64 = 1_000;

    fn settings() -> VerifySettings {
        VerifySettings::read(&|name| (name == "OTP_KEY").then(|| "k".repeat(32))).unwrap()
    }

    fn challenge() -> Challenge {
        Challenge::issue(1, NOW, 300, Digits::default())
    }

    /// The digits of the right answer.
    fn right() -> String {
        let subject = Subject { user_pool: "us-east-1_Example01", sub: "sub" };
        Code::derive(&settings().key, subject, &challenge()).spoken().replace(", ", "")
    }

    fn event(request: &Value) -> Event {
        serde_json::from_value(json!({ "userPoolId": "us-east-1_Example01", "userName": "demo", "request": request }))
            .unwrap()
    }

    fn outcome_at(now: u64, changes: Value) -> &'static str {
        let mut request = json!({
            "userAttributes": { "sub": "sub" },
            "privateChallengeParameters": { "challenge": challenge().to_string() },
            "challengeAnswer": right(),
        });
        for (name, value) in changes.as_object().unwrap() {
            request[name] = value.clone();
        }
        let answer = verify(&settings(), &event(&request), now).unwrap();
        assert_eq!(answer.response.answer_correct, answer.outcome == "right");
        answer.outcome
    }

    #[test]
    fn the_right_code_is_right_until_it_expires() {
        assert_eq!(outcome_at(NOW, json!({})), "right");
        assert_eq!(outcome_at(NOW + 299, json!({})), "right");
    }

    /// Invariant 3, as far as time goes: a call-again doesn't move the expiry either.
    #[test]
    fn invariant_3_an_expired_code_is_wrong() {
        assert_eq!(outcome_at(NOW + 300, json!({})), "expired");
        let again = challenge().call_again(NOW + 299, || unreachable!("it is live")).to_string();
        assert_eq!(outcome_at(NOW + 299, json!({ "privateChallengeParameters": { "challenge": again } })), "right");
        assert_eq!(outcome_at(NOW + 300, json!({ "privateChallengeParameters": { "challenge": again } })), "expired");
    }

    #[test]
    fn a_call_again_is_never_compared() {
        assert_eq!(outcome_at(NOW, json!({ "clientMetadata": { "callAgain": "true" } })), "call-again");
    }

    #[test]
    fn a_code_of_another_user_or_of_nobody_is_wrong() {
        assert_eq!(outcome_at(NOW, json!({ "userAttributes": { "sub": "other" } })), "wrong");
        assert_eq!(outcome_at(NOW, json!({ "userNotFound": true })), "unknown-user");
        // Even if somebody finds the code that belongs to a name in place of a `sub`.
        let subject = Subject { user_pool: "us-east-1_Example01", sub: "demo" };
        let code = Code::derive(&settings().key, subject, &challenge()).spoken();
        let answer = json!({ "userAttributes": null, "userNotFound": true, "challengeAnswer": code.replace(", ", "") });
        assert_eq!(outcome_at(NOW, answer), "unknown-user");
    }

    #[test]
    fn without_a_challenge_nothing_is_right() {
        for parameters in
            [json!(null), json!({}), json!({ "challenge": 7 }), json!({ "challenge": "" }), json!({ "code": right() })]
        {
            assert_eq!(outcome_at(NOW, json!({ "privateChallengeParameters": parameters })), "no-challenge");
        }
    }

    /// Invariant 8: whatever stands in the answer's place, it is false and no error.
    #[test]
    fn invariant_8_an_answer_of_another_type_is_wrong() {
        let number: u64 = right().parse().unwrap();
        for answer in
            [json!(null), json!(number), json!(true), json!([right()]), json!({ "answer": right() }), json!("")]
        {
            assert_eq!(outcome_at(NOW, json!({ "challengeAnswer": answer })), "wrong", "{answer}");
        }
    }

    proptest! {
        #[test]
        fn invariant_8_no_answer_is_an_error(answer in ".*", now: u64) {
            let outcome = outcome_at(now, json!({ "challengeAnswer": answer }));
            prop_assert!(outcome == "wrong" || outcome == "expired" || outcome == "right");
        }
    }
}
