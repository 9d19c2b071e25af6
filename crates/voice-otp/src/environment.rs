//! A function's environment, as the function would find it.

use std::collections::BTreeMap;

use sign_in::settings::CreateSettings;

/// The variables that Lambda sets. A function's configuration doesn't contain them.
const BY_LAMBDA: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];

/// The variables by name. Those that Lambda sets have made-up values, which do not matter here.
pub fn completed(variables: &BTreeMap<String, String>) -> impl Fn(&str) -> Option<String> {
    |name| {
        let made_up = BY_LAMBDA.contains(&name).then(|| "made-up".to_owned());
        variables.get(name).cloned().or(made_up)
    }
}

/// The create function's settings with a made-up key: a stack's parameters have none, and no code is derived here.
/// `None` if the settings can't be read.
#[must_use]
pub fn settings_of_calls(variables: &BTreeMap<String, String>) -> Option<CreateSettings> {
    let value = completed(variables);
    CreateSettings::read(&|name| value(name).or_else(|| (name == "OTP_KEY").then(|| "*".repeat(64)))).ok()
}
