//! Why an app client gets no tokens for a user.

/// Why the token gate refuses tokens. The user was not called for them, as far as it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotCalled {
    /// They are for a sign-in on managed login, where AWS documents this source for identity providers.
    Hosted,
    /// The event does not say of which user or app client it is.
    Malformed,
    /// They are for a user who has just replaced a temporary password.
    NewPassword,
    /// On this app client the user has neither given a right code nor signed by a trusted device.
    NoPass,
    /// The user has done so, but longer ago than a refresh token lives.
    OldPass,
    /// The event is of a source that this version does not know.
    Source,
}

impl NotCalled {
    /// All reasons.
    pub const ALL: [Self; 6] =
        [Self::Hosted, Self::Malformed, Self::NewPassword, Self::NoPass, Self::OldPass, Self::Source];

    /// The word for the log and the metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hosted => "hosted",
            Self::Malformed => "malformed",
            Self::NewPassword => "new-password",
            Self::NoPass => "no-pass",
            Self::OldPass => "old-pass",
            Self::Source => "source",
        }
    }

    /// What the operator can do about it.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::Hosted => {
                "let users of identity providers sign in without a call by OTP_TOKEN_GATE_FEDERATED, or take the providers off this \
                 app client. A user of the pool to whom a provider is linked counts as a user of the pool, and has to take the call"
            }
            Self::Malformed => "if another function invokes this one, let it pass on Cognito's event as it is",
            Self::NewPassword => {
                "let the user sign in once more: a call comes then. If they are asked for a new password again, set a permanent one, \
                 by voice-otp add-user or admin-set-user-password --permanent"
            }
            Self::NoPass => {
                "look at the field client: an app client of which users take the call allows CUSTOM_AUTH and no other sign-in, \
                 managed login included. If this one needs no call, as one for administration, add it to \
                 OTP_TOKEN_GATE_EXEMPT_CLIENTS"
            }
            Self::OldPass => {
                "let the user sign in once more. If the refresh tokens of this app client live longer, set \
                 OTP_REFRESH_TOKEN_DAYS to their life. That does not bring back passes that are deleted already"
            }
            Self::Source => {
                "attach this function to the Pre Token Generation trigger and to no other, and look for a newer version"
            }
        }
    }
}
