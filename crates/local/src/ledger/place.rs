//! Where the ledger and the users are: in a stack on this machine, or on AWS.

use crate::{
    args::{LedgerArgs, StackArgs},
    credentials::Credentials,
    dynamodb,
    lambda::Settings,
    sdk::{http_client, one_line},
    sign_in::Config,
};
use anyhow::{Context, Error, Result};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cognitoidentityprovider::Client as Cognito;
use otp_dial::{
    ledger::{CallLimits, FailureLimits, Store},
    settings::VerifySettings,
};

/// A user pool, its ledger, and the limits that lock its users and keep them from being called.
pub struct Place {
    pub(super) user_pool_id: String,
    pub(super) store: Store,
    pub(super) limits: FailureLimits,
    pub(super) calls: CallLimits,
    /// What to say to have a lock cleared.
    pub(super) unlocks: &'static str,
    cognito: Cognito,
}

/// What clears a lock where this program is asked.
const UNLOCKS: &str = "--unlock";

/// A user of the pool.
pub(super) struct User {
    pub(super) name: String,
    pub(super) sub: String,
}

impl Place {
    /// The stack that the arguments name, or else the one at the port.
    pub(super) async fn find(args: &LedgerArgs, stack_args: &StackArgs) -> Result<Self> {
        let usual = format!("http://127.0.0.1:{}", stack_args.port);
        Self::here(args.endpoint.as_deref().unwrap_or(&usual), stack_args.settings()?).await
    }

    /// A pool and its table, both where `config` says. `unlocks` is what clears a lock, for whoever reads of one.
    #[must_use]
    pub fn new(
        config: &SdkConfig,
        user_pool_id: &str,
        table: &str,
        limits: FailureLimits,
        calls: CallLimits,
        unlocks: &'static str,
    ) -> Self {
        Self {
            user_pool_id: user_pool_id.to_owned(),
            store: Store::with_client(aws_sdk_dynamodb::Client::new(config), table.to_owned()),
            limits,
            calls,
            unlocks,
            cognito: Cognito::new(config),
        }
    }

    /// A user by username, alias or `sub`.
    pub(super) async fn user(&self, name: &str) -> Result<User> {
        let request = self.cognito.admin_get_user().user_pool_id(&self.user_pool_id).username(name);
        let answer = request.send().await.map_err(|error| one_line("Cognito", &error))?;
        let sub = answer.user_attributes().iter().find(|attribute| attribute.name() == "sub");
        let sub = sub.and_then(|sub| sub.value()).context("Cognito tells no sub of this user")?;
        Ok(User { name: answer.username().to_owned(), sub: sub.to_owned() })
    }

    async fn here(endpoint: &str, settings: Settings) -> Result<Self> {
        let endpoint = endpoint.trim_end_matches('/');
        let config = Config::of(endpoint)
            .await
            .with_context(|| format!("no local stack answers at {endpoint}; `cargo run -p local` starts one"))?;
        let mut settings = settings;
        for (name, value) in config.user_limits {
            settings.set_default(&name, value);
        }
        let operator = Credentials {
            access_key_id: config.access_key_id,
            secret_access_key: config.secret_access_key,
            session_token: None,
        };
        let sdk_config = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(config.endpoint)
            .region(Region::new(config.region))
            .credentials_provider(operator.clone().for_sdk())
            .http_client(http_client())
            .load()
            .await;
        let client = dynamodb::client(&config.dynamodb_endpoint, operator);
        Ok(Self {
            user_pool_id: config.user_pool_id,
            store: Store::with_client(client, config.ledger_table_name),
            limits: limits(&settings)?,
            calls: calls(&settings)?,
            unlocks: UNLOCKS,
            cognito: Cognito::new(&sdk_config),
        })
    }
}

/// The limits as the functions read them, who want more than these: what else they want is made up.
fn limits(settings: &Settings) -> Result<FailureLimits> {
    let value = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_REGION" | "AWS_SECRET_ACCESS_KEY" | "LEDGER_TABLE_NAME" => {
            Some("made-up".to_owned())
        }
        "OTP_KEY" => Some("made-up".repeat(5)),
        _ => settings.value(name).map(str::to_owned),
    };
    Ok(VerifySettings::read(&value).map_err(|faults| Error::msg(faults.to_string()))?.failures)
}

fn calls(settings: &Settings) -> Result<CallLimits> {
    let value = |name: &str| settings.value(name).map(str::to_owned);
    CallLimits::read(&value).map_err(|faults| Error::msg(faults.to_string()))
}
