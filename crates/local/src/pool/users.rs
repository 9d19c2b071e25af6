//! The users of the pool.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::pool::contact::Medium;
use crate::pool::error::ApiError;
use crate::pool::mfa::SmsMfa;
use crate::pool::new_user::NewUser;
use crate::pool::request::Strings;
use crate::pool::{Config, random, srp};

/// A user, as they are at one moment: a change makes another value of the same `sub`.
#[derive(Clone)]
pub(super) struct User {
    pub(super) username: String,
    pub(super) sub: String,
    /// Kept because this pool is for tests and trials: `GET /local/config` shows it.
    pub(super) password: String,
    pub(super) verifier: srp::Verifier,
    /// All but `sub`, by name, as Cognito holds them: strings.
    pub(super) attributes: Strings,
    pub(super) status: Status,
    pub(super) sms_mfa: SmsMfa,
    created_at: SystemTime,
    changed_at: SystemTime,
}

/// `UserStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Confirmed,
    /// An operator created the user with a temporary password.
    ForceChangePassword,
    /// The user signed up and has not entered the code yet.
    Unconfirmed,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            Self::Unconfirmed => "UNCONFIRMED",
        }
    }
}

impl User {
    /// `userAttributes` of a trigger event.
    pub(super) fn event_attributes(&self) -> Strings {
        let mut attributes = self.attributes.clone();
        attributes.insert("sub".to_owned(), self.sub.clone());
        attributes.insert("cognito:user_status".to_owned(), self.status.name().to_owned());
        if let Some(email) = self.alias() {
            attributes.insert("cognito:email_alias".to_owned(), email.to_owned());
        }
        attributes
    }

    /// The user as operators see them. Two operations have different names for the member with the attributes.
    pub(super) fn describe_to_operator(&self, attributes: &str) -> Value {
        let mut answer = json!({"Username": self.username, attributes: self.list_of_attributes()});
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        answer["UserCreateDate"] = seconds(self.created_at).into();
        answer["UserLastModifiedDate"] = seconds(self.changed_at).into();
        answer["Enabled"] = true.into();
        answer["UserStatus"] = self.status.name().into();
        answer
    }

    /// The answer of `GetUser`.
    pub(super) fn describe_to_owner(&self) -> Value {
        let mut answer = json!({"Username": self.username, "UserAttributes": self.list_of_attributes()});
        self.sms_mfa.describe(&mut answer);
        answer
    }

    fn list_of_attributes(&self) -> Value {
        let sub = json!({"Name": "sub", "Value": self.sub});
        let rest = self.attributes.iter().map(|(name, value)| json!({"Name": name, "Value": value}));
        std::iter::once(sub).chain(rest).collect()
    }

    /// The answer of `POST /local/users`.
    pub(super) fn describe_to_developer(&self) -> Value {
        json!({
            "username": self.username,
            "password": self.password,
            "sub": self.sub,
            "email": self.attribute("email"),
            "phoneNumber": self.attribute("phone_number"),
            "phoneNumberVerified": self.attribute("phone_number_verified").map(|verified| verified.eq_ignore_ascii_case("true")),
            "attributes": self.attributes,
        })
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The e-mail address, once it is verified: the other name to sign in with, and where codes are sent.
    pub(super) fn alias(&self) -> Option<&str> {
        self.verified(Medium::Email)
    }

    /// The address or number, once it is verified.
    pub(super) fn verified(&self, medium: Medium) -> Option<&str> {
        self.attribute(medium.attribute()).filter(|_| self.attribute(medium.verified_attribute()) == Some("true"))
    }
}

/// All users, the oldest first.
#[derive(Default)]
pub(super) struct Users(Vec<Arc<User>>);

impl Users {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<User>> {
        self.0.iter()
    }

    /// The user with this username or else this alias, in any case.
    pub(super) fn find(&self, name: &str) -> Option<&Arc<User>> {
        let name = folded(name);
        let by_username = self.0.iter().find(|user| folded(&user.username) == name);
        by_username.or_else(|| self.0.iter().find(|user| user.alias().is_some_and(|alias| folded(alias) == name)))
    }

    /// The user with this username, alias or `sub`, as operators name users.
    pub(super) fn find_for_operator(&self, name: &str) -> Option<&Arc<User>> {
        self.find(name).or_else(|| self.of_sub(name))
    }

