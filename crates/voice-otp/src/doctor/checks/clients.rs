//! The app clients: every way to sign in must require the call.

use super::{number, phone_attribute};
use crate::doctor::Finding;
use crate::snapshot::{Client, Pool, Snapshot};

/// The flows that require the call, or a refresh token from a sign-in that did.
const SAFE_FLOWS: [&str; 3] = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "CUSTOM_AUTH_FLOW_ONLY"];

/// Cognito's default for how long a refresh token is valid, in seconds.
const REFRESH_SECONDS: u64 = 30 * DAY;
const DAY: u64 = 86_400;

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let unnamed = ["nothing says whose they are", "give --user-pool or --stack"];
    findings.extend(Finding::of_absence(&snapshot.clients, "App clients", unnamed, "check --user-pool and --region"));
    let (Some(pool), Some(clients)) = (snapshot.pool.here(), snapshot.clients.here()) else { return };
    if !clients.iter().any(Client::signs_in_with_the_call) {
        let output = "'Stacks[0].Outputs[?OutputKey==`AttachClient`].OutputValue' --output text";
        let stack = snapshot.set_up.stack.as_deref().unwrap_or("STACK");
        let command = format!("cloudformation describe-stacks --stack-name {stack} --query {output}");
        findings.push(Finding::wrong(
            "no-client",
            "App clients",
            "none of them allows CUSTOM_AUTH, so no user can sign in by call",
            format!("create one with the command that this prints: {}", snapshot.set_up.aws(&command)),
        ));
    }
    signing_up(snapshot, pool, findings);
    for client in clients {
        let subject = format!("App client {} ({})", client.name, client.id);
        let before = findings.len();
        ways_around(snapshot, pool, client, &subject, findings);
        writing(snapshot, pool, client, &subject, findings);
        if client.signs_in_with_the_call() {
            signing_in(snapshot, client, &subject, findings);
        }
        if findings.len() == before {
            findings.push(Finding::right(subject, "no way around the call"));
        }
    }
}

/// Whether strangers can sign up with a number of their choice.
fn signing_up(snapshot: &Snapshot, pool: &Pool, findings: &mut Vec<Finding>) {
    let by_number = pool.sign_in_names.iter().any(|name| name == "phone_number");
    if pool.open_sign_up && by_number && phone_attribute(snapshot) == "phone_number" {
        findings.push(Finding::note(
            "sign-up-by-number",
            "Sign-up",
            "strangers sign up by a number of their choice, and are called there, at your cost, once a text message has \
             verified it",
            snapshot.set_up.in_console("Sign-up > Self-service sign-up > Edit: off, unless that is what you want"),
        ));
    }
}

/// Everything that lets a user in without the call.
fn ways_around(snapshot: &Snapshot, pool: &Pool, client: &Client, subject: &str, findings: &mut Vec<Finding>) {
    let flows = client.flows();
    let others: Vec<_> = flows.into_iter().filter(|flow| !SAFE_FLOWS.contains(flow)).collect();
    if !others.is_empty() {
        let by_default = if client.flows.is_none() { ", which is Cognito's default" } else { "" };
        findings.push(Finding::wrong(
            "client-flow",
            subject,
            format!("it lets users in without the call, by {}{by_default}", others.join(" and ")),
            snapshot.set_up.in_client(
                client,
                "App client information > Edit > Authentication flows: ALLOW_CUSTOM_AUTH and ALLOW_REFRESH_TOKEN_AUTH \
                 alone; or delete the client",
            ),
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
            snapshot.set_up.in_client(
                client,
                "Login pages > Edit > OAuth grant types: no authorization code grant and no implicit grant; or delete \
                 the pool's domain",
            ),
        ));
    }
}

/// Attributes that its users can write: the number, and the address by which a password is recovered.
fn writing(snapshot: &Snapshot, pool: &Pool, client: &Client, subject: &str, findings: &mut Vec<Finding>) {
    let attribute = phone_attribute(snapshot);
    // An attribute that can't be changed can still be set at sign-up.
    let is_fixed = pool.attributes.iter().any(|own| own == attribute)
        && !pool.mutable_attributes.iter().any(|own| own == attribute);
    if client.writes(attribute) && (!is_fixed || pool.open_sign_up) {
        let when = if is_fixed { "at sign-up, " } else { "" };
        findings.push(Finding::wrong(
            "client-writes-number",
            subject,
            format!("its users can write {attribute}, {when}and so choose which number is called, at your cost"),
            snapshot
                .set_up
                .in_client(client, &format!("Attribute permissions > Edit: no write permission for {attribute}")),
        ));
    }
    let by_email = pool.recovery.iter().flatten().any(|mechanism| mechanism == "verified_email");
    if by_email && client.writes("email") {
        findings.push(Finding::note(
            "client-writes-email",
            subject,
            "its users can write email, and a password is recovered by it: whoever has a stolen access token can set an \
             e-mail address of theirs, then the password, and clear failures. The call is all that is left",
            snapshot.set_up.in_client(
                client,
                "Attribute permissions > Edit: no write permission for email, unless users sign up or change it there",
            ),
        ));
    }
}

fn signing_in(snapshot: &Snapshot, client: &Client, subject: &str, findings: &mut Vec<Finding>) {
    let edit = |what: &str| snapshot.set_up.in_client(client, &format!("App client information > Edit > {what}"));
    let validity = number(snapshot, "OTP_VALIDITY_SECONDS", 300);
    let session = client.session_minutes * 60;
    if session < validity {
        let minutes = validity.div_ceil(60).clamp(3, 15);
        findings.push(Finding::wrong(
            "session-short",
            subject,
            format!("its session ends after {session} s, before the code does, which is valid for {validity} s"),
            edit(&format!("Authentication flow session duration: {minutes} minutes or more")),
        ));
    }
    if client.refresh_seconds > REFRESH_SECONDS {
        findings.push(Finding::note(
            "refresh-long",
            subject,
            format!(
                "a refresh token works for {} days: until it expires, its device signs in without another call",
                client.refresh_seconds / DAY
            ),
            edit("Refresh token expiration: 30 days or less, unless that is what you want"),
        ));
    }
    let reveals = "it tells strangers which users exist";
    let stolen = "refresh tokens can't be revoked, so a stolen one works until it expires";
    let advanced = |setting: &str| edit(&format!("Advanced security: {setting}"));
    for (is_on, finding) in [
        (
            client.hides_users,
            Finding::wrong("client-reveals-users", subject, reveals, advanced("Prevent user existence errors")),
        ),
        (client.revokes, Finding::note("revocation-off", subject, stolen, advanced("Enable token revocation"))),
    ] {
        if !is_on {
            findings.push(finding);
        }
    }
}
