//! What a function's process finds in its environment.

use super::{Config, Function, Lambda, REGION};
use std::path::Path;

/// The credentials in a function's environment. They are worth nothing anywhere.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`
    pub session_token: String,
}

impl Credentials {
    /// Those of AWS's documentation. They are constants so that a function which runs elsewhere, with `events/env`, can
    /// call the telephone too.
    pub(super) fn example() -> Self {
        Self {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: "an-example-session-token".to_owned(),
        }
    }

    /// Those of a role that nobody knows.
    pub(super) fn random() -> Self {
        Self {
            access_key_id: format!("ASIA{:016X}", rand::random::<u64>()),
            secret_access_key: format!("{:032x}{:08x}", rand::random::<u128>(), rand::random::<u32>()),
            session_token: format!("{:032x}", rand::random::<u128>()),
        }
    }
}

impl Lambda {
    /// The environment of one process: what Lambda sets, where this program stands in for AWS, and the settings.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
    pub(super) fn environment(&self, function: Function, sandbox: u64) -> Vec<(&'static str, String)> {
        let Config { binaries, endpoint, settings, .. } = &self.0.config;
        let Credentials { access_key_id, secret_access_key, session_token } = self.credentials(function);
        let folder = binaries.path(function).parent().unwrap_or(Path::new("/")).display().to_string();
        let mut environment = vec![
            ("AWS_ACCESS_KEY_ID", access_key_id.clone()),
            ("AWS_DEFAULT_REGION", REGION.into()),
            ("AWS_ENDPOINT_URL", endpoint.clone()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".into()),
            ("AWS_LAMBDA_FUNCTION_NAME", function.name().into()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}")),
            ("AWS_LAMBDA_LOG_STREAM_NAME", format!("local/[$LATEST]{sandbox:032x}")),
            ("AWS_LAMBDA_RUNTIME_API", format!("{endpoint}/.rt/{function}/{sandbox}")),
            ("AWS_REGION", REGION.into()),
            ("AWS_SECRET_ACCESS_KEY", secret_access_key.clone()),
            ("AWS_SESSION_TOKEN", session_token.clone()),
            ("LAMBDA_RUNTIME_DIR", folder.clone()),
            ("LAMBDA_TASK_ROOT", folder),
            ("LANG", "en_US.UTF-8".into()),
            ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin".into()),
            ("TZ", ":UTC".into()),
            ("_HANDLER", "bootstrap".into()),
        ];
        environment.extend(settings.of(function).map(|(name, value)| (name, value.to_owned())));
        environment
    }
}
