//! The request of `POST /local/users`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::pool::contact::Medium;
use crate::pool::request::Strings;
use crate::pool::users::{Rejected, is_email, is_name, is_phone_number};

/// The body of `POST /local/users`. Everything has a default.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct NewUser {
    /// 1 to 128 characters, no spaces, not in the form of an e-mail address. Left out: `user-1` and so on.
    pub(super) username: Option<String>,
    /// Left out: the demo user's.
    pub(super) password: Option<String>,
    pub(super) phone_number: PhoneNumber,
    /// Left out: true.
    pub(super) phone_number_verified: Option<bool>,
    /// Standard and `custom:` attributes. Left out: `email` is `<username>@example.com` where that is a plain address,
    /// and `email_verified` is "true" where there is an `email`; null leaves a default out. `phone_number` and
    /// `phone_number_verified` can be here instead of in the fields above; the latter is kept as it is, such as
    /// "True".
    pub(super) attributes: Option<BTreeMap<String, Option<String>>>,
}

/// `phoneNumber` of a new user.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) enum PhoneNumber {
    /// Left out: a number that no other user has.
    #[default]
    Any,
    Given(String),
    /// Null: the user has none.
    Missing,
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Missing, Self::Given))
    }
}

impl NewUser {
    /// Checks the request as Cognito would. The error says what it would refuse.
    pub(super) fn check(&self) -> Result<(), Rejected> {
        let rule = |holds: bool, message: &str| if holds { Ok(()) } else { Err(Rejected::Invalid(message.to_owned())) };
        let username = self.username.as_deref();
        rule(username.is_none_or(is_name), "username must have 1 to 128 characters and no spaces.")?;
        rule(!username.is_some_and(is_email), "username cannot be an e-mail address: that is an alias in this pool.")?;
        if let Some(password) = &self.password {
            rule((6..=256).contains(&password.chars().count()), "password must have 6 to 256 characters.")?;
            rule(password.trim() == password, "password must not begin or end with a space.")?;
        }
        let sound = !matches!(&self.phone_number, PhoneNumber::Given(number) if !is_phone_number(number));
        rule(sound, "phoneNumber must be null or + and 2 to 15 digits.")?;
        let attribute = |name: &str| self.attributes.as_ref().and_then(|attributes| attributes.get(name));
        let missing = self.phone_number == PhoneNumber::Missing || attribute("phone_number") == Some(&None);
        let verified = matches!(attribute("phone_number_verified"), Some(Some(_)));
        let orphan = missing && (verified || self.phone_number_verified == Some(true));
        rule(!orphan, "phoneNumberVerified cannot be true without a phoneNumber.")?;
        for (name, value) in self.attributes.iter().flatten() {
            let value = value.as_deref();
            match name.as_str() {
                "phone_number" => {
                    rule(self.phone_number == PhoneNumber::Any, "phoneNumber is there twice, also in attributes.")?;
                    rule(value.is_none_or(is_phone_number), "attributes: phone_number must be + and 2 to 15 digits.")?;
                }
                "phone_number_verified" => {
                    let once = self.phone_number_verified.is_none();
                    rule(once, "phoneNumberVerified is there twice, also in attributes.")?;
                }
                "email" => rule(value.is_none_or(is_email), "attributes: email is not an e-mail address.")?,
                "email_verified" => {
                    let boolean = value.is_none_or(|value| ["true", "false"].contains(&value));
                    rule(boolean, "attributes: email_verified must be \"true\" or \"false\".")?;
                }
                _ => rule(is_attribute(name), &format!("attributes: {name:?} is not in the schema."))?,
            }
            rule(value.is_none_or(|value| value.chars().count() <= 2048), "attributes: at most 2048 characters each.")?;
        }
        Ok(())
    }

    /// The attributes of the user. [`check`](Self::check) must have passed.
    pub(super) fn attributes(&self, username: &str, free_phone_number: impl FnOnce() -> String) -> Strings {
        let mut attributes = Strings::new();
        let mut set = |name: &str, value: String| drop(attributes.insert(name.to_owned(), value));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if username.chars().all(plain) {
            set("email", format!("{username}@example.com"));
        }
        let number = match &self.phone_number {
            PhoneNumber::Any => Some(free_phone_number()),
            PhoneNumber::Given(number) => Some(number.clone()),
            PhoneNumber::Missing => None,
        };
        if let Some(number) = number {
            set("phone_number", number);
            set("phone_number_verified", self.phone_number_verified.unwrap_or(true).to_string());
        }
        set("email_verified", "true".to_owned());
        change(&mut attributes, self.attributes.clone().unwrap_or_default());
        attributes
    }
}

/// Sets attributes, and takes away those without a value.
pub(super) fn change(attributes: &mut Strings, changes: BTreeMap<String, Option<String>>) {
    for (name, value) in changes {
        match value {
            Some(value) => drop(attributes.insert(name, value)),
            None => drop(attributes.remove(&name)),
        }
    }
    for medium in Medium::ALL {
        if !attributes.contains_key(medium.attribute()) {
            attributes.remove(medium.verified_attribute());
        }
    }
}

/// Whether the pool's schema has an attribute of this name, other than those that this module handles itself.
pub(super) fn is_attribute(name: &str) -> bool {
    const STANDARD: [&str; 15] = [
        "address",
        "birthdate",
        "family_name",
        "gender",
        "given_name",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "picture",
        "preferred_username",
        "profile",
        "updated_at",
        "website",
        "zoneinfo",
    ];
    STANDARD.contains(&name) || name.strip_prefix("custom:").is_some_and(|name| name.len() <= 20 && is_name(name))
}
