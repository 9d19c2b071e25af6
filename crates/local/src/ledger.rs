//! `local ledger`: what the ledger has on a user, and the way out of a lock. `voice-otp ledger` does the same on AWS.

mod place;
mod report;

pub use self::place::Place;

use self::report::{failures, report};
use crate::{
    args::{LedgerArgs, StackArgs},
    lambda::redaction::without_numbers,
    say,
};
use anyhow::{Error, Result};
use otp_dial::{fault::LedgerFault, ledger::UserKey};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says what is known of a user, and clears what locks them if that is wanted. Fails if there is no such user.
pub async fn run(args: &LedgerArgs, stack_args: &StackArgs) -> Result<()> {
    show(&Place::find(args, stack_args).await?, &args.username, args.unlock).await
}

/// The same of a place that is found already.
pub async fn show(place: &Place, username: &str, unlock: bool) -> Result<()> {
    let user = place.user(username).await?;
    let key = UserKey::of(&place.user_pool_id, &user.sub);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    say(&format!("User       {}, {}", without_numbers(&user.name), user.sub));
    let Some(row) = place.store.user(&key).await.map_err(error)? else {
        say("The ledger has no row of this user: no call was asked for yet, or not for long.");
        return Ok(());
    };
    say(&report(&row, &place.limits, &place.calls, place.unlocks, now));
    if !unlock {
        return Ok(());
    }
    if row.failures == 0 {
        say("There is nothing to clear.");
    } else if place.store.clear_failures(&key, now, Instant::now() + PATIENCE).await.map_err(error)? {
        say(&format!("Cleared {}: no lock is on.", failures(row.failures)));
    } else {
        say("The row has been deleted meanwhile: there is nothing to clear.");
    }
    Ok(())
}

/// What the fault advises is for the functions.
fn error(fault: LedgerFault) -> Error {
    Error::msg(format!("the ledger can't be used: {}", fault.cause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credentials, dynamodb, lambda::tests::FUNCTIONS, server::Server};
    use aws_sdk_dynamodb::types::AttributeValue;

    fn stack_args(settings: &[&str]) -> StackArgs {
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        StackArgs { settings, functions: Some(FUNCTIONS.join("works")), ..StackArgs::default() }
    }

    fn args(server: &Server, username: &str, unlock: bool) -> LedgerArgs {
        let endpoint = Some(server.endpoint().to_owned());
        LedgerArgs { username: username.to_owned(), unlock, endpoint }
    }

    #[tokio::test]
    async fn a_lock_is_cleared_once() {
        let server =
            Server::start(&stack_args(&["OTP_LOCKOUT_FAILURES=3", "OTP_SECONDS_BETWEEN_CALLS=45"])).await.unwrap();
        let args = args(&server, "demo", true);
        let place = Place::find(&args, &stack_args(&[])).await.unwrap();
        assert_eq!(place.calls.seconds_between_calls, 45, "the stack's own pause");
        let key = UserKey::of(&place.user_pool_id, &place.user("demo").await.unwrap().sub);
        // Nobody has asked for a call.
        run(&args, &stack_args(&[])).await.unwrap();
        assert_eq!(place.store.user(&key).await.unwrap(), None);

        let number = |number: u64| AttributeValue::N(number.to_string());
        let put = dynamodb::client(server.endpoint(), Credentials::operator()).put_item().table_name("ledger");
        let put =
            put.item("pk", AttributeValue::S(key.as_str().to_owned())).item("calls", AttributeValue::L(Vec::new()));
        let put = put.item("failures", number(3)).item("failedAt", number(900)).item("revision", number(0));
        put.send().await.unwrap();
        let locked = async || place.store.user(&key).await.unwrap().unwrap().locked(&place.limits, 901).is_some();
        assert!(locked().await, "the stack's own limit holds");
        run(&LedgerArgs { unlock: false, ..args.clone() }, &stack_args(&[])).await.unwrap();
        assert!(locked().await, "looking changes nothing");
        for _ in 0..2 {
            run(&args, &stack_args(&[])).await.unwrap();
            assert!(!locked().await);
        }
    }

    #[tokio::test]
    async fn what_can_not_be_told_is_said_in_one_line() {
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
