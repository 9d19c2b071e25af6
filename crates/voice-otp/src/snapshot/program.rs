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
}

impl Program {
    /// What a report calls it: the trigger that it answers, or its own name.
    #[must_use]
    pub fn subject(self) -> &'static str {
        self.trigger().map_or("speak-code", Trigger::key)
    }

    /// The trigger that it answers.
    #[must_use]
    pub fn trigger(self) -> Option<Trigger> {
        match self {
            Self::Define => Some(Trigger::Define),
            Self::Create => Some(Trigger::Create),
            Self::Verify => Some(Trigger::Verify),
            Self::Speak => None,
        }
    }

    /// Whether `OTP_KEY` is among its settings.
    #[must_use]
    pub fn has_key(self) -> bool {
        self != Self::Define
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
