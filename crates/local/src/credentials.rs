//! The credentials that requests to the stack are signed with.

use crate::region::ACCOUNT;

/// An access key. This stack's keys are valid nowhere else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`. A role's credentials have one, a user's don't.
    pub session_token: Option<String>,
}

impl Credentials {
    /// The credentials of the stack's operator, which are in `GET /local/config`: the example of a user in AWS's
    /// documentation. They are constants, so that a function which runs elsewhere with `events/env` can use the stack too.
    pub(crate) fn operator() -> Self {
        Self {
            access_key_id: "AKIAI44QH8DHBEXAMPLE".to_owned(),
            secret_access_key: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY".to_owned(),
            session_token: None,
        }
    }

    /// Who the operator is.
    pub(crate) fn operator_arn() -> String {
        format!("arn:aws:iam::{ACCOUNT}:user/operator")
    }

    /// The same, as the AWS SDK takes them.
    pub(crate) fn for_sdk(self) -> aws_credential_types::Credentials {
        let Self { access_key_id, secret_access_key, session_token } = self;
        aws_credential_types::Credentials::new(access_key_id, secret_access_key, session_token, None, "local")
    }

    /// Random credentials of a role.
    pub(crate) fn random() -> Self {
        Self {
            access_key_id: format!("ASIA{:016X}", rand::random::<u64>()),
            secret_access_key: format!("{:032x}{:08x}", rand::random::<u128>(), rand::random::<u32>()),
            session_token: Some(format!("{:032x}", rand::random::<u128>())),
        }
    }
}
