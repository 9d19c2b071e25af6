//! The requests of a call, to DynamoDB and to Connect.
//!
//! [`Calling`] says which request is next. This module makes it within its time and hands the reply back.

use std::future::pending;
use std::time::{Duration, Instant};

use sign_in::calling::{Calling, Failed, NotPlaced, Occasion, Pause, Step, Written};
use sign_in::error::{DialError, LedgerError, TriggerError};
use sign_in::ledger::{CallKeys, Issued, Refusal};

use crate::aws;
use crate::connect::{Call, Dialer};
use crate::dynamodb::{Store, random};
use crate::https::Endpoint;

/// What the requests need.
pub(crate) struct Requests<'a, P> {
    pub(crate) ledger: &'a Store,
    pub(crate) dialer: &'a Dialer,
    /// The connection that the dialer will need.
    pub(crate) connect: &'a Endpoint,
    pub(crate) policy: &'a P,
    pub(crate) keys: &'a CallKeys,
    /// Seconds since the Unix epoch.
    pub(crate) now: u64,
    /// When Lambda ends the invocation.
    pub(crate) deadline: Instant,
    /// Picks how long a call takes that is not placed.
    pub(crate) random: u64,
}

impl<P> Requests<'_, P> {
    /// Makes requests until the call is over. `call` makes the one to place. Also returns how long Connect took to take the
    /// call, or zero if there was none. `Ok(Err)`: a limit refused it.
    pub(crate) async fn make<'c, O: Occasion<Policy = P>>(
        &self,
        calling: Calling<O>,
        call: impl Fn(&Issued) -> Option<Call<'c>>,
    ) -> Result<Result<(O::Started, Duration), Refusal>, TriggerError> {
        // While the ledger is asked, the connection to Connect is opened if it is not open any more.
        let open = async {
            self.connect.open().await;
            pending().await
        };
        tokio::select! {
            biased;
            answer = self.until_over(calling, call) => answer,
            never = open => never,
        }
    }

    /// Hands the reply of each request to `calling`.
    async fn until_over<'c, O: Occasion<Policy = P>>(
        &self,
        mut calling: Calling<O>,
        call: impl Fn(&Issued) -> Option<Call<'c>>,
    ) -> Result<Result<(O::Started, Duration), Refusal>, TriggerError> {
        let &Self { ledger, dialer, policy, keys, now, deadline, random: pretended, .. } = self;
        let until = Instant::now() + aws::time_left(deadline);
        let (mut ledger_until, mut dialling, mut latency) = (until, None, Duration::ZERO);
        let (mut ledger_error, mut dial_error) = (None, None);
        let answer = loop {
            match calling.next() {
                Step::Read { first } => {
                    if first {
                        ledger_until = Store::until(deadline);
                    }
                    match ledger.read(keys, ledger_until).await {
                        Ok(rows) => calling.read(rows, policy),
                        Err(error) => {
                            ledger_error = Some(error);
                            calling.unreachable();
                        }
                    }
                }
                Step::Count(rows, counters) => {
                    let written = ledger.count(keys, rows, counters, now, ledger_until).await;
                    ledger_error = take(&mut calling, written, policy);
                }
                Step::CountBack(rows, counters) => {
                    let written = ledger.count_back(keys, rows, counters, now, ledger_until).await;
                    ledger_error = take(&mut calling, written, policy);
                }
                Step::Dial(issued) => {
                    if dialling.is_none() {
                        dialling = Some((Instant::now(), call(issued).ok_or(TriggerError::Internal)?));
                    }
                    let Some((started, call)) = &dialling else { return Err(TriggerError::Internal) };
                    match call.dial(until).await {
                        Ok(_) => {
                            latency = started.elapsed();
                            dialer.placed(latency);
                            calling.dialled(Ok(()));
                        }
                        Err(error) => {
                            calling.dialled(Err(NotPlaced { kind: error.kind, may_ring: error.may_ring }));
                            dial_error = Some(error);
                        }
                    }
                }
                Step::Pretend => {
                    dialer.pretend_to_call(pretended, deadline).await;
                    calling.dialled(Ok(()));
                }
                Step::Pause(pause) => {
                    let until = if let Pause::AfterConflict(_) = pause { ledger_until } else { until };
                    aws::pause(pause.duration(random()), until).await;
                    calling.waited();
                }
                Step::Done(answer) => break answer.clone(),
            }
        };
        match answer {
            Ok(started) => Ok(Ok((started, latency))),
            Err(Failed::Limit(refusal)) => Ok(Err(refusal)),
            Err(Failed::Ledger) => Err(ledger_error.map_or(TriggerError::Internal, TriggerError::Ledger)),
            Err(Failed::Call(NotPlaced { may_ring, .. })) => {
                // A call that could not be taken back stays counted.
                if let Some(LedgerError { cause, advice, .. }) = ledger_error {
                    tracing::warn!(cause, %advice, "call stays counted");
                }
                Err(dial_error
                    .map_or(TriggerError::Internal, |error| TriggerError::Dial(DialError { may_ring, ..error })))
            }
        }
    }
}

/// The token by which Connect knows a call: a repeated request for this call, and for this one only, has the same.
pub(crate) fn client_token(issued: &Issued) -> String {
    format!("{:032x}-{}", issued.challenge.id, issued.calls)
}

/// Hands the result of a write to `calling`. Returns the ledger's error, if there is one.
fn take<O: Occasion>(
    calling: &mut Calling<O>,
    written: Result<Written, LedgerError>,
    policy: &O::Policy,
) -> Option<LedgerError> {
    match written {
        Ok(written) => {
            calling.written(written, policy);
            let is_over = matches!(calling.next(), Step::Done(_));
            (written == Written::Conflict && is_over).then(|| LedgerError::busy("Conflict"))
        }
        Err(error) => {
            calling.unreachable();
            Some(error)
        }
    }
}
