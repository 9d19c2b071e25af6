//! `voice-otp ledger`, `unlock` and `devices`: what they do for a set-up on AWS, with a user's row of the ledger.

use anyhow::Result;
use client::ledger::{Forget, LedgerLocation, Limits, forget_devices, list_devices, show};

use crate::args::{DevicesArgs, UserArgs};
use crate::aws::Aws;
use crate::deployment::Deployment;

/// Shows what the ledger has on a user. Clears the user's lock if `unlock` is set.
pub async fn run(args: &UserArgs, unlock: bool, aws: &Aws, progress: &(dyn Fn(&str) + Sync)) -> Result<()> {
    show(&find(args, aws, progress).await?, &args.username, unlock).await
}

/// Lists the devices that the user trusts, or forgets those that the arguments name.
pub async fn devices(args: &DevicesArgs, aws: &Aws, progress: &(dyn Fn(&str) + Sync)) -> Result<()> {
    let DevicesArgs { user, forget, forget_all } = args;
    let forget = forget.clone().map(Forget::One).or(forget_all.then_some(Forget::All));
    let location = find(user, aws, progress).await?;
    match forget {
        Some(forget) => forget_devices(&location, &user.username, &forget).await,
        None => list_devices(&location, &user.username).await,
    }
}

/// Finds the ledger of a set-up.
async fn find(args: &UserArgs, aws: &Aws, progress: &(dyn Fn(&str) + Sync)) -> Result<LedgerLocation> {
    let deployment = Deployment::find(&args.set_up, aws, progress).await?;
    let settings = deployment.verify(aws)?;
    let (table, pass_life) = (&settings.ledger.table_name, settings.ledger.pass_life);
    let config = aws.sdk_config().await;
    let (calls, budget) = deployment.limits(aws)?;
    let limits = Limits { failures: settings.failures, calls, budget };
    Ok(LedgerLocation::new(&config, &deployment.pool, table, pass_life, limits, "`voice-otp unlock`"))
}
