//! The ledger's table: reads rows, and writes them if they have not changed since.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, TransactWriteItem};
use rand::TryRng;
use rand::rngs::SysRng;
use sign_in::calling::{Rows, Written};
use sign_in::error::LedgerError;
use sign_in::ledger::conflict::{TIMEOUT, pause_before};
use sign_in::ledger::row_write::{self, Failed, RowWrite, Step};
use sign_in::ledger::{CallKeys, ClientId, Counter, FailureLimits, NumberKey, NumberRow, PassLife, UserKey, UserRow};
use sign_in::settings::LedgerSettings;
use tokio::task::JoinSet;

use crate::aws::{ATTEMPTS, credentials, pause, time_left};

mod attempt;
mod change;
mod error;
mod item;
mod transaction;

pub use attempt::{RowUpdate, Update};
use error::ledger_error;
use item::{Item, KEY, pass_name, pass_of};
use transaction::{count, count_back, put, written};

/// DynamoDB answers within milliseconds, so it is better to repeat a slow request than to wait for it. A call needs
/// two requests to the ledger and one to Connect within the five seconds that Cognito waits.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(900);
const LONGEST_BACKOFF: Duration = Duration::from_millis(50);
/// The ledger's table.
pub struct Store {
    client: Client,
    table_name: String,
    /// A user's row is kept as long as its passes are good.
    pass_life: PassLife,
}

/// A row and its revision. Every write makes a new one; `None` is a row that does not exist.
#[derive(Default)]
struct Versioned<R> {
    row: R,
    revision: Option<u64>,
}

impl Store {
    /// Opens the table of the settings. Do this once for each sandbox: the client keeps its connection.
    #[must_use]
    pub fn new(settings: &LedgerSettings, https: SharedHttpClient) -> Self {
        // The HTTPS client limits the time to connect.
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
        Self::with_client(Client::from_conf(config.build()), settings.table_name.clone(), settings.pass_life)
    }

    /// The table of this name, with the caller's own client.
    #[must_use]
    pub fn with_client(client: Client, table_name: String, pass_life: PassLife) -> Self {
        Self { client, table_name, pass_life }
    }

    /// When the requests of a decision that begins now must end, for an invocation that ends at `deadline`.
    #[must_use]
    pub fn until(deadline: Instant) -> Instant {
        Instant::now() + time_left(deadline).min(TIMEOUT)
    }

    /// Reads the rows of a user and a number.
    pub async fn read(&self, keys: &CallKeys, until: Instant) -> Result<Rows, LedgerError> {
        within(until, self.read_rows(keys)).await
    }

    /// Replaces the rows that were read, and adds one to each counter: all or nothing. `now` is in seconds since the
    /// Unix epoch.
    pub async fn count(
        &self,
        keys: &CallKeys,
        rows: &Rows,
        counters: &[Counter],
        now: u64,
        until: Instant,
    ) -> Result<Written, LedgerError> {
        let counted = counters.iter().map(|counter| count(&self.table_name, counter));
        within(until, self.write(keys, rows, counted, now)).await
    }

    /// Replaces the rows that were read, and takes one from each counter: all or nothing. `now` is in seconds since
    /// the Unix epoch.
    pub async fn count_back(
        &self,
        keys: &CallKeys,
        rows: &Rows,
        counters: &[Counter],
        now: u64,
        until: Instant,
    ) -> Result<Written, LedgerError> {
        let counted = counters.iter().map(|counter| count_back(&self.table_name, counter));
        within(until, self.write(keys, rows, counted, now)).await
    }

    /// Judges an answer, or what a call asks for, by one conditional write. The verdict holds only if the write
    /// was done.
    pub async fn judge<A: RowUpdate>(
        &self,
        key: &UserKey,
        mut row_write: RowWrite<A>,
        limits: &FailureLimits,
        deadline: Instant,
    ) -> Result<A::Verdict, LedgerError> {
        // Identifies this write in the row: if the SDK sends it again, it must not count twice.
        let write = SysRng.try_next_u64().map_err(|_| LedgerError::busy("Random"))?;
        let until = Self::until(deadline);
        loop {
            match row_write.next() {
                Step::Write(attempt) => {
                    let update = self.client.update_item().table_name(&self.table_name);
                    let about = Update { key, limits, pass_life: self.pass_life, write };
                    let update = attempt.update(update, about);
                    let written = within(until, self.write_attempt(update, write)).await?;
                    row_write.written(written, limits);
                }
                Step::Pause(conflicts) => {
                    pause(pause_before(conflicts, random()), until).await;
                    row_write.waited();
                }
                Step::Done(Ok(verdict)) => return Ok(verdict),
                Step::Done(Err(Failed::Disagreement)) => return Err(LedgerError::unreadable(key.as_str())),
                Step::Done(Err(Failed::Ledger)) => return Err(LedgerError::busy("Conflict")),
            }
        }
    }

