//! Why Cognito sends a code.

/// Why Cognito sends a message, by its own name of the source (user-pool-lambda-custom-sms-sender).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// An administrator made the user, and the message has a temporary password.
    AdminCreateUser,
    /// A second factor, or the first one by `SMS_OTP`.
    Authentication,
    /// The user has forgotten the password.
    ForgotPassword,
    /// The code of a sign-up again.
    ResendCode,
    /// Somebody signs up.
    SignUp,
    /// The user has a new number.
    UpdateUserAttribute,
    /// The user wants the number verified.
    VerifyUserAttribute,
}

/// What a code is good for. It decides what the call says, and which limits it counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To set a new password.
    PasswordReset,
    /// To sign in.
    SignIn,
    /// To confirm a sign-up, or a number.
    Verification,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 7] = [
        Self::AdminCreateUser,
        Self::Authentication,
        Self::ForgotPassword,
        Self::ResendCode,
        Self::SignUp,
        Self::UpdateUserAttribute,
        Self::VerifyUserAttribute,
    ];

    /// What all sources of the trigger begin with.
    pub const PREFIX: &str = "CustomSMSSender_";

    /// Reads a `triggerSource`. `None` if Cognito has none of this name, or not that we know of.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix(Self::PREFIX)?;
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// Cognito's name, without the prefix.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AdminCreateUser => "AdminCreateUser",
            Self::Authentication => "Authentication",
            Self::ForgotPassword => "ForgotPassword",
            Self::ResendCode => "ResendCode",
            Self::SignUp => "SignUp",
            Self::UpdateUserAttribute => "UpdateUserAttribute",
            Self::VerifyUserAttribute => "VerifyUserAttribute",
        }
    }

    /// What its code is good for. `None`: the message has a temporary password, which no call speaks.
    #[must_use]
    pub fn purpose(self) -> Option<Purpose> {
        match self {
            Self::AdminCreateUser => None,
            Self::Authentication => Some(Purpose::SignIn),
            Self::ForgotPassword => Some(Purpose::PasswordReset),
            Self::ResendCode | Self::SignUp | Self::UpdateUserAttribute | Self::VerifyUserAttribute => {
                Some(Purpose::Verification)
            }
        }
    }
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 3] = [Self::PasswordReset, Self::SignIn, Self::Verification];

    /// Reads a [`name`](Self::name).
    #[must_use]
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }

    /// Whether the code is what verifies the number. Then nobody has verified it yet.
    #[must_use]
    pub fn verifies_number(self) -> bool {
        self == Self::Verification
    }

    /// The name in the ledger's keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PasswordReset => "reset",
            Self::SignIn => "sign-in",
            Self::Verification => "verification",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_by_its_whole_name() {
        for source in Source::ALL {
            assert_eq!(Source::parse(&format!("CustomSMSSender_{}", source.name())), Some(source));
        }
        for other in ["", "SignUp", "CustomSMSSender_", "CustomSMSSender_signup", "CustomEmailSender_SignUp"] {
            assert_eq!(Source::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_number_is_unverified_where_the_code_verifies_it() {
        let unverified =
            Source::ALL.into_iter().filter(|source| source.purpose().is_some_and(Purpose::verifies_number));
        let expected = [Source::ResendCode, Source::SignUp, Source::UpdateUserAttribute, Source::VerifyUserAttribute];
        assert_eq!(unverified.collect::<Vec<_>>(), expected);
        assert_eq!(Source::AdminCreateUser.purpose(), None);
    }
}
