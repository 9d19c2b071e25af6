//! The token gate that is wanted, by the words of the settings.

use std::fmt;

use clap::ValueEnum;

/// The values of `OTP_TOKEN_GATE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TokenGate {
    /// Tokens without the call are issued, and counted.
    Observe,
    /// They are refused.
    On,
}

/// The values of `OTP_TOKEN_GATE_FEDERATED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FederatedUsers {
    /// They get no tokens.
    Refuse,
    /// They get tokens without the call.
    Allow,
}

impl fmt::Display for TokenGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Observe => "observe",
            Self::On => "on",
        })
    }
}

impl fmt::Display for FederatedUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refuse => "refuse",
            Self::Allow => "allow",
        })
    }
}
