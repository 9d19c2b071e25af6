//! What the token gate means for the app clients of a pool. Pure. `attach` and the doctor ask.

use std::collections::BTreeMap;

use sign_in::gate::{GateMode, GateRule};
use sign_in::ledger::ClientId;
use sign_in::settings::{GateSettings, SettingsError};

use crate::environment::completed;
use crate::snapshot::Client;

/// A day, in seconds.
pub const DAY: u64 = 86_400;

/// gate-tokens, by its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    rule: GateRule,
}

/// How an app client gets tokens for its users while the gate is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// By the call alone.
    ByCall,
    /// By the call, and then in other ways too: the pass that a call leaves is good for all ways of the client.
    Mixed,
    /// By any flow: the gate exempts it.
    Exempt,
    /// Not at all.
    Never,
    /// It has no users, only programs, which the gate lets through.
    ForPrograms,
}

impl Gate {
    /// Reads the environment of gate-tokens.
    pub fn read(variables: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let GateSettings { rule, .. } = GateSettings::read(&completed(variables))?;
        Ok(Self { rule })
    }

    /// Whether it refuses tokens. Otherwise it only counts.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.rule.mode == GateMode::On
    }

    /// Whether users of identity providers get tokens without a call.
    #[must_use]
    pub fn allows_federated(&self) -> bool {
        self.rule.federated
    }

    /// For how many days a pass is good.
    #[must_use]
    pub fn pass_days(&self) -> u64 {
        // A pass ends a little later than the refresh token, by less than a day.
        self.rule.pass_life.ends_at(0) / DAY
    }

    /// The ids of the exempt app clients.
    pub fn exempt(&self) -> impl Iterator<Item = &str> {
        self.rule.exempt.iter().map(ClientId::as_str)
    }

    /// How an app client gets tokens while the gate is on, in a pool with these domains of managed login.
    #[must_use]
    pub fn tokens(&self, client: &Client, domains: &[String]) -> Tokens {
        if self.exempts(client) {
            return Tokens::Exempt;
        }
        match (client.signs_in_with_the_call(), client.ways_beside_the_call(domains).is_empty()) {
            (true, true) => Tokens::ByCall,
            (true, false) => Tokens::Mixed,
            (false, _) if client.is_for_programs() => Tokens::ForPrograms,
            (false, _) => Tokens::Never,
        }
    }

    /// Whether refresh tokens of the client live longer than the pass of their sign-in. The client would then be
    /// refused in the middle of their life.
    #[must_use]
    pub fn is_outlived_by(&self, client: &Client) -> bool {
        !self.exempts(client) && client.signs_in_with_the_call() && client.refresh_seconds > self.pass_days() * DAY
    }

    fn exempts(&self, client: &Client) -> bool {
        self.exempt().any(|id| id == client.id)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// A gate that is on and exempts `machine`, with one variable changed.
    pub(crate) fn gate(name: &str, value: &str) -> Gate {
        let variables =
            [("LEDGER_TABLE_NAME", "ledger"), ("OTP_TOKEN_GATE_EXEMPT_CLIENTS", "other,machine"), (name, value)];
        Gate::read(&variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()).unwrap()
    }

    fn client(id: &str, flows: &[&str], oauth: &[&str]) -> Client {
        Client::from_json(&json!({ "ClientId": id, "ExplicitAuthFlows": flows,
            "AllowedOAuthFlowsUserPoolClient": !oauth.is_empty(), "AllowedOAuthFlows": oauth,
            "SupportedIdentityProviders": ["COGNITO"] }))
    }

    #[test]
    fn an_app_client_gets_tokens_by_the_call_or_by_exemption() {
        let gate = gate("OTP_TOKEN_GATE", "on");
        for (client, tokens) in [
            (client("app", &["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"], &[]), Tokens::ByCall),
            (client("app", &["ALLOW_CUSTOM_AUTH"], &["code"]), Tokens::Mixed),
            (client("app", &["ALLOW_CUSTOM_AUTH"], &["client_credentials"]), Tokens::ByCall),
            (client("app", &["ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH"], &[]), Tokens::Mixed),
            // Cognito's default.
            (client("app", &[], &[]), Tokens::Mixed),
            (client("app", &["ALLOW_USER_SRP_AUTH"], &[]), Tokens::Never),
            (client("app", &["ALLOW_REFRESH_TOKEN_AUTH"], &["code"]), Tokens::Never),
            (client("app", &["ALLOW_REFRESH_TOKEN_AUTH"], &["client_credentials"]), Tokens::ForPrograms),
            (client("machine", &["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"], &[]), Tokens::Exempt),
        ] {
            assert_eq!(gate.tokens(&client, &["login.example.com".to_owned()]), tokens, "{client:?}");
        }
        // Without a domain there is no managed login.
        assert_eq!(gate.tokens(&client("app", &["ALLOW_CUSTOM_AUTH"], &["code"]), &[]), Tokens::ByCall);
    }

    #[test]
    fn a_refresh_token_must_not_live_longer_than_a_pass() {
        let gate = gate("OTP_REFRESH_TOKEN_DAYS", "7");
        assert_eq!(gate.pass_days(), 7);
        let living = |id: &str, refresh_seconds| Client { refresh_seconds, ..client(id, &["ALLOW_CUSTOM_AUTH"], &[]) };
        assert!(!gate.is_outlived_by(&living("app", 7 * DAY)));
        assert!(gate.is_outlived_by(&living("app", 7 * DAY + 1)));
        // These have no passes.
        assert!(!gate.is_outlived_by(&living("machine", 8 * DAY)));
        let never = Client { flows: Some(vec!["ALLOW_USER_SRP_AUTH".to_owned()]), ..living("app", 8 * DAY) };
        assert!(!gate.is_outlived_by(&never));
    }

    #[test]
    fn settings_are_read_as_the_function_reads_them() {
        assert!(gate("OTP_TOKEN_GATE", "").is_on() && !gate("OTP_TOKEN_GATE", "observe").is_on());
        assert!(gate("OTP_TOKEN_GATE_FEDERATED", "allow").allows_federated());
        let wrong = BTreeMap::from([("OTP_TOKEN_GATE".to_owned(), "off".to_owned())]);
        assert!(Gate::read(&wrong).unwrap_err().to_string().contains("OTP_TOKEN_GATE"));
    }
}
