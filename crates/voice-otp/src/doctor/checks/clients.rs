//! The app clients: every way to sign in must require the call.

use super::{attached_gate, number, phone_attribute};
use crate::doctor::Finding;
use crate::gate::{DAY, Gate, Tokens};
use crate::snapshot::{Client, Pool, Snapshot};

/// Cognito's default for how long a refresh token is valid, in seconds.
const REFRESH_SECONDS: u64 = 30 * DAY;

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let unnamed = ["nothing says whose they are", "give --user-pool or --stack"];
    findings.extend(Finding::of_absence(&snapshot.clients, "App clients", unnamed, &snapshot.set_up.looked_in()));
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
    let gate = attached_gate(snapshot);
    for client in clients {
        let subject = format!("App client {} ({})", client.name, client.id);
        let before = findings.len();
        ways_around(snapshot, gate.as_ref(), pool, client, &subject, findings);
        writing(snapshot, pool, client, &subject, findings);
        if client.signs_in_with_the_call() {
            signing_in(snapshot, gate.as_ref(), client, &subject, findings);
        }
        if findings.len() == before {
            let is_closed =
                gate.as_ref().is_some_and(|gate| gate.is_on() && gate.tokens(client, &pool.domains) == Tokens::Never);
            let by_provider = gate.as_ref().is_some_and(Gate::allows_federated) && client.has_managed_login();
            let text = match (is_closed, by_provider) {
                (true, false) => "the token gate gives it no tokens",
                (true, true) => "the token gate gives it no tokens but for users of identity providers",
                (false, _) => "no way around the call",
            };
            findings.push(Finding::right(subject, text));
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
fn ways_around(
    snapshot: &Snapshot,
    gate: Option<&Gate>,
    pool: &Pool,
    client: &Client,
    subject: &str,
    findings: &mut Vec<Finding>,
) {
    let is_on = gate.is_some_and(Gate::is_on);
    match gate.map(|gate| gate.tokens(client, &pool.domains)) {
        Some(Tokens::Exempt) => return findings.extend(exempt(snapshot, pool, client, subject)),
        Some(Tokens::Never | Tokens::ForPrograms) if is_on => return,
        _ => (),
    }
    let others = client.flows_without_the_call();
    if !others.is_empty() {
        let others = others.join(" and ");
        let by_default = if client.flows.is_none() { ", which is Cognito's default" } else { "" };
        let (word, text) = if gate.is_some() && client.signs_in_with_the_call() {
            let text = format!(
                "it allows CUSTOM_AUTH and {others}{by_default}: after a call, the other flows get tokens too, which the token \
                 gate neither stops nor counts"
            );
            ("client-mixed", text)
        } else {
            ("client-flow", format!("it lets users in without the call, by {others}{by_default}"))
        };
        findings.push(Finding::wrong(
            word,
            subject,
            text,
            snapshot.set_up.in_client(
                client,
                "App client information > Edit > Authentication flows: ALLOW_CUSTOM_AUTH and ALLOW_REFRESH_TOKEN_AUTH \
                 alone; or delete the client",
            ),
        ));
    }
    let Some(login) = managed_login(pool, client) else { return };
    let is_mixed = gate.is_some() && client.signs_in_with_the_call() && client.takes_passwords_on_managed_login();
    let (word, text) = if is_mixed {
        let text = format!(
            "it allows CUSTOM_AUTH and {login}: after a call, a password alone gets tokens there too, which the token gate \
             neither stops nor counts"
        );
        ("client-mixed", text)
    } else if is_on {
        return;
    } else {
        let providers = if client.identity_providers.is_empty() {
            String::new()
        } else {
            format!(" by {}", client.identity_providers.join(" and "))
        };
        ("client-managed-login", format!("{login} lets users in without the call{providers}"))
    };
    findings.push(Finding::wrong(
        word,
        subject,
        text,
        snapshot.set_up.in_client(
            client,
            "Login pages > Edit > OAuth grant types: no authorization code grant and no implicit grant; or delete \
             the pool's domain",
        ),
    ));
}

/// What an app client opens that the token gate exempts.
fn exempt(snapshot: &Snapshot, pool: &Pool, client: &Client, subject: &str) -> Option<Finding> {
    let flows = client.flows_without_the_call().into_iter().map(str::to_owned);
    let ways: Vec<_> = flows.chain(managed_login(pool, client)).collect();
    (!ways.is_empty()).then(|| {
        let deploy = snapshot.set_up.deploy("TokenGateExemptClients=IDS");
        Finding::note(
            "client-exempt",
            subject,
            format!("the token gate exempts it: it lets users in without the call, by {}", ways.join(" and ")),
            format!("unless that is what you want, with the other ids alone: {deploy}"),
        )
    })
}

/// Managed login, if users sign in to the client by it.
fn managed_login(pool: &Pool, client: &Client) -> Option<String> {
    let is_there = client.has_managed_login() && !pool.domains.is_empty();
    is_there.then(|| format!("managed login at {}", pool.domains.join(" and ")))
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

fn signing_in(snapshot: &Snapshot, gate: Option<&Gate>, client: &Client, subject: &str, findings: &mut Vec<Finding>) {
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
    let days = client.refresh_seconds.div_ceil(DAY);
    if let Some(gate) = gate.filter(|gate| gate.is_outlived_by(client)) {
        findings.push(Finding::wrong(
            "refresh-outlives-pass",
            subject,
            format!(
                "a refresh token works for {days} days, and the pass of its sign-in for {}: the token gate may then refuse it",
                gate.pass_days()
            ),
            snapshot.set_up.deploy(&format!("RefreshTokenDays={days}")),
        ));
    } else if client.refresh_seconds > REFRESH_SECONDS {
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
