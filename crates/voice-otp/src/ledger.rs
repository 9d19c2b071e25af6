//! `voice-otp ledger` and `unlock`: what `local ledger` does, for a set-up on AWS.

use anyhow::Result;
use client::ledger::{LedgerLocation, show};

use crate::args::UserArgs;
use crate::aws::Aws;
use crate::deployment::Deployment;

/// Shows what the ledger has on a user. Clears the user's lock if `unlock` is set.
pub async fn run(args: &UserArgs, unlock: bool, aws: &Aws, progress: &(dyn Fn(&str) + Sync)) -> Result<()> {
    let deployment = Deployment::find(&args.set_up, aws, progress).await?;
    let settings = deployment.verify(aws)?;
    let (table, pass_life) = (&settings.ledger.table_name, settings.ledger.pass_life);
    let config = aws.sdk_config().await;
    let (failures, calls) = (settings.failures, deployment.calls(aws)?);
    let unlocks = "`voice-otp unlock`";
    let location = LedgerLocation::new(&config, &deployment.pool, table, pass_life, failures, calls, unlocks);
    show(&location, &args.username, unlock).await
}
