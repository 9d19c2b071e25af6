//! The environment of a function's process.

use std::path::Path;

use super::{Config, Function, Lambda};
use crate::credentials::Credentials;
use crate::region::REGION;

impl Lambda {
    /// The environment of one process: the variables that Lambda sets, the endpoints of this program, and the settings.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
    pub(super) fn environment(&self, function: Function, sandbox: u64) -> Vec<(&'static str, String)> {
        let Config { binaries, endpoint, dynamodb_endpoint, settings, .. } = &self.0.config;
        let Credentials { access_key_id, secret_access_key, session_token } = self.credentials(function).clone();
        let folder = binaries.path(function).parent().unwrap_or(Path::new("/")).display().to_string();
        let mut environment = vec![
            ("AWS_ACCESS_KEY_ID", access_key_id),
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
            ("AWS_SECRET_ACCESS_KEY", secret_access_key),
            ("LAMBDA_RUNTIME_DIR", folder.clone()),
            ("LAMBDA_TASK_ROOT", folder),
            ("LANG", "en_US.UTF-8".into()),
            ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin".into()),
            ("TZ", ":UTC".into()),
            ("_HANDLER", "bootstrap".into()),
        ];
        // Requests of the functions' own, without an SDK, look for these alone.
        if matches!(function, Function::SendCode | Function::SpeakCode) {
            environment.push(("AWS_ENDPOINT_URL_KMS", endpoint.clone()));
        }
        if function == Function::SendCode {
            environment.push(("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", endpoint.clone()));
        }
        environment.extend(session_token.map(|token| ("AWS_SESSION_TOKEN", token)));
        environment.extend(dynamodb_endpoint.clone().map(|url| ("AWS_ENDPOINT_URL_DYNAMODB", url)));
        environment.extend(settings.of(function).map(|(name, value)| (name, value.to_owned())));
        environment
    }
}
