//! Where and how often may be called: what AWS opens by a support case only.

use otp_dial::settings::CreateSettings;

use super::setting;
use crate::doctor::{Finding, Verdict};
use crate::environment::completed;
use crate::snapshot::{Quota, Snapshot};

/// Countries with numbers that Connect calls only after a case ("Region and country code allow list" of its guide).
const BY_CASE: [(&str, &str); 2] = [("GB", "mobile numbers (+447)"), ("JP", "mobile numbers (+8170, +8180 and +8190)")];

const CONCURRENT: &str = Quota::CONCURRENT_CALLS;

/// How long a call lasts, ringing included: with the gate, the code twice and no repetition.
const SECONDS_PER_CALL: f64 = 45.0;

/// The share of calls that may find no line free.
const MOST_REFUSED: f64 = 0.01;

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    // By default the country of the number that calls. That they can't be read is said elsewhere.
    let settings = snapshot.create.here().and_then(|create| CreateSettings::read(&completed(&create.environment)).ok());
    for (country, numbers) in BY_CASE {
        if settings.as_ref().is_some_and(|settings| settings.policy.countries.contain(country)) {
            findings.push(Finding::note(
                "country-case",
                format!("Country {country}"),
                format!(
                    "Connect calls its {numbers} only after a support case, and no API tells whether there was one"
                ),
                "place a test call there: `voice-otp call +NUMBER`",
            ));
        }
    }
    let quotas = &snapshot.connect.quotas;
    if snapshot.connect.instance.here().is_some() {
        let missing = "look at the quotas in the Service Quotas console";
        findings.extend(Finding::of_absence(quotas, "Quotas", ["", ""], missing));
    }
    let concurrent = quotas.here().into_iter().flatten().find(|quota| quota.name == CONCURRENT);
    let budget =
        setting(snapshot, "OTP_MAX_CALLS_ALL_HOUR").and_then(|calls| calls.parse::<f64>().ok()).unwrap_or(200.0);
    let at_once = budget * SECONDS_PER_CALL / 3600.0;
    if quotas.here().is_some() && concurrent.is_none() {
        let text = format!("Service Quotas tells no \"{CONCURRENT}\"");
        let fix = "look at the quotas in the Service Quotas console, for the instance";
        findings.push(Finding { verdict: Verdict::Unread, ..Finding::wrong("unread", "Quotas", text, fix) });
    }
    if let Some(quota) = concurrent {
        let refused = share_refused(quota.value, at_once);
        findings.push(if quota.value < at_once {
            Finding::wrong(
                "quota-calls",
                "Quotas",
                format!(
                    "{} calls at once are allowed, and {budget} in an hour (OTP_MAX_CALLS_ALL_HOUR) are {at_once:.0} at once",
                    quota.value
                ),
                format!("ask for a higher quota \"{CONCURRENT}\", or lower OtpMaxCallsAllHour"),
            )
        } else if refused > MOST_REFUSED {
            Finding::note(
                "quota-tight",
                "Quotas",
                format!(
                    "{} calls at once are allowed: in an hour with {budget} calls (OTP_MAX_CALLS_ALL_HOUR), {:.0} in 100 find no line free",
                    quota.value,
                    refused * 100.0
                ),
                format!("if there are such hours, ask for a higher quota \"{CONCURRENT}\""),
            )
        } else {
            Finding::right("Quotas", format!("{} calls at once are allowed, which is enough for {budget} in an hour", quota.value))
        });
    }
}

/// The share of calls that find all lines taken, if they come at random and `at_once` are under way on average: Erlang's
/// formula for lost calls.
fn share_refused(lines: f64, at_once: f64) -> f64 {
    let (mut refused, mut line) = (1.0, 1.0);
    // Those beyond are there for nobody.
    while line <= lines && refused > f64::EPSILON {
        refused = at_once * refused / (line + at_once * refused);
        line += 1.0;
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Erlang's table: 4.46 calls at once on ten lines lose one in a hundred.
    #[test]
    fn lost_calls_are_as_in_the_table() {
        for (lines, at_once, lost) in [(10.0, 4.46, 0.01), (1.0, 1.0, 0.5), (100.0, 84.1, 0.01), (10.0, 0.0, 0.0)] {
            let share = share_refused(lines, at_once);
            assert!((share - lost).abs() < 0.0005, "{lines} lines, {at_once} at once: {share}");
        }
    }
}
