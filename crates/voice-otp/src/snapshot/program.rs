//! The functions of the sign-in.

use super::Trigger;

/// A function of the sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// define-challenge.
    Define,
    /// create-challenge.
    Create,
    /// verify-challenge.
    Verify,
    /// speak-code, which the contact flow invokes. It is at no trigger.
    Speak,
    /// gate-tokens, at Pre Token Generation. It is no trigger of the sign-in: a pool can do without.
    Gate,
    /// send-code, the custom SMS sender. A pool can do without it too.
    Send,
}

impl Program {
    /// What a report calls it: the trigger that it answers, or its own name.
    #[must_use]
    pub fn subject(self) -> &'static str {
        match self {
            Self::Speak => "speak-code",
            Self::Gate => "gate-tokens",
            Self::Send => "send-code",
            Self::Define | Self::Create | Self::Verify => self.trigger().map_or("", Trigger::key),
        }
    }

    /// The trigger of the sign-in that it answers.
    #[must_use]
    pub fn trigger(self) -> Option<Trigger> {
        match self {
            Self::Define => Some(Trigger::Define),
            Self::Create => Some(Trigger::Create),
            Self::Verify => Some(Trigger::Verify),
            Self::Speak | Self::Gate | Self::Send => None,
        }
    }

    /// Whether `OTP_KEY` is among its settings.
    #[must_use]
    pub fn has_key(self) -> bool {
        !matches!(self, Self::Define | Self::Gate)
    }
}

impl From<Trigger> for Program {
    fn from(trigger: Trigger) -> Self {
        match trigger {
            Trigger::Define => Self::Define,
            Trigger::Create => Self::Create,
            Trigger::Verify => Self::Verify,
        }
    }
}
