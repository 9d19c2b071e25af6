//! Reads a user pool and its app clients.

use serde_json::{Value, json};

use super::{Found, Reader, found};
use crate::aws::{AwsError, Operation};
use crate::snapshot::{Client, Pool};

/// `DescribeUserPool`.
pub(crate) const DESCRIBE_POOL: Operation = Operation::new("cognito-idp", "DescribeUserPool");
const LIST_CLIENTS: Operation = Operation::new("cognito-idp", "ListUserPoolClients");
const DESCRIBE_CLIENT: Operation = Operation::new("cognito-idp", "DescribeUserPoolClient");

impl Reader<'_> {
    pub(super) async fn pool(&self, id: &str) -> Found<Pool> {
        if id.is_empty() {
            return Found::Unnamed;
        }
        let answer = self.aws.json(DESCRIBE_POOL, json!({ "UserPoolId": id })).await;
        found(id, answer.map(|answer| Pool::from_json(&answer["UserPool"])))
    }

    pub(super) async fn clients(&self, pool: &str) -> Found<Vec<Client>> {
        if pool.is_empty() {
            return Found::Unnamed;
        }
        found(pool, self.all_clients(pool).await)
    }

    async fn all_clients(&self, pool: &str) -> Result<Vec<Client>, AwsError> {
        let mut clients = Vec::new();
        let mut page = json!({ "UserPoolId": pool, "MaxResults": 60 });
        loop {
            let answer = self.aws.json(LIST_CLIENTS, page.clone()).await?;
            for client in answer["UserPoolClients"].as_array().into_iter().flatten() {
                let which = json!({ "UserPoolId": pool, "ClientId": client["ClientId"] });
                let answer = self.aws.json(DESCRIBE_CLIENT, which).await?;
                clients.push(Client::from_json(&answer["UserPoolClient"]));
            }
            match &answer["NextToken"] {
                Value::String(token) => page["NextToken"] = json!(token),
                _ => return Ok(clients),
            }
        }
    }
}
