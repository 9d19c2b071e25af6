//! The app clients: every way into the pool must be the call.

use super::{phone_attribute, setting};
use crate::doctor::Finding;
use crate::snapshot::{Client, Pool, Snapshot};

/// The flows that are the call, or need a sign-in that was.
const SAFE_FLOWS: [&str; 3] = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "CUSTOM_AUTH_FLOW_ONLY"];

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let unnamed = ["nothing says whose they are", "give --user-pool or --stack"];
    findings.extend(Finding::of_absence(&snapshot.clients, "App clients", unnamed, "check --user-pool and --region"));
    let (Some(pool), Some(clients)) = (snapshot.pool.here(), snapshot.clients.here()) else { return };
    if !clients.iter().any(Client::signs_in_with_the_call) {
        findings.push(Finding::wrong(
            "no-client",
            "App clients",
            "none of them allows CUSTOM_AUTH, so that nobody can sign in by call",
            "make one: the stack's output AttachClient is the command",
        ));
    }
    for client in clients {
        let subject = format!("App client {} ({})", client.name, client.id);
        let before = findings.len();
        ways_around(pool, client, &subject, findings);
        writing(snapshot, pool, client, &subject, findings);
        if client.signs_in_with_the_call() {
            signing_in(snapshot, client, &subject, findings);
        }
        if findings.len() == before {
            findings.push(Finding::right(subject, "no way around the call"));
        }
    }
}

/// Everything that lets a user in without the call.
fn ways_around(pool: &Pool, client: &Client, subject: &str, findings: &mut Vec<Finding>) {
    let flows = client.flows();
    let others: Vec<_> = flows.into_iter().filter(|flow| !SAFE_FLOWS.contains(flow)).collect();
    if !others.is_empty() {
        let by_default = if client.flows.is_none() { ", which is Cognito's default" } else { "" };
        findings.push(Finding::wrong(
            "client-flow",
            subject,
            format!("it lets users in without the call, by {}{by_default}", others.join(" and ")),
            "allow ALLOW_CUSTOM_AUTH and ALLOW_REFRESH_TOKEN_AUTH alone, or delete the client",
        ));
    }
    // client_credentials lets programs in, not users.
    let for_users = client.oauth_flows.iter().filter(|flow| *flow != "client_credentials").count() > 0;
    if for_users && !pool.domains.is_empty() {
        let providers = if client.identity_providers.is_empty() {
            String::new()
        } else {
            format!(" by {}", client.identity_providers.join(" and "))
        };
        findings.push(Finding::wrong(
            "client-managed-login",
            subject,
            format!("managed login at {} lets users in without the call{providers}", pool.domains.join(" and ")),
            "turn off AllowedOAuthFlowsUserPoolClient of the client, or delete the domain",
        ));
    }
}

/// Whether its users can set the number themselves.
fn writing(snapshot: &Snapshot, pool: &Pool, client: &Client, subject: &str, findings: &mut Vec<Finding>) {
    let attribute = phone_attribute(snapshot);
    let is_standard = attribute == "phone_number";
    let can_write = match &client.write_attributes {
        Some(attributes) => attributes.iter().any(|own| own == attribute),
        None => is_standard,
    };
    let is_mutable = is_standard || pool.mutable_attributes.iter().any(|own| own == attribute);
    if can_write && is_mutable {
        findings.push(Finding::wrong(
            "client-writes-number",
            subject,
            format!("its users can write {attribute}, and so choose which number is called, at your cost"),
            format!("set WriteAttributes to what users may change, without {attribute}"),
        ));
    }
}

fn signing_in(snapshot: &Snapshot, client: &Client, subject: &str, findings: &mut Vec<Finding>) {
    if !client.hides_users {
        findings.push(Finding::wrong(
            "client-reveals-users",
            subject,
            "it tells strangers which users exist",
            "set PreventUserExistenceErrors to ENABLED",
        ));
    }
    let validity = setting(snapshot, "OTP_VALIDITY_SECONDS").and_then(|seconds| seconds.parse().ok()).unwrap_or(300);
    let session = client.session_minutes * 60;
    if session < validity {
        findings.push(Finding::wrong(
            "session-short",
            subject,
            format!("its session ends after {session} s, before the code does, which is valid for {validity} s"),
            format!("set AuthSessionValidity to {} minutes or more", validity.div_ceil(60).clamp(3, 15)),
        ));
    }
}
