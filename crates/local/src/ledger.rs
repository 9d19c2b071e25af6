//! `local ledger`: what the ledger has on a user, and the way out of a lock. The same here and on AWS.

mod place;
mod report;

use self::{
    place::Place,
    report::{failures, report},
};
use crate::{
    args::{LedgerArgs, StackArgs},
    say,
};
use anyhow::{Error, Result};
use otp_dial::{fault::LedgerFault, ledger::UserKey};
use std::time::{SystemTime, UNIX_EPOCH};

/// Says what is known of a user, and clears what locks them if that is wanted. Fails if there is no such user.
pub async fn run(args: &LedgerArgs, stack_args: &StackArgs) -> Result<()> {
    let place = Place::find(args, stack_args).await?;
    let user = place.user(&args.username).await?;
    let key = UserKey::of(&place.user_pool_id, &user.sub);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    say(&format!("User       {}, {}", user.name, user.sub));
    let Some(row) = place.store.user(&key).await.map_err(error)? else {
        say("The ledger has no row of this user: no call was asked for yet, or not for long.");
        return Ok(());
    };
    say(&report(&row, &place.limits, now));
    if !args.unlock {
        return Ok(());
    }
    if row.failures == 0 {
        say("There is nothing to clear.");
    } else if place.store.clear_failures(&key, now).await.map_err(error)? {
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
