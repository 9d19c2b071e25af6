//! The limits of the ledger, and the refusal when one is reached.

use std::fmt;

use super::Hearing;
use crate::code::Digits;

/// Limits on the calls to one user and, separately, to one number. 0 turns a limit off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// Seconds from one call to the next, 0 to 600.
    pub seconds_between_calls: u64,
    /// Calls in any 15 minutes, 0 to 100.
    pub quarter_hour: u32,
    /// Calls in any hour, 0 to 100.
    pub hour: u32,
    /// Calls in any day, 0 to 100.
    pub day: u32,
}

/// What locks a user: wrong codes in a row, and a call that the user denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureLimits {
    /// From this wrong code on, each one locks the user for a while. 0 to 100; 0 turns it off.
    pub lockout: u32,
    /// How long such a lock lasts, in seconds: 1 to 86,400.
    pub lockout_seconds: u64,
    /// This wrong code locks the user until somebody clears the failures. 0 to 100; 0 turns it off. NIST SP 800-63B
    /// section 5.2.2 allows 100.
    pub max: u32,
    /// How long a denial locks the user, in seconds: 1 to 86,400.
    pub denied_seconds: u64,
}

/// The form of a new challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChallengeForm {
    /// Answers that are compared, 1 to 10.
    pub attempts: u32,
    /// Length of a code.
    pub digits: Digits,
    /// How long a code works, in seconds: 1 to 600.
    pub validity_seconds: u64,
    /// [`Hearing::Awaited`] if the call asks for the code, [`Hearing::NotNeeded`] if the code is an attribute of the
    /// call.
    pub hearing: Hearing,
}

/// A limit that can refuse a call or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Calls of this scope within this window.
    Calls(Scope, Window),
    /// The user said in a call that the sign-in is not theirs: locks the user for a while.
    Denied,
    /// Wrong codes in a row: locks the user for a while.
    Lockout,
    /// Wrong codes in a row: locks the user until somebody clears them.
    MaxFailures,
}

/// Which calls a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Those to one user.
    User,
    /// Those to one number.
    Number,
    /// Those to one country.
    Country,
    /// All of them.
    All,
}

/// The time in which a limit counts calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// From one call to the next.
    Pause,
    /// 15 minutes.
    QuarterHour,
    /// An hour.
    Hour,
    /// A day.
    Day,
}

/// A limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// Which one.
    pub limit: Limit,
    /// Seconds until another try can work. `None` if waiting does not help.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// When the limit ends, in seconds since the Unix epoch; `now` if waiting does not help.
    #[must_use]
    pub fn ends_at(&self, now: u64) -> u64 {
        now.saturating_add(self.retry_after.unwrap_or(0))
    }
}

impl CallLimits {
    /// The windows that are on, each with its seconds and the calls that it allows.
    pub(super) fn windows(&self) -> impl Iterator<Item = (Window, u64, usize)> {
        let pause = u32::from(self.seconds_between_calls > 0);
        [
            (Window::Pause, self.seconds_between_calls, pause),
            (Window::QuarterHour, 15 * 60, self.quarter_hour),
            (Window::Hour, Window::HOUR_SECONDS, self.hour),
            (Window::Day, Window::DAY_SECONDS, self.day),
        ]
        .into_iter()
        .filter(|&(_, _, calls)| calls > 0)
        // No memory could hold the times of more calls than `usize::MAX`.
        .map(|(window, seconds, calls)| (window, seconds, usize::try_from(calls).unwrap_or(usize::MAX)))
    }
}

impl Limit {
    /// All limits.
    pub fn all() -> impl Iterator<Item = Self> {
        let windows = [Window::Pause, Window::QuarterHour, Window::Hour, Window::Day];
        let of_one =
            [Scope::User, Scope::Number].into_iter().flat_map(move |scope| windows.map(|window| (scope, window)));
        let budget = [(Scope::Country, Window::Hour), (Scope::All, Window::Hour), (Scope::All, Window::Day)];
        let calls = of_one.chain(budget).map(|(scope, window)| Self::Calls(scope, window));
        calls.chain([Self::Denied, Self::Lockout, Self::MaxFailures])
    }