    /// When the pass of a user on an app client was noted, if there is one.
    pub async fn pass(&self, key: &UserKey, client: &ClientId, deadline: Instant) -> Result<Option<u64>, LedgerError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table_name)
            .key(KEY, AttributeValue::S(key.as_str().to_owned()))
            .projection_expression("#pass")
            .expression_attribute_names("#pass", pass_name(client))
            .consistent_read(true);
        within(Self::until(deadline), async {
            let answer = Box::pin(request.send()).await.map_err(|error| ledger_error(&error, &self.table_name))?;
            let pass = answer.item().and_then(|item| item.get(&pass_name(client)));
            pass.map(|pass| pass_of(pass).ok_or_else(|| LedgerError::unreadable(key.as_str()))).transpose()
        })
        .await
    }

    /// Reads a user's row, if there is one.
    pub async fn user(&self, key: &UserKey) -> Result<Option<UserRow>, LedgerError> {
        let item = self.item(key.as_str()).await?;
        item.map(|item| Ok(item::user(&item)?.row)).transpose()
    }

    /// Reads a number's row, if there is one.
    pub async fn number(&self, key: &NumberKey) -> Result<Option<NumberRow>, LedgerError> {
        let item = self.item(key.as_str()).await?;
        item.map(|item| Ok(item::number_row(&item)?.row)).transpose()
    }

    /// How many calls a counter has counted in all its rows.
    pub async fn counted(&self, counter: &Counter) -> Result<u64, LedgerError> {
        let mut reads = JoinSet::new();
        for row in counter.each_row() {
            let key = row.to_string();
            let request = self.get(&key);
            reads.spawn(async move { (key, request.send().await) });
        }
        let mut sum = 0_u64;
        while let Some(read) = reads.join_next().await {
            let (key, answer) = read.map_err(|_| LedgerError::busy("Task"))?;
            let Some(item) = answer.map_err(|error| ledger_error(&error, &self.table_name))?.item else { continue };
            let calls = item.get("calls").and_then(|calls| calls.as_n().ok()?.parse::<u64>().ok());
            sum = sum.saturating_add(calls.ok_or_else(|| LedgerError::unreadable(&key))?);
        }
        Ok(sum)
    }

    async fn item(&self, key: &str) -> Result<Option<HashMap<String, AttributeValue>>, LedgerError> {
        let request = self.get(key);
        let answer = Box::pin(request.send()).await.map_err(|error| ledger_error(&error, &self.table_name))?;
        Ok(answer.item)
    }

    /// The request for a row.
    fn get(&self, key: &str) -> GetItemFluentBuilder {
        let request = self.client.get_item().table_name(&self.table_name);
        request.key(KEY, AttributeValue::S(key.to_owned())).consistent_read(true)
    }

    async fn read_rows(&self, keys: &CallKeys) -> Result<Rows, LedgerError> {
        let (user, number) = (keys.user.as_str(), keys.number.as_str());
        let rows = [user, number].map(|key| HashMap::from([(KEY.to_owned(), AttributeValue::S(key.to_owned()))]));
        let wanted = KeysAndAttributes::builder().set_keys(Some(rows.into())).consistent_read(true).build();
        let wanted = wanted.expect("it has keys");
        let request = self.client.batch_get_item().request_items(&self.table_name, wanted);
        let answer = Box::pin(request.send()).await.map_err(|error| ledger_error(&error, &self.table_name))?;
        if answer.unprocessed_keys().is_some_and(|keys| !keys.is_empty()) {
            return Err(LedgerError::busy("UnprocessedKeys"));
        }
        let found = answer.responses().into_iter().flatten().flat_map(|(_, items)| items);
        let found: HashMap<_, _> =
            found.filter_map(|item| Some((item.get(KEY)?.as_s().ok()?.as_str(), item))).collect();
        let user = found.get(user).map(|item| item::user(item)).transpose()?.unwrap_or_default();
        let number = found.get(number).map(|item| item::number_row(item)).transpose()?.unwrap_or_default();
        Ok(Rows { user: user.row, number: number.row, revisions: (user.revision, number.revision) })
    }

    /// Replaces both rows and updates the counters: all or nothing.
    async fn write(
        &self,
        keys: &CallKeys,
        rows: &Rows,
        counted: impl Iterator<Item = TransactWriteItem>,
        now: u64,
    ) -> Result<Written, LedgerError> {
        let user = Item::of_user(&keys.user, &rows.user, self.pass_life, now);
        let user = put(&self.table_name, user, rows.revisions.0);
        let number = put(&self.table_name, Item::of_number(&keys.number, &rows.number, now), rows.revisions.1);
        let actions = [user, number].into_iter().chain(counted).collect();
        let request = self.client.transact_write_items().set_transact_items(Some(actions));
        let Err(error) = Box::pin(request.send()).await else { return Ok(Written::Done) };
        let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
            return Err(ledger_error(&error, &self.table_name));
        };
        let codes = canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
        written(&codes.collect::<Vec<_>>())
    }

    /// `write`: the random number that identifies this write.
    async fn write_attempt(
        &self,
        update: UpdateItemFluentBuilder,
        write: u64,
    ) -> Result<row_write::Written, LedgerError> {
        use row_write::Written::{Conflict, Done, Refused};

        let Err(error) = Box::pin(update.send()).await else { return Ok(Done) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => match refused.item() {
                None => Ok(Refused(None)),
                Some(item) if attempt::is_of(item, write) => Ok(Done),
                Some(item) => Ok(Refused(Some(item::user(item)?.row))),
            },
            Some(UpdateItemError::TransactionConflictException(_)) => Ok(Conflict),
            _ => Err(ledger_error(&error, &self.table_name)),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("table_name", &self.table_name).finish_non_exhaustive()
    }
}

/// Runs `work` until the time `until`. If that time has passed already, nothing is sent.
async fn within<T>(until: Instant, work: impl Future<Output = Result<T, LedgerError>>) -> Result<T, LedgerError> {
    let time = until.saturating_duration_since(Instant::now());
    if time.is_zero() {
        return Err(LedgerError::busy("Deadline"));
    }
    tokio::time::timeout(time, work).await.unwrap_or_else(|_| Err(LedgerError::busy("Deadline")))
}

/// The part of the longest pause to wait: random, so that writers do not meet again.
pub(crate) fn random() -> u32 {
    // Without randomness, every writer waits the longest pause.
    SysRng.try_next_u32().unwrap_or(u32::MAX)
}
