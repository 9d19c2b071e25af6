//! `local ledger`: shows a user's row of the ledger, clears a lock and forgets trusted devices. `voice-otp` does the same on
//! AWS.

use anyhow::{Context, Error, Result};
use aws_sdk_cognitoidentityprovider::Client as Cognito;
use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, Region};
use client::ledger::{Forget, LedgerLocation, Limits, forget_devices, show};
use client::sdk::http_client;
use otp_dial::dynamodb::Store;
use sign_in::ledger::{Budget, CallLimits, FailureLimits};
use sign_in::settings::{SettingsError, VerifySettings};

use crate::args::{LedgerArgs, StackArgs};
use crate::credentials::Credentials;
use crate::dynamodb;
use crate::lambda::Settings;
use crate::program::command_line;
use crate::sign_in::Config;

/// Prints a user's row, and clears the lock with `--unlock`; or forgets devices. Fails if there is no such user.
pub async fn run(args: &LedgerArgs, stack_args: &StackArgs) -> Result<()> {
    let location = find(args, stack_args).await?;
    if args.forget_devices {
        return forget_devices(&location, &args.username, &Forget::All).await;
    }
    show(&location, &args.username, args.unlock).await
}

/// The ledger of the stack that the arguments name, or else of the one at the port.
async fn find(args: &LedgerArgs, stack_args: &StackArgs) -> Result<LedgerLocation> {
    let usual = format!("http://127.0.0.1:{}", stack_args.port);
    let endpoint = args.endpoint.as_deref().unwrap_or(&usual).trim_end_matches('/');
    let mut settings = stack_args.settings()?;
    let config = Config::of(endpoint)
        .await
        .with_context(|| format!("no local stack answers at {endpoint}; `{}` starts one", command_line("")))?;
    for (name, value) in config.limits {
        settings.set_default(&name, value);
    }
    let operator = Credentials {
        access_key_id: config.access_key_id,
        secret_access_key: config.secret_access_key,
        session_token: None,
    };
    let cognito = aws_sdk_cognitoidentityprovider::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(config.endpoint)
        .region(Region::new(config.region))
        .credentials_provider(operator.clone().for_sdk())
        .http_client(http_client())
        .build();
    let client = dynamodb::client(&config.dynamodb_endpoint, operator);
    let VerifySettings { failures, ledger, .. } = verify_settings(&settings)?;
    Ok(LedgerLocation {
        cognito: Cognito::from_conf(cognito),
        user_pool_id: config.user_pool_id,
        store: Store::with_client(client, config.ledger_table_name, ledger.pass_life),
        limits: limits(&settings, failures)?,
        unlocks: "--unlock",
    })
}

/// The settings as the verify function reads them. Those that it requires are made up.
fn verify_settings(settings: &Settings) -> Result<VerifySettings> {
    let value = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_REGION" | "AWS_SECRET_ACCESS_KEY" | "LEDGER_TABLE_NAME" => {
            Some("made-up".to_owned())
        }
        "OTP_KEY" => Some("made-up".repeat(5)),
        _ => settings.value(name).map(str::to_owned),
    };
    VerifySettings::read(&value).map_err(|faults| Error::msg(faults.to_string()))
}

