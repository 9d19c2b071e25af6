//! The Pre Token Generation trigger: lets Cognito issue tokens to users who have taken the call. [`sign_in::gate`] has
//! the rules.

use std::time::Instant;

use serde::Deserialize;
use serde_json::Value;
use sign_in::error::{Failure, TriggerError};
use sign_in::event::Event;
use sign_in::gate::{GateRule, Tokens, at_once};
use sign_in::handled::Handled;
use sign_in::ledger::ClientId;
use sign_in::settings::{GateSettings, SettingsError};

use crate::dynamodb::Store;
use crate::https::{Endpoint, Https};
use crate::sandbox::{self, Payload};
use crate::trigger::COGNITO_TIMEOUT;

/// The function of one sandbox.
#[derive(Debug)]
struct Gate {
    rule: GateRule,
    ledger: Store,
    dynamodb: Endpoint,
}

/// The trigger's event. A trigger of the team's own may pass on one of any version.
#[derive(Deserialize)]
#[serde(transparent)]
struct TokenEvent(Event);

/// Serves the function until Lambda ends the sandbox.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    sandbox::serve("gate", COGNITO_TIMEOUT, Gate::read, Gate::open, async |gate, TokenEvent(event), now, deadline| {
        gate.answer(&event, now, deadline).await.map_err(Failure::from)
    })
    .await
}

impl Gate {
    fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let GateSettings { rule, ledger, https } = GateSettings::read(environment)?;
        let dynamodb = Https::new(&https).dynamodb(&ledger);
        Ok(Self { rule, ledger: Store::new(&ledger, dynamodb.client()), dynamodb })
    }

    /// Opens the connection, before there is an event.
    async fn open(&self) {
        self.dynamodb.open().await;
    }

    async fn answer(&self, event: &Event, now: u64, deadline: Instant) -> Result<Handled<Value>, TriggerError> {
        let unchanged = event.unchanged()?;
        match self.reason(event, now, deadline).await {
            Ok(reason) => Ok(Handled::of(unchanged, reason)),
            Err(error) => self.rule.mode.settle(error, unchanged),
        }
    }

    /// Why the tokens may be issued.
    async fn reason(&self, event: &Event, now: u64, deadline: Instant) -> Result<&'static str, TriggerError> {
        Ok(match self.rule.decide(event) {
            Tokens::Allowed(reason) => reason,
            Tokens::NeedPass(user, client) => {
                self.rule.by_pass(self.ledger.pass(&user, &client, deadline).await?, now)?
            }
            Tokens::Refused(reason) => return Err(reason.into()),
        })
    }
}

impl Payload for TokenEvent {
    fn user_pool(&self) -> Option<&str> {
        self.0.user_pool_to_log()
    }

    fn sub(&self) -> Option<&str> {
        self.0.sub()
    }

    fn client(&self) -> Option<ClientId> {
        self.0.client()
    }

    fn answer_at_once(&self) -> Option<Handled<Value>> {
        Some(Handled::of(self.0.unchanged().ok()?, at_once(&self.0)?))
    }

    fn answer_to_failure(&self) -> Option<Value> {
        None
    }
}
