//! An app client.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pool::texts;

/// The flows that require the call, or a refresh token from a sign-in that did.
const SAFE_FLOWS: [&str; 3] = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "CUSTOM_AUTH_FLOW_ONLY"];

/// Cognito's default.
const DEFAULT_FLOWS: [&str; 3] = ["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];

/// An app client of the user pool, as far as the checks need it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `ExplicitAuthFlows`. `None` means Cognito's default.
    pub flows: Option<Vec<String>>,
    /// The OAuth flows that it may use, if it may use any.
    pub oauth_flows: Vec<String>,
    /// Its identity providers: `COGNITO` and others.
    pub identity_providers: Vec<String>,
    /// `PreventUserExistenceErrors`.
    pub hides_users: bool,
    /// `AuthSessionValidity`, in minutes.
    pub session_minutes: u64,
    /// The attributes that its users may write. `None` means all standard attributes.
    pub write_attributes: Option<Vec<String>>,
    /// How long a refresh token is valid, in seconds.
    pub refresh_seconds: u64,
    /// Whether refresh tokens can be revoked.
    pub revokes: bool,
}

impl Client {
    /// Reads `DescribeUserPoolClient`'s `UserPoolClient`. The client's secret is not read.
    #[must_use]
    pub fn from_json(client: &Value) -> Self {
        let text = |name: &str| client[name].as_str().unwrap_or_default().to_owned();
        // Cognito returns an empty list if none was given.
        let given = |name: &str| Some(texts(&client[name])).filter(|texts| !texts.is_empty());
        let has_oauth = client["AllowedOAuthFlowsUserPoolClient"] == true;
        Self {
            id: text("ClientId"),
            name: text("ClientName"),
            flows: given("ExplicitAuthFlows"),
            oauth_flows: if has_oauth { texts(&client["AllowedOAuthFlows"]) } else { Vec::new() },
            identity_providers: texts(&client["SupportedIdentityProviders"]),
            hides_users: client["PreventUserExistenceErrors"] == "ENABLED",
            session_minutes: client["AuthSessionValidity"].as_u64().unwrap_or(3),
            write_attributes: given("WriteAttributes"),
            refresh_seconds: refresh_seconds(client),
            revokes: client["EnableTokenRevocation"] == true,
        }
    }

    /// The flows that are on. If none are set, these are Cognito's default flows. The older names, without `ALLOW_`, add
    /// flows to the default, but for `CUSTOM_AUTH_FLOW_ONLY`.
    #[must_use]
    pub fn flows(&self) -> Vec<&str> {
        let set: Vec<_> = self.flows.iter().flatten().map(String::as_str).collect();
        let is_whole = |flow: &&str| flow.starts_with("ALLOW_") || *flow == "CUSTOM_AUTH_FLOW_ONLY";
        if set.iter().any(is_whole) { set } else { [set, DEFAULT_FLOWS.to_vec()].concat() }
    }

    /// The flows that let users in without the call.
    #[must_use]
    pub fn flows_without_the_call(&self) -> Vec<&str> {
        let mut flows = self.flows();
        flows.retain(|flow| !SAFE_FLOWS.contains(flow));
        flows
    }

    /// Whether managed login issues tokens to its users. `client_credentials` lets programs in, not users.
    #[must_use]
    pub fn has_managed_login(&self) -> bool {
        self.oauth_flows.iter().any(|flow| flow != "client_credentials")
    }

    /// Whether users of the pool sign in on its managed login, with a password. Users of identity providers do not
    /// count. Without a list of providers, we assume that they do.
    #[must_use]
    pub fn takes_passwords_on_managed_login(&self) -> bool {
        let providers = &self.identity_providers;
        self.has_managed_login() && (providers.is_empty() || providers.iter().any(|name| name == "COGNITO"))
    }

    /// The ways in which users of the pool sign in beside the call, if the pool has these domains of managed login.
    /// Cognito gives them all the same source at Pre Token Generation.
    #[must_use]
    pub fn ways_beside_the_call(&self, domains: &[String]) -> Vec<String> {
        let mut ways: Vec<_> = self.flows_without_the_call().into_iter().map(str::to_owned).collect();
        if self.takes_passwords_on_managed_login() && !domains.is_empty() {
            ways.push(format!("managed login at {}", domains.join(" and ")));
        }
        ways
    }

    /// Whether it is for programs alone: no user signs in.
    #[must_use]
    pub fn is_for_programs(&self) -> bool {
        let by_flow = self.flows().iter().any(|flow| *flow != "ALLOW_REFRESH_TOKEN_AUTH");
        !by_flow && !self.has_managed_login() && !self.oauth_flows.is_empty()
    }

