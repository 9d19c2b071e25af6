//! `voice-otp ledger` and `unlock`: what `local ledger` does, for a set-up on AWS.

use std::collections::BTreeMap;

use anyhow::{Context, Error, Result};
use local::ledger::{Place, show};
use otp_dial::ledger::FailureLimits;
use otp_dial::settings::VerifySettings;

use crate::aws::Aws;
use crate::environment::completed;
use crate::snapshot::Trigger;
use crate::snapshot::reader::{Reader, Target};

/// Shows what the ledger has on a user, and clears what locks them if that is wanted.
pub async fn run(
    aws: &Aws,
    target: &Target,
    username: &str,
    unlock: bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<()> {
    let reader = Reader::new(aws, progress);
    let names = reader.names(target).await?;
    let settings = reader.settings(&names, Trigger::Verify).await?;
    let table = settings.get("LEDGER_TABLE_NAME").context("the verify function has no LEDGER_TABLE_NAME")?;
    let place = Place::new(&aws.sdk_config().await, &names.pool, table, limits(&settings)?, "`voice-otp unlock`");
    progress("");
    show(&place, username, unlock).await
}

/// The limits as the verify function reads them.
fn limits(settings: &BTreeMap<String, String>) -> Result<FailureLimits> {
    let settings = VerifySettings::read(&completed(settings)).map_err(|faults| Error::msg(faults.to_string()));
    Ok(settings.context("the verify function's settings can't be read")?.failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn limits_are_the_functions() {
        let key = "*".repeat(64);
        let given = [
            ("OTP_KEY", key.as_str()),
            ("LEDGER_TABLE_NAME", "ledger"),
            ("OTP_LOCKOUT_FAILURES", "7"),
            ("OTP_MAX_FAILURES", ""),
        ];
        let limits = limits(&settings(&given)).unwrap();
        assert_eq!((limits.lockout, limits.lockout_seconds, limits.max), (7, 900, 100));
    }

    #[test]
    fn settings_that_can_not_be_read_are_named() {
        let error = format!("{:#}", limits(&settings(&[("LEDGER_TABLE_NAME", "ledger")])).unwrap_err());
        assert!(error.contains("verify function") && error.contains("OTP_KEY"), "{error}");
    }
}
