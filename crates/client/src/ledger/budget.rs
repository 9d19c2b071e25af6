//! How far the limits on all calls are used up. A counter may have many rows, so looking at the table does not tell.

use anyhow::Result;
use sign_in::ledger::{Budget, Part};

use super::{LedgerLocation, error};

/// A line on the limits that count now. `country`: the one whose limit is shown too. `now` is in seconds since the Unix epoch.
pub(super) async fn report(location: &LedgerLocation, country: Option<&str>, now: u64) -> Result<String> {
    let Budget { country_hour, .. } = location.limits.budget;
    let budget = Budget { country_hour: if country.is_some() { country_hour } else { 0 }, ..location.limits.budget };
    let country = country.unwrap_or_default();
    let mut used = Vec::new();
    for counter in budget.counters(country, now, Part::Whole, 0) {
        let counted = location.store.counted(&counter).await.map_err(error)?;
        let name = counter.refusal(now).limit.to_string();
        let of = if name.starts_with("country") { format!(" for {country}") } else { String::new() };
        used.push(format!("{name}{of}: {counted} of {} calls", counter.limit()));
    }
    Ok(format!("Budgets    {}", if used.is_empty() { "none are known".to_owned() } else { used.join("; ") }))
}
