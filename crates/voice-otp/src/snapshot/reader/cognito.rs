//! Reads a user pool and its app clients.

use serde_json::{Value, json};

use super::{Found, Reader, found, text};
use crate::aws::{AwsError, Operation};
use crate::snapshot::{Client, Pool};

impl Reader<'_> {
    pub(super) async fn pool(&self, id: &str) -> Found<Pool> {
        if id.is_empty() {
            return Found::Unnamed;
        }
        let answer = self.aws.json(Operation::DESCRIBE_USER_POOL, json!({ "UserPoolId": id })).await;
        found(id, answer.map(|answer| Pool::from_json(&answer["UserPool"])))
    }

    pub(super) async fn clients(&self, pool: &str) -> Found<Vec<Client>> {
        if pool.is_empty() {
            return Found::Unnamed;
        }
        found(pool, self.all_clients(pool).await)
    }

    pub(super) async fn identity_providers(&self, pool: &str) -> Found<Vec<String>> {
        if pool.is_empty() {
            return Found::Unnamed;
        }
        found(pool, self.all_identity_providers(pool).await)
    }

    /// The app clients of a pool.
    pub(crate) async fn all_clients(&self, pool: &str) -> Result<Vec<Client>, AwsError> {
        let mut clients = Vec::new();
        let mut page = json!({ "UserPoolId": pool, "MaxResults": 60 });
        loop {
            let answer = self.aws.json(Operation::LIST_USER_POOL_CLIENTS, page.clone()).await?;
            for client in answer["UserPoolClients"].as_array().into_iter().flatten() {
                let which = json!({ "UserPoolId": pool, "ClientId": client["ClientId"] });
                let answer = self.aws.json(Operation::DESCRIBE_USER_POOL_CLIENT, which).await?;
                clients.push(Client::from_json(&answer["UserPoolClient"]));
            }
            match &answer["NextToken"] {
                Value::String(token) => page["NextToken"] = json!(token),
                _ => return Ok(clients),
            }
        }
    }

    /// The names of a pool's identity providers.
    pub(crate) async fn all_identity_providers(&self, pool: &str) -> Result<Vec<String>, AwsError> {
        let mut names = Vec::new();
        let mut page = json!({ "UserPoolId": pool, "MaxResults": 60 });
        loop {
            let answer = self.aws.json(Operation::LIST_IDENTITY_PROVIDERS, page.clone()).await?;
            let providers = answer["Providers"].as_array().into_iter().flatten();
            names.extend(providers.map(|provider| text(&provider["ProviderName"])));
            match &answer["NextToken"] {
                Value::String(token) => page["NextToken"] = json!(token),
                _ => return Ok(names),
            }
        }
    }
}
