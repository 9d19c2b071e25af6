//! The token gate: whether Cognito may issue tokens.
//!
//! Cognito has many ways to sign in, and each ends with the Pre Token Generation trigger. Tokens are for users who have
//! taken the call, or signed in by a trusted device. So an app client gets tokens for a user with a *pass* of this client: a
//! right code or a device's signature, given no longer ago than a refresh token lives. No other way to sign in leaves a
//! pass.
//!
//! The event does not say which flow it ends. So a pass is good for every flow of its client, and for a password on
//! managed login, whose source AWS documents as that of a sign-in too. The client must have neither.
//!
//! New tokens for a refresh token come with a source of their own, or with that of a sign-in: AWS documents both. The
//! rule for a sign-in is right for either.

use crate::attributes::Attributes;
use crate::error::{NotCalled, TriggerError};
use crate::event::{Event, TokenRequest};
use crate::handled::Handled;
use crate::ledger::{ClientId, UserKey};
use crate::metric::Metric;

pub use crate::settings::{GateMode, GateRule};

/// What the event alone says of the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// They may be issued, for the reason of this word.
    Allowed(&'static str),
    /// They need a pass of this user and app client. [`GateRule::by_pass`] decides.
    NeedPass(UserKey, ClientId),
    /// They are refused.
    Refused(NotCalled),
}

/// What all sources of the trigger begin with (user-pool-lambda-pre-token-generation).
const SOURCE: &str = "TokenGeneration_";

/// The status of a user whom an identity provider has signed in.
const FEDERATED_STATUS: &str = "EXTERNAL_PROVIDER";

/// Tokens that need neither settings nor the ledger: users stay signed in even if both are out of reach. The word says
/// why. A refresh token is as good as the sign-in that it came with, which the gate need not have seen. Credentials of a
/// client are of no user.
#[must_use]
pub fn at_once(event: &Event) -> Option<&'static str> {
    match event.trigger_source().strip_prefix(SOURCE)? {
        "ClientCredentials" => Some("client-credentials"),
        "RefreshTokens" => Some("refresh"),
        _ => None,
    }
}

impl GateRule {
    /// Decides by the event alone, as far as possible.
    #[must_use]
    pub fn decide(&self, event: &Event) -> Tokens {
        if let Some(word) = at_once(event) {
            return Tokens::Allowed(word);
        }
        let client = event.client();
        if client.as_ref().is_some_and(|client| self.exempt.contains(client)) {
            return Tokens::Allowed("exempt");
        }
        let TokenRequest { user_attributes } = event.request().unwrap_or_default();
        let (Some(user), Some(client)) = (user(event, &user_attributes), client) else {
            return Tokens::Refused(NotCalled::Malformed);
        };
        let is_federated = user_attributes.value("cognito:user_status") == Some(FEDERATED_STATUS);
        match event.trigger_source().strip_prefix(SOURCE) {
            // The second is what AWS documents for their new tokens by GetTokensFromRefreshToken.
            Some("HostedAuth" | "Authentication") if self.federated && is_federated => Tokens::Allowed("federated"),
            Some("Authentication" | "AuthenticateDevice") => Tokens::NeedPass(user, client),
            Some("HostedAuth") => Tokens::Refused(NotCalled::Hosted),
            Some("NewPasswordChallenge") => Tokens::Refused(NotCalled::NewPassword),
            _ => Tokens::Refused(NotCalled::Source),
        }
    }

    /// Decides by the pass that the ledger has, noted at this time. Times are in seconds since the Unix epoch.
    pub fn by_pass(&self, noted_at: Option<u64>, now: u64) -> Result<&'static str, NotCalled> {
        match noted_at {
            None => Err(NotCalled::NoPass),
            Some(noted_at) if self.pass_life.is_good(noted_at, now) => Ok("pass"),
            Some(_) => Err(NotCalled::OldPass),
        }
    }
}

