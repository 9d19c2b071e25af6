//! The three functions and the ways to name them.

use std::fmt;

use crate::region::{ACCOUNT, REGION};

/// A function, by its name on Lambda.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Function {
    /// `create-challenge`
    CreateChallenge,
    /// `define-challenge`
    DefineChallenge,
    /// `verify-challenge`
    VerifyChallenge,
}

impl Function {
    /// All of them, in the order in which a sign-in meets them.
    pub const ALL: [Self; 3] = [Self::DefineChallenge, Self::CreateChallenge, Self::VerifyChallenge];

    /// The name on Lambda, which is also the name of the binary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateChallenge => "create-challenge",
            Self::DefineChallenge => "define-challenge",
            Self::VerifyChallenge => "verify-challenge",
        }
    }

    /// The name in the template, which is also that of the folder that `sam build` makes.
    #[must_use]
    pub fn logical_id(self) -> &'static str {
        match self {
            Self::CreateChallenge => "CreateChallenge",
            Self::DefineChallenge => "DefineChallenge",
            Self::VerifyChallenge => "VerifyChallenge",
        }
    }

    /// The whole ARN, without a version.
    #[must_use]
    pub fn arn(self) -> String {
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self}")
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
}
