//! Which countries can be called, and how many calls can be active at once. AWS extends both only through a support
//! case.

use super::{number, setting};
use crate::doctor::fix::aws_in;
use crate::doctor::{Finding, Verdict};
use crate::environment::settings_of_calls;
use crate::snapshot::{Quota, Snapshot};

/// Countries with numbers that Connect calls only after a support case ("Region and country code allow list" of its
/// guide).
const BY_CASE: [(&str, &str); 2] = [("GB", "mobile numbers (+447)"), ("JP", "mobile numbers (+8170, +8180 and +8190)")];

const CONCURRENT: &str = Quota::CONCURRENT_CALLS;
/// Its code in Service Quotas.
const CODE: &str = "L-12AB7C57";

/// How long a call lasts, ringing included: with the gate, the code twice and no repetition.
const SECONDS_PER_CALL: f64 = 45.0;

/// The share of calls that may be refused because all lines are busy.
const MOST_REFUSED: f64 = 0.01;

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    // The default is the country of the number that calls. Settings that can't be read are reported elsewhere.
    let settings = snapshot.settings().and_then(settings_of_calls);
    for (country, numbers) in BY_CASE {
        if settings.as_ref().is_some_and(|settings| settings.policy.countries.contain(country)) {
            findings.push(Finding::note(
                "country-case",
                format!("Country {country}"),
                format!(
                    "Connect calls its {numbers} only after a support case, and no API tells whether there was one"
                ),
                format!("place a test call there: {}", snapshot.set_up.voice_otp("call NUMBER")),
            ));
        }
    }
    let quotas = &snapshot.connect.quotas;
    let region = setting(snapshot, "CONNECT_INSTANCE_ARN").and_then(|arn| arn.split(':').nth(3));
    let region = region.unwrap_or(&snapshot.set_up.region);
    let list = aws_in(region, "service-quotas list-service-quotas --service-code connect --quota-applied-at-level ALL");
    if snapshot.connect.instance.here().is_some() {
        findings.extend(Finding::of_absence(quotas, "Quotas", ["", ""], &list));
    }
    let concurrent = quotas.here().into_iter().flatten().find(|quota| quota.name == CONCURRENT);
    let budget = number(snapshot, "OTP_MAX_CALLS_ALL_HOUR", 200);
    #[expect(clippy::cast_precision_loss, reason = "A budget is a hundred million at most.")]
    let at_once = budget as f64 * SECONDS_PER_CALL / 3600.0;
    let ask = |calls: f64| higher(snapshot, calls);
    if quotas.here().is_some() && concurrent.is_none() {
        let text = format!("Service Quotas does not report \"{CONCURRENT}\"");
        findings.push(Finding { verdict: Verdict::Unread, ..Finding::wrong("unread", "Quotas", text, list) });
    }
    if let Some(quota) = concurrent {
        let refused = share_refused(quota.value, at_once);
        findings.push(if quota.value <= 0.0 {
            Finding::wrong(
                "quota-none",
                "Quotas",
                "no call at all is allowed: every call ends with CALL_BUSY. A new instance may begin so",
                ask(at_once.max(1.0)),
            )
        } else if budget == 0 {
            Finding::right(
                "Quotas",
                format!("{} calls at once are allowed; OTP_MAX_CALLS_ALL_HOUR bounds no number of calls", quota.value),
            )
        } else if quota.value < at_once {
            Finding::wrong(
                "quota-calls",
                "Quotas",
                format!(
                    "{} calls at once are allowed, and {budget} in an hour (OTP_MAX_CALLS_ALL_HOUR) are {at_once:.0} at once",
                    quota.value
                ),
                format!("{}; or: {}", ask(at_once), snapshot.set_up.deploy("OtpMaxCallsAllHour=CALLS")),
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
                format!("if there are such hours: {}", ask(at_once)),
            )
        } else {
            Finding::right("Quotas", format!("{} calls at once are allowed, which is enough for {budget} in an hour", quota.value))
        });
    }
}

/// The command that asks AWS for more calls at once.
fn higher(snapshot: &Snapshot, calls: f64) -> String {
    let arn = setting(snapshot, "CONNECT_INSTANCE_ARN").unwrap_or("INSTANCE_ARN");
    let region = arn.split(':').nth(3).unwrap_or(&snapshot.set_up.region);
    let request = "service-quotas request-service-quota-increase --service-code connect";
    let calls = enough(calls);
    aws_in(region, &format!("{request} --quota-code {CODE} --context-id {arn} --desired-value {calls}"))
}

/// The number of lines at which no more than [`MOST_REFUSED`] of the calls are refused.
fn enough(at_once: f64) -> f64 {
    let (mut refused, mut lines) = (1.0, 0.0);
    while lines < at_once.max(1.0) || refused > MOST_REFUSED {
        lines += 1.0;
        refused = with_another_line(refused, lines, at_once);
    }
    lines
}

/// The share of calls that are refused because all lines are busy: the Erlang B formula. Calls come at random, and
/// `at_once` are active on average.
fn share_refused(lines: f64, at_once: f64) -> f64 {
    let (mut refused, mut line) = (1.0, 1.0);
    // Lines beyond the average load and this many more change nothing.
    while line <= lines && refused > f64::EPSILON {
        refused = with_another_line(refused, line, at_once);
        line += 1.0;
    }
    refused
}

/// The share with this many lines, from that with one line less.
fn with_another_line(refused: f64, lines: f64, at_once: f64) -> f64 {
    at_once * refused / (lines + at_once * refused)
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

    #[test]
    fn lines_are_enough_for_all_but_one_call_in_a_hundred() {
        for (at_once, lines) in [(0.0, 1.0), (2.5, 7.0), (4.46, 10.0), (84.1, 101.0)] {
            assert!((enough(at_once) - lines).abs() < 0.5, "{at_once} at once: {}", enough(at_once));
        }
        // The largest budget of an hour.
        assert!((enough(1_250_000.0) - 1_250_000.0).abs() < 0.5);
    }
}
