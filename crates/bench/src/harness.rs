//! The environment of the subjects: endpoints, variables, events and files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::authority::Authority;
use crate::endpoint::{Counts, Endpoint, MESSAGE_KEY_ARN};
use crate::program::Program;
use crate::runtime_api::RuntimeApi;
use crate::subject::Subject;

/// What all subjects share.
#[derive(Debug)]
pub(crate) struct Harness {
    authority: Authority,
    connect: Endpoint,
    dynamodb: Endpoint,
    kms: Endpoint,
    settings: Vec<(String, String)>,
    system_roots: bool,
    events: PathBuf,
    folder: PathBuf,
}

impl Harness {
    /// Opens the endpoints. The settings and events are those of this repository; files go to `folder`.
    pub(crate) fn open(workspace: &Path, folder: &Path, system_roots: bool) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
        let authority = Authority::new(folder).context("no certificates for the endpoints")?;
        let [connect, dynamodb, kms] = [(); 3].map(|()| Endpoint::serve(&authority.server));
        let (connect, dynamodb, kms) = (connect?, dynamodb?, kms?);
        let events = workspace.join("events");
        let file = events.join("env");
        let text = fs::read_to_string(&file).with_context(|| format!("{} can't be read", file.display()))?;
        let (settings, folder) = (settings(&text), folder.to_owned());
        Ok(Self { authority, connect, dynamodb, kms, settings, system_roots, events, folder })
    }

    /// A command that starts a subject, with Lambda's environment and its settings.
    pub(crate) fn command(&self, subject: Subject, program: &Program, api: &RuntimeApi) -> Command {
        let mut command = Command::new(&program.file);
        command.args(&program.arguments);
        self.set_env(&mut command, subject, program, api);
        command
    }

    /// Sets a command's folder and environment as on Lambda.
    pub(crate) fn set_env(&self, command: &mut Command, subject: Subject, program: &Program, api: &RuntimeApi) {
        let name = format!("{subject}-bench");
        command
            .current_dir(&program.folder)
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL_CONNECT", &self.connect.url)
            .env("AWS_ENDPOINT_URL_DYNAMODB", &self.dynamodb.url)
            .env("AWS_ENDPOINT_URL_KMS", &self.kms.url)
            .env("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_NAME", &name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench/[$LATEST]0")
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .env("LAMBDA_TASK_ROOT", &program.folder)
            .env("LANG", "en_US.UTF-8")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("TZ", ":UTC")
            .env("_HANDLER", if subject == Subject::Recipe { "index.handler" } else { "bootstrap" });
        match subject {
            // As it is by default. Otherwise, speak-code connects to KMS too.
            Subject::Speak => command.env("OTP_COGNITO_CODES", "off"),
            Subject::SpeakMessage => command.env("OTP_COGNITO_CODES_KEY_ARN", MESSAGE_KEY_ARN),
            _ => command,
        };
        let Authority { alone, with_system_roots, .. } = &self.authority;
        match subject {
            // Node has its roots built in.
            Subject::Recipe => command.env("NODE_EXTRA_CA_CERTS", alone),
            // So have our functions, unless `--system-roots` is given.
            _ if subject.function().is_some() && !self.system_roots => command.env("SSL_CERT_FILE", alone),
            _ => command.env("SSL_CERT_FILE", with_system_roots).env("OTP_TRUST", "system"),
        };
    }

    /// The event of a subject.
    pub(crate) fn event(&self, subject: Subject) -> Result<Vec<u8>> {
        let file = self.events.join(subject.event());
        fs::read(&file).with_context(|| format!("{} can't be read", file.display()))
    }

    /// Where a file of a subject goes.
    pub(crate) fn file(&self, subject: Subject, extension: &str) -> PathBuf {
        self.folder.join(format!("{subject}.{extension}"))
    }

    /// The connections to AWS since the counts were taken last.
    pub(crate) fn opened(&self) -> u32 {
        self.endpoints().map(Endpoint::opened).iter().sum()
    }

    /// Takes the counts of connections and requests to AWS since the last call.
    pub(crate) fn take_counts(&self) -> Counts {
        let mut all = Counts::default();
        for counts in self.endpoints().map(Endpoint::take_counts) {
            all.opened += counts.opened;
            all.used += counts.used;
            all.offered_http2 |= counts.offered_http2;
            all.operations.extend(counts.operations);
        }
        all
    }

    fn endpoints(&self) -> [&Endpoint; 3] {
        [&self.connect, &self.dynamodb, &self.kms]
    }
}

/// Reads lines of the form `NAME=VALUE`, and adds the same values by the names that the other subjects use. Endpoints
/// are left out.
fn settings(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let known = lines.filter_map(|line| line.split_once('=')).filter(|(name, _)| !name.starts_with("AWS_ENDPOINT_URL"));
    let mut settings: Vec<_> = known.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    for index in 0..settings.len() {
        let (name, value) = &settings[index];
        let last = value.rsplit('/').next().unwrap_or_default().to_owned();
        let simple = match &**name {
            "CONNECT_INSTANCE_ARN" => ("INSTANCE_ID", last),
            "CONNECT_CONTACT_FLOW_ARN" => ("CONTACT_FLOW_ID", last),
            "CONNECT_SOURCE_PHONE_NUMBER" => ("SOURCE_PHONE_NUMBER", value.clone()),
            _ => continue,
        };
        settings.push((simple.0.to_owned(), simple.1));
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_given_their_simple_names() {
        let text = "# A comment\nOTP_KEY=k=1\n\nCONNECT_INSTANCE_ARN=arn:x:instance/1-2\nAWS_ENDPOINT_URL=http://h\n";
        let expected = [("OTP_KEY", "k=1"), ("CONNECT_INSTANCE_ARN", "arn:x:instance/1-2"), ("INSTANCE_ID", "1-2")];
        assert_eq!(settings(text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
