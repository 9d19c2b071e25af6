//! An app client.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pool::texts;

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

    /// The flows that are on. If none are set, these are Cognito's default flows.
    #[must_use]
    pub fn flows(&self) -> Vec<&str> {
        match &self.flows {
            Some(flows) => flows.iter().map(String::as_str).collect(),
            None => vec!["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        }
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
    fn without_a_list_users_write_the_standard_attributes() {
        let client = Client::from_json(&json!({}));
        assert!(client.writes("nickname") && client.writes("phone_number") && !client.writes("custom:tel"));
        let client = Client::from_json(&json!({ "WriteAttributes": ["custom:tel"] }));
        assert!(client.writes("custom:tel") && !client.writes("nickname"));
    }
}
