//! An app client.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pool::texts;

/// What the checks want to know of an app client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `ExplicitAuthFlows`. Nothing stands for Cognito's default.
    pub flows: Option<Vec<String>>,
    /// The OAuth flows that it may use, if it may use any.
    pub oauth_flows: Vec<String>,
    /// Who signs in for it: `COGNITO` and others.
    pub identity_providers: Vec<String>,
    /// `PreventUserExistenceErrors`.
    pub hides_users: bool,
    /// `AuthSessionValidity`, in minutes.
    pub session_minutes: u64,
    /// What its users may write. Nothing stands for all standard attributes.
    pub write_attributes: Option<Vec<String>>,
}

impl Client {
    /// Reads `DescribeUserPoolClient`'s `UserPoolClient`. Its secret is left where it is.
    #[must_use]
    pub fn from_json(client: &Value) -> Self {
        let text = |name: &str| client[name].as_str().unwrap_or_default().to_owned();
        // An empty list is Cognito's way to say that none was given.
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
        }
    }

    /// The flows that are on. Without any that were given, these are Cognito's.
    #[must_use]
    pub fn flows(&self) -> Vec<&str> {
        match &self.flows {
            Some(flows) => flows.iter().map(String::as_str).collect(),
            None => vec!["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        }
    }

    /// Whether it can sign in with the call.
    #[must_use]
    pub fn signs_in_with_the_call(&self) -> bool {
        self.flows().iter().any(|flow| ["ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"].contains(flow))
    }
}
