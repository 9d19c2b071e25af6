//! An answer as one conditional write: the rules of [`UserRow::judge`](sign_in::ledger::UserRow::judge) in DynamoDB's
//! expressions.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use sign_in::ledger::{CodeAttempt, FailureLimits, UserKey};

use super::item::{KEY, hash, id, keep_for_days, number};

/// The attribute that identifies the last write of an answer. If the SDK gets no response it sends the write again,
/// and that must not count twice.
const LAST_WRITE: &str = "lastAnswer";

/// The update for an answer. `write` is a random number that identifies it. If the condition fails, DynamoDB returns
/// the row as it is.
pub(super) fn update(
    request: UpdateItemFluentBuilder,
    key: &UserKey,
    attempt: &CodeAttempt,
    limits: &FailureLimits,
    write: u64,
) -> UpdateItemFluentBuilder {
    let now = attempt.now;
    let mut condition =
        "challengeId = :id AND attribute_not_exists(usedBy) AND expiresAt > :now AND attemptsLeft > :zero \
         AND (attribute_not_exists(lastAnswer) OR lastAnswer <> :write)"
            .to_owned();
    let mut request = request
        .key(KEY, AttributeValue::S(key.as_str().to_owned()))
        .expression_attribute_values(":id", id(attempt.challenge))
        .expression_attribute_values(":write", hash(write))
        .expression_attribute_values(":now", number(now))
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":one", number(1))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    if limits.max > 0 {
        condition.push_str(" AND failures < :max");
        request = request.expression_attribute_values(":max", number(limits.max.into()));
    }
    if limits.lockout > 0 {
        condition.push_str(" AND (failures < :lockout OR failedAt <= :unlocked)");
        request = request
            .expression_attribute_values(":lockout", number(limits.lockout.into()))
            .expression_attribute_values(":unlocked", number(now.saturating_sub(limits.lockout_seconds)));
    }
    let request = request.condition_expression(condition);
    // `Item::of_user` says which rows may be deleted.
    if attempt.right {
        return request
            .update_expression(
                "SET lastAnswer = :write, usedBy = :signIn, usedAt = :now, failures = :zero, deleteAfter = :deleteAfter \
                 ADD revision :one REMOVE failedAt",
            )
            .expression_attribute_values(":signIn", hash(attempt.sign_in))
            .expression_attribute_values(":deleteAfter", number(keep_for_days(now)));
    }
    let wrong =
        "SET lastAnswer = :write, attemptsLeft = attemptsLeft - :one, failures = failures + :one, failedAt = :now";
    if key.is_unknown_user() {
        return request
            .update_expression(format!("{wrong}, deleteAfter = :deleteAfter ADD revision :one"))
            .expression_attribute_values(":deleteAfter", number(keep_for_days(now)));
    }
    request.update_expression(format!("{wrong} ADD revision :one REMOVE deleteAfter"))
}

/// Whether a row is as this write left it.
pub(super) fn is_of(item: &HashMap<String, AttributeValue>, write: u64) -> bool {
    item.get(LAST_WRITE) == Some(&hash(write))
}
