//! The token gate, tried by each way to tokens that Cognito has beside the call.

mod way;

use std::sync::Arc;

use serde_json::{Value, json};

use self::way::{Tokens, Way};
use crate::cognito::Cognito;
use crate::stack::{Account, Invoked, Stack};

/// What AWS leaves open: the source of `GetTokensFromRefreshToken`, and what becomes of a password without tokens.
const GET_TOKENS_SOURCES: [&str; 2] = ["authentication", "refresh-tokens"];
const REFUSED_PASSWORDS: [&str; 2] = ["kept", "rolled-back"];

const NOT_CALLED: &str = "UserLambdaValidationException: PreTokenGeneration failed with error Sign in with a phone call \
                          [SIGN_IN_NOT_CALLED].";
const BUSY: &str = "UserLambdaValidationException: PreTokenGeneration failed with error Sign-in is busy, try again in a \
                    minute [SIGN_IN_BUSY].";
const UNAVAILABLE: &str = "UserLambdaValidationException: PreTokenGeneration failed with error Sign-in is not \
                           available, ask for help [SIGN_IN_UNAVAILABLE].";

/// The pool of a stack with these arguments.
async fn start(arguments: &[&str]) -> Cognito {
    Cognito::of(Arc::new(Stack::with_arguments(arguments))).await
}

#[tokio::test]
async fn invariant_1_without_the_gate_each_way_around_the_call_gives_tokens() {
    for source in GET_TOKENS_SOURCES {
        let pool = start(&["--token-gate", "off", "--get-tokens-source", source]).await;
        for way in Way::ALL {
            let tokens = pool.around(way).await.unwrap_or_else(|error| panic!("{way:?}: {error}"));
            for refreshed in [pool.refresh(&tokens).await, pool.tokens_from_refresh_token(&tokens).await] {
                refreshed.unwrap_or_else(|error| panic!("{way:?}: {error}"));
            }
        }
        assert!(pool.stack.calls().await.is_empty(), "that is what a way around is");
        assert!(gate_lines(&pool.stack).await.is_empty());
    }
}

#[tokio::test]
async fn invariant_1_with_the_gate_no_way_around_the_call_gives_tokens() {
    for refused in REFUSED_PASSWORDS {
        let pool = start(&["--refused-password", refused]).await;
        for way in Way::ALL {
            assert_eq!(pool.around(way).await.err().as_deref(), Some(NOT_CALLED), "{way:?}");
            let line = gate_lines(&pool.stack).await.pop().unwrap();
            assert_eq!(
                (&line["outcome"], &line["client"]),
                (&json!("SIGN_IN_NOT_CALLED"), &json!(pool.client_id(way)))
            );
            assert_eq!((&line["Reason"], &line["TokensWithoutCall"]), (&json!(way.reason()), &json!(1)), "{way:?}");
        }
    }
}

#[tokio::test]
async fn invariant_1_a_gate_that_observes_issues_the_tokens_and_counts_them_the_same() {
    let pool = start(&["--token-gate", "observe"]).await;
    for way in Way::ALL {
        pool.around(way).await.unwrap_or_else(|error| panic!("{way:?}: {error}"));
        let line = gate_lines(&pool.stack).await.pop().unwrap();
        assert_eq!((&line["outcome"], &line["client"]), (&json!("observed"), &json!(pool.client_id(way))));
        assert_eq!((&line["Reason"], &line["TokensWithoutCall"]), (&json!(way.reason()), &json!(1)), "{way:?}");
    }
}

#[tokio::test]
async fn invariant_1_the_call_gives_tokens_that_can_be_refreshed() {
    for (source, by_operation) in GET_TOKENS_SOURCES.into_iter().zip(["pass", "refresh"]) {
        let pool = start(&["--get-tokens-source", source]).await;
        let user = pool.stack.add_user(json!({})).await;
        let tokens = pool.by_call(&user).await.unwrap();
        pool.refresh(&tokens).await.unwrap();
        pool.tokens_from_refresh_token(&tokens).await.unwrap();
        let lines = gate_lines(&pool.stack).await;
        let outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["pass", "refresh", by_operation]);
    }
}

#[tokio::test]
async fn invariant_1_a_call_on_one_app_client_is_none_on_another() {
    let pool = start(&[]).await;
    let user = pool.stack.add_user(json!({})).await;
    pool.by_call(&user).await.unwrap();
    for way in [Way::UserSrp, Way::UserPassword, Way::AdminUserPassword] {
        assert_eq!(pool.by_password(way, &user.user).await.err().as_deref(), Some(NOT_CALLED), "{way:?}");
    }
}

/// So it is with the tokens that a user got before the gate was on, and with those of a user whose row is gone.
#[tokio::test]
async fn invariant_1_a_refresh_that_looks_like_a_sign_in_needs_the_pass() {
    let pool = start(&[]).await;
    let user = pool.stack.add_user(json!({})).await;
    let tokens = pool.by_call(&user).await.unwrap();
    let table = pool.stack.table().await;
    let key = format!("USER#{}#{}", pool.config.user_pool_id, user.sub);
    let pass = format!("pass:{}", pool.config.client_id);

    // A day longer than it is good for.
    table.let_pass(31 * 24 * 60 * 60).await;
    assert_refresh_refused(&pool, &tokens, "old-pass").await;
    table.put(table.row(&key).await.without(&pass)).await;
    assert_refresh_refused(&pool, &tokens, "no-pass").await;
    // Cognito says itself that this is a refresh.
    pool.refresh(&tokens).await.unwrap();
}

