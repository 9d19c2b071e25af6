//! The functions that are compared.

use std::fmt;
use std::path::Path;

use serde_json::Value;

use crate::endpoint::Counts;

/// A function, ours or one to compare ours with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// An echo on `lambda_runtime`.
    Hello,
    /// An echo on a socket.
    Raw,
    /// Our define trigger.
    Define,
    /// Our verify trigger, with the ledger.
    Verify,
    /// The same for the signature of a trusted device.
    VerifyDevice,
    /// Our function that gives a call its code, with the ledger.
    Speak,
    /// The same for a code of Cognito's own: with the ledger and KMS.
    SpeakMessage,
    /// Our custom SMS sender, with the ledger and Connect.
    Send,
    /// Our Pre Token Generation trigger, with the ledger.
    Gate,
    /// Our create trigger, with the ledger and Connect.
    Create,
    /// The same on a trusted device: with the ledger alone.
    CreateDevice,
    /// A verify trigger by the SDK's defaults: one write to DynamoDB.
    NaiveVerify,
    /// The same with TLS by ring in place of AWS-LC.
    NaiveVerifyRing,
    /// A create trigger by the SDK's defaults: one call of Connect.
    NaiveCreate,
    /// The same with TLS by ring in place of AWS-LC.
    NaiveCreateRing,
    /// A create trigger in Node.js, by the published recipe: one call of Connect.
    Recipe,
}

impl Subject {
    /// All of them, the smallest ones first.
    pub(crate) const ALL: [Self; 16] = [
        Self::Hello,
        Self::Raw,
        Self::Define,
        Self::Verify,
        Self::VerifyDevice,
        Self::Speak,
        Self::SpeakMessage,
        Self::Gate,
        Self::Create,
        Self::CreateDevice,
        Self::Send,
        Self::NaiveVerify,
        Self::NaiveVerifyRing,
        Self::NaiveCreate,
        Self::NaiveCreateRing,
        Self::Recipe,
    ];

