//! Checks of command-line values.

use std::cell::RefCell;
use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use sign_in::device::DeviceId;
use sign_in::settings::CreateSettings;

use super::UserPool;
use crate::aws::is_region;

/// A Region, which becomes a part of the host that is asked.
pub(super) fn region(text: &str) -> Result<String, &'static str> {
    if is_region(text) { Ok(text.to_owned()) } else { Err("a Region is such as us-east-1") }
}

/// A pool's id, or its ARN, of which the id is the end.
pub(super) fn user_pool(text: &str) -> Result<UserPool, &'static str> {
    let (arn, id) = text.rsplit_once(":userpool/").map_or((None, text), |(arn, id)| (Some(arn), id));
    let region = arn.and_then(|arn| arn.split(':').nth(3)).map(str::to_owned);
    let is_id = id.split_once('_').is_some_and(|(made_in, own)| {
        is_region(made_in) && !own.is_empty() && own.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if is_id && arn.is_some() == region.as_deref().is_some_and(is_region) {
        Ok(UserPool { id: id.to_owned(), region })
    } else {
        Err("a user pool's id is such as us-east-1_AbCdEfGhI")
    }
}

/// A trusted device's id.
pub(super) fn device(text: &str) -> Result<DeviceId, &'static str> {
    DeviceId::parse(text).ok_or("a device's id has 43 letters, digits, - and _: `voice-otp devices USER` lists them")
}

/// Takes a setting of the functions, `NAME=VALUE`.
pub(super) fn setting(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').context("it must be NAME=VALUE")?;
    let names = names();
    ensure!(names.contains(name), "the functions have no setting {name}; there are {}", list(&names));
    Ok((name.to_owned(), value.to_owned()))
}

/// The names of the settings, but for the key, what Lambda sets, and how the functions reach AWS.
fn names() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    // Only the names that it asks for matter here, so nothing has a value.
    let _ = CreateSettings::read(&|name| {
        asked.borrow_mut().insert(name.to_owned());
        None
    });
    let mut names = asked.into_inner();
    let others = ["OTP_KEY", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"];
    names.retain(|name| !name.starts_with("AWS_") && !others.contains(&name.as_str()));
    names
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_named_by_its_id_or_its_arn() {
        // A replica has the id of the pool that it copies.
        for (text, region) in [
            ("eu-west-2_Ab1", None),
            ("arn:aws:cognito-idp:eu-west-2:123456789012:userpool/eu-west-2_Ab1", Some("eu-west-2")),
            ("arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-west-2_Ab1", Some("eu-central-1")),
        ] {
            let region = region.map(str::to_owned);
            assert_eq!(user_pool(text), Ok(UserPool { id: "eu-west-2_Ab1".to_owned(), region }));
        }
        let elsewhere = "arn:aws:cognito-idp:example.invalid#:123456789012:userpool/eu-west-2_Ab1";
        for text in
            ["example.invalid/q_A", "eu-west-2_", "eu-west-2_a/b", "x", "", elsewhere, ":userpool/eu-west-2_Ab1"]
        {
            assert!(user_pool(text).is_err(), "{text}");
        }
        assert!(region("example.invalid#").is_err());
    }

    #[test]
    fn only_settings_that_there_are_can_be_set() {
        assert_eq!(setting("OTP_BRAND=a=b").unwrap(), ("OTP_BRAND".to_owned(), "a=b".to_owned()));
        for (text, said) in
            [("OTP_BRANDS=a", "OTP_BRAND,"), ("OTP_KEY=k", "no setting OTP_KEY"), ("OTP_BRAND", "NAME=VALUE")]
        {
            let error = setting(text).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("AWS_"), "{error}");
        }
        for name in ["CONNECT_QUEUE_ARN", "LEDGER_TABLE_NAME", "OTP_LOCKOUT_FAILURES", "OTP_PHONE_ATTRIBUTE"] {
            assert!(names().contains(name), "{name}");
        }
    }
}
