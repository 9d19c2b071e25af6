//! Where and how often may be called: what AWS opens by a support case only.

use super::setting;
use crate::doctor::Finding;
use crate::snapshot::Snapshot;

/// Countries with numbers that Connect calls only after a case ("Region and country code allow list" of its guide).
const BY_CASE: [(&str, &str); 2] = [("GB", "mobile numbers (+447)"), ("JP", "mobile numbers (+8170, +8180 and +8190)")];

/// The quota that a call takes a part of for as long as it lasts.
const CONCURRENT: &str = "Concurrent active calls per instance";

/// How long a call lasts, ringing included: with the gate, the code twice and no repetition.
const SECONDS_PER_CALL: f64 = 45.0;

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let countries = setting(snapshot, "OTP_COUNTRIES").unwrap_or_default();
    for (country, numbers) in BY_CASE {
        if countries.split(',').any(|own| own == country) {
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
    if let Some(quota) = concurrent {
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
        } else {
            Finding::right("Quotas", format!("{} calls at once are allowed, which is enough for {budget} in an hour", quota.value))
        });
    }
}
