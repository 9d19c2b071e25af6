//! A user pool with Amazon Cognito's API, at least as strict as Cognito. It supports custom authentication with and
//! without SRP, refresh, revocation, sign-out, sign-up, forgotten passwords, and addresses and numbers that users verify.
//! One app client allows passwords alone, MFA by phone and `USER_AUTH`, so that each way around the call can be tried.
//!
//! Error types and texts, sessions, trigger events and tokens are as with Cognito, as far as its behaviour is known.
//! Differences: everything is in memory, and passwords can be read back. There is no lock-out after wrong passwords
//! or wrong codes of sign-ins, and no throttling but the quotas on codes. `PreventUserExistenceErrors` is always `ENABLED`, and the pool signs tokens with its own key.

mod app_client;
mod attributes;
mod choice;
mod codes;
mod contact;
mod description;
mod encryption;
mod error;
mod http;
mod issue;
mod mac;
mod messages;
mod mfa;
mod new_user;
mod operator;
mod password;
mod policy;
mod quotas;
mod random;
mod recovery;
mod request;
mod send;
mod session;
mod sign_in;
mod sign_up;
mod srp;
#[cfg(test)]
mod tests;
mod timestamp;
mod tokens;
mod trigger;
mod users;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::credentials::Credentials;
use crate::kms::Kms;
use crate::lambda::Lambda;
use crate::pool::codes::Codes;
use crate::pool::mac::hmac_128;
use crate::pool::messages::Messages;
use crate::pool::new_user::{NewUser, PhoneNumber};
use crate::pool::quotas::Quotas;
use crate::pool::session::{Sessions, Subject};
use crate::pool::tokens::{Grants, Keys};
use crate::pool::trigger::Triggers;
use crate::pool::users::{Status, Users};

/// The id of the pool, unless a configuration has another.
pub(crate) const USER_POOL_ID: &str = "us-east-1_PhoneCode";
/// The number of the demo user.
const DEMO_NUMBER: &str = "+12065550100";

/// The configuration of a pool. The default is that of `cargo run -p local`.
#[derive(Clone)]
pub struct Config {
    /// The Region that the pool claims to be in. Default: `us-east-1`.
    pub region: String,
    /// The Region, an underscore and the pool's name. Default: `us-east-1_PhoneCode`.
    pub user_pool_id: String,
    /// The app client without a secret, for browsers and phones.
    pub client_id: String,
    /// The app client with a secret, for servers.
    pub client_id_with_secret: String,
    /// The secret of that client. Default: random.
    pub client_secret: String,
    /// The app client that allows the flows with a password alone, and not `CUSTOM_AUTH`.
    pub client_id_password: String,
    /// Whether `gate-tokens` is the Pre Token Generation trigger. Default: no.
    pub token_gate: bool,
    /// Default: `authentication`.
    pub get_tokens_source: GetTokensSource,
    /// Default: `kept`.
    pub refused_password: RefusedPassword,
    /// `AuthSessionValidity`: how long a `Session` can be answered, 3 to 15 minutes with AWS. Default: 3 minutes.
    pub session_validity: Duration,
    /// How long a `PASSWORD_VERIFIER` challenge can be answered, "a few seconds" with AWS. Default: 1 minute, since an
    /// unoptimised client on a busy machine is slow.
    pub password_answer_within: Duration,
    /// The password of the user `demo`, and of added users for whom none is given.
    pub demo_password: String,
    /// The credentials for operators' operations.
    pub operator: Credentials,
    /// Whether `send-code` is the custom SMS sender: the KMS with the key for its codes. Default: none, and codes for phones
    /// are shown.
    pub sms_sender_kms: Option<Kms>,
    /// The attribute where the functions look for a number, which the user `demo` therefore has. Default:
    /// `phone_number`.
    pub phone_attribute: String,
}

/// The source of the Pre Token Generation trigger for `GetTokensFromRefreshToken`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum GetTokensSource {
    /// `TokenGeneration_Authentication`, as AWS's guide has it
    #[default]
    Authentication,
    /// `TokenGeneration_RefreshTokens`, as in an event that was captured
    RefreshTokens,
}

/// What becomes of a new password when the Pre Token Generation trigger refuses the tokens. AWS does not say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum RefusedPassword {
    /// It stays
    #[default]
    Kept,
    /// The temporary password is the user's again
    RolledBack,
}

