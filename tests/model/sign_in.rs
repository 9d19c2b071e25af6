//! A sign-in, as the client and Cognito see it.

use sign_in::define::{Mode, Next};
use sign_in::history::{CUSTOM_CHALLENGE, ChallengeResult, Round};
use sign_in::ledger::ClientId;

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
    /// Whether the answer of each round was right, and what the create trigger had noted for it.
    rounds: Vec<(bool, Text)>,
}

/// An app client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Client {
    App,
    Other,
}

/// A round in its text form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Text(String);

/// The stage of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// Cognito has an event for the create trigger.
    Create {
        call_again: bool,
        deliveries: Deliveries,
    },
    /// The user is asked for the code.
    Asked(Text),
    /// Cognito has an event for the verify trigger.
    Verify {
        round: Text,
        reply: Reply,
        deliveries: Deliveries,
    },
    Over,
}

/// What a user answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    CallAgain,
    Right,
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
    pub(crate) fn new(user: usize, client: Client) -> Self {
        let stage = Stage::Create { call_again: false, deliveries: Deliveries::default() };
        Self { session: Session { user, client, rounds: Vec::new() }, stage }
    }

    /// Cognito has the verify trigger's answer and invokes define. Returns whether that is for tokens, if the sign-in is
    /// over.
    pub(crate) fn verified(
        &mut self,
        round: Text,
        right: bool,
        call_again: bool,
        policy: &Policy,
        now: u64,
    ) -> Option<bool> {
        self.session.rounds.push((right, round));
        let next = Mode::CallOnly.next(&self.session.history(), call_again, &policy.sign_in(), now);
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
    /// The history that Cognito sends to the triggers.
    pub(crate) fn history(&self) -> Vec<ChallengeResult> {
        let rounds = self.rounds.iter().map(|(right, text)| ChallengeResult {
            challenge_name: CUSTOM_CHALLENGE.to_owned(),
            challenge_result: *right,
            challenge_metadata: Some(text.0.clone()),
        });
        rounds.collect()
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

impl Text {
    pub(crate) fn of(round: Round) -> Self {
        Self(round.to_string())
    }

    pub(crate) fn round(&self) -> Round {
        self.0.parse().expect("it is made of a round")
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