fn limits(settings: &Settings, failures: FailureLimits) -> Result<Limits> {
    let value = |name: &str| settings.value(name).map(str::to_owned);
    let wrong = |faults: SettingsError| Error::msg(faults.to_string());
    let (calls, budget) = (CallLimits::read(&value).map_err(wrong)?, Budget::read(&value).map_err(wrong)?);
    Ok(Limits { failures, calls, budget })
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use sign_in::ledger::UserKey;

    use super::*;
    use crate::lambda::tests::FUNCTIONS;
    use crate::server::Server;

    fn stack_args(settings: &[&str]) -> StackArgs {
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        StackArgs { settings, functions: Some(FUNCTIONS.join("works")), ..StackArgs::default() }
    }

    fn args(server: &Server, username: &str, unlock: bool) -> LedgerArgs {
        let endpoint = Some(server.endpoint().to_owned());
        LedgerArgs { username: username.to_owned(), unlock, forget_devices: false, endpoint }
    }

    #[tokio::test]
    async fn a_lock_is_cleared_once() {
        let server =
            Server::start(&stack_args(&["OTP_LOCKOUT_FAILURES=3", "OTP_SECONDS_BETWEEN_CALLS=45"])).await.unwrap();
        let args = args(&server, "demo", true);
        let location = find(&args, &stack_args(&[])).await.unwrap();
        assert_eq!(location.limits.calls.seconds_between_calls, 45, "the stack's own pause");
        let key = UserKey::of(&location.user_pool_id, &location.user("demo").await.unwrap().sub);
        // No call was requested yet.
        run(&args, &stack_args(&[])).await.unwrap();
        assert_eq!(location.store.user(&key).await.unwrap(), None);

        let number = |number: u64| AttributeValue::N(number.to_string());
        let put = dynamodb::client(server.endpoint(), Credentials::operator()).put_item().table_name("ledger");
        let put =
            put.item("pk", AttributeValue::S(key.as_str().to_owned())).item("calls", AttributeValue::L(Vec::new()));
        let put = put.item("failures", number(3)).item("failedAt", number(900)).item("revision", number(0));
        put.send().await.unwrap();
        let locked =
            async || location.store.user(&key).await.unwrap().unwrap().locked(&location.limits.failures, 901).is_some();
        assert!(locked().await, "the stack's own limit holds");
        run(&LedgerArgs { unlock: false, ..args.clone() }, &stack_args(&[])).await.unwrap();
        assert!(locked().await, "looking changes nothing");
        for _ in 0..2 {
            run(&args, &stack_args(&[])).await.unwrap();
            assert!(!locked().await);
        }
    }

    #[tokio::test]
    async fn devices_are_forgotten() {
        let server = Server::start(&stack_args(&[])).await.unwrap();
        let args = LedgerArgs { forget_devices: true, ..args(&server, "demo", false) };
        let location = find(&args, &stack_args(&[])).await.unwrap();
        let key = UserKey::of(&location.user_pool_id, &location.user("demo").await.unwrap().sub);
        let point = "BEnTFDwCkVWqvCeSTnX6CahBOv0iGzjh-bjtyY7PBoHBXLEgmOaoWU4ukkxQ0-7fSsRRVg4wd9tRKaH1ZxxlfLU";
        let devices = AttributeValue::Ss(vec![format!("{point}.00000000000000ff.9000000000.{:032x}", 8)]);
        let put = dynamodb::client(server.endpoint(), Credentials::operator()).put_item().table_name("ledger");
        let put = put.item("pk", AttributeValue::S(key.as_str().to_owned())).item("devices", devices);
        let zero = || AttributeValue::N("0".to_owned());
        let put = put.item("calls", AttributeValue::L(Vec::new())).item("failures", zero()).item("revision", zero());
        put.send().await.unwrap();
        let trusted = async || location.store.user(&key).await.unwrap().unwrap().devices.iter().count();
        assert_eq!(trusted().await, 1);
        run(&args, &stack_args(&[])).await.unwrap();
        assert_eq!(trusted().await, 0);
    }

    #[tokio::test]
    async fn an_error_is_one_line() {
        let server = Server::start(&stack_args(&[])).await.unwrap();
        let error = async |args: &LedgerArgs, settings: &[&str]| {
            let error = format!("{:#}", run(args, &stack_args(settings)).await.unwrap_err());
            assert!(!error.contains('\n'), "{error}");
            error
        };
        let args = args(&server, "nobody", false);
        assert_eq!(error(&args, &[]).await, "UserNotFoundException: User does not exist.");
        assert!(error(&args, &["OTP_MAX_FAILURES=many"]).await.contains("OTP_MAX_FAILURES"));
        let nowhere = LedgerArgs { endpoint: Some("http://127.0.0.1:1".to_owned()), ..args };
        assert!(error(&nowhere, &[]).await.starts_with("no local stack answers at http://127.0.0.1:1"));
    }
}
