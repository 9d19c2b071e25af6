//! Conditional writes of a user's row, in DynamoDB's expressions.
//!
//! An answer is written by the rules of [`UserRow::judge`](sign_in::ledger::UserRow::judge). A call that asks for its
//! code is by those of [`UserRow::hear`](sign_in::ledger::UserRow::hear). One that denies the sign-in is by those of
//! [`UserRow::deny`](sign_in::ledger::UserRow::deny). The signature of a trusted device is by those of
//! [`UserRow::use_device`](sign_in::ledger::UserRow::use_device).

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use sign_in::ledger::row_write::Attempt;
use sign_in::ledger::{CodeAttempt, DenialAttempt, DeviceAttempt, FailureLimits, HearingAttempt, PassLife, UserKey};

use super::item::{KEY, hash, id, keep_for_days, number, pass_name};

/// The attribute that identifies the last write of an answer. If the SDK gets no response it sends the write again,
/// and that must not count twice.
const LAST_WRITE: &str = "lastAnswer";

/// What an update needs beside its attempt.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// The row.
    pub key: &'a UserKey,
    /// What locks the user.
    pub limits: &'a FailureLimits,
    /// For how long a pass is good.
    pub pass_life: PassLife,
    /// A random number that identifies the update.
    pub write: u64,
}

/// An attempt that DynamoDB can write.
pub trait RowUpdate: Attempt {
    /// The update. If the condition fails, DynamoDB returns the row as it is.
    fn update(&self, request: UpdateItemFluentBuilder, update: Update<'_>) -> UpdateItemFluentBuilder;
}

impl RowUpdate for CodeAttempt {
    fn update(&self, request: UpdateItemFluentBuilder, update: Update<'_>) -> UpdateItemFluentBuilder {
        let &Self { challenge, now, .. } = self;
        let Update { key, pass_life, write, .. } = update;
        let mut condition = "(attribute_not_exists(heardCall) OR heardCall > :zero) \
                             AND (attribute_not_exists(lastAnswer) OR lastAnswer <> :write)"
            .to_owned();
        let mut request = request;
        if let Some(device) = &self.enrolment.device {
            condition.push_str(" AND calledNumber = :calledNumber");
            request = request.expression_attribute_values(":calledNumber", hash(device.number));
        }
        let request = open(request, update, challenge, &condition, now)
            .expression_attribute_values(":write", hash(write))
            .expression_attribute_values(":one", number(1));
        // `Item::of_user` says which rows may be deleted.
        if self.right {
            let right = "SET lastAnswer = :write, usedBy = :signIn, usedAt = :now, failures = :zero, deleteAfter = :deleteAfter";
            // An earlier pass does not end later, nor does an earlier device. A device notes passes until it expires.
            let last_pass = self.enrolment.terms.map_or(now, |terms| terms.expires_at.max(now));
            let request = request
                .expression_attribute_values(":signIn", hash(self.sign_in))
                .expression_attribute_values(":deleteAfter", number(keep_for_days(pass_life.ends_at(last_pass))));
            let (device, request) = match &self.enrolment.device {
                Some(device) => (
                    ", devices :devices",
                    request.expression_attribute_values(":devices", AttributeValue::Ss(vec![device.to_string()])),
                ),
                None => ("", request),
            };
            let (pass, request) = match &self.client {
                Some(client) => (", #pass = :now", request.expression_attribute_names("#pass", pass_name(client))),
                None => ("", request),
            };
            return request.update_expression(format!("{right}{pass} ADD revision :one{device} REMOVE failedAt"));
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
}

/// Needs no mark: the same write again changes nothing.
impl RowUpdate for HearingAttempt {
    fn update(&self, request: UpdateItemFluentBuilder, update: Update<'_>) -> UpdateItemFluentBuilder {
        let Self { challenge, listener, now } = *self;
        let condition = "(attribute_not_exists(heardCall) OR heardCall < :call \
                         OR (heardCall = :call AND heardContact = :contact))";
        open(request, update, challenge, condition, now)
            .update_expression("SET heardCall = :call, heardContact = :contact ADD revision :one")
            .expression_attribute_values(":call", number(listener.call.into()))
            .expression_attribute_values(":contact", id(listener.contact))
            .expression_attribute_values(":one", number(1))
    }
}

/// Needs no mark: the same write again changes nothing.
impl RowUpdate for DenialAttempt {
    fn update(&self, request: UpdateItemFluentBuilder, update: Update<'_>) -> UpdateItemFluentBuilder {
        of_row(request, update.key)
            .expression_attribute_values(":now", number(self.now))
            .expression_attribute_values(":zero", number(0))
            .condition_expression("attribute_exists(challengeId)")
            .update_expression("SET deniedAt = :now, attemptsLeft = :zero ADD revision :one")
            .expression_attribute_values(":one", number(1))
    }
}

/// Needs no mark: if the same write comes again, the row says that the nonce is the one that was used.
impl RowUpdate for DeviceAttempt {
    fn update(&self, request: UpdateItemFluentBuilder, update: Update<'_>) -> UpdateItemFluentBuilder {
        let &Self { ref device, nonce, issued_at, ref client, now } = self;
        of_row(request, update.key)
            .condition_expression(
                "contains(devices, :device) AND (attribute_not_exists(deviceNonceAt) OR deviceNonceAt < :issuedAt)",
            )
            .update_expression(
                "SET deviceNonce = :nonce, deviceNonceAt = :issuedAt, deviceUsedAt = :now, #pass = :now ADD revision :one",
            )
            .expression_attribute_names("#pass", pass_name(client))
            .expression_attribute_values(":device", AttributeValue::S(device.to_string()))
            .expression_attribute_values(":nonce", id(nonce))
            .expression_attribute_values(":issuedAt", number(issued_at))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":one", number(1))
    }
}

/// Whether a row is as this write left it.
pub(super) fn is_of(item: &HashMap<String, AttributeValue>, write: u64) -> bool {
    item.get(LAST_WRITE) == Some(&hash(write))
}

/// The condition that a right answer to the challenge would be accepted, and that `condition` holds too. It uses the
/// values `:id`, `:now`, `:zero`, `:allowed`, `:max`, `:lockout` and `:unlocked`.
fn open(
    request: UpdateItemFluentBuilder,
    Update { key, limits, .. }: Update<'_>,
    challenge: u128,
    condition: &str,
    now: u64,
) -> UpdateItemFluentBuilder {
    let mut condition = format!(
        "challengeId = :id AND attribute_not_exists(usedBy) AND expiresAt > :now AND attemptsLeft > :zero \
         AND (attribute_not_exists(deniedAt) OR deniedAt <= :allowed) AND {condition}"
    );
    let mut request = of_row(request, key)
        .expression_attribute_values(":now", number(now))
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":id", id(challenge))
        .expression_attribute_values(":allowed", number(now.saturating_sub(limits.denied_seconds)));
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
    request.condition_expression(condition)
}

/// An update of this user's row.
fn of_row(request: UpdateItemFluentBuilder, key: &UserKey) -> UpdateItemFluentBuilder {
    request
        .key(KEY, AttributeValue::S(key.as_str().to_owned()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
}