async fn assert_refresh_refused(pool: &Cognito, tokens: &Tokens, reason: &str) {
    assert_eq!(pool.tokens_from_refresh_token(tokens).await.err().as_deref(), Some(NOT_CALLED));
    assert_eq!(gate_lines(&pool.stack).await.pop().unwrap()["Reason"], reason);
}

#[tokio::test]
async fn invariant_1_a_new_password_leads_to_the_call_whether_it_stays_or_not() {
    for refused in REFUSED_PASSWORDS {
        let pool = start(&["--refused-password", refused]).await;
        let mut user = pool.invite().await;
        assert_eq!(pool.replace_password(Way::NewPassword, &user.user).await.err().as_deref(), Some(NOT_CALLED));
        if refused == "rolled-back" {
            // The temporary password is still the one to replace, again and again. Only an operator can end that.
            assert_eq!(pool.replace_password(Way::NewPassword, &user.user).await.err().as_deref(), Some(NOT_CALLED));
            pool.set_password(&user.user).await;
        }
        way::NEW_PASSWORD.clone_into(&mut user.user.password);
        pool.by_call(&user).await.unwrap();
    }
}

#[tokio::test]
async fn invariant_1_only_an_exempt_app_client_needs_no_call() {
    let pool = start(&["--set", "OTP_TOKEN_GATE_EXEMPT_CLIENTS=another,3localclientwithpasswords0"]).await;
    for way in Way::ALL {
        let is_exempt = pool.client_id(way) == pool.config.client_id_password;
        assert_eq!(pool.around(way).await.is_ok(), is_exempt, "{way:?}");
    }
}

/// The new versions of the event are those of a trigger of the team's own, which passes them on.
#[tokio::test]
async fn invariant_1_an_event_of_any_version_needs_the_pass() {
    let pool = start(&[]).await;
    let (called, other) = (pool.stack.add_user(json!({})).await, pool.stack.add_user(json!({})).await);
    pool.by_call(&called).await.unwrap();
    for version in ["2", "3"] {
        let event = |user: &Account| {
            let mut event = pool.token_event("Authentication", user);
            event["version"] = version.into();
            event["request"]["scopes"] = json!(["aws.cognito.signin.user.admin"]);
            event["response"] = json!({ "claimsAndScopeOverrideDetails": null });
            event
        };
        assert_eq!(pool.stack.invoke("gate-tokens", &event(&called)).await.answer(), event(&called), "{version}");
        let Invoked::Error(_, text) = pool.stack.invoke("gate-tokens", &event(&other)).await else {
            panic!("{version}: there are tokens without a call");
        };
        assert_eq!(text, "Sign in with a phone call [SIGN_IN_NOT_CALLED]", "{version}");
    }
}

#[tokio::test]
async fn wrong_settings_sign_nobody_in_and_nobody_out() {
    let pool = start(&["--set", "OTP_TOKEN_GATE_FEDERATED=x"]).await;
    let user = pool.stack.add_user(json!({})).await;
    assert_eq!(pool.by_call(&user).await.err().as_deref(), Some(UNAVAILABLE));
    let refresh = pool.token_event("RefreshTokens", &user);
    assert_eq!(pool.stack.invoke("gate-tokens", &refresh).await.answer(), refresh);
}

/// Only the embedded `DynamoDB` can inject faults.
#[tokio::test]
async fn a_ledger_out_of_reach_signs_nobody_in_and_nobody_out() {
    let pool = start(&[]).await;
    let user = pool.stack.add_user(json!({})).await;
    let tokens = pool.by_call(&user).await.unwrap();
    lose_ledger(&pool.stack).await;
    assert_eq!(pool.tokens_from_refresh_token(&tokens).await.err().as_deref(), Some(BUSY));
    assert_eq!(pool.by_call(&pool.stack.add_user(json!({})).await).await.err().as_deref(), Some(BUSY));
    pool.refresh(&tokens).await.unwrap();
    pool.stack.clear_faults().await;
    pool.tokens_from_refresh_token(&tokens).await.unwrap();
}

#[tokio::test]
async fn a_gate_that_observes_lets_users_in_without_the_ledger_and_counts_the_failure() {
    let pool = start(&["--token-gate", "observe"]).await;
    lose_ledger(&pool.stack).await;
    pool.around(Way::UserPassword).await.unwrap();
    let lines = gate_lines(&pool.stack).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(
        (&line["outcome"], &line["Failures"], &line["Kind"]),
        (&json!("observed"), &json!(1), &json!("SIGN_IN_BUSY"))
    );
    assert!(line.get("TokensWithoutCall").is_none(), "{line}");
}

/// Lets each of the gate's requests fail.
async fn lose_ledger(stack: &Stack) {
    let fault = json!({ "service": "dynamodb", "next": 99, "operation": "GetItem", "error": "InternalServerError" });
    stack.inject_fault(fault).await;
}

/// What the token gate has logged, oldest first.
async fn gate_lines(stack: &Stack) -> Vec<Value> {
    let lines = stack.log().await.into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    lines.filter(|line| line["trigger"] == "gate").collect()
}