impl Config {
    /// The part of the pool id after the underscore. SRP signs it.
    fn pool_name(&self) -> &str {
        self.user_pool_id.split_once('_').map_or(self.user_pool_id.as_str(), |(_, name)| name)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            region: "us-east-1".to_owned(),
            user_pool_id: USER_POOL_ID.to_owned(),
            client_id: "1localclientwithoutsecret0".to_owned(),
            client_id_with_secret: "2localclientwithasecret000".to_owned(),
            client_secret: random::name(51),
            client_id_password: "3localclientwithpasswords0".to_owned(),
            token_gate: false,
            get_tokens_source: GetTokensSource::default(),
            refused_password: RefusedPassword::default(),
            session_validity: Duration::from_mins(3),
            password_answer_within: Duration::from_mins(1),
            demo_password: "Correct-Horse-7".to_owned(),
            operator: Credentials::operator(),
            sms_sender_kms: None,
            phone_attribute: "phone_number".to_owned(),
        }
    }
}

/// A user pool. Clones are the same pool.
#[derive(Clone)]
pub struct UserPool(Arc<Inner>);

struct Inner {
    config: Config,
    triggers: Triggers,
    keys: Arc<Keys>,
    /// The secret from which answers about unknown users are made up.
    secret: [u8; 32],
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    users: Users,
    sessions: Sessions,
    grants: Grants,
    codes: Codes,
    quotas: Quotas,
    messages: Messages,
}

impl UserPool {
    /// A pool with one user, `demo`, whose triggers are the functions of `lambda`. Generating the RSA key takes a
    /// moment.
    ///
    /// # Errors
    /// When a key cannot be made, or the demo user not be added: its password is not one that Cognito would take.
    pub fn new(config: Config, lambda: Lambda) -> anyhow::Result<Self> {
        let keys = Keys::generate().context("cannot make the key that signs the tokens")?;
        Self::with_parts(config, Triggers::new(lambda), Arc::new(keys))
    }

    fn with_parts(config: Config, triggers: Triggers, keys: Arc<Keys>) -> anyhow::Result<Self> {
        let mut attributes = BTreeMap::new();
        // The functions report a name that is no attribute.
        if new_user::is_attribute(&config.phone_attribute) {
            attributes.insert(config.phone_attribute.clone(), Some(DEMO_NUMBER.to_owned()));
        }
        let demo = NewUser {
            username: Some("demo".to_owned()),
            phone_number: PhoneNumber::Given(DEMO_NUMBER.to_owned()),
            attributes: Some(attributes),
            ..NewUser::default()
        };
        let mut state = State::default();
        let added = state.users.add(&config, demo, Status::Confirmed);
        added.map_err(|rejected| anyhow::anyhow!("cannot add the user demo: {rejected}"))?;
        Ok(Self(Arc::new(Inner { config, triggers, keys, secret: rand::random(), state: Mutex::new(state) })))
    }

    /// What a client needs to know: `{region, userPoolId, clientId, clientIdWithSecret, clientSecret,
    /// clientIdPassword, users: [{username, password, email, phoneNumber}]}`.
    #[must_use]
    pub fn describe(&self) -> Value {
        let config = self.config();
        let users: Value = self
            .lock()
            .users
            .iter()
            .map(|user| {
                json!({
                    "username": user.username,
                    "password": user.password,
                    "email": user.attribute("email"),
                    "phoneNumber": user.attribute("phone_number"),
                })
            })
            .collect();
        json!({
            "region": config.region,
            "userPoolId": config.user_pool_id,
            "clientId": config.client_id,
            "clientIdWithSecret": config.client_id_with_secret,
            "clientSecret": config.client_secret,
            "clientIdPassword": config.client_id_password,
            "users": users,
        })
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn keys(&self) -> &Keys {
        &self.0.keys
    }

    fn triggers(&self) -> &Triggers {
        &self.0.triggers
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A poisoned lock is safe to use: a panic leaves no state half changed.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verifier(&self, subject: &Subject) -> srp::Verifier {
        match subject {
            Subject::Unknown(name) => srp::Verifier::of_unknown_user(&self.0.secret, name),
            Subject::User(user) => user.verifier.clone(),
        }
    }

    /// The username for an unknown alias: always the same, in the form of Cognito's generated usernames.
    fn pretended_username(&self, alias: &str) -> String {
        random::uuid_of(hmac_128(&self.0.secret, &[b"username", alias.as_bytes()]))
    }
}
