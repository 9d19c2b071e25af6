//! Changes of a row that exists, without reading it: what operators and denials do.

use std::time::Instant;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use sign_in::device::DeviceId;
use sign_in::error::LedgerError;
use sign_in::ledger::conflict::{MAX_CONFLICTS, pause_before};
use sign_in::ledger::{NumberKey, UserKey};

use super::error::ledger_error;
use super::item::{self, KEY, keep_for_days, number};
use super::{Store, random, within};

impl Store {
    /// Clears a user's wrong codes and denial, which unlocks the user. Returns `false` if there is no such row. The
    /// passes stay: Cognito revokes no refresh token either. `devices_until`: when the last trusted device expires, in
    /// seconds since the Unix epoch; `None` forgets all devices. `now` is in the same unit.
    pub async fn clear_failures(
        &self,
        key: &UserKey,
        devices_until: Option<u64>,
        now: u64,
        deadline: Instant,
    ) -> Result<bool, LedgerError> {
        let devices = if devices_until.is_none() { ", devices" } else { "" };
        let last_pass = devices_until.unwrap_or(0).max(now);
        let update = self
            .update(key.as_str())
            .update_expression(format!(
                "SET failures = :zero, deleteAfter = :deleteAfter ADD revision :one REMOVE failedAt, deniedAt{devices}"
            ))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":deleteAfter", number(keep_for_days(self.pass_life.ends_at(last_pass))));
        self.update_row(update, deadline).await
    }

    /// Forgets a trusted device of a user, or all if `device` is `None`. Returns `false` if there is none.
    pub async fn forget_devices(
        &self,
        key: &UserKey,
        device: Option<&DeviceId>,
        deadline: Instant,
    ) -> Result<bool, LedgerError> {
        let Some(device) = device else {
            // Whatever is there.
            let update = self.update(key.as_str()).update_expression("ADD revision :one REMOVE devices");
            return self.update_row(update.condition_expression("attribute_exists(devices)"), deadline).await;
        };
        let item = within(Self::until(deadline), self.item(key.as_str())).await?.unwrap_or_default();
        // A device that was renewed is there more than once.
        let forgotten: Vec<_> =
            item::devices(&item).filter(|known| known.key.id() == *device).map(|known| known.to_string()).collect();
        if forgotten.is_empty() {
            return Ok(false);
        }
        let update = self
            .update(key.as_str())
            .update_expression("ADD revision :one DELETE devices :devices")
            .expression_attribute_values(":devices", AttributeValue::Ss(forgotten));
        self.update_row(update, deadline).await
    }

    /// Notes that the code of a call is not for whoever has this number. `now` is in seconds since the Unix epoch. Returns
    /// `false` if there is no such row.
    pub(crate) async fn deny_number(&self, key: &NumberKey, now: u64, deadline: Instant) -> Result<bool, LedgerError> {
        let update = self
            .update(key.as_str())
            .update_expression("SET deniedAt = :now, deleteAfter = :deleteAfter ADD revision :one")
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":deleteAfter", number(keep_for_days(now)));
        self.update_row(update, deadline).await
    }

    /// Clears that somebody said in a call to this number that a code of Cognito's is not for them. Returns `false` if nobody
    /// has.
    pub async fn clear_denial(&self, key: &NumberKey, deadline: Instant) -> Result<bool, LedgerError> {
        let update = self
            .update(key.as_str())
            .update_expression("ADD revision :one REMOVE deniedAt")
            .condition_expression("attribute_exists(deniedAt)");
        self.update_row(update, deadline).await
    }

    /// An update of a row that exists. Its expression needs `:one`.
    fn update(&self, key: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table_name)
            .key(KEY, AttributeValue::S(key.to_owned()))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":one", number(1))
    }

    /// Sends an update until no other write is in its way. Returns `false` if there is no such row.
    async fn update_row(&self, update: UpdateItemFluentBuilder, deadline: Instant) -> Result<bool, LedgerError> {
        within(Self::until(deadline), async {
            for attempt in 0..MAX_CONFLICTS {
                tokio::time::sleep(pause_before(attempt, random())).await;
                let Err(error) = Box::pin(update.clone().send()).await else { return Ok(true) };
                match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(_)) => return Ok(false),
                    Some(UpdateItemError::TransactionConflictException(_)) => {}
                    _ => return Err(ledger_error(&error, &self.table_name)),
                }
            }
            Err(LedgerError::busy("Conflict"))
        })
        .await
    }
}
