//! The ledger's table: reads rows, has them decided on, and writes what was decided if nothing has changed meanwhile.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, TransactWriteItem};

use rand::TryRng;
use rand::rngs::SysRng;

use super::budget::Counter;
use super::call::{Ask, Entry, Rules, decide, has_code};
use super::call_times::CallTimes;
use super::key::{CallKeys, UserKey};
use super::limits::{FailureLimits, Refusal};
use super::refused_call::{CountedCall, TakenBack, take_back};
use super::user::{Answer, UserRow, Verdict};
use crate::aws::{ATTEMPTS, credentials, time_left};
use crate::fault::LedgerFault;
use crate::settings::LedgerSettings;

mod answer;
mod fault;
mod item;
mod transaction;

use fault::{busy, fault, unreadable};
use item::{Item, KEY, keep_for_days, number};
use transaction::{Written, count, count_back, put};

/// DynamoDB answers within milliseconds; what takes longer is better asked again. A call needs two requests to the
/// ledger and one to Connect within the five seconds that Cognito waits.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(900);
const LONGEST_BACKOFF: Duration = Duration::from_millis(50);
/// What all of a decision may take.
pub const TIMEOUT: Duration = Duration::from_secs(2);

/// How often a write is tried that others' writes keep from being done.
pub const CONFLICTS: u32 = 8;

/// The ledger's table.
pub struct Store {
    client: Client,
    table_name: String,
}

/// What came of asking for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The call was counted: it must be placed now.
    Called(UserRow, CallTimes),
    /// The phone rings already, or this limit refuses another call while the code that the phone has said is good.
    Joined(UserRow, CallTimes, Option<Refusal>),
    /// Nobody is called.
    Refused(Refusal),
}

/// A row and which state of it that is: every write makes another.
#[derive(Default)]
struct Versioned<R> {
    row: R,
    revision: Option<u64>,
}