    /// What the operator can do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Calls(Scope::User | Scope::Number, window) => match window {
                Window::Pause => "if users need calls closer together, lower OTP_SECONDS_BETWEEN_CALLS",
                Window::QuarterHour => "if a user needs so many calls, raise OTP_MAX_CALLS_QUARTER_HOUR",
                Window::Hour => "if a user needs so many calls, raise OTP_MAX_CALLS_HOUR",
                Window::Day => "if a user needs so many calls, raise OTP_MAX_CALLS_DAY",
            },
            Self::Calls(Scope::Country, _) => {
                "look for sign-ins without a right code (fraud calls numbers that earn by it); if all is well, raise \
                 OTP_MAX_CALLS_COUNTRY_HOUR"
            }
            Self::Calls(Scope::All, Window::Day) => {
                "look for sign-ins without a right code (fraud calls numbers that earn by it); if all is well, raise \
                 OTP_MAX_CALLS_ALL_DAY"
            }
            Self::Calls(Scope::All, _) => {
                "look for sign-ins without a right code (fraud calls numbers that earn by it); if all is well, raise \
                 OTP_MAX_CALLS_ALL_HOUR"
            }
            Self::Denied => {
                "the user pressed 0 in a call: somebody else has begun a sign-in, and may know the password. See \
                 SignInDeniedAlarm in docs/operate/runbook.md. If it was a mistake, `voice-otp unlock USER --stack NAME` lets the \
                 user sign in"
            }
            Self::Lockout => "ask the user whether it was them. If not, somebody else knows the password",
            Self::MaxFailures => {
                "ask the user whether it was them. If not, somebody else knows the password. A reset of the password clears \
                 the lock, or `voice-otp unlock USER --stack NAME`"
            }
        }
    }
}

impl Window {
    pub(super) const HOUR_SECONDS: u64 = 60 * 60;
    pub(super) const DAY_SECONDS: u64 = 24 * Self::HOUR_SECONDS;
}

/// The name in the log, as in `user-hour`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scope, window) = match self {
            Self::Calls(scope, window) => (scope, window),
            Self::Denied => return f.write_str("denied"),
            Self::Lockout => return f.write_str("lockout"),
            Self::MaxFailures => return f.write_str("max-failures"),
        };
        let scope = match scope {
            Scope::User => "user",
            Scope::Number => "number",
            Scope::Country => "country",
            Scope::All => "all",
        };
        let window = match window {
            Window::Pause => "pause",
            Window::QuarterHour => "quarter-hour",
            Window::Hour => "hour",
            Window::Day => "day",
        };
        write!(f, "{scope}-{window}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOWS: [Window; 4] = [Window::Pause, Window::QuarterHour, Window::Hour, Window::Day];

    fn calls(scope: Scope) -> [Limit; 4] {
        WINDOWS.map(|window| Limit::Calls(scope, window))
    }

    #[test]
    fn the_log_names_whose_calls_in_which_time() {
        assert_eq!(
            calls(Scope::User).map(|limit| limit.to_string()),
            ["user-pause", "user-quarter-hour", "user-hour", "user-day"]
        );
        let hour = [Scope::Number, Scope::Country, Scope::All].map(|scope| Limit::Calls(scope, Window::Hour));
        assert_eq!(hour.map(|limit| limit.to_string()), ["number-hour", "country-hour", "all-hour"]);
        let locks = [Limit::Denied, Limit::Lockout, Limit::MaxFailures].map(|limit| limit.to_string());
        assert_eq!(locks, ["denied", "lockout", "max-failures"]);
    }

    /// The log's reader learns which setting to change, or how to clear a lock.
    #[test]
    fn the_advice_names_the_setting_of_the_limit() {
        let settings =
            ["OTP_SECONDS_BETWEEN_CALLS", "OTP_MAX_CALLS_QUARTER_HOUR", "OTP_MAX_CALLS_HOUR", "OTP_MAX_CALLS_DAY"];
        for (limit, setting) in
            [Scope::User, Scope::Number].into_iter().flat_map(|scope| calls(scope).into_iter().zip(settings))
        {
            assert!(limit.advice().ends_with(setting), "{limit}");
        }
        for (scope, window, setting) in [
            (Scope::Country, Window::Hour, "OTP_MAX_CALLS_COUNTRY_HOUR"),
            (Scope::All, Window::Hour, "OTP_MAX_CALLS_ALL_HOUR"),
            (Scope::All, Window::Day, "OTP_MAX_CALLS_ALL_DAY"),
        ] {
            assert!(Limit::Calls(scope, window).advice().ends_with(setting), "{setting}");
        }
        for limit in [Limit::Denied, Limit::MaxFailures] {
            assert!(limit.advice().contains("`voice-otp unlock USER --stack NAME`"), "{limit}");
        }
        assert!(Limit::Lockout.advice().contains("ask the user"));
    }

    /// Waiting does not clear the lock of `MaxFailures`, so no time is promised for it.
    #[test]
    fn a_limit_ends_after_its_wait() {
        let of = |retry_after| Refusal { limit: Limit::Lockout, retry_after }.ends_at(1_000);
        assert_eq!((of(Some(30)), of(None), of(Some(u64::MAX))), (1_030, 1_000, u64::MAX));
    }
}
