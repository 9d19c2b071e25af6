//! Shows what the ledger has on a user, clears a lock, and forgets trusted devices.

mod budget;
mod codes;
mod devices;
mod report;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Error, Result};
use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider::Client as Cognito;
use otp_dial::dynamodb::Store;
use sign_in::error::LedgerError;
use sign_in::ledger::{Budget, CallLimits, FailureLimits, PassLife, UserKey, UserRow};
use sign_in::phone::PhoneNumber;

pub use self::devices::{Forget, forget_devices, list_devices};

use self::codes::Codes;
use self::report::{report, to_clear};
use crate::masking::without_numbers;
use crate::sdk::one_line;
use crate::terminal::say;

/// How long a write may take.
const LEDGER_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a ledger is: its user pool and table, and the limits that apply there.
pub struct LedgerLocation {
    /// Cognito, with rights for `AdminGetUser`.
    pub cognito: Cognito,
    /// The pool's id.
    pub user_pool_id: String,
    /// The ledger.
    pub store: Store,
    /// The limits that apply.
    pub limits: Limits,
    /// The command that clears a lock, as the report names it.
    pub unlocks: &'static str,
}

/// The limits that apply in a ledger.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// What locks a user.
    pub failures: FailureLimits,
    /// The limits on the calls to one user and one number.
    pub calls: CallLimits,
    /// The limits on all calls.
    pub budget: Budget,
}

/// A user of the pool.
pub struct User {
    /// The username.
    pub name: String,
    /// The attribute `sub`, which the ledger's key is made of.
    pub sub: String,
    /// The country of the attribute `phone_number`, by ISO 3166-1, if it is a number.
    pub country: Option<&'static str>,
}

impl LedgerLocation {
    /// A pool and its table, both in the account and Region of `config`. Rows are kept as long as `pass_life`.
    /// `unlocks` is the command that clears a lock.
    #[must_use]
    pub fn new(
        config: &SdkConfig,
        user_pool_id: &str,
        table: &str,
        pass_life: PassLife,
        limits: Limits,
        unlocks: &'static str,
    ) -> Self {
        Self {
            cognito: Cognito::new(config),
            user_pool_id: user_pool_id.to_owned(),
            store: Store::with_client(aws_sdk_dynamodb::Client::new(config), table.to_owned(), pass_life),
            limits,
            unlocks,
        }
    }

    /// A user by username, alias or `sub`.
    pub async fn user(&self, name: &str) -> Result<User> {
        let request = self.cognito.admin_get_user().user_pool_id(&self.user_pool_id).username(name);
        let answer = request.send().await.map_err(|error| one_line("Cognito", &error))?;
        let attribute = |name| answer.user_attributes().iter().find(|of| of.name() == name).and_then(|of| of.value());
        let sub = attribute("sub").context("Cognito returned no sub of this user")?;
        let phone = attribute("phone_number").and_then(|number| PhoneNumber::parse(number).ok());
        let country = phone.map(|phone| phone.country());
        Ok(User { name: answer.username().to_owned(), sub: sub.to_owned(), country })
    }

    /// The user and the key of their row. Prints whose it is, and fails if there is no such user.
    async fn find(&self, username: &str) -> Result<(User, UserKey)> {
        let user = self.user(username).await?;
        say(&format!("User       {}, {}", without_numbers(&user.name), user.sub));
        let key = UserKey::of(&self.user_pool_id, &user.sub);
        Ok((user, key))
    }
}

/// Prints what the ledger has on a user, and how far the budgets are used. Clears the lock and the denials if `unlock` is set, and
/// leaves the budgets out then. Fails if there is no such user.
pub async fn show(location: &LedgerLocation, username: &str, unlock: bool) -> Result<()> {
    let (user, key) = location.find(username).await?;
    let now = now()?;
    show_row(location, &key, unlock, now).await?;
    if !unlock {
        say(&budget::report(location, user.country, now).await?);
    }
    Ok(())
}

async fn show_row(location: &LedgerLocation, key: &UserKey, unlock: bool, now: u64) -> Result<()> {
    let row = location.store.user(key).await.map_err(error)?;
    let codes = Codes::read(&location.store, key).await?;
    if row.is_none() && codes.is_empty() {
        say("The ledger has no row of this user: no call was requested, or only long ago.");
        return Ok(());
    }
    if let Some(row) = &row {
        say(&report(row, &location.limits, location.unlocks, now));
    }
    for codes in &codes {
        say(&codes.report(now));
    }
    if !unlock {
        return Ok(());
    }
    let of_user = row.as_ref().and_then(|row| Some((row, to_clear(row)?)));
    let mut has_cleared = false;
    for codes in &codes {
        has_cleared |= codes.clear(&location.store).await?;
    }
    match of_user {
        Some((row, cleared)) => clear(location, key, row, &cleared, now).await,
        None if has_cleared => Ok(()),
        None => {
            say("There is nothing to clear.");
            Ok(())
        }
    }
}

/// Clears a user's wrong codes and denial. `cleared` says which there are.
async fn clear(location: &LedgerLocation, key: &UserKey, row: &UserRow, cleared: &str, now: u64) -> Result<()> {
    let devices_until = Some(row.devices.latest_expiry().unwrap_or(0));
    let deadline = Instant::now() + LEDGER_TIMEOUT;
    if location.store.clear_failures(key, devices_until, now, deadline).await.map_err(error)? {
        say(&format!("Cleared {cleared}: no lock is on."));
    } else {
        say("The row was deleted in the meantime: there is nothing to clear.");
    }
    Ok(())
}

/// The time in seconds since the Unix epoch.
fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

/// The advice is left out: it is for operators of the functions.
fn error(error: LedgerError) -> Error {
    Error::msg(format!("the ledger can't be used: {}", error.cause))
}
