//! What requests to the stack's AWS are signed with.

/// An access key. Those of this stack are worth nothing anywhere else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`, which a role's have and a user's have not.
    pub session_token: Option<String>,
}

impl Credentials {
    /// Those of a role in AWS's documentation. They are constants so that a function which runs elsewhere, with
    /// `events/env`, can use the stack too.
    pub(crate) fn example() -> Self {
        Self {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: Some("an-example-session-token".to_owned()),
        }
    }

    /// Those of the stack's operator, which `GET /local/config` tells: a user's in AWS's documentation.
    pub(crate) fn operator() -> Self {
        Self {
            access_key_id: "AKIAI44QH8DHBEXAMPLE".to_owned(),
            secret_access_key: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY".to_owned(),
            session_token: None,
        }
    }

    /// The same, as the AWS SDK takes them.
    pub(crate) fn for_sdk(self) -> aws_credential_types::Credentials {
        let Self { access_key_id, secret_access_key, session_token } = self;
        aws_credential_types::Credentials::new(access_key_id, secret_access_key, session_token, None, "local")
    }

    /// Those of a role that nobody knows.
    pub(crate) fn random() -> Self {
        Self {
            access_key_id: format!("ASIA{:016X}", rand::random::<u64>()),
            secret_access_key: format!("{:032x}{:08x}", rand::random::<u128>(), rand::random::<u32>()),
            session_token: Some(format!("{:032x}", rand::random::<u128>())),
        }
    }
}
