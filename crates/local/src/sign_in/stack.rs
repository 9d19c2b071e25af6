//! The stack to sign in to, and its users.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use client::cognito::{AppClient, Client, User};
use client::terminal::say;
use serde::Deserialize;

use crate::args::{SignInArgs, StackArgs, TokenGate};
use crate::pool::{GetTokensSource, RefusedPassword};
use crate::server::Server;

/// A stack that runs, here or in another process.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) config: Config,
    /// Kept so that the stack keeps running.
    _own: Option<Server>,
}

/// `GET /local/config`: what a client needs to know of a stack.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// Where everything is served.
    pub endpoint: String,
    /// The Region that the user pool claims to be in.
    pub region: String,
    /// The user pool.
    pub user_pool_id: String,
    /// Its app client without a secret.
    pub client_id: String,
    /// Its app client with a secret.
    pub client_id_with_secret: String,
    /// That secret.
    pub client_secret: String,
    /// Its app client that allows passwords alone.
    pub client_id_password: String,
    /// The `DynamoDB` with the ledger.
    pub dynamodb_endpoint: String,
    /// The ledger's table.
    pub ledger_table_name: String,
    /// The limits on wrong codes and calls that were set, by the settings' names.
    pub limits: BTreeMap<String, String>,
    /// The operator's access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    users: Vec<KnownUser>,
}

/// A user in the pool's configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KnownUser {
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    phone_number: Option<String>,
}

impl Config {
    /// Reads the configuration of the stack at an endpoint.
    pub(crate) async fn of(endpoint: &str) -> Result<Self> {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build()?;
        Ok(client.get(format!("{endpoint}/local/config")).send().await?.error_for_status()?.json().await?)
    }

    /// A client of the app client with a secret if one is given (an empty one means the one in the stack's
    /// configuration), else of the one without.
    pub async fn client(&self, user: User, client_secret: Option<&str>) -> Client {
        let (id, secret) = match client_secret {
            None => (&self.client_id, None),
            Some("") => (&self.client_id_with_secret, Some(&*self.client_secret)),
            Some(secret) => (&self.client_id_with_secret, Some(secret)),
        };
        let app = AppClient {
            region: self.region.clone(),
            endpoint: Some(self.endpoint.clone()),
            user_pool_id: self.user_pool_id.clone(),
            id: id.clone(),
            secret: secret.map(str::to_owned),
        };
        Client::new(app, user).await
    }
}

impl KnownUser {
    /// Whether the pool accepts this name for the user.
    fn is_called(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        [Some(&self.username), self.email.as_ref()].into_iter().flatten().any(|own| own.to_lowercase() == name)
    }
}

impl Stack {
    /// Finds the stack at an endpoint. Without an endpoint, it is the stack at the port, if one runs there and the
    /// arguments describe no other. Otherwise a new one is started on a free port.
    pub(super) async fn find_or_start(endpoint: Option<&str>, args: &StackArgs) -> Result<Self> {
        if let Some(endpoint) = endpoint {
            let endpoint = endpoint.trim_end_matches('/');
            let config = Config::of(endpoint).await.with_context(|| format!("no local stack answers at {endpoint}"))?;
            return Ok(Self { config, _own: None });
        }
        let usual = format!("http://127.0.0.1:{}", args.port);
        let wants_its_own = args.port == 0
            || !args.settings.is_empty()
            || args.functions.is_some()
            || args.limits
            || args.token_gate != TokenGate::default()
            || args.get_tokens_source != GetTokensSource::default()
            || args.refused_password != RefusedPassword::default()
            || args.flow.is_some();
        if !wants_its_own && let Ok(config) = Config::of(&usual).await {
            say(&format!("Using the stack at {usual}."));
            return Ok(Self { config, _own: None });
        }
        say("Starting a stack for this sign-in.");
        let server = Server::start(&StackArgs { port: 0, ..args.clone() }).await?;
        say(&format!("It runs at {}.", server.endpoint()));
        Ok(Self { config: Config::of(server.endpoint()).await?, _own: Some(server) })
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.config.endpoint
    }

    /// The user whom the arguments name, with the number if the pool shows it. The default password is the one in the
    /// pool's configuration.
    pub(super) fn user(&self, args: &SignInArgs) -> Result<(User, Option<String>)> {
        let users = &self.config.users;
        let known = match &args.username {
            Some(name) => users.iter().find(|user| user.is_called(name)),
            None => Some(users.first().context("the pool has no user; add one with POST /local/users")?),
        };
        let username = args.username.clone().or_else(|| Some(known?.username.clone())).unwrap_or_default();
        let password = args.password.clone().or_else(|| Some(known?.password.clone()));
        let password = password.or_else(|| args.call_only.then(String::new));
        let password = password
            .with_context(|| format!("the pool has no user {username}: give the password to try with --password"))?;
        let phone_number = known.and_then(|user| user.phone_number.clone());
        Ok((User { username, password }, phone_number))
    }
}
