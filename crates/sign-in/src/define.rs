//! The define trigger: what comes next in a sign-in.
//!
//! Cognito invokes it before the first challenge and after each answer, with the history of the sign-in.
//! [`Mode::next`] decides by the history and the time. The answer is one of three: another challenge, tokens, or the
//! end. The trigger keeps no state, and a history that it does not know is refused.

use serde::Serialize;

use crate::error::TriggerError;
use crate::event::{DefineRequest, Event};
use crate::handled::Handled;
use crate::history::{CUSTOM_CHALLENGE, PASSWORD_VERIFIER, Rounds};
use crate::metric::{Metric, UNKNOWN_USER};
use crate::settings::DefineSettings;

pub use crate::mode::{Mode, Next, RefusalReason};

/// The trigger's answer. Exactly one of the three fields is set.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DefineResponse {
    /// The next challenge, by Cognito's name.
    pub challenge_name: Option<&'static str>,
    /// The user has passed: Cognito issues tokens.
    pub issue_tokens: bool,
    /// The sign-in ends without tokens.
    pub fail_authentication: bool,
}

/// Answers the define trigger. `now` is in seconds since the Unix epoch.
///
/// # Errors
///
/// If the event is malformed.
pub fn define(settings: &DefineSettings, event: &Event, now: u64) -> Result<Handled<DefineResponse>, TriggerError> {
    let request: DefineRequest = event.request()?;
    let call_again = request.client_metadata.call_again();
    let next = settings.mode.next(&request.session, call_again, &settings.limits, now);
    let rounds = Rounds::of(&request.session);
    let response = DefineResponse::default();
    let (response, outcome) = match next {
        Next::CustomChallenge => (DefineResponse { challenge_name: Some(CUSTOM_CHALLENGE), ..response }, "round"),
        Next::PasswordVerifier => (DefineResponse { challenge_name: Some(PASSWORD_VERIFIER), ..response }, "password"),
        // A user who doesn't exist can't have given a right answer, whatever the history says.
        Next::Tokens if request.user_not_found => {
            (DefineResponse { fail_authentication: true, ..response }, UNKNOWN_USER)
        }
        Next::Tokens => (DefineResponse { issue_tokens: true, ..response }, "tokens"),
        Next::Refuse(reason) => (DefineResponse { fail_authentication: true, ..response }, reason.word()),
    };
    let metrics = match next {
        Next::PasswordVerifier => vec![Metric::SignInsStarted],
        // Without a password, the first round is the start.
        Next::CustomChallenge if settings.mode == Mode::CallOnly && rounds.is_empty() => vec![Metric::SignInsStarted],
        Next::CustomChallenge => Vec::new(),
        Next::Tokens if response.issue_tokens && rounds.signed_by_device() => {
            vec![Metric::SignInsCompleted, Metric::SignInsByDevice]
        }
        Next::Tokens if response.issue_tokens => vec![Metric::SignInsCompleted],
        Next::Tokens | Next::Refuse(_) => vec![Metric::SignInsRefused(outcome)],
    };
    Ok(Handled { metrics, ..Handled::of(response, outcome) })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::history::DeviceRound;

    fn answer(request: Value) -> (Value, &'static str) {
        let answer = answer_in("password-then-call", request);
        (serde_json::to_value(answer.response).unwrap(), answer.outcome)
    }

    fn answer_in(mode: &str, request: Value) -> Handled<DefineResponse> {
        let settings = DefineSettings::read(&|name| (name == "OTP_MODE").then(|| mode.to_owned())).unwrap();
        let event = serde_json::from_value(json!({ "request": request })).unwrap();
        define(&settings, &event, 1_000).unwrap()
    }

    fn step(name: &str, result: bool) -> Value {
        json!({ "challengeName": name, "challengeResult": result, "challengeMetadata": null })
    }

    #[test]
    fn exactly_one_field_says_what_comes_next() {
        let (srp_a, password) = (step("SRP_A", true), step("PASSWORD_VERIFIER", true));
        let (wrong, right) = (step("CUSTOM_CHALLENGE", false), step("CUSTOM_CHALLENGE", true));
        for (session, response, outcome) in [
            (
                json!([srp_a]),
                json!({ "challengeName": "PASSWORD_VERIFIER", "issueTokens": false, "failAuthentication": false }),
                "password",
            ),
            (
                json!([srp_a, password]),
                json!({ "challengeName": "CUSTOM_CHALLENGE", "issueTokens": false, "failAuthentication": false }),
                "round",
            ),
            (
                json!([srp_a, password, right]),
                json!({ "challengeName": null, "issueTokens": true, "failAuthentication": false }),
                "tokens",
            ),
            (
                json!([srp_a, password, wrong, wrong, wrong]),
                json!({ "challengeName": null, "issueTokens": false, "failAuthentication": true }),
                "attempts-used-up",
            ),
            (
                json!([]),
                json!({ "challengeName": null, "issueTokens": false, "failAuthentication": true }),
                "password-skipped",
            ),
            (
                json!([srp_a, step("PASSWORD_VERIFIER", false)]),
                json!({ "challengeName": null, "issueTokens": false, "failAuthentication": true }),
                "password-failed",
            ),
            (
                json!([right]),
                json!({ "challengeName": null, "issueTokens": false, "failAuthentication": true }),
                "odd-history",
            ),
        ] {
            assert_eq!(answer(json!({ "session": session })), (response, outcome));
        }
    }

    #[test]
    fn a_sign_in_is_counted_once_when_it_starts() {
        let (srp_a, password, wrong) =
            (step("SRP_A", true), step("PASSWORD_VERIFIER", true), step("CUSTOM_CHALLENGE", false));
        for (mode, session, starts) in [
            ("password-then-call", json!([srp_a]), true),
            ("password-then-call", json!([srp_a, password]), false),
            ("password-then-call", json!([srp_a, password, wrong]), false),
            ("call-only", json!([]), true),
            ("call-only", json!([srp_a]), true),
            ("call-only", json!([wrong]), false),
            ("call-only", json!([srp_a, wrong]), false),
        ] {
            let metrics = answer_in(mode, json!({ "session": session })).metrics;
            assert_eq!(metrics.contains(&Metric::SignInsStarted), starts, "{mode} {session}");
        }
    }

    #[test]
    fn what_came_in_the_response_says_nothing() {
        let settings = DefineSettings::read(&|_| None).unwrap();
        let came = json!({ "request": {}, "response": { "challengeName": "CUSTOM_CHALLENGE", "issueTokens": true } });
        let event: Event = serde_json::from_value(came).unwrap();
        let answer = define(&settings, &event, 1_000).unwrap();
        let response = &event.answered(&answer.response).unwrap()["response"];
        assert_eq!(response, &json!({ "issueTokens": false, "failAuthentication": true }));
    }

    #[test]
    fn a_user_who_does_not_exist_gets_no_tokens() {
        let session = [step("SRP_A", true), step("PASSWORD_VERIFIER", true), step("CUSTOM_CHALLENGE", true)];
        let (response, outcome) = answer(json!({ "session": session, "userNotFound": true }));
        assert_eq!(response, json!({ "challengeName": null, "issueTokens": false, "failAuthentication": true }));
        assert_eq!(outcome, "unknown-user");
    }

    #[test]
    fn a_sign_in_by_a_device_is_counted_twice() {
        let device = json!({
            "challengeName": "CUSTOM_CHALLENGE", "challengeResult": true,
            "challengeMetadata": DeviceRound::issue(1, 1_000, 300).to_string(),
        });
        let session = [step("SRP_A", true), step("PASSWORD_VERIFIER", true), device];
        let answer = answer_in("password-then-call", json!({ "session": session }));
        assert_eq!(
            (answer.outcome, &answer.metrics[..]),
            ("tokens", &[Metric::SignInsCompleted, Metric::SignInsByDevice][..])
        );
    }

    /// A right answer without tokens does not count as a completed sign-in.
    #[test]
    fn the_end_of_a_sign_in_is_counted_for_what_it_was() {
        let session = [step("SRP_A", true), step("PASSWORD_VERIFIER", true), step("CUSTOM_CHALLENGE", true)];
        for (request, metric) in [
            (json!({ "session": session }), Metric::SignInsCompleted),
            (json!({ "session": session, "userNotFound": true }), Metric::SignInsRefused("unknown-user")),
            (json!({ "session": [] }), Metric::SignInsRefused("password-skipped")),
        ] {
            assert_eq!(answer_in("password-then-call", request).metrics, [metric]);
        }
    }
}
