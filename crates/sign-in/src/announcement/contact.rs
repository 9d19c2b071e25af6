//! The event that a contact flow of Connect's invokes a function with (administrator guide, "Invoke AWS Lambda
//! functions": "Example of a request to a Lambda function"). Missing and unknown fields are tolerated.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Connect's event. `Debug` shows nothing of it: it holds the whole number.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct ContactEvent(Value);

impl ContactEvent {
    /// The contact's id as a number. `None` if it is not a UUID.
    pub(super) fn contact_id(&self) -> Option<u128> {
        let id = self.text("/Details/ContactData/ContactId");
        let is_uuid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        if is_uuid { u128::from_str_radix(&id.replace('-', ""), 16).ok() } else { None }
    }

    /// The parameter that the flow sends along.
    pub(super) fn handle(&self) -> &str {
        self.text("/Details/Parameters/handle")
    }

    /// What the flow asks for. `None` if it does not say. Anything but a text is not a wish that is known.
    pub(super) fn wish(&self) -> Option<&str> {
        let wish = self.0.pointer("/Details/Parameters/wish").filter(|wish| !wish.is_null())?;
        Some(wish.as_str().unwrap_or_default())
    }

    pub(super) fn instance_arn(&self) -> &str {
        self.text("/Details/ContactData/InstanceARN")
    }

    pub(super) fn channel(&self) -> &str {
        self.text("/Details/ContactData/Channel")
    }

    pub(super) fn initiation_method(&self) -> &str {
        self.text("/Details/ContactData/InitiationMethod")
    }

    /// The number of the phone that the contact is with, in E.164 form.
    pub(super) fn number(&self) -> &str {
        self.text("/Details/ContactData/CustomerEndpoint/Address")
    }

    fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

impl fmt::Debug for ContactEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContactEvent(redacted)")
    }
}
