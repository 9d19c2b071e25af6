//! Credentials and endpoints for AWS's services.

use std::fmt;

use super::variable::{Reader, Variable};

/// The credentials of a role. `Debug` does not show them.
#[derive(Clone)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<String>,
}

const ACCESS_KEY_ID: Variable = Variable::new("AWS_ACCESS_KEY_ID", "set, as Lambda does").redacted();
const SECRET_ACCESS_KEY: Variable = Variable::new("AWS_SECRET_ACCESS_KEY", "set, as Lambda does").redacted();
const SESSION_TOKEN: Variable = Variable::new("AWS_SESSION_TOKEN", "set, as Lambda does").redacted();
const ENDPOINT: Variable = Variable::new("AWS_ENDPOINT_URL", "a URL");

pub(super) const VARIABLES: [Variable; 4] = [ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN, ENDPOINT];

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(redacted)")
    }
}

/// Reads the role's credentials.
pub(super) fn credentials(reader: &mut Reader<'_>) -> Option<Credentials> {
    let access_key_id = reader.value(&ACCESS_KEY_ID, |text| Some(text.to_owned()));
    let secret_access_key = reader.value(&SECRET_ACCESS_KEY, |text| Some(text.to_owned()));
    let session_token = reader.optional(&SESSION_TOKEN, |text| Some(text.to_owned()));
    Some(Credentials { access_key_id: access_key_id?, secret_access_key: secret_access_key?, session_token })
}

/// Reads the endpoint of a service, if it is not AWS's own: from the service's variable, else from the one for all
/// services.
pub(super) fn endpoint(reader: &mut Reader<'_>, own: &Variable) -> Option<String> {
    let variable = if reader.is_set(own) { own } else { &ENDPOINT };
    reader.optional(variable, |text| is_url(text).then(|| text.to_owned()))
}

/// Region and resource of an ARN of this service, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
pub(super) fn parts_of_arn<'a>(arn: &'a str, service: &str) -> Option<(&'a str, &'a str)> {
    let parts: Vec<_> = arn.split(':').collect();
    let ["arn", partition, of, region, account, resource] = parts[..] else { return None };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (of == service && is_name(partition) && is_name(region) && is_account).then_some((region, resource))
}

/// Whether a text can be a part of an ARN or of a host.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_url(text: &str) -> bool {
    text.strip_prefix("https://").or(text.strip_prefix("http://")).is_some_and(|rest| !rest.is_empty())
}
