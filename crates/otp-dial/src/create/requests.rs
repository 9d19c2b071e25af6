//! The requests of one invocation, to DynamoDB and to Connect.
//!
//! [`Creation`] says which request is next. This module makes it within its time and hands the reply back.

use std::time::{Duration, Instant};

use sign_in::call::{Carried, GateDigit, Handle, Language, Speech, spoken};
use sign_in::code::Code;
use sign_in::creation::{Creation, Delivery, Failed, NotPlaced, Pause, RoundStarted, Step, Wishes, Written};
use sign_in::error::{DialError, LedgerError, TriggerError};
use sign_in::event::CreateRequest;
use sign_in::ledger::{CallKeys, Hearing, Issued};
use sign_in::phone::PhoneNumber;
use sign_in::settings::{ChallengeSettings, SpeechSettings};

use super::{Callee, Create, Random};
use crate::aws;
use crate::connect::Call;
use crate::dynamodb::{Store, random};
use crate::trigger::Invocation;

/// The invocation, and what its requests need.
pub(super) struct Requests<'a> {
    pub(super) create: &'a Create,
    pub(super) invocation: &'a Invocation,
    pub(super) request: &'a CreateRequest,
    pub(super) callee: &'a Callee,
    pub(super) keys: &'a CallKeys,
    pub(super) random: &'a Random,
}

impl Requests<'_> {
    /// Makes requests until there is an answer. Also returns how long Connect took to take the call, or zero if there
    /// was no call.
    pub(super) async fn make(&self) -> Result<(RoundStarted, Duration), TriggerError> {
        let Create { policy, ledger, dialer, .. } = self.create;
        let &Invocation { now, deadline, .. } = self.invocation;
        let mut creation = self.creation();
        let until = Instant::now() + aws::time_left(deadline);
        let (mut ledger_until, mut dialling, mut latency) = (until, None, Duration::ZERO);
        let (mut ledger_error, mut dial_error) = (None, None);
        let answer = loop {
            match creation.next() {
                Step::Read { first } => {
                    if first {
                        ledger_until = Store::until(deadline);
                    }
                    match ledger.read(self.keys, ledger_until).await {
                        Ok(rows) => creation.read(rows, policy),
                        Err(error) => {
                            ledger_error = Some(error);
                            creation.unreachable();
                        }
                    }
                }
                Step::Count(rows, counters) => {
                    let written = ledger.count(self.keys, rows, counters, now, ledger_until).await;
                    ledger_error = self.written(&mut creation, written);
                }
                Step::CountBack(rows, counters) => {
                    let written = ledger.count_back(self.keys, rows, counters, now, ledger_until).await;
                    ledger_error = self.written(&mut creation, written);
                }
                Step::Dial(issued) => {
                    let Callee::Phone(phone) = self.callee else { return Err(TriggerError::Internal) };
                    let (started, call) = dialling.get_or_insert_with(|| (Instant::now(), self.call(phone, issued)));
                    match call.dial(until).await {
                        Ok(_) => {
                            latency = started.elapsed();
                            dialer.placed(latency);
                            creation.dialled(Ok(()));
                        }
                        Err(error) => {
                            creation.dialled(Err(NotPlaced { kind: error.kind, may_ring: error.may_ring }));
                            dial_error = Some(error);
                        }
                    }
                }
                Step::Pretend => {
                    // Nobody presses a key in this call, so the gate's random number is free.
                    dialer.pretend_to_call(self.random.gate, deadline).await;
                    creation.dialled(Ok(()));
                }
                Step::Pause(pause) => {
                    let until = if let Pause::AfterConflict(_) = pause { ledger_until } else { until };
                    aws::pause(pause.duration(random()), until).await;
                    creation.waited();
                }
                Step::Done(answer) => break answer.clone(),
            }
        };
        match answer {
            Ok(asked) => Ok((asked, latency)),
            Err(Failed::Limit(refusal)) => Err(TriggerError::Limit(refusal, self.create.settings.mode)),
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

    fn creation(&self) -> Creation {
        let (request, now) = (self.request, self.invocation.now);
        let counters = match self.callee {
            Callee::Phone(phone) => self.create.calls.budget.counters(phone.country(), now),
            // Unknown users do not count in the budget: invented names could use it up.
            Callee::UnknownUser(_) => Vec::new(),
        };
        let delivery = Delivery {
            now,
            number: self.keys.number.hash(),
            callable: matches!(self.callee, Callee::Phone(_)),
            counters,
            new_challenge: self.random.challenge,
            new_sign_in: self.random.sign_in,
        };
        let metadata = &request.client_metadata;
        let wishes = Wishes { call_again: metadata.call_again(), device: metadata.trusted_device() };
        Creation::new(&request.session, wishes, delivery, &self.create.policy)
    }

    /// Hands the result of a write to `creation`. Returns the ledger's error, if there is one.
    fn written(&self, creation: &mut Creation, written: Result<Written, LedgerError>) -> Option<LedgerError> {
        match written {
            Ok(written) => {
                creation.written(written, &self.create.policy);
                let is_over = matches!(creation.next(), Step::Done(_));
                (written == Written::Conflict && is_over).then(|| LedgerError::busy("Conflict"))
            }
            Err(error) => {
                creation.unreachable();
                Some(error)
            }
        }
    }

    fn call<'a>(&'a self, phone: &'a PhoneNumber, issued: &Issued) -> Call<'a> {
        // A repeated request for this call, and for this one only, has the same token.
        let client_token = format!("{:032x}-{}", issued.challenge.id, issued.calls);
        self.create.dialer.call(phone, self.speech(phone, issued), client_token)
    }

    /// What the call carries to say the code.
    fn carried(&self, issued: &Issued, language: &'static Language) -> Carried {
        let ChallengeSettings { key, form, .. } = &self.create.settings;
        let challenge = issued.challenge;
        if form.hearing == Hearing::NotNeeded {
            let subject = self.invocation.event.subject(&self.request.user_attributes);
            return Carried::Code(spoken(&Code::derive(key, subject, &challenge), language));
        }
        let (user, number) = (self.keys.user.clone(), self.keys.number.hash());
        let handle = Handle { user, challenge, call: issued.calls, number, language };
        Carried::Handle(handle.seal(key, self.random.handle))
    }

    /// What the call says, in the user's language.
    fn speech(&self, phone: &PhoneNumber, issued: &Issued) -> Speech {
        let SpeechSettings { brand, gate, language } = &self.create.speech;
        let attributes = &self.request.user_attributes;
        let wish = self.request.client_metadata.language();
        let language = Language::of_user(wish, attributes.value("locale"), phone.country(), language);
        let gate = gate.then(|| GateDigit::draw(self.random.gate));
        Speech::new(self.carried(issued, language), language, brand, gate)
    }
}
