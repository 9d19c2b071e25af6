//! One invocation by the contact flow: somebody listens, and the call asks for its code, or denies the sign-in.
//!
//! The handle is opened first: it says which code the call may say. Then the contact must be the call that the handle
//! was sealed for: of our Connect instance, a voice call, placed by the API, with the number that was called. The number
//! is what Connect says of the contact. A parameter would be the flow's to choose. At last comes one conditional
//! write of the user's row. For the code it notes who listens, if the code can still be answered and nobody else has
//! heard it in this call. Only then is the code derived. A denial ends the user's challenge and locks the user for a while.

use std::fmt;

pub use contact::ContactEvent;

use crate::call::Handle;
use crate::code::Key;
use crate::error::TriggerError;
use crate::ledger::row_write::RowWrite;
use crate::ledger::{DenialAttempt, HearingAttempt, Listener, NumberKey, UserKey, Verdict, Withheld};

mod contact;

/// The wish that denies the sign-in.
const DENY: &str = "deny";

/// A call that asks for something.
#[derive(Clone, PartialEq)]
pub struct Announcement {
    /// What the call may say.
    pub handle: Handle,
    /// What it asks for.
    pub wish: Wish,
}

/// What a call asks for, with the write that gives the verdict: [`RowWrite::next`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The code. The write notes who listens.
    Code(RowWrite<HearingAttempt>),
    /// The listener pressed the key of "I am not signing in". The write stops the sign-in.
    Deny(RowWrite<DenialAttempt>),
}

impl Announcement {
    /// Starts with an event of Connect's. `instance_arn`: our instance. `now` is in seconds since the Unix epoch.
    /// `Ok(Err)`: the call does not get what it asks for, for this reason. The user is named if the handle opened.
    ///
    /// # Errors
    ///
    /// If the event is not one that Connect sends for a contact.
    pub fn new(
        key: &Key,
        instance_arn: &str,
        event: &ContactEvent,
        now: u64,
    ) -> Result<Result<Self, (Withheld, Option<UserKey>)>, TriggerError> {
        let contact = event.contact_id().ok_or(TriggerError::EventMalformed)?;
        let Some(handle) = Handle::open(key, event.handle()) else {
            return Ok(Err((Withheld::Handle, None)));
        };
        let checks = [
            (matches!(event.wish(), None | Some(DENY)), Withheld::Wish),
            (event.instance_arn() == instance_arn, Withheld::Instance),
            (event.channel() == "VOICE", Withheld::Channel),
            (event.initiation_method() == "API", Withheld::Initiation),
            (NumberKey::of(key, event.number()).hash() == handle.number, Withheld::Number),
        ];
        if let Some(&(_, withheld)) = checks.iter().find(|(passes, _)| !passes) {
            return Ok(Err((withheld, Some(handle.user))));
        }
        let challenge = handle.challenge.id;
        // For the code, the ledger would give the same verdict, but need not be asked.
        let expired = handle.challenge.expired(now).then_some(Err(Withheld::Challenge(Verdict::Expired)));
        let wish = if event.wish() == Some(DENY) {
            Wish::Deny(RowWrite::new(DenialAttempt { now }).known(expired))
        } else {
            let listener = Listener { call: handle.call, contact };
            Wish::Code(RowWrite::new(HearingAttempt { challenge, listener, now }).known(expired))
        };
        Ok(Ok(Self { handle, wish }))
    }
}

