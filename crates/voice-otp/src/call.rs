//! `voice-otp call`: a test call, followed to its end. Its code is made up if it is an attribute. If speak-code gives
//! codes, it has none: only create can seal a handle that speak-code opens, so the flow says that it has no code.

mod contact;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use client::sdk::http_client;
use otp_dial::connect::{Call, Dialer};
use serde_json::Value;
use sign_in::call::{Carried, GateDigit, Language, Speech, spoken};
use sign_in::code::{Challenge, Code, Key, Subject};
use sign_in::creation::Pause;
use sign_in::error::{DialError, TriggerError};
use sign_in::ledger::{ChallengeForm, Hearing};
use sign_in::settings::ConnectSettings;
use tokio::time::sleep;

use self::contact::{CallState, explained};
use crate::args::CallArgs;
use crate::aws::{Aws, AwsError, Operation};
use crate::deployment::Deployment;
use crate::number;
use crate::terminal::say;

/// How long Connect may take to take the call.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How often `DescribeContact` is called. Connect allows two calls a second.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long a call may last after ringing. The template's flow ends earlier.
const LONGEST: Duration = Duration::from_mins(5);

/// What a test call carries in place of a handle. speak-code can't open it, so it says no code.
const NO_HANDLE: &str = "test-call";

/// Calls, and prints the progress. Returns whether Connect has recorded an answer.
pub async fn run(args: &CallArgs, aws: &Aws, progress: &(dyn Fn(&str) + Sync)) -> Result<bool> {
    let deployment = Deployment::find(&args.set_up, aws, progress).await?;
    let settings = deployment.create(aws)?;
    let number = number::callable(&args.number, &settings.policy)?;
    let language = match &args.language {
        Some(tag) => {
            Language::tagged(tag).with_context(|| format!("no call speaks {tag}: --language takes {}", tags()))?
        }
        None => Language::of_user(None, None, number.country(), settings.speech.language),
    };

    let (form, token) = (settings.challenge.form, format!("test-{:032x}", rand::random::<u128>()));
    let code = match form.hearing {
        Hearing::NotNeeded => Some(made_up(&deployment.pool, form, language)?),
        Hearing::Awaited | Hearing::Heard(_) => None,
    };
    let carried = code.clone().map_or_else(|| Carried::Handle(NO_HANDLE.to_owned()), Carried::Code);
    let gate = settings.speech.gate.then(|| GateDigit::draw(rand::random()));
    let speech = Speech::new(carried, language, &settings.speech.brand, gate, None);

    let with = if code.is_some() { "with a made-up code" } else { "without a code" };
    let follower = Follower::new(aws, &settings.connect, code);
    let ring = Duration::from_secs(settings.connect.ring_timeout_seconds.unsigned_abs().into());
    let dialer = Dialer::new(settings.connect, http_client());
    let masked = number.masked();
    say(&format!("Calling {masked} {with}, in {} ({}).", language.name(), language.tag()));
    match dial(&dialer.call(&number, speech, token)).await {
        Ok(contact) => {
            let contact = contact.context("Connect named no contact")?;
            follower.follow(&contact, ring + LONGEST, &mut say).await
        }
        Err(error) => {
            let cause = error.cause.clone();
            let error = TriggerError::Dial(error);
            bail!("{}: {cause}: {}", error.word().as_str(), error.advice())
        }
    }
}

/// A code of no user, as the call says it.
fn made_up(user_pool: &str, form: ChallengeForm, language: &Language) -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let challenge = Challenge::issue(rand::random(), now, form.validity_seconds, form.digits);
    let key = Key::new(&rand::random::<[u8; 32]>()).context("32 bytes are enough for a key")?;
    Ok(spoken(&Code::derive(&key, Subject { user_pool, sub: "test call" }, &challenge), language))
}

/// Dials once more if the first attempt failed for a reason that may pass, as the functions do.
async fn dial(call: &Call<'_>) -> std::result::Result<Option<String>, DialError> {
    match call.dial(Instant::now() + DIAL_TIMEOUT).await {
        Err(error) if error.kind.passes() => {
            sleep(Pause::BeforeRedial.duration(0)).await;
            call.dial(Instant::now() + DIAL_TIMEOUT).await
        }
        result => result,
    }
}

fn tags() -> String {
    Language::all().iter().map(Language::tag).collect::<Vec<_>>().join(", ")
}

