//! The settings of a run.

use sign_in::code::Digits;
use sign_in::creation;
use sign_in::gate::{GateMode, GateRule};
use sign_in::history::SignInLimits;
use sign_in::ledger::{Budget, CallLimits, FailureLimits};
use sign_in::ledger::{ChallengeForm, Hearing, PassLife, Rules};

/// The settings of create, verify and define.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) rules: Rules,
    pub(crate) budget: Budget,
    /// Whether each row of the hour's counter of all calls has room for one call more, and no more.
    pub(crate) nearly_full: bool,
    /// Calls that a sign-in may have.
    pub(crate) calls: u32,
    /// For how many days a device is trusted. 0: none is.
    pub(crate) device_days: u32,
}

impl Policy {
    /// As small as possible, with every limit still distinct.
    pub(crate) const SMALL: Self = Self {
        rules: Rules {
            challenge: ChallengeForm {
                attempts: 2,
                digits: Digits::SIX,
                validity_seconds: 30,
                hearing: Hearing::Awaited,
            },
            calls: CallLimits { seconds_between_calls: 15, quarter_hour: 2, hour: 3, day: 4 },
            failures: FailureLimits { lockout: 3, lockout_seconds: 10, max: 4, denied_seconds: 10 },
            pass_life: PassLife::of_days(1),
        },
        budget: Budget { country_hour: 4, all_hour: 5, all_day: 6 },
        nearly_full: false,
        calls: 2,
        device_days: 0,
    };

    /// The policy of the create trigger.
    pub(crate) fn creation(&self) -> creation::Policy {
        creation::Policy { rules: self.rules, limits: self.sign_in(), device_days: self.device_days }
    }

    /// The rule of the token gate.
    pub(crate) fn gate(&self) -> GateRule {
        let pass_life = self.rules.pass_life;
        GateRule { mode: GateMode::On, exempt: Vec::new(), federated: false, pass_life }
    }

    /// The limits of one sign-in.
    pub(crate) fn sign_in(&self) -> SignInLimits {
        SignInLimits { attempts: self.rules.challenge.attempts, calls: self.calls }
    }
}
