use serde_json::json;

use super::*;

fn event(json: Value) -> Event {
    serde_json::from_value(json).unwrap()
}

#[test]
fn what_came_goes_back() {
    let came = json!({
        "version": "1", "triggerSource": "DefineAuthChallenge_Authentication", "new": { "field": [1.5, null] },
        "request": { "session": [], "alsoNew": true },
        "response": { "challengeName": null, "issueTokens": null, "later": "x" },
    });
    let mut expected = came.clone();
    expected["response"] = json!({ "later": "x", "issueTokens": true });
    assert_eq!(event(came).answered(&json!({ "issueTokens": true })).unwrap(), expected);
}

#[test]
fn what_is_unchanged_goes_back_with_its_nulls() {
    let came = json!({ "new": [null], "response": { "claimsOverrideDetails": null } });
    assert_eq!(event(came.clone()).unchanged().unwrap(), came);
    assert!(matches!(event(json!([])).unchanged(), Err(TriggerError::EventMalformed)));
}

#[test]
fn missing_and_null_are_alike() {
    for request in [json!({}), json!(null), json!({ "session": null, "clientMetadata": null, "userNotFound": null })] {
        let event = event(json!({ "request": request }));
        let define: DefineRequest = event.request().unwrap();
        assert!(define.session.is_empty() && !define.user_not_found && !define.client_metadata.call_again());
        let create: CreateRequest = event.request().unwrap();
        assert!(create.session.is_empty() && create.user_attributes.value("sub").is_none());
        let verify: VerifyRequest = event.request().unwrap();
        assert!(verify.challenge_answer.is_null() && verify.private_challenge_parameters.is_empty());
    }
}

#[test]
fn a_step_without_a_result_is_not_passed() {
    let event = event(json!({ "request": { "session": [{ "challengeName": "SRP_A", "challengeResult": null }, {}] } }));
    let define: DefineRequest = event.request().unwrap();
    assert_eq!(format!("{:?}", define.session), "[SRP_A:false, :false]");
}

#[test]
fn call_again_is_asked_for_by_one_word_alone() {
    for (metadata, asked) in [
        (json!({ "callAgain": "true" }), true),
        (json!({ "callAgain": " TRUE ", "locale": "en" }), true),
        (json!({ "callAgain": "false" }), false),
        (json!({ "callAgain": "" }), false),
        (json!({ "callAgain": true }), false),
        (json!({ "resend": "yes" }), false),
    ] {
        let event = event(json!({ "request": { "clientMetadata": metadata } }));
        assert_eq!(event.request::<DefineRequest>().unwrap().client_metadata.call_again(), asked, "{metadata}");
    }
}

#[test]
fn what_is_no_event_is_a_fault_and_no_panic() {
    for json in [json!(null), json!([]), json!("text"), json!(7)] {
        assert!(matches!(event(json).answered(&json!({})), Err(TriggerError::EventMalformed)));
    }
    for request in [
        json!([]),
        json!("text"),
        json!({ "session": "x" }),
        json!({ "session": [1] }),
        json!({ "session": [["SRP_A", true]] }),
        json!({ "clientMetadata": ["true"] }),
    ] {
        let event = event(json!({ "request": request }));
        assert!(matches!(event.request::<DefineRequest>(), Err(TriggerError::EventMalformed)), "{request}");
    }
}

#[test]
fn what_an_event_says_of_who_is_logged_only_in_its_own_form() {
    let said = |pool: &str, sub: &str| {
        let event = event(json!({ "userPoolId": pool, "request": { "userAttributes": { "sub": sub } } }));
        (event.user_pool_to_log().is_some(), event.sub().is_some())
    };
    assert_eq!(said("eu-west-2_Ab1", "3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11"), (true, true));
    for forged in ["", "12065550100", "+12065550100_", "a_b c", "a_\n", "_".repeat(56).as_str()] {
        assert_eq!(said(forged, forged), (false, false), "{forged}");
    }
}

#[test]
fn debug_shows_nothing_of_the_request() {
    let event = event(json!({ "triggerSource": "T", "request": { "challengeAnswer": "042917" } }));
    assert_eq!(format!("{event:?}"), "Event(\"T\")");
}
