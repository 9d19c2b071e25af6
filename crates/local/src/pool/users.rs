//! The users of the pool, and `POST /local/users`, which adds one.

use crate::pool::Config;
use crate::pool::random;
use crate::pool::request::Strings;
use crate::pool::srp;
use serde::Deserialize;
use serde::Deserializer;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A confirmed user.
pub(super) struct User {
    pub(super) username: String,
    pub(super) sub: String,
    /// Kept because this pool is for trying things out, and tells it to whoever asks for its configuration.
    pub(super) password: String,
    pub(super) verifier: srp::Verifier,
    /// All but `sub`, by name, as Cognito holds them: strings.
    pub(super) attributes: Strings,
}

impl User {
    /// `userAttributes` of a trigger event.
    pub(super) fn event_attributes(&self) -> Strings {
        let mut attributes = self.attributes.clone();
        attributes.insert("sub".to_owned(), self.sub.clone());
        attributes.insert("cognito:user_status".to_owned(), "CONFIRMED".to_owned());
        if let Some(email) = self.alias() {
            attributes.insert("cognito:email_alias".to_owned(), email.to_owned());
        }
        attributes
    }

    /// The answer of `GetUser`.
    pub(super) fn describe_to_owner(&self) -> Value {
        let sub = json!({"Name": "sub", "Value": self.sub});
        let rest = self.attributes.iter().map(|(name, value)| json!({"Name": name, "Value": value}));
        let attributes: Value = std::iter::once(sub).chain(rest).collect();
        json!({"Username": self.username, "UserAttributes": attributes})
    }

    /// The answer of `POST /local/users`.
    pub(super) fn describe_to_developer(&self) -> Value {
        json!({
            "username": self.username,
            "password": self.password,
            "sub": self.sub,
            "email": self.attribute("email"),
            "phoneNumber": self.attribute("phone_number"),
            "phoneNumberVerified": self.attribute("phone_number_verified").map(|verified| verified == "true"),
            "attributes": self.attributes,
        })
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The e-mail address, once it is verified: the other name to sign in with.
    fn alias(&self) -> Option<&str> {
        self.attribute("email").filter(|_| self.attribute("email_verified") == Some("true"))
    }
}

/// All users, the oldest first.
#[derive(Default)]
pub(super) struct Users(Vec<Arc<User>>);

impl Users {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<User>> {
        self.0.iter()
    }

    /// The user with this username or, failing that, this alias.
    pub(super) fn find(&self, name: &str) -> Option<&Arc<User>> {
        let by_username = self.0.iter().find(|user| user.username == name);
        by_username.or_else(|| self.0.iter().find(|user| user.alias() == Some(name)))
    }

    pub(super) fn add(&mut self, config: &Config, new: NewUser) -> Result<Arc<User>, Rejected> {
        new.check()?;
        if self.find(&new.username).is_some() {
            return Err(Rejected::Taken(format!("There is a user {:?} already.", new.username)));
        }
        let attributes = new.attributes(|| self.free_phone_number());
        let password = new.password.unwrap_or_else(|| config.demo_password.clone());
        let user = User {
            verifier: srp::Verifier::of_password(config.pool_name(), &new.username, &password),
            username: new.username,
            sub: random::uuid(),
            password,
            attributes,
        };
        if let Some(email) = user.alias().filter(|email| self.find(email).is_some()) {
            return Err(Rejected::Taken(format!("There is a user with the e-mail address {email:?} already.")));
        }
        let user = Arc::new(user);
        self.0.push(Arc::clone(&user));
        Ok(user)
    }

    /// A number of the United States' fictional range, +12065550100 to +12065550199, that nobody has, or the last one.
    fn free_phone_number(&self) -> String {
        let mut numbers = (100..200).map(|line| format!("+12065550{line}"));
        let taken = |number: &String| self.0.iter().any(|user| user.attribute("phone_number") == Some(number));
        numbers.clone().find(|number| !taken(number)).or_else(|| numbers.next_back()).unwrap_or_default()
    }
}

/// The body of `POST /local/users`. Only `username` is required.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct NewUser {
    /// 1 to 128 characters, no spaces, not in the form of an e-mail address.
    pub(super) username: String,
    /// Left out: the demo user's.
    #[serde(default)]
    pub(super) password: Option<String>,
    #[serde(default)]
    pub(super) phone_number: PhoneNumber,
    /// Left out: true.
    #[serde(default)]
    pub(super) phone_number_verified: Option<bool>,
    /// Standard and `custom:` attributes. Left out: `email` is `<username>@example.com` where that is a plain address,
    /// and `email_verified` is "true" where there is an `email`; null leaves a default out.
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, Option<String>>,
}

/// `phoneNumber` of a new user.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) enum PhoneNumber {
    /// Left out: one that nobody else has.
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

/// Why a user wasn't added.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rejected {
    /// The request breaks a rule of Cognito's.
    Invalid(String),
    /// The username or the e-mail address belongs to another user.
    Taken(String),
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(message) | Self::Taken(message) => f.write_str(message),
        }
    }
}

impl NewUser {
    fn check(&self) -> Result<(), Rejected> {
        let rule = |holds: bool, message: &str| if holds { Ok(()) } else { Err(Rejected::Invalid(message.to_owned())) };
        rule(is_name(&self.username), "username must have 1 to 128 characters and no spaces.")?;
        rule(!is_email(&self.username), "username cannot be an e-mail address: that is an alias in this pool.")?;
        if let Some(password) = &self.password {
            rule((6..=256).contains(&password.chars().count()), "password must have 6 to 256 characters.")?;
            rule(password.trim() == password, "password must not begin or end with a space.")?;
        }
        let sound = !matches!(&self.phone_number, PhoneNumber::Given(number) if !is_phone_number(number));
        rule(sound, "phoneNumber must be null or + and 2 to 15 digits.")?;
        let orphan = self.phone_number == PhoneNumber::Missing && self.phone_number_verified == Some(true);
        rule(!orphan, "phoneNumberVerified cannot be true without a phoneNumber.")?;
        for (name, value) in &self.attributes {
            let value = value.as_deref();
            match name.as_str() {
                "phone_number" | "phone_number_verified" => {
                    rule(false, "attributes: use phoneNumber and phoneNumberVerified instead of phone_number.")?;
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

    fn attributes(&self, free_phone_number: impl FnOnce() -> String) -> Strings {
        let mut attributes = Strings::new();
        let mut set = |name: &str, value: String| drop(attributes.insert(name.to_owned(), value));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if self.username.chars().all(plain) {
            set("email", format!("{}@example.com", self.username));
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
        for (name, value) in self.attributes.clone() {
            match value {
                Some(value) => drop(attributes.insert(name, value)),
                None => drop(attributes.remove(&name)),
            }
        }
        if !attributes.contains_key("email") {
            attributes.remove("email_verified");
        }
        attributes
    }
}

/// What Cognito takes for a username, here and in a sign-in: `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`, 1 to 128 of them.
pub(super) fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

pub(super) fn is_email(text: &str) -> bool {
    let (name, domain) = text.rsplit_once('@').unwrap_or_default();
    !name.is_empty() && domain.contains('.') && is_name(text)
}

fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_attribute(name: &str) -> bool {
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
