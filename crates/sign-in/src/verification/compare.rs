//! Turns the verify trigger's event into an answer that was compared with the code, or into the reason why nothing is
//! compared.

use serde_json::Value;

use super::{DeviceVerification, Verification};
use crate::code::{Code, Key};
use crate::device::{Device, DeviceId, DeviceTerms, Enrolment, SignedText};
use crate::event::{CHALLENGE, DEVICE, DEVICE_TERMS, Event, LEDGER_ROW, VerifyRequest};
use crate::history::{DeviceRound, Round};
use crate::ledger::{ClientId, UserKey};
use crate::metric::NO_CHALLENGE;

/// The outcome of an answer that asks for another call.
pub const CALL_AGAIN: &str = "call-again";

/// An answer to judge.
#[derive(Debug)]
pub enum Answer {
    /// A code. The device is enrolled if it is right.
    Code(Verification, Option<DeviceId>),
    /// The valid signature of this trusted device.
    Signature(DeviceVerification, DeviceId),
    /// Something else, where this trusted device should sign.
    NoSignature(DeviceId),
}

/// The user's row and the answer to judge. `Err`: nothing is compared, for the reason in this word for the log. `now`
/// is in seconds since the Unix epoch.
pub fn compare(key: &Key, event: &Event, request: &VerifyRequest, now: u64) -> Result<(UserKey, Answer), &'static str> {
    // Not compared even if it is the right code: a call-again must not be a free guess.
    if request.client_metadata.call_again() {
        return Err(CALL_AGAIN);
    }
    let private = |name| request.private_challenge_parameters.get(name).and_then(Value::as_str);
    let row = private(LEDGER_ROW).map(UserKey::from_text).ok_or(NO_CHALLENGE)?;
    let challenge = private(CHALLENGE).ok_or(NO_CHALLENGE)?;
    if let Ok(round) = challenge.parse::<DeviceRound>() {
        let device: Device = private(DEVICE).and_then(|text| text.parse().ok()).ok_or(NO_CHALLENGE)?;
        let id = device.key.id();
        let answer = match signed_on(key, event, request, &row, &round, &device) {
            Some(client) => Answer::Signature(DeviceVerification::of_signature(round, device, client, now), id),
            None => Answer::NoSignature(id),
        };
        return Ok((row, answer));
    }
    let round: Round = challenge.parse().map_err(|_| NO_CHALLENGE)?;
    let terms: Option<DeviceTerms> = private(DEVICE_TERMS).and_then(|text| text.parse().ok());
    let device = terms.and_then(|terms| {
        request.client_metadata.remember_device().map(|device| terms.device(device, row.as_str(), key))
    });
    let id = device.as_ref().map(|device| device.key.id());
    let enrolment = Enrolment { device, terms };
    let verification = Verification::of_answer(&round, event.client(), enrolment, now, || {
        let code = Code::derive(key, event.subject(&request.user_attributes), &round.challenge);
        let right = request.challenge_answer.as_str().is_some_and(|answer| code.is_answered_by(answer));
        // No phone has heard the code of an unknown user. A right answer is a guess.
        right && !request.user_not_found && !row.is_unknown_user()
    });
    Ok((row, Answer::Code(verification, id)))
}

