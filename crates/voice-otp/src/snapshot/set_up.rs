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

impl fmt::Display for SetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stack, user_pool, region, account } = self;
        let stack = stack.as_deref().map_or_else(|| "No stack".to_owned(), |stack| format!("Stack {stack}"));
        let pool = if user_pool.is_empty() { "none" } else { user_pool };
        let account = account.as_deref().unwrap_or("unknown");
        write!(f, "{stack}, user pool {pool}, Region {region}, account {account}")
    }
}