impl GateMode {
    /// What becomes of tokens for which there is this error: no call, or no ledger to ask. Both modes count it alike.
    /// `response` lets the tokens through.
    pub fn settle<R>(self, error: TriggerError, response: R) -> Result<Handled<R>, TriggerError> {
        match self {
            Self::On => Err(error),
            Self::Observe => {
                let (cause, advice) = (Some(error.cause().to_owned()), Some(error.advice().into_owned()));
                Ok(Handled { cause, advice, metrics: vec![Metric::of(&error)], ..Handled::of(response, "observed") })
            }
        }
    }
}

/// The row of the user whom the event names.
fn user(event: &Event, attributes: &Attributes) -> Option<UserKey> {
    let pool = Some(event.user_pool()).filter(|pool| !pool.is_empty())?;
    Some(UserKey::of(pool, attributes.value("sub")?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ledger::PassLife;

    const NOW: u64 = 10_000_000;

    fn rule() -> GateRule {
        let exempt = vec![ClientId::parse("machine").unwrap()];
        GateRule { mode: GateMode::On, exempt, federated: false, pass_life: PassLife::of_days(1) }
    }

    /// Cognito's event of this source, with one field changed.
    fn event(source: &str, pointer: &str, value: Value) -> Event {
        let mut event = json!({
            "version": "1", "triggerSource": format!("TokenGeneration_{source}"), "userPoolId": "us-east-1_Example01",
            "userName": "demo", "callerContext": { "awsSdkVersion": "x", "clientId": "app" },
            "request": {
                "userAttributes": { "sub": "sub", "cognito:user_status": "CONFIRMED" },
                "groupConfiguration": { "groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null },
            },
            "response": { "claimsOverrideDetails": null },
        });
        *event.pointer_mut(pointer).unwrap() = value;
        serde_json::from_value(event).unwrap()
    }

    fn of_source(source: &str) -> Event {
        event(source, "/version", json!("1"))
    }

    fn needs_pass(tokens: &Tokens) -> bool {
        *tokens == Tokens::NeedPass(UserKey::of("us-east-1_Example01", "sub"), ClientId::parse("app").unwrap())
    }

    /// Invariant 1: whichever way the user signs in.
    #[test]
    fn invariant_1_a_sign_in_needs_a_pass_of_its_user_and_its_app_client() {
        for source in ["Authentication", "AuthenticateDevice"] {
            assert!(needs_pass(&rule().decide(&of_source(source))), "{source}");
        }
        assert_eq!(rule().by_pass(None, NOW), Err(NotCalled::NoPass));
        assert_eq!(rule().by_pass(Some(NOW), NOW), Ok("pass"));
    }

    /// Invariant 1: a pass stands in for a call as long as a refresh token does, and no longer.
    #[test]
    fn invariant_1_a_pass_ends_with_the_refresh_token() {
        let life = 86_400 + 60;
        assert_eq!(rule().by_pass(Some(NOW - life + 1), NOW), Ok("pass"));
        assert_eq!(rule().by_pass(Some(NOW - life), NOW), Err(NotCalled::OldPass));
    }

    /// Invariant 1.
    #[test]
    fn invariant_1_a_way_to_tokens_that_never_calls_is_refused() {
        let federated = GateRule { federated: true, ..rule() };
        for (source, reason) in [
            ("HostedAuth", NotCalled::Hosted),
            ("NewPasswordChallenge", NotCalled::NewPassword),
            ("", NotCalled::Source),
            ("authentication", NotCalled::Source),
            ("Authentication_", NotCalled::Source),
            ("SomethingNew", NotCalled::Source),
        ] {
            for rule in [rule(), federated.clone()] {
                assert_eq!(rule.decide(&of_source(source)), Tokens::Refused(reason), "{source}");
            }
        }
        for source in ["", "PreSignUp_SignUp", "Authentication"] {
            let event = event("", "/triggerSource", json!(source));
            assert_eq!(rule().decide(&event), Tokens::Refused(NotCalled::Source), "{source}");
        }
    }

    #[test]
    fn users_of_identity_providers_are_let_through_only_if_that_is_set() {
        let status = "/request/userAttributes/cognito:user_status";
        let federated = GateRule { federated: true, ..rule() };
        let of_provider = |source| event(source, status, json!("EXTERNAL_PROVIDER"));
        assert_eq!(rule().decide(&of_provider("HostedAuth")), Tokens::Refused(NotCalled::Hosted));
        assert!(needs_pass(&rule().decide(&of_provider("Authentication"))));
        for source in ["HostedAuth", "Authentication"] {
            assert_eq!(federated.decide(&of_provider(source)), Tokens::Allowed("federated"), "{source}");
        }
        assert!(needs_pass(&federated.decide(&of_source("Authentication"))));
    }

    #[test]
    fn an_app_client_that_is_exempt_gets_tokens_from_every_source() {
        for source in ["Authentication", "HostedAuth", "NewPasswordChallenge", "SomethingNew"] {
            let exempt = event(source, "/callerContext/clientId", json!("machine"));
            assert_eq!(rule().decide(&exempt), Tokens::Allowed("exempt"), "{source}");
            let other = event(source, "/callerContext/clientId", json!("machine2"));
            assert!(!matches!(rule().decide(&other), Tokens::Allowed(_)), "{source}");
        }
    }

    /// Whoever is signed in stays signed in: neither a setting nor the ledger can end that.
    #[test]
    fn a_refresh_and_the_credentials_of_a_client_need_nothing() {
        for (source, word) in [("RefreshTokens", "refresh"), ("ClientCredentials", "client-credentials")] {
            assert_eq!(at_once(&of_source(source)), Some(word));
            assert_eq!(rule().decide(&of_source(source)), Tokens::Allowed(word));
        }
        for source in ["Authentication", "HostedAuth", "RefreshTokens2", ""] {
            assert_eq!(at_once(&of_source(source)), None, "{source}");
        }
        assert_eq!(at_once(&event("", "/triggerSource", json!("RefreshTokens"))), None);
    }

    /// Invariant 1.
    #[test]
    fn invariant_1_an_event_that_does_not_say_whose_tokens_they_are_is_refused() {
        for (pointer, value) in [
            ("/userPoolId", json!(null)),
            ("/userPoolId", json!("")),
            ("/callerContext", json!(null)),
            ("/callerContext/clientId", json!("")),
            ("/callerContext/clientId", json!("a client")),
            ("/callerContext/clientId", json!(7)),
            ("/request", json!(null)),
            ("/request", json!([])),
            ("/request/userAttributes", json!([])),
            ("/request/userAttributes/sub", json!("")),
            ("/request/userAttributes/sub", json!(7)),
        ] {
            let event = event("Authentication", pointer, value.clone());
            assert_eq!(rule().decide(&event), Tokens::Refused(NotCalled::Malformed), "{pointer} {value}");
        }
        let nothing = serde_json::from_value(json!({})).unwrap();
        assert_eq!(rule().decide(&nothing), Tokens::Refused(NotCalled::Malformed));
    }

    /// A trigger of the team's own may be of version 2 or 3, and invoke this one.
    #[test]
    fn events_of_all_versions_are_decided_alike() {
        for version in ["1", "2", "3"] {
            let mut event = event("Authentication", "/version", json!(version)).unchanged().unwrap();
            event["request"]["scopes"] = json!(["openid"]);
            event["response"] = json!({ "claimsAndScopeOverrideDetails": null });
            assert!(needs_pass(&rule().decide(&serde_json::from_value(event).unwrap())), "{version}");
        }
    }

    #[test]
    fn observing_lets_through_and_counts_what_is_refused() {
        let error = || TriggerError::NotCalled(NotCalled::NoPass);
        let observed = GateMode::Observe.settle(error(), ()).unwrap();
        assert_eq!((observed.outcome, observed.metrics), ("observed", vec![Metric::TokensWithoutCall("no-pass")]));
        assert_eq!(observed.advice.as_deref(), Some(&*error().advice()));
        let refused = GateMode::On.settle(error(), ()).unwrap_err();
        assert!(matches!(refused, TriggerError::NotCalled(NotCalled::NoPass)));
    }
}