    /// The name, as for `--only`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Raw => "raw",
            Self::Define => "define",
            Self::Verify => "verify",
            Self::VerifyDevice => "verify-device",
            Self::Speak => "speak",
            Self::SpeakMessage => "speak-message",
            Self::Send => "send",
            Self::Gate => "gate",
            Self::Create => "create",
            Self::CreateDevice => "create-device",
            Self::NaiveVerify => "naive-verify",
            Self::NaiveVerifyRing => "naive-verify-ring",
            Self::NaiveCreate => "naive-create",
            Self::NaiveCreateRing => "naive-create-ring",
            Self::Recipe => "recipe",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.name() == name)
    }

    /// The name of our function, if it is one.
    pub(crate) fn function(self) -> Option<&'static str> {
        match self {
            Self::Define => Some("define-challenge"),
            Self::Verify | Self::VerifyDevice => Some("verify-challenge"),
            Self::Speak | Self::SpeakMessage => Some("speak-code"),
            Self::Send => Some("send-code"),
            Self::Gate => Some("gate-tokens"),
            Self::Create | Self::CreateDevice => Some("create-challenge"),
            _ => None,
        }
    }

    /// The event that it gets, a file in `events`.
    pub(crate) fn event(self) -> &'static Path {
        Path::new(match self {
            Self::Define => "define-02-password-right.json",
            Self::Verify | Self::NaiveVerify | Self::NaiveVerifyRing => "verify-01-right.json",
            // The endpoint's row has its device.
            Self::CreateDevice => "create-10-trusted-device.json",
            Self::VerifyDevice => "verify-09-signature-of-the-device.json",
            // Its handle is sealed with the key of `events/env`, which is the subjects' own.
            Self::Speak => "speak-01-right-contact.json",
            // Of a message whose data key is known.
            Self::SpeakMessage => "../crates/bench/speak-message.json",
            Self::Send => "send-01-sign-up.json",
            // The endpoint's row has a pass of its app client.
            Self::Gate => "gate-01-after-the-call.json",
            Self::Hello | Self::Raw | Self::Create | Self::NaiveCreate | Self::NaiveCreateRing | Self::Recipe => {
                "create-01-first-call.json"
            }
        })
    }

    /// Whether this is the right answer to the event.
    pub(crate) fn is_answer(self, event: &Value, answer: &Value) -> bool {
        let response = &answer["response"];
        match self {
            Self::Hello | Self::Raw | Self::Gate => answer == event,
            Self::Define => response["challengeName"] == "CUSTOM_CHALLENGE",
            Self::Verify | Self::VerifyDevice => response["answerCorrect"] == true,
            Self::NaiveVerify | Self::NaiveVerifyRing => response["answerCorrect"].is_boolean(),
            Self::Speak | Self::SpeakMessage => answer["Result"] == "code",
            // It has none: nobody waits for it. What it did is in the requests.
            Self::Send => answer.is_null(),
            Self::Create => response["publicChallengeParameters"]["delivery"] == "VOICE",
            Self::CreateDevice => response["publicChallengeParameters"]["delivery"] == "DEVICE",
            Self::NaiveCreate | Self::NaiveCreateRing | Self::Recipe => {
                response["privateChallengeParameters"]["code"].as_str().is_some_and(|code| code.len() == 6)
            }
        }
    }

    /// The requests that it sends to AWS from its start to `answers` answers.
    pub(crate) fn requests(self, answers: u32) -> Counts {
        let (used, operations): (_, &[_]) = match self {
            Self::Hello | Self::Raw | Self::Define => (0, &[]),
            Self::Verify | Self::VerifyDevice | Self::Speak | Self::NaiveVerify | Self::NaiveVerifyRing => {
                (1, &["UpdateItem"])
            }
            Self::Gate => (1, &["GetItem"]),
            Self::CreateDevice => (1, &["BatchGetItem"]),
            Self::SpeakMessage => (2, &["Decrypt", "UpdateItem"]),
            Self::Create | Self::Send => (2, &["BatchGetItem", "StartOutboundVoiceContact", "TransactWriteItems"]),
            Self::NaiveCreate | Self::NaiveCreateRing => (1, &["StartOutboundVoiceContact"]),
            // That SDK keeps no connection open by default.
            Self::Recipe => (answers, &["StartOutboundVoiceContact"]),
        };
        let operations = operations.iter().map(|name| ((*name).to_owned(), answers));
        Counts { used, operations: operations.collect(), ..Counts::default() }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_has_a_name_of_its_own() {
        for subject in Subject::ALL {
            assert_eq!(Subject::named(subject.name()), Some(subject));
        }
        assert_eq!(Subject::named("nobody"), None);
    }

    #[test]
    fn an_answer_that_is_none_is_seen() {
        let event = json!({ "response": { "answerCorrect": null } });
        for subject in Subject::ALL {
            let is_echo = matches!(subject, Subject::Hello | Subject::Raw | Subject::Gate);
            assert_eq!(subject.is_answer(&event, &event), is_echo, "{subject}");
        }
        assert!(Subject::Verify.is_answer(&event, &json!({ "response": { "answerCorrect": true } })));
        assert!(!Subject::Verify.is_answer(&event, &json!({ "response": { "answerCorrect": false } })));
        assert!(Subject::Speak.is_answer(&event, &json!({ "Result": "code", "Code": "4, 7" })));
        assert!(!Subject::Speak.is_answer(&event, &json!({ "Result": "none" })));
        assert!(Subject::Send.is_answer(&event, &json!(null)));
    }

    #[test]
    fn requests_grow_with_answers_and_connections_do_not() {
        let counts = Subject::Create.requests(3);
        assert_eq!(counts.used, 2);
        assert_eq!(counts.operations.values().collect::<Vec<_>>(), [&3, &3, &3]);
        assert_eq!(Subject::Define.requests(3), Counts::default());
    }
}
