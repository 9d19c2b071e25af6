//! The token gate: what must be right before gate-tokens is attached to Pre Token Generation.

use std::fmt;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::Value;

use super::{Asker, Attachment, Functions};
use crate::args::{FederatedUsers, TokenGate};
use crate::gate::{DAY, Gate, Tokens};
use crate::redaction::printable;
use crate::snapshot::reader::{Reader, environment};
use crate::snapshot::{Client, Pool, TokenTrigger};

/// The token gate that is wanted. What is deployed must be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedGate {
    /// What becomes of tokens without the call.
    pub mode: TokenGate,
    /// What becomes of users of identity providers. It must be said if the pool has any.
    pub federated: Option<FederatedUsers>,
}

impl Attachment<'_> {
    /// Checks that the gate is deployed as it is wanted, and that the pool is ready for it. Returns what the operator
    /// has to know before a yes.
    pub(super) async fn check_gate(
        &self,
        wanted: WantedGate,
        before: &Value,
        asker: &mut dyn Asker,
    ) -> Result<Vec<String>> {
        let WantedGate { mode, federated } = wanted;
        let unnamed = || format!("the stack's outputs name no gate-tokens: first {}", self.deploy("TokenGate", mode));
        let gate = self.functions.gate().with_context(unnamed)?;
        let mut notes = Vec::new();
        if let Some(other) = token_trigger(before).filter(|other| other.function != gate) {
            if !self.is_gone(&other.function).await {
                asker.say(&how_to_invoke(&other, gate));
                bail!("{} is at Pre Token Generation, and the token gate never replaces a function", other.function);
            }
            notes.push(format!("  note: {} does not exist any more, and is replaced.", other.function));
        }
        let mfa = before["MfaConfiguration"].as_str().unwrap_or("OFF");
        ensure!(
            mfa == "OFF",
            "MFA is {mfa}: once a user was called, Cognito's own code would get tokens too. Turn MFA off in the pool first"
        );
        let reader = Reader::new(self.aws, &|_| ());
        let (variables, _) = environment(&reader.configuration(gate).await?)?;
        let deployed = Gate::read(&variables).map_err(|faults| anyhow!("{gate} can't read its settings: {faults}"))?;
        let deployed_mode = if deployed.is_on() { TokenGate::On } else { TokenGate::Observe };
        ensure!(
            mode == deployed_mode,
            "{gate} has OTP_TOKEN_GATE={deployed_mode}: first {}",
            self.deploy("TokenGate", mode)
        );
        let rule = if deployed.allows_federated() { FederatedUsers::Allow } else { FederatedUsers::Refuse };
        let providers: Vec<_> =
            reader.all_identity_providers(self.pool).await?.iter().map(|name| printable(name)).collect();
        match federated {
            None => ensure!(
                providers.is_empty(),
                "the pool has identity providers ({}), and nobody calls their users: say with --federated-users refuse or \
                 --federated-users allow whether they get tokens all the same. A user of the pool to whom a provider is linked \
                 counts as a user of the pool, and gets none by the provider either way",
                providers.join(", ")
            ),
            Some(federated) => ensure!(
                federated == rule,
                "{gate} has OTP_TOKEN_GATE_FEDERATED={rule}: first {}",
                self.deploy("TokenGateFederated", federated)
            ),
        }
        let clients = reader.all_clients(self.pool).await?;
        let domains = Pool::from_json(before).domains;
        let faults: Vec<_> = clients.iter().flat_map(|client| self.faults(&deployed, client, &domains)).collect();
        if !faults.is_empty() {
            for fault in &faults {
                asker.say(&format!("  {fault}"));
            }
            bail!("with these app clients the token gate would not do what it says, so it is not attached");
        }
        notes.extend(clients.iter().filter_map(|client| note(&deployed, client, &domains)));
        Ok(notes)
    }

    /// The functions that a change is about.
    pub(super) async fn taken_off(&self, gate_alone: bool, before: &Value) -> Result<Functions> {
        let named = self.functions.gate();
        let attached = token_trigger(before).map(|trigger| trigger.function);
        let gate = match attached {
            // A stack that was deployed without the gate, or anew, does not name the function that it had before.
            Some(other) if named != Some(other.as_str()) && self.is_gone(&other).await => Some(other),
            Some(other) if named != Some(other.as_str()) && gate_alone => bail!(
                "{other} is at Pre Token Generation, and it is not the gate-tokens of the stack; if it is that of another, \
                 --gate-tokens {other} takes it off"
            ),
            _ => named.map(str::to_owned),
        };
        Ok(if gate_alone { Functions::of_gate(gate) } else { self.functions.with_gate(gate) })
    }

    /// Why the gate can't be attached to a pool with this app client.
    fn faults(&self, gate: &Gate, client: &Client, domains: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        if gate.tokens(client, domains) == Tokens::Mixed {
            faults.push(format!(
                "{} allows CUSTOM_AUTH and {}: after a call, those other ways get tokens too, and are not even counted. Let it \
                 allow CUSTOM_AUTH and refresh alone and no OAuth grant for users, or not CUSTOM_AUTH.",
                named(client),
                client.ways_beside_the_call(domains).join(" and ")
            ));
        }
        if gate.is_outlived_by(client) {
            let days = client.refresh_seconds.div_ceil(DAY);
            faults.push(format!(
                "{} has refresh tokens that live for {days} days, and a pass is good for {}. Shorten their life, or {}",
                named(client),
                gate.pass_days(),
                self.deploy("RefreshTokenDays", days)
            ));
        }
        faults
    }

    /// The command that sets a parameter of the stack.
    pub(super) fn deploy(&self, parameter: &str, value: impl fmt::Display) -> String {
        let (region, stack) = (self.aws.region(), self.stack.unwrap_or("STACK"));
        format!("`sam deploy --region {region} --stack-name {stack} --parameter-overrides {parameter}={value}`")
    }
}

pub(super) fn token_trigger(pool: &Value) -> Option<TokenTrigger> {
    TokenTrigger::from_json(&pool["LambdaConfig"])
}

/// What the gate means for an app client. `None` if its users get tokens by the call.
fn note(gate: &Gate, client: &Client, domains: &[String]) -> Option<String> {
    let would = if gate.is_on() { "gets" } else { "would get" };
    let said = match gate.tokens(client, domains) {
        Tokens::ByCall | Tokens::Mixed | Tokens::ForPrograms => return None,
        Tokens::Never if gate.allows_federated() && client.has_managed_login() => {
            format!("{would} no tokens but for users of identity providers: it does not allow CUSTOM_AUTH")
        }
        Tokens::Never => format!("{would} no tokens: it does not allow CUSTOM_AUTH"),
        Tokens::Exempt => "is exempt: it gets tokens without the call".to_owned(),
    };
    Some(format!("  note: {} {said}.", named(client)))
}

fn named(client: &Client) -> String {
    format!("app client {} ({})", printable(&client.name), client.id)
}

/// How a function at Pre Token Generation lets the gate decide.
fn how_to_invoke(TokenTrigger { function, version }: &TokenTrigger, gate: &str) -> String {
    format!(
        "  {function} is at Pre Token Generation, with events of {version}. It stays. Let it ask the gate before all else:\n  \
         - Invoke {gate} by Lambda's Invoke, RequestResponse, with the event as it came. Events of V1_0, V2_0 and V3_0 are \
         decided alike.\n  \
         - If the answer has a FunctionError, throw an error with the payload's errorMessage. Cognito then issues no tokens, \
         and gives the client that text.\n  \
         - Its role needs lambda:InvokeFunction on {gate}. Cognito waits 5 s for both together."
    )
}
