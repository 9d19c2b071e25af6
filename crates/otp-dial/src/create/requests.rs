//! The requests of one invocation: what [`Creation`] begins with, and the call.

use std::time::Duration;

use sign_in::call::{Carried, GateDigit, Handle, Language, Speech, spoken};
use sign_in::code::Code;
use sign_in::creation::{Creation, Delivery, RoundStarted, Wishes};
use sign_in::error::TriggerError;
use sign_in::event::CreateRequest;
use sign_in::ledger::{CallKeys, Hearing, Issued, Part};
use sign_in::phone::PhoneNumber;
use sign_in::settings::{ChallengeSettings, SpeechSettings};

use super::{Callee, Create, Random};
use crate::calling::{self, client_token};
use crate::connect::Call;
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
        let Create { policy, ledger, dialer, connect, settings, .. } = self.create;
        let &Invocation { now, deadline, .. } = self.invocation;
        // Nobody presses a key in a call that is not placed, so the gate's random number is free.
        let random = self.random.gate;
        let requests = calling::Requests { ledger, dialer, connect, policy, keys: self.keys, now, deadline, random };
        let answer = requests.make(self.creation(), |issued| match self.callee {
            Callee::Phone(phone) => Some(self.call(phone, issued)),
            Callee::UnknownUser(_) => None,
        });
        answer.await?.map_err(|refusal| TriggerError::Limit(refusal, settings.mode))
    }

    fn creation(&self) -> Creation {
        let (request, now) = (self.request, self.invocation.now);
        let counters = match self.callee {
            Callee::Phone(phone) => {
                self.create.calls.budget.counters(phone.country(), now, Part::Whole, self.random.sign_in)
            }
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

    fn call<'a>(&'a self, phone: &'a PhoneNumber, issued: &Issued) -> Call<'a> {
        self.create.dialer.call(phone, self.speech(phone, issued), client_token(issued))
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
        let handle = Handle { user, challenge, call: issued.calls, number, language, message: None };
        Carried::Handle(handle.seal(key, self.random.handle))
    }

    /// What the call says, in the user's language.
    fn speech(&self, phone: &PhoneNumber, issued: &Issued) -> Speech {
        let SpeechSettings { brand, gate, language } = &self.create.speech;
        let attributes = &self.request.user_attributes;
        let wish = self.request.client_metadata.language();
        let language = Language::of_user(wish, attributes.value("locale"), phone.country(), language);
        let gate = gate.then(|| GateDigit::draw(self.random.gate));
        Speech::new(self.carried(issued, language), language, brand, gate, None)
    }
}
