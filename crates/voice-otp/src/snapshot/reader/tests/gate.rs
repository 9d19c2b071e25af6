//! gate-tokens, and the function at Pre Token Generation.

use super::functions::path;
use super::*;

fn of_pool() -> Target {
    Target::Pool("us-east-1_Example01".to_owned())
}

/// The pool with another function at Pre Token Generation.
fn pool_with(function: &str) -> Value {
    let asked = ReceivedRequest {
        service: "cognito-idp".to_owned(),
        what: "DescribeUserPool".to_owned(),
        body: json!({ "UserPoolId": "us-east-1_Example01" }),
    };
    let mut pool = right(&asked);
    pool["UserPool"]["LambdaConfig"]["PreTokenGeneration"] = json!(arn(function));
    pool
}

#[tokio::test]
async fn a_stack_names_its_gate_whatever_is_attached() {
    let denied = json!({ "__type": "AccessDeniedException" });
    for (configuration, is_gone) in
        [((200, json!({ "Environment": {} })), false), ((404, json!({})), true), ((403, denied), false)]
    {
        let others = [
            ("DescribeUserPool", (200, pool_with("claims"))),
            (path("2015-03-31", "claims/configuration"), configuration),
        ];
        let (stand_in, aws) = services(others.into()).await;
        let snapshot = read(&aws, &by_stack()).await;
        assert_eq!(snapshot.gate.here().map(|gate| gate.arn.clone()), Some(arn("gate")));
        assert_eq!(snapshot.token_trigger_is_gone, is_gone);
        let of_claims = stand_in.operations().into_iter().filter(|what| what.contains("claims")).count();
        assert_eq!(of_claims, 1);
    }
}

/// It may be anybody's, and have a secret in its environment.
#[tokio::test]
async fn without_a_stack_another_function_is_not_taken_for_the_gate_and_not_kept() {
    let configuration = json!({ "Environment": { "Variables": { "DATABASE": "a password" } } });
    let others = [
        ("DescribeUserPool", (200, pool_with("claims"))),
        (path("2015-03-31", "claims/configuration"), (200, configuration)),
    ];
    let (_, aws) = services(others.into()).await;
    let snapshot = read(&aws, &of_pool()).await;
    assert_eq!((&snapshot.gate, snapshot.token_trigger_is_gone), (&Found::Unnamed, false));
    assert!(!serde_json::to_string(&snapshot).unwrap().contains("a password"));
}

#[tokio::test]
async fn all_pages_of_the_identity_providers_are_read() {
    let (_, aws) = StandIn::start(|asked| {
        let (name, next) =
            if asked.body["NextToken"].is_null() { ("Google", json!("more")) } else { ("Okta", Value::Null) };
        (200, json!({ "Providers": [{ "ProviderName": name }], "NextToken": next }).to_string())
    })
    .await;
    let reader = Reader::new(&aws, &|_| ());
    assert_eq!(
        reader.identity_providers("us-east-1_A").await,
        Found::Here(vec!["Google".to_owned(), "Okta".to_owned()])
    );
    assert_eq!(reader.identity_providers("").await, Found::Unnamed);
}
