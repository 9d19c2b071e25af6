//! A sign-in, as the client and Cognito see it.

use sign_in::creation::RoundStarted;
use sign_in::define::{Mode, Next};
use sign_in::device::{Device, DeviceTerms};
use sign_in::history::{CUSTOM_CHALLENGE, ChallengeResult, PASSWORD_VERIFIER};
use sign_in::ledger::ClientId;

use crate::device::Key;
use crate::policy::Policy;
use crate::trace::Event;

/// A sign-in of a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SignIn {
    pub(crate) session: Session,
    pub(crate) stage: Stage,
}

/// What Cognito keeps of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Session {
    pub(crate) user: usize,
    pub(crate) client: Client,
    /// The device that it comes from. It names this device with the password, and wants it to be trusted with each
    /// answer.
    pub(crate) device: Option<Key>,
    /// Whether the answer of each round was right, and what the create trigger had noted for it.
    rounds: Vec<(bool, String)>,
}

/// An app client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Client {
    App,
    Other,
}

/// What the create trigger hands over to the verify trigger.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Private {
    /// The round.
    pub(crate) challenge: String,
    /// The device that is asked to sign, if nobody is called.
    pub(crate) device: Option<Device>,
    /// On which terms a device can be enrolled.
    pub(crate) terms: Option<DeviceTerms>,
}

/// The stage of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// Cognito has an event for the create trigger.
    Create {
        call_again: bool,
        deliveries: Deliveries,
    },
    /// The user is asked for the code, or the device for a signature.
    Asked(Private),
    /// Cognito has an event for the verify trigger.
    Verify {
        round: Private,
        reply: Reply,
        deliveries: Deliveries,
    },
    Over,
}

/// What a user answers, or a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    CallAgain,
    /// The code, or the device's signature of what it is to sign.
    Right,
    /// Anything else, as the signature of another device or of another nonce.
    Wrong,
}

/// How often Cognito has delivered an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Deliveries {
    pub(crate) count: u8,
    first: u64,
    latest: u64,
}

impl SignIn {
    pub(crate) fn new(user: usize, client: Client, device: Option<Key>) -> Self {
        let stage = Stage::Create { call_again: false, deliveries: Deliveries::default() };
        Self { session: Session { user, client, device, rounds: Vec::new() }, stage }
    }

    /// Cognito has the verify trigger's answer and invokes define. Returns whether that is for tokens, if the sign-in is
    /// over.
    pub(crate) fn verified(
        &mut self,
        round: Private,
        right: bool,
        call_again: bool,
        policy: &Policy,
        now: u64,
    ) -> Option<bool> {
        self.session.rounds.push((right, round.challenge));
        let next = Mode::PasswordThenCall.next(&self.session.history(), call_again, &policy.sign_in(), now);
        if next == Next::CustomChallenge {
            self.stage = Stage::Create { call_again, deliveries: Deliveries::default() };
            return None;
        }
        self.stage = Stage::Over;
        Some(next == Next::Tokens)
    }
}

impl Client {
    pub(crate) fn id(self) -> ClientId {
        ClientId::parse(if self == Self::App { "app" } else { "other" }).expect("it is one")
    }
}

impl Stage {
    /// Whether Cognito has an event that it has not delivered yet.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self, Self::Create { deliveries, .. } | Self::Verify { deliveries, .. } if deliveries.count == 0)
    }
}

impl Session {
    /// The history that Cognito sends to the triggers. The password was right.
    pub(crate) fn history(&self) -> Vec<ChallengeResult> {
        let step = |name: &str, right, metadata| ChallengeResult {
            challenge_name: name.to_owned(),
            challenge_result: right,
            challenge_metadata: metadata,
        };
        let password = ["SRP_A", PASSWORD_VERIFIER].map(|name| step(name, true, None));
        let rounds = self.rounds.iter().map(|(right, text)| step(CUSTOM_CHALLENGE, *right, Some(text.clone())));
        password.into_iter().chain(rounds).collect()
    }

    /// The number of finished rounds.
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.len()
    }

    /// The event of the next round.
    pub(crate) fn event(&self, sign_in: usize) -> Event {
        Event { sign_in, round: self.rounds.len() }
    }
}

impl Private {
    /// What the create trigger hands over with this answer, for this number.
    pub(crate) fn of(started: &RoundStarted, number: u64, policy: &Policy, now: u64) -> Self {
        match started {
            RoundStarted::Call { round, .. } => {
                let terms = policy.creation().device_terms(number, now);
                Self { challenge: round.to_string(), device: None, terms }
            }
            RoundStarted::Device { round, device } => {
                Self { challenge: round.to_string(), device: Some(device.clone()), terms: None }
            }
        }
    }
}

impl Deliveries {
    /// Cognito delivers an event three times at most, and waits five seconds each time.
    const MOST: u8 = 3;
    const SECONDS: u64 = 5;

    /// Whether Cognito can deliver the event now.
    pub(crate) fn more(self, now: u64) -> bool {
        let waited = self.latest + Self::SECONDS <= now && now < self.first + u64::from(Self::MOST) * Self::SECONDS;
        self.count == 0 || (self.count < Self::MOST && waited)
    }

    /// With another delivery.
    pub(crate) fn with(self, now: u64) -> Self {
        Self { count: self.count + 1, first: if self.count == 0 { now } else { self.first }, latest: now }
    }
}