/// Asks Connect how a call goes.
struct Follower {
    aws: Aws,
    instance: String,
    /// The code as it was given to the call, if it was.
    code: Option<String>,
}

impl Follower {
    fn new(aws: &Aws, connect: &ConnectSettings, code: Option<String>) -> Self {
        // The instance may be in another Region than the functions.
        Self { aws: aws.in_region(&connect.instance.region), instance: connect.instance.id.clone(), code }
    }

    /// Prints each change until the end. Returns whether an answer was recorded.
    async fn follow(&self, contact: &str, longest: Duration, say: &mut (dyn FnMut(&str) + Send)) -> Result<bool> {
        say(&format!("Connect has taken the call: contact {contact}."));
        let until = Instant::now() + longest;
        let mut before = None;
        loop {
            let state = self.state(contact).await?;
            if before.as_ref() != Some(&state) {
                match &state {
                    CallState::Ringing => say("It rings, or is about to."),
                    CallState::Talking { rang } => {
                        say(&format!("It was answered after {rang} s, and the flow speaks."));
                    }
                    CallState::Ended { talked, reason } => {
                        self.end(contact, *talked, reason, say).await?;
                        return Ok(talked.is_some());
                    }
                }
            }
            before = Some(state);
            if Instant::now() > until {
                bail!("the call lasts longer than it can; look at contact {contact} in the Connect console");
            }
            sleep(INTERVAL).await;
        }
    }

    async fn state(&self, contact: &str) -> Result<CallState, AwsError> {
        match self.aws.rest(Operation::DESCRIBE_CONTACT, "GET", &["contacts", &self.instance, contact], None).await {
            Ok(answer) => Ok(CallState::of(&answer["Contact"])),
            // A new contact is not visible at once.
            Err(error) if error.is_missing() => Ok(CallState::Ringing),
            Err(error) => Err(error),
        }
    }

    async fn end(
        &self,
        contact: &str,
        talked: Option<u64>,
        reason: &str,
        say: &mut (dyn FnMut(&str) + Send),
    ) -> Result<()> {
        let (why, advice) = explained(reason);
        match talked {
            Some(seconds) => say(&format!("It ended after {seconds} s: {why} ({reason}).")),
            // It is not known whether Connect records every answer, so the call may have been answered nevertheless.
            None => say(&format!("It ended, and no answer was recorded: {why} ({reason}).")),
        }
        if let Some(advice) = advice {
            say(&format!("  -> {advice}"));
        }
        if talked.is_none() {
            return Ok(());
        }
        let Some(code) = &self.code else {
            say("A test call has no code to say: where the code is due, its flow says that there is none now.");
            say("  -> `voice-otp sign-in` shows whether a call gets its code");
            return Ok(());
        };
        let path = ["contact", "attributes", &self.instance, contact];
        match self.aws.rest(Operation::GET_CONTACT_ATTRIBUTES, "GET", &path, None).await {
            Ok(answer) => match left_in(&answer["Attributes"], code) {
                Some(name) => {
                    say(&format!(
                        "The code is still in the contact's attribute {name}, where everyone with access to the contact can read it."
                    ));
                    say("  -> have the flow overwrite it before it speaks");
                }
                None => say("The code is no longer in any of the contact's attributes."),
            },
            Err(error) => {
                say(&format!("Whether the code was erased could not be looked at: {error}."));
                say(&format!("  -> {}", error.advice()));
            }
        }
        Ok(())
    }
}