    /// Whether its users can write an attribute. By default they can write all standard attributes.
    #[must_use]
    pub fn writes(&self, attribute: &str) -> bool {
        match &self.write_attributes {
            Some(attributes) => attributes.iter().any(|own| own == attribute),
            None => !attribute.starts_with("custom:"),
        }
    }

    /// Whether it can sign in with the call.
    #[must_use]
    pub fn signs_in_with_the_call(&self) -> bool {
        self.flows().iter().any(|flow| ["ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"].contains(flow))
    }
}

/// `RefreshTokenValidity`, in days unless `TokenValidityUnits` says otherwise. 30 days is Cognito's default.
fn refresh_seconds(client: &Value) -> u64 {
    let unit = match client["TokenValidityUnits"]["RefreshToken"].as_str() {
        Some("seconds") => 1,
        Some("minutes") => 60,
        Some("hours") => 3_600,
        _ => 86_400,
    };
    match client["RefreshTokenValidity"].as_u64() {
        None | Some(0) => 30 * 86_400,
        Some(validity) => validity.saturating_mul(unit),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refresh_token_works_for_days_unless_another_unit_is_given() {
        for (client, seconds) in [
            (json!({}), 30 * 86_400),
            (json!({ "RefreshTokenValidity": 0 }), 30 * 86_400),
            (json!({ "RefreshTokenValidity": 3650 }), 3650 * 86_400),
            (json!({ "RefreshTokenValidity": 12, "TokenValidityUnits": { "RefreshToken": "hours" } }), 12 * 3_600),
            (json!({ "RefreshTokenValidity": 90, "TokenValidityUnits": { "IdToken": "hours" } }), 90 * 86_400),
        ] {
            assert_eq!(Client::from_json(&client).refresh_seconds, seconds, "{client}");
        }
    }

    #[test]
    fn older_names_of_flows_add_to_the_default() {
        for (flows, without_the_call) in [
            (json!([]), &["ALLOW_USER_SRP_AUTH"][..]),
            (json!(["ADMIN_NO_SRP_AUTH"]), &["ADMIN_NO_SRP_AUTH", "ALLOW_USER_SRP_AUTH"]),
            (json!(["CUSTOM_AUTH_FLOW_ONLY"]), &[]),
            (json!(["CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"]), &["USER_PASSWORD_AUTH"]),
            (json!(["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]), &[]),
            (json!(["ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH"]), &["ALLOW_USER_AUTH"]),
        ] {
            let client = Client::from_json(&json!({ "ExplicitAuthFlows": flows }));
            assert_eq!(client.flows_without_the_call(), without_the_call, "{flows}");
            assert!(client.signs_in_with_the_call(), "{flows}");
        }
    }

    #[test]
    fn managed_login_takes_passwords_of_the_pools_users_unless_it_is_for_others_alone() {
        for (providers, oauth, takes) in [
            (json!(["COGNITO", "Google"]), "implicit", true),
            (json!(null), "code", true),
            (json!(["Google"]), "code", false),
            (json!(["COGNITO"]), "client_credentials", false),
        ] {
            let client = Client::from_json(&json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"],
                "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": [oauth],
                "SupportedIdentityProviders": providers }));
            assert_eq!(client.takes_passwords_on_managed_login(), takes, "{client:?}");
            let ways: &[&str] = if takes { &["managed login at login.example.com"] } else { &[] };
            assert_eq!(client.ways_beside_the_call(&["login.example.com".to_owned()]), ways);
            assert_eq!(client.ways_beside_the_call(&[]), [""; 0]);
        }
    }

    #[test]
    fn a_client_of_programs_has_no_users() {
        for (flows, oauth, is_for_programs) in [
            (&["ALLOW_REFRESH_TOKEN_AUTH"][..], &["client_credentials"][..], true),
            (&["ALLOW_REFRESH_TOKEN_AUTH"], &["code", "client_credentials"], false),
            (&["ALLOW_REFRESH_TOKEN_AUTH"], &[], false),
            (&["ALLOW_USER_SRP_AUTH"], &["client_credentials"], false),
            (&[], &["client_credentials"], false),
        ] {
            let client = json!({ "ExplicitAuthFlows": flows, "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": oauth });
            assert_eq!(Client::from_json(&client).is_for_programs(), is_for_programs, "{client}");
        }
    }

    #[test]
    fn without_a_list_users_write_the_standard_attributes() {
        let client = Client::from_json(&json!({}));
        assert!(client.writes("nickname") && client.writes("phone_number") && !client.writes("custom:tel"));
        let client = Client::from_json(&json!({ "WriteAttributes": ["custom:tel"] }));
        assert!(client.writes("custom:tel") && !client.writes("nickname"));
    }
}