/// The app client of the sign-in, if the answer is this device's signature in this round. The device must be one that was
/// enrolled in this row.
fn signed_on(
    key: &Key,
    event: &Event,
    request: &VerifyRequest,
    row: &UserKey,
    round: &DeviceRound,
    device: &Device,
) -> Option<ClientId> {
    let client = event.client()?;
    let (user_pool, user_name) = (event.user_pool(), event.user_name());
    let text = SignedText { nonce: round.nonce, user_pool, client: client.as_str(), user_name };
    let is_valid = !request.user_not_found
        && device.is_sealed(row.as_str(), key)
        && device.key.has_signed(text, request.challenge_answer.as_str()?);
    is_valid.then_some(client)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::code::{Challenge, Digits, Subject};
    use crate::device::tests::TestDevice;
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

    fn compared(changes: Value) -> Result<(UserKey, Answer), &'static str> {
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
        let Answer::Code(verification, _) = compared(changes).unwrap().1 else { panic!("it is a code") };
        match verification.next() {
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

    const TERMS: DeviceTerms = DeviceTerms { number: 5, expires_at: 2_000 };

    fn enrolled(device: &TestDevice) -> Device {
        TERMS.device(device.key(), "row", &key())
    }

    /// The answer of a device in its round.
    fn signed(device: &TestDevice, changes: Value) -> Result<(UserKey, Answer), &'static str> {
        let round = DeviceRound::issue(7, NOW, 300);
        let text = SignedText { nonce: 7, user_pool: "us-east-1_Example01", client: "app", user_name: "demo" };
        let mut request = json!({
            "challengeAnswer": device.sign(text),
            "privateChallengeParameters": {
                "challenge": round.to_string(), "ledgerRow": "row", "device": enrolled(device).to_string(),
            },
        });
        for (name, value) in changes.as_object().unwrap() {
            request[name] = value.clone();
        }
        compared(request)
    }

    fn is_refused(device: &TestDevice, changes: &Value) -> bool {
        matches!(signed(device, changes.clone()), Ok((_, Answer::NoSignature(_))))
    }

    #[test]
    fn a_valid_signature_is_the_answer_of_its_device() {
        let device = TestDevice::new();
        // No device is enrolled by a device.
        let another = json!({ "clientMetadata": { "rememberDevice": TestDevice::new().spki() } });
        for changes in [json!({}), another] {
            let (row, answer) = signed(&device, changes).unwrap();
            let Answer::Signature(verification, id) = answer else { panic!("{answer:?}") };
            assert_eq!((row.as_str(), id), ("row", device.key().id()));
            let Step::Write(attempt) = verification.next() else { panic!("{verification:?}") };
            assert_eq!((attempt.nonce, attempt.device.clone()), (7, enrolled(&device)));
        }
    }

    #[test]
    fn any_other_answer_to_a_device_is_refused() {
        let (device, other) = (TestDevice::new(), TestDevice::new());
        let round = DeviceRound::issue(7, NOW, 300).to_string();
        let parameters = |device: &str, row: &str| json!({ "challenge": round, "ledgerRow": row, "device": device });
        let of_device = enrolled(&device).to_string();
        for changes in [
            json!({ "challengeAnswer": code_of("sub") }),
            json!({ "challengeAnswer": "" }),
            json!({ "challengeAnswer": 7 }),
            json!({ "privateChallengeParameters": parameters(&enrolled(&other).to_string(), "row") }),
            json!({ "privateChallengeParameters": parameters(&of_device, "UNKNOWN#us-east-1_Example01#0") }),
            json!({ "userNotFound": true }),
        ] {
            assert!(is_refused(&device, &changes), "{changes}");
        }
        // The right to write to the table can't enrol a device, nor move one to another row, number or day.
        let terms = DeviceTerms { number: 5, expires_at: 2_001 };
        for forged in [
            TERMS.device(device.key(), "row", &Key::new(&[8; 32]).unwrap()),
            TERMS.device(device.key(), "another row", &key()),
            Device { expires_at: 2_001, ..enrolled(&device) },
            Device { number: 6, ..enrolled(&device) },
            Device { seal: 0, ..terms.device(device.key(), "row", &key()) },
        ] {
            let changes = json!({ "privateChallengeParameters": parameters(&forged.to_string(), "row") });
            assert!(is_refused(&device, &changes), "{forged:?}");
        }
        let no_device = json!({ "privateChallengeParameters": parameters("", "row") });
        assert_eq!(signed(&device, no_device).unwrap_err(), "no-challenge");
        let call = json!({ "clientMetadata": { "callAgain": "true" } });
        assert_eq!(signed(&device, call).unwrap_err(), "call-again");
    }

    #[test]
    fn a_device_is_enrolled_on_the_terms_of_the_round() {
        let device = TestDevice::new();
        let of = |terms: Value, key: &str| {
            let changes = json!({
                "privateChallengeParameters": { "challenge": round().to_string(), "ledgerRow": "row", "deviceTerms": terms },
                "clientMetadata": { "rememberDevice": key },
            });
            let Answer::Code(verification, id) = compared(changes).unwrap().1 else { panic!("it is a code") };
            let Step::Write(attempt) = verification.next() else { panic!("{verification:?}") };
            assert_eq!(id, attempt.enrolment.device.as_ref().map(|device| device.key.id()));
            attempt.enrolment.device.clone()
        };
        let terms = json!(TERMS.to_string());
        assert_eq!(of(terms.clone(), &device.spki()), Some(enrolled(&device)));
        for (terms, key) in [(json!(null), device.spki()), (json!("x"), device.spki()), (terms, "x".to_owned())] {
            assert_eq!(of(terms.clone(), &key), None, "{terms} {key}");
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
