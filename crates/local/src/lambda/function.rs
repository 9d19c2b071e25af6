//! The functions and the ways to name them.

use std::fmt;
use std::time::Duration;

use crate::region::{ACCOUNT, REGION};

/// A function, by its name on Lambda.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Function {
    /// `create-challenge`
    CreateChallenge,
    /// `define-challenge`
    DefineChallenge,
    /// `gate-tokens`
    GateTokens,
    /// `send-code`
    SendCode,
    /// `speak-code`
    SpeakCode,
    /// `verify-challenge`
    VerifyChallenge,
}

impl Function {
    /// All of them: those of a sign-in in the order in which it meets them, and then the sender of codes.
    pub const ALL: [Self; 6] = [
        Self::DefineChallenge,
        Self::CreateChallenge,
        Self::SpeakCode,
        Self::VerifyChallenge,
        Self::GateTokens,
        Self::SendCode,
    ];

    /// The name on Lambda, which is also the name of the binary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateChallenge => "create-challenge",
            Self::DefineChallenge => "define-challenge",
            Self::GateTokens => "gate-tokens",
            Self::SendCode => "send-code",
            Self::SpeakCode => "speak-code",
            Self::VerifyChallenge => "verify-challenge",
        }
    }

    /// The name in the template, which is also that of the folder that `sam build` makes.
    #[must_use]
    pub fn logical_id(self) -> &'static str {
        match self {
            Self::CreateChallenge => "CreateChallenge",
            Self::DefineChallenge => "DefineChallenge",
            Self::GateTokens => "GateTokens",
            Self::SendCode => "SendCode",
            Self::SpeakCode => "SpeakCode",
            Self::VerifyChallenge => "VerifyChallenge",
        }
    }

    /// The time limit, as `template.yaml` sets it. That of a trigger is how long Cognito waits, but nobody waits for
    /// `send-code`. In the eight seconds that Connect waits, it can invoke `speak-code` three times.
    #[must_use]
    pub fn time_limit(self) -> Duration {
        match self {
            Self::CreateChallenge | Self::DefineChallenge | Self::GateTokens | Self::VerifyChallenge => {
                Duration::from_secs(5)
            }
            Self::SendCode => Duration::from_secs(10),
            Self::SpeakCode => Duration::from_secs(2),
        }
    }

    /// How often Lambda repeats an asynchronous invocation that ended in an error: twice, unless the template says less.
    #[must_use]
    pub fn retries(self) -> u32 {
        if self == Self::SendCode { 1 } else { 2 }
    }

    /// The whole ARN, without a version.
    #[must_use]
    pub fn arn(self) -> String {
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self}")
    }

    /// Who the function is to other services.
    pub(crate) fn session_arn(self) -> String {
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/{self}/{self}")
    }

    /// What a reference of the template, such as `SpeakCode.Arn`, stands for.
    #[must_use]
    pub fn template_value(reference: &str) -> Option<String> {
        let logical_id = reference.strip_suffix(".Arn")?;
        Self::ALL.into_iter().find(|function| function.logical_id() == logical_id).map(Self::arn)
    }

    /// Reads what Invoke takes as `FunctionName`: a name, a partial ARN (`ACCOUNT:function:NAME`) or a whole one, each
    /// with or without `:$LATEST`. There is no other version, account or Region here.
    #[must_use]
    pub fn from_invoke_name(name: &str) -> Option<Self> {
        let name = name.strip_suffix(":$LATEST").unwrap_or(name);
        Self::ALL.into_iter().find(|function| {
            name == function.name() || name == function.arn() || name == format!("{ACCOUNT}:function:{function}")
        })
    }
}

impl fmt::Display for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_function_is_read() {
        for name in [
            "create-challenge",
            "create-challenge:$LATEST",
            "123456789012:function:create-challenge",
            "arn:aws:lambda:us-east-1:123456789012:function:create-challenge",
            "arn:aws:lambda:us-east-1:123456789012:function:create-challenge:$LATEST",
        ] {
            assert_eq!(Function::from_invoke_name(name), Some(Function::CreateChallenge), "{name}");
        }
    }

    #[test]
    fn another_function_version_account_or_region_is_unknown() {
        for name in [
            "",
            "create",
            "create-challenge:1",
            "create-challenge:$LATEST:$LATEST",
            "999999999999:function:create-challenge",
            "arn:aws:lambda:eu-west-1:123456789012:function:create-challenge",
        ] {
            assert_eq!(Function::from_invoke_name(name), None, "{name}");
        }
    }
    #[test]
    fn a_reference_of_the_template_is_the_arn_that_names_the_function() {
        let arn = Function::template_value("SpeakCode.Arn").unwrap();
        assert_eq!(Function::from_invoke_name(&arn), Some(Function::SpeakCode));
        for other in ["SpeakCode", "speak-code.Arn", "Ledger.Arn", "AWS::Region"] {
            assert_eq!(Function::template_value(other), None, "{other}");
        }
    }
}