impl Store {
    /// The table of the settings. Made once for each sandbox: the client keeps its connection.
    #[must_use]
    pub fn new(settings: &LedgerSettings, https: SharedHttpClient) -> Self {
        // What a connection may take is the HTTPS client's.
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS)
            .with_initial_backoff(LONGEST_BACKOFF)
            .with_max_backoff(LONGEST_BACKOFF);
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(credentials(&settings.credentials))
            .http_client(https)
            .timeout_config(timeouts.build())
            .retry_config(retries)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(url) = &settings.endpoint_url {
            config = config.endpoint_url(url);
        }
        Self::with_client(Client::from_conf(config.build()), settings.table_name.clone())
    }

    /// The table of this name, by a client of one's own.
    #[must_use]
    pub fn with_client(client: Client, table_name: String) -> Self {
        Self { client, table_name }
    }

    /// Decides whether the user is called, and counts the call if so: for the user, the number and all `counters`,
    /// or for none of them. Two requests for a call, one without.
    pub async fn call(
        &self,
        keys: &CallKeys,
        counters: &[Counter],
        ask: &Ask<'_>,
        rules: &Rules,
        deadline: Instant,
    ) -> Result<Outcome, LedgerFault> {
        let table = &*self.table_name;
        within(deadline, async {
            for attempt in 0..CONFLICTS {
                back_off(attempt).await;
                let (user, number) = self.read(keys).await?;
                let (new_user, new_number) = match decide(&user.row, &number.row, ask, rules) {
                    Entry::Join(refusal) => return Ok(Outcome::Joined(user.row, number.row, refusal)),
                    Entry::Refuse(refusal) => return Ok(Outcome::Refused(refusal)),
                    Entry::Call(user, number) => (user, number),
                };
                let put_user = put(table, Item::of_user(&keys.user, &new_user, ask.now), user.revision);
                let put_number = put(table, Item::of_number(&keys.number, &new_number, ask.now), number.revision);
                let counted = counters.iter().map(|counter| count(table, counter));
                match self.write([put_user, put_number].into_iter().chain(counted)).await? {
                    Written::Done => return Ok(Outcome::Called(new_user, new_number)),
                    Written::Full(index) => {
                        let refusal = counters[index].refusal(ask.now);
                        return Ok(if has_code(&user.row, ask) {
                            Outcome::Joined(user.row, number.row, Some(refusal))
                        } else {
                            Outcome::Refused(refusal)
                        });
                    }
                    Written::Conflict => {}
                }
            }
            Err(busy("Conflict"))
        })
        .await
    }

    /// Takes a call back that Connect did not take: see [`take_back`]. If that fails, the call stays counted.
    pub async fn take_back(
        &self,
        keys: &CallKeys,
        counters: &[Counter],
        call: &CountedCall,
        deadline: Instant,
    ) -> Result<(), LedgerFault> {
        let table = &*self.table_name;
        within(deadline, async {
            for attempt in 0..CONFLICTS {
                back_off(attempt).await;
                let (user, number) = self.read(keys).await?;
                let Some(back) = take_back(&user.row, &number.row, call) else { return Ok(()) };
                let TakenBack { user: new_user, number: new_number, given_back } = back;
                let user = put(table, Item::of_user(&keys.user, &new_user, call.at), user.revision);
                let number = put(table, Item::of_number(&keys.number, &new_number, call.at), number.revision);
                let counters = if given_back { counters } else { &[] };
                let counted = counters.iter().map(|counter| count_back(table, counter));
                if let Written::Done = self.write([user, number].into_iter().chain(counted)).await? {
                    return Ok(());
                }
            }
            Err(busy("Conflict"))
        })
        .await
    }

    /// Has an answer judged, in one conditional write: it counts as compared only if it was written.
    pub async fn answer(
        &self,
        key: &UserKey,
        answer: &Answer,
        limits: &FailureLimits,
        deadline: Instant,
    ) -> Result<Verdict, LedgerFault> {
        let update = self.client.update_item().table_name(&self.table_name);
        let write = SysRng.try_next_u64().map_err(|_| busy("Random"))?;
        let update = answer::update(update, key, answer, limits, write);
        let compared = if answer.right { Verdict::Right } else { Verdict::Wrong };
        within(deadline, async {
            for attempt in 0..CONFLICTS {
                back_off(attempt).await;
                let Err(error) = Box::pin(update.clone().send()).await else { return Ok(compared) };
                match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                        let Some(item) = refused.item() else { return Ok(Verdict::Replaced) };
                        if answer::is_of(item, write) {
                            return Ok(compared);
                        }
                        return match item::user(item)?.row.answer(answer, limits) {
                            (verdict, None) => Ok(verdict),
                            // The table and this program don't agree on what is allowed.
                            (_, Some(_)) => Err(unreadable(key.as_str())),
                        };
                    }
                    Some(UpdateItemError::TransactionConflictException(_)) => {}
                    _ => return Err(fault(&error, &self.table_name)),
                }
            }
            Err(busy("Conflict"))
        })
        .await
    }

    /// Forgets the wrong codes of a user, and so unlocks them. Gives `false` if there is no such row.
    pub async fn clear_failures(&self, key: &UserKey, now: u64, deadline: Instant) -> Result<bool, LedgerFault> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table_name)
            .key(KEY, AttributeValue::S(key.as_str().to_owned()))
            .update_expression("SET failures = :zero, deleteAfter = :deleteAfter ADD revision :one REMOVE failedAt")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":deleteAfter", number(keep_for_days(now)));
        within(deadline, async {
            for attempt in 0..CONFLICTS {
                back_off(attempt).await;
                let Err(error) = Box::pin(update.clone().send()).await else { return Ok(true) };
                match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(_)) => return Ok(false),
                    Some(UpdateItemError::TransactionConflictException(_)) => {}
                    _ => return Err(fault(&error, &self.table_name)),
                }
            }
            Err(busy("Conflict"))
        })
        .await
    }

    /// A user's row, if there is one.
    pub async fn user(&self, key: &UserKey) -> Result<Option<UserRow>, LedgerFault> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table_name)
            .key(KEY, AttributeValue::S(key.as_str().to_owned()))
            .consistent_read(true);
        let answer = Box::pin(request.send()).await.map_err(|error| fault(&error, &self.table_name))?;
        answer.item().map(|item| Ok(item::user(item)?.row)).transpose()
    }

    async fn read(&self, keys: &CallKeys) -> Result<(Versioned<UserRow>, Versioned<CallTimes>), LedgerFault> {
        let (user, number) = (keys.user.as_str(), keys.number.as_str());
        let rows = [user, number].map(|key| HashMap::from([(KEY.to_owned(), AttributeValue::S(key.to_owned()))]));
        let wanted = KeysAndAttributes::builder().set_keys(Some(rows.into())).consistent_read(true).build();
        let wanted = wanted.expect("it has keys");
        let request = self.client.batch_get_item().request_items(&self.table_name, wanted);
        let answer = Box::pin(request.send()).await.map_err(|error| fault(&error, &self.table_name))?;
        if answer.unprocessed_keys().is_some_and(|keys| !keys.is_empty()) {
            return Err(busy("UnprocessedKeys"));
        }
        let found = answer.responses().into_iter().flatten().flat_map(|(_, items)| items);
        let found: HashMap<_, _> =
            found.filter_map(|item| Some((item.get(KEY)?.as_s().ok()?.as_str(), item))).collect();
        let user = found.get(user).map(|item| item::user(item)).transpose()?.unwrap_or_default();
        let number = found.get(number).map(|item| item::number_row(item)).transpose()?.unwrap_or_default();
        Ok((user, number))
    }

    /// Writes all or nothing.
    async fn write(&self, actions: impl Iterator<Item = TransactWriteItem>) -> Result<Written, LedgerFault> {
        let request = self.client.transact_write_items().set_transact_items(Some(actions.collect()));
        let Err(error) = Box::pin(request.send()).await else { return Ok(Written::Done) };
        let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
            return Err(fault(&error, &self.table_name));
        };
        let codes = canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
        Written::of(&codes.collect::<Vec<_>>())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("table_name", &self.table_name).finish_non_exhaustive()
    }
}

/// Gives up in good time.
async fn within<T>(deadline: Instant, work: impl Future<Output = Result<T, LedgerFault>>) -> Result<T, LedgerFault> {
    tokio::time::timeout(time_left(deadline).min(TIMEOUT), work).await.unwrap_or_else(|_| Err(busy("Deadline")))
}

/// Waits before another try, each time up to twice as long, at random: so that writers don't meet again.
async fn back_off(attempt: u32) {
    if attempt == 0 {
        return;
    }
    // Without randomness, all wait as long as they may.
    let random = SysRng.try_next_u32().unwrap_or(u32::MAX);
    tokio::time::sleep(pause_before(attempt, random)).await;
}

/// For how long a write waits before an attempt, the first of which is number 0 and doesn't wait. `random`: which part
/// of the longest pause.
#[must_use]
pub fn pause_before(attempt: u32, random: u32) -> Duration {
    let most = 10_u64 << attempt.min(6);
    Duration::from_millis(most * u64::from(random) / u64::from(u32::MAX))
}
