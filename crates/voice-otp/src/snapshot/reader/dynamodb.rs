//! Reads the ledger's table.

use serde_json::{Value, json};

use super::{Found, Reader, found};
use crate::aws::{AwsError, Operation};
use crate::snapshot::Table;

impl Reader<'_> {
    pub(super) async fn table(&self, name: Option<String>) -> Found<Table> {
        let Some(name) = name else { return Found::Unnamed };
        let answers: Result<(Value, Value), AwsError> = async {
            let which = json!({ "TableName": name });
            Ok((
                self.aws.json(Operation::DESCRIBE_TABLE, which.clone()).await?,
                self.aws.json(Operation::DESCRIBE_TIME_TO_LIVE, which).await?,
            ))
        }
        .await;
        found(&name, answers.map(|(table, time)| Table::from_json(&table["Table"], &time["TimeToLiveDescription"])))
    }
}
