//! Counts the users of a pool.

use serde_json::{Value, json};

use super::lambda::Environment;
use super::{Found, Reader, found};
use crate::aws::{AwsError, Operation};
use crate::environment::settings_of_calls;
use crate::snapshot::Users;

/// The largest page that Cognito returns.
const PAGE: u64 = 60;

impl Reader<'_> {
    /// How many users have a temporary password.
    pub(super) async fn temporary_passwords(&self, pool: &str) -> Found<u64> {
        if pool.is_empty() {
            return Found::Unnamed;
        }
        let mut count = 0;
        let filter = Some("cognito:user_status = \"FORCE_CHANGE_PASSWORD\"");
        // Stand-ins for Cognito may ignore the filter.
        let add = |user: &Value| count += u64::from(user["UserStatus"] == "FORCE_CHANGE_PASSWORD");
        found(pool, self.each_user(pool, filter, add).await.map(|()| count))
    }

    /// How many users could sign in with the settings of the create function.
    pub(super) async fn users(&self, pool: &str, settings: &Environment) -> Found<Users> {
        if pool.is_empty() {
            return Found::Unnamed;
        }
        let Some(settings) = settings_of_calls(settings) else {
            return Found::Unread {
                reason: "the create function's settings, by which numbers are judged, can't be read".to_owned(),
                advice: "fix these settings first".to_owned(),
            };
        };
        let mut users = Users::default();
        found(pool, self.each_user(pool, None, |user| users.count(user, &settings)).await.map(|()| users))
    }

    /// Does something with each user, a page at a time. All attributes are asked for: with `AttributesToGet`, Cognito
    /// refuses if a user lacks one.
    async fn each_user(&self, pool: &str, filter: Option<&str>, mut then: impl FnMut(&Value)) -> Result<(), AwsError> {
        let mut page = json!({ "UserPoolId": pool, "Limit": PAGE });
        if let Some(filter) = filter {
            page["Filter"] = json!(filter);
        }
        let mut read = 0;
        loop {
            (self.progress)(&format!("the users ({read} so far)"));
            let answer = self.aws.json(Operation::LIST_USERS, page.clone()).await?;
            for user in answer["Users"].as_array().into_iter().flatten() {
                then(user);
                read += 1;
            }
            match &answer["PaginationToken"] {
                Value::String(token) => page["PaginationToken"] = json!(token),
                _ => return Ok(()),
            }
        }
    }
}