/// The attribute that still has the code, in digits or as it is spoken.
fn left_in<'a>(attributes: &'a Value, spoken: &str) -> Option<&'a str> {
    let code = digits(spoken);
    let has_it = |value: &str| value.contains(spoken) || !code.is_empty() && digits(value).contains(&code);
    let attributes = attributes.as_object()?;
    attributes.iter().find(|(_, value)| value.as_str().is_some_and(has_it)).map(|(name, _)| name.as_str())
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stand_in::StandIn;

    const CODE: &str = "4, 7, 1, 9, 0, 2";

    /// Whether such a call was answered, and what is printed about it. It goes through these contacts, and leaves
    /// these attributes.
    async fn followed(contacts: Vec<Option<Value>>, left: Value) -> (bool, String) {
        followed_with(Some(CODE), contacts, left).await
    }

    async fn followed_with(code: Option<&str>, contacts: Vec<Option<Value>>, left: Value) -> (bool, String) {
        let mut contacts = contacts.into_iter();
        let (_, aws) = StandIn::start(move |asked| {
            if asked.what.starts_with("GET /contact/attributes/i/") {
                return match &left {
                    Value::Null => (403, json!({ "Message": "no" }).to_string()),
                    left => (200, json!({ "Attributes": left }).to_string()),
                };
            }
            assert_eq!(asked.what, "GET /contacts/i/c");
            match contacts.next().expect("nobody asks after the end") {
                Some(contact) => (200, json!({ "Contact": contact }).to_string()),
                None => (404, json!({ "Message": "not yet" }).to_string()),
            }
        })
        .await;
        let follower = Follower { aws, instance: "i".to_owned(), code: code.map(str::to_owned) };
        let mut said = String::new();
        let mut say = |line: &str| said = format!("{said}{line}\n");
        let is_answered = follower.follow("c", LONGEST, &mut say).await.unwrap();
        assert!(!said.contains(CODE), "{said}");
        (is_answered, said)
    }

    #[tokio::test]
    async fn each_change_is_said_once() {
        let (start, answer) =
            (json!({ "InitiationTimestamp": 1 }), json!({ "InitiationTimestamp": 1, "ConnectedToSystemTimestamp": 6 }));
        let end = json!({ "ConnectedToSystemTimestamp": 6, "DisconnectTimestamp": 46, "DisconnectReason": "CUSTOMER_DISCONNECT" });
        let (is_answered, said) = followed(
            vec![None, Some(start), Some(answer), Some(end)],
            json!({ "VoiceMFA": "erased", "brand": "Example 2" }),
        )
        .await;
        assert!(is_answered);
        assert_eq!(
            said,
            "Connect has taken the call: contact c.\nIt rings, or is about to.\n\
             It was answered after 5 s, and the flow speaks.\n\
             It ended after 40 s: whoever answered hung up (CUSTOMER_DISCONNECT).\n\
             The code is no longer in any of the contact's attributes.\n"
        );
    }

    #[tokio::test]
    async fn a_code_that_the_flow_left_is_said() {
        let end = json!({ "ConnectedToSystemTimestamp": 6, "DisconnectTimestamp": 46, "DisconnectReason": "OTHER" });
        for (name, left) in
            [("VoiceMFA", CODE), ("copy", "your code is 471902"), ("mfa", "<digits>4 7 1 9 0 2</digits>")]
        {
            let (_, said) = followed(vec![Some(end.clone())], json!({ "brand": "Example", name: left })).await;
            assert!(said.contains(&format!("still in the contact's attribute {name},")), "{said}");
            assert!(said.contains("-> have the flow overwrite it before it speaks\n"), "{said}");
        }
    }

    #[tokio::test]
    async fn a_call_without_a_code_says_so_and_its_attributes_are_not_looked_at() {
        let end = json!({ "ConnectedToSystemTimestamp": 6, "DisconnectTimestamp": 30, "DisconnectReason": "OTHER" });
        let (is_answered, said) = followed_with(None, vec![Some(end)], Value::Null).await;
        assert!(is_answered && said.contains("A test call has no code to say"), "{said}");
        assert!(!said.contains("looked at") && !said.contains("attribute"), "{said}");
    }

    #[tokio::test]
    async fn attributes_that_may_not_be_read_are_said_and_change_no_outcome() {
        let end = json!({ "ConnectedToSystemTimestamp": 6, "DisconnectTimestamp": 46, "DisconnectReason": "OTHER" });
        let (is_answered, said) = followed(vec![Some(end)], Value::Null).await;
        assert!(is_answered && said.contains("could not be looked at"), "{said}");
    }

    #[tokio::test]
    async fn a_call_that_nobody_answered_says_what_to_do() {
        let end = json!({ "DisconnectTimestamp": 26, "DisconnectReason": "TELECOM_TIMEOUT" });
        // No flow ran, so the code is still there. It was made up.
        let (is_answered, said) = followed(vec![Some(end)], json!({ "VoiceMFA": CODE })).await;
        assert!(!is_answered && said.contains("It ended, and no answer was recorded: nobody answered"), "{said}");
        assert!(said.contains("-> raise ConnectRingTimeoutSeconds") && !said.contains("erased"), "{said}");
    }
}
