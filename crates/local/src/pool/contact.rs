//! Where Cognito sends codes: an e-mail address or a phone number, which is an attribute of the user.

use serde_json::{Value, json};

use crate::pool::users::{User, is_email, is_phone_number};

/// How a code is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Medium {
    Email,
    Phone,
}

/// An address or a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contact {
    pub(super) medium: Medium,
    pub(super) address: String,
}

impl Medium {
    pub(super) const ALL: [Self; 2] = [Self::Email, Self::Phone];

    /// The one whose attribute has this name.
    pub(super) fn of_attribute(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|medium| medium.attribute() == name)
    }

    pub(super) fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone_number",
        }
    }

    pub(super) fn verified_attribute(self) -> &'static str {
        match self {
            Self::Email => "email_verified",
            Self::Phone => "phone_number_verified",
        }
    }

    /// `DeliveryMedium`.
    fn name(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Phone => "SMS",
        }
    }
}

impl Contact {
    /// The user's, verified or not.
    pub(super) fn of(user: &User, medium: Medium) -> Option<Self> {
        user.attribute(medium.attribute()).map(|address| Self { medium, address: address.to_owned() })
    }

    /// The user's, once it is verified.
    pub(super) fn verified(user: &User, medium: Medium) -> Option<Self> {
        user.verified(medium).map(|address| Self { medium, address: address.to_owned() })
    }

    /// Whether Cognito would take it.
    pub(super) fn is_sound(&self) -> bool {
        match self.medium {
            Medium::Email => is_email(&self.address),
            Medium::Phone => is_phone_number(&self.address),
        }
    }

    /// Makes it the user's.
    pub(super) fn set(&self, user: &mut User, verified: bool) {
        user.attributes.insert(self.medium.attribute().to_owned(), self.address.clone());
        user.attributes.insert(self.medium.verified_attribute().to_owned(), verified.to_string());
    }

    /// `CodeDeliveryDetails`.
    pub(super) fn details(&self) -> Value {
        let (medium, attribute) = (self.medium.name(), self.medium.attribute());
        json!({ "Destination": self.masked(), "DeliveryMedium": medium, "AttributeName": attribute })
    }

    /// `ChallengeParameters` of a challenge for a code that was sent.
    pub(super) fn parameters(&self) -> Value {
        json!({
            "CODE_DELIVERY_DELIVERY_MEDIUM": self.medium.name(),
            "CODE_DELIVERY_DESTINATION": self.masked(),
        })
    }

    /// As Cognito shows it: `d***@e***`, `+*******0100`.
    pub(super) fn masked(&self) -> String {
        match self.medium {
            Medium::Email => {
                let (name, domain) = self.address.rsplit_once('@').unwrap_or_default();
                let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
                format!("{}***@{}***", first(name), first(domain))
            }
            Medium::Phone => {
                let digits = self.address.trim_start_matches('+');
                let (hidden, shown) = digits.split_at(digits.len().saturating_sub(4));
                format!("+{}{shown}", "*".repeat(hidden.len()))
            }
        }
    }
}
