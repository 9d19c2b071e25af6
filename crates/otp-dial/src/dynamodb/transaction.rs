//! The transaction of a call: both rows and the counters, all or nothing.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use sign_in::creation::Written;
use sign_in::error::LedgerError;
use sign_in::ledger::Counter;

use super::item::{Item, KEY, keep_for_days, number};

/// The result of a cancelled transaction, by its reason codes. There is one for each action: the user's row, the
/// number's, then the counters.
pub(super) fn written(codes: &[&str]) -> Result<Written, LedgerError> {
    const FAILED: &str = "ConditionalCheckFailed";
    if let Some(code) = codes.iter().find(|code| !["None", FAILED, "TransactionConflict"].contains(code)) {
        return Err(LedgerError::canceled(code));
    }
    match codes.iter().position(|&code| code != "None") {
        // The limit refuses the call only if there is no conflict too.
        Some(index @ 2..) if codes[index] == FAILED => Ok(Written::Full(index - 2)),
        _ => Ok(Written::Conflict),
    }
}

/// Replaces a row if it has the revision that was read; `None` if there was no row.
pub(super) fn put(table: &str, item: Item, revision: Option<u64>) -> TransactWriteItem {
    let put = Put::builder().table_name(table);
    let put = put.set_item(Some(item.with_revision(revision.map_or(0, |revision| revision.wrapping_add(1)))));
    let put = match revision {
        None => put.condition_expression("attribute_not_exists(pk)"),
        Some(revision) => {
            put.condition_expression("revision = :revision").expression_attribute_values(":revision", number(revision))
        }
    };
    TransactWriteItem::builder().put(put.build().expect("table and item are set")).build()
}

/// Adds one to a counter that has room.
pub(super) fn count(table: &str, counter: &Counter) -> TransactWriteItem {
    let update = update(table, counter)
        .update_expression("SET deleteAfter = :deleteAfter ADD calls :one")
        .condition_expression("attribute_not_exists(calls) OR calls < :most")
        .expression_attribute_values(":most", number(counter.most().into()))
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":deleteAfter", number(keep_for_days(counter.ends_at())));
    TransactWriteItem::builder().update(update.build().expect("table, key and expression are set")).build()
}

/// Takes one from a counter. The row exists, since the call was counted a moment ago.
pub(super) fn count_back(table: &str, counter: &Counter) -> TransactWriteItem {
    let update = update(table, counter)
        .update_expression("ADD calls :back")
        .expression_attribute_values(":back", AttributeValue::N("-1".to_owned()));
    TransactWriteItem::builder().update(update.build().expect("table, key and expression are set")).build()
}

fn update(table: &str, counter: &Counter) -> UpdateBuilder {
    Update::builder().table_name(table).key(KEY, AttributeValue::S(counter.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: &str = "None";
    const FAILED: &str = "ConditionalCheckFailed";
    const CONFLICT: &str = "TransactionConflict";

    #[test]
    fn a_limit_refuses_only_if_nothing_else_is_in_the_way() {
        for (codes, expected) in [
            ([NONE, NONE, FAILED, NONE], Written::Full(0)),
            ([NONE, NONE, NONE, FAILED], Written::Full(1)),
            ([FAILED, NONE, FAILED, NONE], Written::Conflict),
            ([NONE, FAILED, NONE, NONE], Written::Conflict),
            ([NONE, NONE, CONFLICT, FAILED], Written::Conflict),
            ([NONE, NONE, CONFLICT, NONE], Written::Conflict),
        ] {
            assert_eq!(written(&codes), Ok(expected), "{codes:?}");
        }
    }

    #[test]
    fn what_is_no_condition_is_a_fault() {
        for code in ["ThrottlingError", "ProvisionedThroughputExceeded", "ValidationError", "SomethingNew"] {
            assert_eq!(written(&[NONE, FAILED, code]).unwrap_err().cause, code);
        }
    }
}
