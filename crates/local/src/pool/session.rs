//! Sign-ins under way, by their `Session`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::pool::error::ApiError;
use crate::pool::request::Strings;
use crate::pool::trigger::Round;
use crate::pool::users::User;
use crate::pool::{random, srp};

/// A sign-in between two requests.
pub(super) struct SignIn {
    pub(super) client_id: String,
    pub(super) subject: Subject,
    pub(super) history: Vec<Round>,
}

/// Who signs in.
#[derive(Clone)]
pub(super) enum Subject {
    /// Nobody, but the client must not see that. The name is what a user of that name would be called.
    Nobody(String),
    User(Arc<User>),
}

impl Subject {
    /// The username, whichever name the client used.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Nobody(name) => name,
            Self::User(user) => &user.username,
        }
    }

    /// `userAttributes` of the events; `None` means `userNotFound`.
    pub(super) fn event_attributes(&self) -> Option<Strings> {
        match self {
            Self::Nobody(_) => None,
            Self::User(user) => Some(user.event_attributes()),
        }
    }
}

/// The challenge that the client was given.
pub(super) enum Step {
    Custom { private: Option<Map<String, Value>>, metadata: Option<String> },
    Password { exchange: Box<srp::Exchange>, deadline: Instant },
}

/// Sessions that were given out and not used. Each is good for one answer.
#[derive(Default)]
pub(super) struct Sessions(HashMap<String, Waiting>);

struct Waiting {
    sign_in: SignIn,
    step: Step,
    expires_at: Instant,
}

impl Sessions {
    /// A new `Session` for the step that the client was given.
    pub(super) fn open(&mut self, sign_in: SignIn, step: Step, validity: Duration) -> String {
        let now = Instant::now();
        // What expired long ago need not be told from what never was.
        self.0.retain(|_, waiting| waiting.expires_at + Duration::from_hours(1) > now);
        let session = random::token::<192>();
        self.0.insert(session.clone(), Waiting { sign_in, step, expires_at: now + validity });
        session
    }

    /// The sign-in of a session, which is thereby used up, whatever comes of it.
    pub(super) fn take(&mut self, session: &str) -> Result<(SignIn, Step), ApiError> {
        let waiting = self.0.remove(session).ok_or_else(invalid)?;
        if Instant::now() >= waiting.expires_at {
            return Err(ApiError::not_authorized("Invalid session for the user, session is expired."));
        }
        Ok((waiting.sign_in, waiting.step))
    }
}

/// A session that is used up, unknown, or somebody else's.
pub(super) fn invalid() -> ApiError {
    ApiError::not_authorized("Invalid session for the user.")
}
