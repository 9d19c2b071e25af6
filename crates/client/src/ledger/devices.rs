//! Lists a user's trusted devices, and forgets them.

use std::time::Instant;

use anyhow::{Result, bail};
use sign_in::device::DeviceId;
use sign_in::ledger::UserRow;

use super::report::time;
use super::{LEDGER_TIMEOUT, LedgerLocation, error, now};
use crate::terminal::say;

const NONE: &str = "This user trusts no device.";

/// Which of a user's trusted devices are forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forget {
    /// The one with this id.
    One(DeviceId),
    /// All.
    All,
}

/// Prints the devices that a user trusts. Fails if there is no such user.
pub async fn list_devices(location: &LedgerLocation, username: &str) -> Result<()> {
    let key = location.find(username).await?.1;
    let row = location.store.user(&key).await.map_err(error)?.unwrap_or_default();
    say(&list(&row, now()?));
    Ok(())
}

/// Forgets devices that a user trusts. Fails if there is no such user, or not the one device.
pub async fn forget_devices(location: &LedgerLocation, username: &str, forget: &Forget) -> Result<()> {
    let key = location.find(username).await?.1;
    let one = match forget {
        Forget::One(id) => Some(id),
        Forget::All => None,
    };
    let found = location.store.forget_devices(&key, one, Instant::now() + LEDGER_TIMEOUT).await.map_err(error)?;
    match one {
        Some(_) if found => say("Forgot one device. Its next sign-in takes a call."),
        Some(id) => bail!("this user trusts no device with the id {}", id.as_str()),
        None if found => say("Forgot all devices. On each, the next sign-in takes a call."),
        None => say(&format!("{NONE} There is nothing to forget.")),
    }
    Ok(())
}

/// A line for each device, with its id, the one that is trusted longest first. A key is never shown.
fn list(row: &UserRow, now: u64) -> String {
    let mut trusted: Vec<_> = row.devices.iter().filter(|device| !device.expired(now)).collect();
    trusted.sort_unstable_by_key(|device| std::cmp::Reverse(device.expires_at));
    let lines = trusted.iter().map(|device| format!("{}  until {}", device.key.id().as_str(), time(device.expires_at)));
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() { NONE.to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use sign_in::device::Device;

    use super::*;

    /// 2026-11-22 13:20:00 UTC
    const NOW: u64 = 1_795_353_600;
    const POINT: &str = "BEnTFDwCkVWqvCeSTnX6CahBOv0iGzjh-bjtyY7PBoHBXLEgmOaoWU4ukkxQ0-7fSsRRVg4wd9tRKaH1ZxxlfLU";
    const ID: &str = "I7bAvU-bHipwYg4ILVOkDfkMo05OeXWvdzu1ISzcVkQ";
    const OTHER: &str = "BBfYHslEVAWrhbByXy2BT6UGmV-T5MOl7BlOf8bjMGBwW89tb47QnmqoEyLNrK0UwSbPb-6aSYS6VfTZY_svurE";
    const OTHER_ID: &str = "7McVg0Eb8I_z_4k0VENqzip4en1kjzqB2tpUY-ODu_I";

    fn listed(devices: &[(&str, u64)]) -> String {
        let device = |(point, expires_at): &(&str, u64)| -> Device {
            format!("{point}.00000000000000ff.{expires_at}.{:032x}", 8).parse().unwrap()
        };
        list(&UserRow { devices: devices.iter().map(device).collect(), ..UserRow::default() }, NOW)
    }

    #[test]
    fn each_device_has_its_id_and_its_last_day() {
        let lines = format!("{OTHER_ID}  until 2026-11-23 13:20:00 UTC\n{ID}  until 2026-11-22 13:20:01 UTC");
        assert_eq!(listed(&[(POINT, NOW + 1), (OTHER, NOW + 86_400)]), lines);
    }

    #[test]
    fn one_that_has_expired_is_not_trusted() {
        assert_eq!(listed(&[(POINT, NOW)]), "This user trusts no device.");
        assert_eq!(listed(&[]), "This user trusts no device.");
        assert!(!listed(&[(POINT, NOW), (OTHER, NOW + 1)]).contains(ID));
    }
}