impl fmt::Debug for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announcement").field("handle", &self.handle).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::call::Language;
    use crate::code::{Challenge, Digits};
    use crate::ledger::row_write::Step;

    const NOW: u64 = 1_000;
    const INSTANCE: &str = "arn:aws:connect:eu-central-1:123456789012:instance/11111111-2222-3333-4444-555555555555";
    const NUMBER: &str = "+12065550100";

    fn key() -> Key {
        Key::new(&[7; 32]).unwrap()
    }

    fn handle() -> Handle {
        Handle {
            user: UserKey::of("us-east-1_Example01", "sub"),
            challenge: Challenge::issue(42, NOW, 300, Digits::SIX),
            call: 2,
            number: NumberKey::of(&key(), NUMBER).hash(),
            language: Language::tagged("en-US").unwrap(),
        }
    }

    /// The event of the right contact, with one field changed.
    fn event(pointer: &str, value: Value) -> ContactEvent {
        let mut event = json!({
            "Name": "ContactFlowEvent",
            "Details": {
                "ContactData": {
                    "Channel": "VOICE", "InitiationMethod": "API", "InstanceARN": INSTANCE,
                    "ContactId": "00000000-0000-0000-0000-000000000007",
                    "CustomerEndpoint": { "Address": NUMBER, "Type": "TELEPHONE_NUMBER" },
                },
                "Parameters": { "handle": handle().seal(&key(), [1; 12]), "wish": null },
            },
        });
        *event.pointer_mut(pointer).unwrap() = value;
        serde_json::from_value(event).unwrap()
    }

    fn right() -> ContactEvent {
        event("/Name", json!("ContactFlowEvent"))
    }

    fn announced(event: &ContactEvent, now: u64) -> Result<Announcement, (Withheld, Option<UserKey>)> {
        Announcement::new(&key(), INSTANCE, event, now).unwrap()
    }

    fn hearing(announcement: &Announcement) -> Step<'_, HearingAttempt> {
        let Wish::Code(write) = &announcement.wish else { panic!("it denies") };
        write.next()
    }

    fn denial(announcement: &Announcement) -> Step<'_, DenialAttempt> {
        let Wish::Deny(write) = &announcement.wish else { panic!("it asks for the code") };
        write.next()
    }

    #[test]
    fn the_right_contact_is_noted_as_the_listener_of_its_call() {
        let announcement = announced(&right(), NOW).unwrap();
        let attempt = HearingAttempt { challenge: 42, listener: Listener { call: 2, contact: 7 }, now: NOW };
        assert_eq!(hearing(&announcement), Step::Write(&attempt));
        assert!(announcement.handle == handle());
    }

    #[test]
    fn the_right_contact_can_deny_the_sign_in() {
        let deny = event("/Details/Parameters/wish", json!("deny"));
        let attempt = DenialAttempt { now: NOW + 299 };
        assert_eq!(denial(&announced(&deny, NOW + 299).unwrap()), Step::Write(&attempt));
        let expired = Ok(Err(Withheld::Challenge(Verdict::Expired)));
        assert_eq!(denial(&announced(&deny, NOW + 300).unwrap()), Step::Done(expired));
    }

    #[test]
    fn another_contact_gets_nothing() {
        for (pointer, value, expected) in [
            ("/Details/Parameters/handle", json!("x"), Withheld::Handle),
            ("/Details/Parameters/handle", json!(null), Withheld::Handle),
            ("/Details/Parameters", json!(null), Withheld::Handle),
            ("/Details/Parameters/wish", json!("Deny"), Withheld::Wish),
            ("/Details/Parameters/wish", json!(""), Withheld::Wish),
            ("/Details/Parameters/wish", json!(1), Withheld::Wish),
            ("/Details/ContactData/InstanceARN", json!(format!("{INSTANCE}0")), Withheld::Instance),
            ("/Details/ContactData/InstanceARN", json!(null), Withheld::Instance),
            ("/Details/ContactData/Channel", json!("CHAT"), Withheld::Channel),
            ("/Details/ContactData/InitiationMethod", json!("INBOUND"), Withheld::Initiation),
            ("/Details/ContactData/CustomerEndpoint/Address", json!("+12065550101"), Withheld::Number),
            ("/Details/ContactData/CustomerEndpoint", json!(null), Withheld::Number),
        ] {
            let (withheld, user) = announced(&event(pointer, value), NOW).unwrap_err();
            assert_eq!(withheld, expected, "{pointer}");
            // Whose handle it is, the log must say.
            assert_eq!(user, (expected != Withheld::Handle).then(|| handle().user));
        }
    }

    /// Invariant 3, as far as time goes.
    #[test]
    fn invariant_3_an_expired_code_is_not_spoken() {
        assert!(matches!(hearing(&announced(&right(), NOW + 299).unwrap()), Step::Write(_)));
        let expired = Ok(Err(Withheld::Challenge(Verdict::Expired)));
        assert_eq!(hearing(&announced(&right(), NOW + 300).unwrap()), Step::Done(expired));
    }

    #[test]
    fn an_event_without_a_contact_is_a_fault() {
        for event in [json!(null), json!({}), json!({ "Details": { "ContactData": { "ContactId": "x" } } })] {
            let event: ContactEvent = serde_json::from_value(event).unwrap();
            let error = Announcement::new(&key(), INSTANCE, &event, NOW).unwrap_err();
            assert!(matches!(error, TriggerError::EventMalformed));
        }
    }
}
