//! Reads the ledger's table.

use serde_json::{Value, json};

use super::{Found, Reader, found};
use crate::aws::{AwsError, Operation};
use crate::snapshot::Table;

const DESCRIBE_TABLE: Operation = Operation::new("dynamodb", "DescribeTable");
const DESCRIBE_TIME_TO_LIVE: Operation = Operation::new("dynamodb", "DescribeTimeToLive");

impl Reader<'_> {
    pub(super) async fn table(&self, name: Option<String>) -> Found<Table> {
        let Some(name) = name else { return Found::Unnamed };
        let answers: Result<(Value, Value), AwsError> = async {
            let which = json!({ "TableName": name });
            Ok((
                self.aws.json(DESCRIBE_TABLE, which.clone()).await?,
                self.aws.json(DESCRIBE_TIME_TO_LIVE, which).await?,
            ))
        }
        .await;
        found(&name, answers.map(|(table, time)| Table::from_json(&table["Table"], &time["TimeToLiveDescription"])))
    }
}
