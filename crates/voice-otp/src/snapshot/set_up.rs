//! Which set-up was looked at.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The names of a set-up. They distinguish similar set-ups in a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetUp {
    /// The stack, if one was named.
    pub stack: Option<String>,
    /// The user pool's id. Empty, if the stack has none.
    pub user_pool: String,
    /// The Region of the pool and the functions.
    pub region: String,
    /// The account's number, if an ARN contains it.
    pub account: Option<String>,
}

impl SetUp {
    /// Where the stack or the pool was looked for and not found, and what to try. A pool's id begins with the Region
    /// that it was made in. That is a hint, and never what is asked: a replica elsewhere has the same id.
    #[must_use]
    pub fn looked_in(&self) -> String {
        let Self { user_pool, region, account, .. } = self;
        let account = account.as_ref().map(|account| format!(", account {account}")).unwrap_or_default();
        let place = format!("looked in {region}{account}");
        match user_pool.split_once('_') {
            Some((made_in, _)) if made_in != region => {
                format!(
                    "{place}. The pool was made in {made_in}: voice-otp doctor --region {made_in} --user-pool {user_pool}"
                )
            }
            _ => format!("{place}: check --stack or --user-pool, --region and --profile"),
        }
    }
}

impl fmt::Display for SetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stack, user_pool, region, account } = self;
        let stack = stack.as_deref().map_or_else(|| "No stack".to_owned(), |stack| format!("Stack {stack}"));
        let pool = if user_pool.is_empty() { "none" } else { user_pool };
        let account = account.as_deref().unwrap_or("unknown");
        write!(f, "{stack}, user pool {pool}, Region {region}, account {account}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_found_comes_with_the_region_and_with_what_to_try() {
        let looked_in = |pool: &str, account: Option<&str>| {
            let account = account.map(str::to_owned);
            SetUp { user_pool: pool.to_owned(), region: "eu-west-1".to_owned(), account, stack: None }.looked_in()
        };
        let check = "check --stack or --user-pool, --region and --profile";
        assert_eq!(looked_in("", None), format!("looked in eu-west-1: {check}"));
        assert_eq!(looked_in("eu-west-1_A", Some("1")), format!("looked in eu-west-1, account 1: {check}"));
        assert_eq!(
            looked_in("us-east-1_A", None),
            "looked in eu-west-1. The pool was made in us-east-1: voice-otp doctor --region us-east-1 --user-pool us-east-1_A"
        );
    }
}
