//! The claims of a token, for display. Nothing is verified here. An API that receives a token must verify it: see
//! docs/integrate.md.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The claims of a token, as indented JSON.
pub fn pretty(token: &str) -> Result<String> {
    let claims = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims = claims.context("the token is not a JWT")?;
    let claims: Value = serde_json::from_slice(&claims).context("the token's claims are not JSON")?;
    Ok(serde_json::to_string_pretty(&claims)?)
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn claims_are_the_middle_part() {
        assert_eq!(pretty("e30.eyJzdWIiOiJqbyJ9.c2ln").unwrap(), "{\n  \"sub\": \"jo\"\n}");
        for no_token in ["", "e30", "e30.!.x", "e30.e3.x"] {
            assert!(pretty(no_token).is_err(), "{no_token}");
        }
    }
}
