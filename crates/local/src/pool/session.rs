//! Sign-ins under way, by their `Session`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::pool::codes::CodeUse;
use crate::pool::error::ApiError;
use crate::pool::request::Strings;
use crate::pool::trigger::Round;
use crate::pool::users::User;
use crate::pool::{random, srp};

/// A sign-in between two requests.
pub(super) struct SignIn {
    pub(super) client_id: String,
    pub(super) subject: Subject,
    /// Whether it is `CUSTOM_AUTH`, in which `define` decides what is next.
    pub(super) is_custom: bool,
    pub(super) history: Vec<Round>,
}

/// The user who signs in.
#[derive(Clone)]
pub(super) enum Subject {
    /// An unknown user, which the client must not notice. The name is the username that a user of that name would have.
    Unknown(String),
    User(Arc<User>),
}

impl Subject {
    /// The username, whichever name the client used.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Unknown(name) => name,
            Self::User(user) => &user.username,
        }
    }

    /// `userAttributes` of the events; `None` means `userNotFound`.
    pub(super) fn event_attributes(&self) -> Option<Strings> {
        match self {
            Self::Unknown(_) => None,
            Self::User(user) => Some(user.event_attributes()),
        }
    }
}

/// The challenge that the client was given.
pub(super) enum PendingChallenge {
    /// `SMS_MFA` or `SMS_OTP`.
    Code(CodeUse),
    Custom {
        private: Option<Map<String, Value>>,
        metadata: Option<String>,
    },
    /// `NEW_PASSWORD_REQUIRED`.
    NewPassword,
    Password {
        exchange: Box<srp::Exchange>,
        deadline: Instant,
    },
    /// `SELECT_CHALLENGE`.
    Select,
}

/// Sessions that were given out and not used. Each is good for one answer.
#[derive(Default)]
pub(super) struct Sessions(HashMap<String, Waiting>);

struct Waiting {
    sign_in: SignIn,
    step: PendingChallenge,
    expires_at: Instant,
}

impl Sessions {
    /// A new `Session` for the step that the client was given.
    pub(super) fn open(&mut self, sign_in: SignIn, step: PendingChallenge, validity: Duration) -> String {
        let now = Instant::now();
        // A session that expired long ago may be treated as unknown.
        self.0.retain(|_, waiting| waiting.expires_at + Duration::from_hours(1) > now);
        let session = random::token::<192>();
        self.0.insert(session.clone(), Waiting { sign_in, step, expires_at: now + validity });
        session
    }

    /// Takes the sign-in of a session. This uses the session up.
    pub(super) fn take(&mut self, session: &str) -> Result<(SignIn, PendingChallenge), ApiError> {
        let waiting = self.0.remove(session).ok_or_else(invalid)?;
        waiting.check()?;
        Ok((waiting.sign_in, waiting.step))
    }

    /// The sign-in of a session, which stays good.
    pub(super) fn peek(&self, session: &str) -> Result<(&SignIn, &PendingChallenge), ApiError> {
        let waiting = self.0.get(session).ok_or_else(invalid)?;
        waiting.check()?;
        Ok((&waiting.sign_in, &waiting.step))
    }
}

impl Waiting {
    fn check(&self) -> Result<(), ApiError> {
        if Instant::now() >= self.expires_at {
            return Err(ApiError::not_authorized("Invalid session for the user, session is expired."));
        }
        Ok(())
    }
}

/// The error for a session that is used up, unknown, or another user's.
pub(super) fn invalid() -> ApiError {
    ApiError::not_authorized("Invalid session for the user.")
}
