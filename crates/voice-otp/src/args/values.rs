//! What values of the command line may be.

use crate::aws::is_region;

/// A Region, which becomes a part of the host that is asked.
pub(super) fn region(text: &str) -> Result<String, &'static str> {
    if is_region(text) { Ok(text.to_owned()) } else { Err("a Region is such as us-east-1") }
}

/// A pool's id, or its ARN, of which the id is the end.
pub(super) fn user_pool(text: &str) -> Result<String, &'static str> {
    let id = text.rsplit_once(":userpool/").map_or(text, |(_, id)| id);
    let of_region = id.split_once('_').is_some_and(|(region, own)| {
        is_region(region) && !own.is_empty() && own.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if of_region { Ok(id.to_owned()) } else { Err("a user pool's id is such as us-east-1_AbCdEfGhI") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_named_by_its_id_or_its_arn() {
        for arn in ["eu-west-2_Ab1", "arn:aws:cognito-idp:eu-west-2:123456789012:userpool/eu-west-2_Ab1"] {
            assert_eq!(user_pool(arn).as_deref(), Ok("eu-west-2_Ab1"));
        }
        for text in ["example.invalid/q_A", "eu-west-2_", "eu-west-2_a/b", "x", ""] {
            assert!(user_pool(text).is_err(), "{text}");
        }
        assert!(region("example.invalid#").is_err());
    }
}
