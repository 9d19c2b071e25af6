//! What a call writes: rows and counters, all or none.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use sign_in::creation::Written;
use sign_in::error::LedgerError;
use sign_in::ledger::budget::Counter;

use super::error::canceled;
use super::item::{Item, KEY, keep_for_days, number};

/// What came of a cancelled transaction, by its codes, one for each action: the user's row, the number's, then the counters.
pub(super) fn written(codes: &[&str]) -> Result<Written, LedgerError> {
    const FAILED: &str = "ConditionalCheckFailed";
    if let Some(code) = codes.iter().find(|code| !["None", FAILED, "TransactionConflict"].contains(code)) {
        return Err(canceled(code));
    }
    match codes.iter().position(|&code| code != "None") {
        // Only if nothing else is in the way is it the limit that refuses.
        Some(index @ 2..) if codes[index] == FAILED => Ok(Written::Full(index - 2)),
        _ => Ok(Written::Conflict),
    }
}

/// A row in place of the one that was read.
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

/// One more, if there is room.
pub(super) fn count(table: &str, counter: &Counter) -> TransactWriteItem {
    let update = update(table, counter)
        .update_expression("SET deleteAfter = :deleteAfter ADD calls :one")
        .condition_expression("attribute_not_exists(calls) OR calls < :most")
        .expression_attribute_values(":most", number(counter.most().into()))
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":deleteAfter", number(keep_for_days(counter.ends_at())));
    TransactWriteItem::builder().update(update.build().expect("table, key and expression are set")).build()
}

/// One less. It was counted a moment ago, so the row is there.
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