    pub(super) fn of_sub(&self, sub: &str) -> Option<&Arc<User>> {
        self.0.iter().find(|user| user.sub == sub)
    }

    pub(super) fn add(&mut self, config: &Config, new: NewUser, status: Status) -> Result<Arc<User>, Rejected> {
        new.check()?;
        let username = new.username.clone().unwrap_or_else(|| self.free_username());
        if self.find(&username).is_some() {
            return Err(Rejected::Taken(format!("There is a user {username:?} already.")));
        }
        let attributes = new.attributes(&username, || self.free_phone_number());
        let password = new.password.unwrap_or_else(|| config.demo_password.clone());
        let now = SystemTime::now();
        let user = User {
            verifier: srp::Verifier::of_password(config.pool_name(), &username, &password),
            username,
            sub: random::uuid(),
            password,
            attributes,
            status,
            sms_mfa: SmsMfa::Off,
            created_at: now,
            changed_at: now,
        };
        if let Some(email) = user.alias().filter(|email| self.find(email).is_some()) {
            return Err(Rejected::Taken(format!("There is a user with the e-mail address {email:?} already.")));
        }
        let user = Arc::new(user);
        self.0.push(Arc::clone(&user));
        Ok(user)
    }

    /// Sets a permanent password for the user of a `sub`.
    pub(super) fn set_password(&mut self, config: &Config, sub: &str, password: String) -> Option<Arc<User>> {
        let user = self.0.iter_mut().find(|user| user.sub == sub)?;
        let verifier = srp::Verifier::of_password(config.pool_name(), &user.username, &password);
        let (status, changed_at) = (Status::Confirmed, SystemTime::now());
        *user = Arc::new(User { password, verifier, status, changed_at, ..User::clone(user) });
        Some(Arc::clone(user))
    }

    /// Changes the user of a `sub`. An e-mail address that another user signs in with is refused, unless it is to be moved.
    pub(super) fn change(
        &mut self,
        sub: &str,
        move_alias: bool,
        change: impl FnOnce(&mut User),
    ) -> Result<Arc<User>, ApiError> {
        let mut changed = User::clone(self.of_sub(sub).ok_or_else(ApiError::no_such_user)?);
        change(&mut changed);
        changed.changed_at = SystemTime::now();
        let alias = changed.alias().map(folded);
        let taken = |user: &&mut Arc<User>| user.sub != sub && alias.is_some() && user.alias().map(folded) == alias;
        if let Some(other) = self.0.iter_mut().find(taken) {
            if !move_alias {
                return Err(ApiError::alias_exists());
            }
            let verified = Medium::Email.verified_attribute().to_owned();
            Arc::make_mut(other).attributes.insert(verified, "false".to_owned());
        }
        let changed = Arc::new(changed);
        self.0.iter_mut().filter(|user| user.sub == sub).for_each(|user| *user = Arc::clone(&changed));
        Ok(changed)
    }

    /// Undoes a change of a user, unless somebody else has changed the user since.
    pub(super) fn undo(&mut self, before: Arc<User>, after: &Arc<User>) {
        if let Some(user) = self.0.iter_mut().find(|user| Arc::ptr_eq(user, after)) {
            *user = before;
        }
    }

    /// `user-1` or the next free name.
    fn free_username(&self) -> String {
        let mut count = 1_usize;
        loop {
            let name = format!("user-{count}");
            if self.find(&name).is_none() {
                return name;
            }
            count += 1;
        }
    }

    /// The first free number of the United States' fictional range, +12065550100 to +12065550199, or the last one if
    /// none is free.
    fn free_phone_number(&self) -> String {
        let mut numbers = (100..200).map(|line| format!("+12065550{line}"));
        let taken = |number: &String| self.0.iter().any(|user| user.attribute("phone_number") == Some(number));
        numbers.clone().find(|number| !taken(number)).or_else(|| numbers.next_back()).unwrap_or_default()
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

/// What Cognito takes for a username, here and in a sign-in: `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`, 1 to 128 of them.
pub(super) fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

pub(super) fn is_email(text: &str) -> bool {
    let (name, domain) = text.rsplit_once('@').unwrap_or_default();
    !name.is_empty() && domain.contains('.') && is_name(text)
}

pub(super) fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A name in the form in which names are compared: the template's pool ignores case.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}
