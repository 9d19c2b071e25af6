//! send-code, the custom SMS sender of a pool and its key.

use super::*;
use crate::snapshot::Invocations;

/// The pool with another custom SMS sender, or another key.
fn pool_with(sender: &str, key: &str) -> (u16, Value) {
    let asked = ReceivedRequest {
        service: "cognito-idp".to_owned(),
        what: "DescribeUserPool".to_owned(),
        body: json!({ "UserPoolId": "us-east-1_Example01" }),
    };
    let mut pool = right(&asked);
    pool["UserPool"]["LambdaConfig"]["CustomSMSSender"]["LambdaArn"] = json!(arn(sender));
    pool["UserPool"]["LambdaConfig"]["KMSKeyID"] = json!(key);
    (200, pool)
}

#[tokio::test]
async fn what_lambda_does_with_failures_is_read_or_is_its_default() {
    let (_, aws) = services(Others::new()).await;
    let Snapshot { codes, made_pool, .. } = read(&aws, &by_stack()).await;
    // The stack has an app client, which it makes in a pool of its own alone.
    assert!(made_pool);
    assert!(!read(&aws, &Target::Pool("us-east-1_Example01".to_owned())).await.made_pool);
    let on_failure = Some(format!("arn:aws:sqs:us-east-1:{ACCOUNT}:failures"));
    assert_eq!(codes.invocation, Found::Here(Invocations { retries: 1, max_age: 120, on_failure }));
    assert_eq!((codes.key.here().unwrap().arn.as_str(), &codes.is_granted), (kms_key().as_str(), &Found::Here(true)));
    let missing = (404, json!({ "Type": "User", "Message": "The function doesn't have an EventInvokeConfig" }));
    let (_, aws) = services(Others::from([("GET /2019-09-25/", missing)])).await;
    assert_eq!(read(&aws, &by_stack()).await.codes.invocation, Found::Here(Invocations::DEFAULT));
}

#[tokio::test]
async fn a_grant_for_another_pool_or_principal_is_not_cognitos() {
    let of = |mut grant: Value| {
        if grant["Operations"].is_null() {
            grant["Operations"] = json!(["GenerateDataKey", "Decrypt"]);
        }
        json!({ "Grants": [grant], "Truncated": false })
    };
    let context = |kind: &str, pool: &str| json!({ "Constraints": { kind: { "userpool-id": pool } } });
    for (grant, is_granted) in [
        (context("EncryptionContextSubset", "us-east-1_Example01"), true),
        (context("EncryptionContextEquals", "us-east-1_Example01"), true),
        (context("EncryptionContextSubset", "us-east-1_Example02"), false),
        (json!({ "GranteePrincipal": "cognito-idp.us-east-1.amazonaws.com" }), true),
        (json!({ "GranteePrincipal": "cognito-idp.amazonaws.com", "Operations": ["Encrypt"] }), true),
        (json!({ "GranteePrincipal": "cognito-idp.amazonaws.com", "Operations": ["Decrypt"] }), false),
        (json!({ "GranteePrincipal": "rds.us-east-1.amazonaws.com" }), false),
        (json!({ "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:role/cognito-idp.amazonaws.com") }), false),
    ] {
        let (_, aws) = services(Others::from([("ListGrants", (200, of(grant.clone())))])).await;
        assert_eq!(read(&aws, &by_stack()).await.codes.is_granted, Found::Here(is_granted), "{grant}");
    }
}

#[tokio::test]
async fn a_key_that_does_not_exist_is_missing_and_one_elsewhere_is_not_asked_for() {
    let missing = (400, json!({ "__type": "NotFoundException", "message": "no such key" }));
    let (_, aws) = services(Others::from([("DescribeKey", missing)])).await;
    let codes = read(&aws, &by_stack()).await.codes;
    assert_eq!((codes.key, codes.is_granted), (Found::Missing { name: kms_key() }, Found::Unnamed));
    let elsewhere = kms_key().replace("us-east-1", "us-west-2");
    let (stand_in, aws) = services(Others::from([("DescribeUserPool", pool_with("send", &elsewhere))])).await;
    assert_eq!(read(&aws, &by_stack()).await.codes.key, Found::Unnamed);
    assert!(!stand_in.operations().contains(&"DescribeKey".to_owned()));
}

/// It may be anybody's, and have a secret in its environment.
#[tokio::test]
async fn another_sender_is_not_taken_for_send_code_and_not_kept() {
    let configuration = json!({ "Environment": { "Variables": { "PROVIDER_TOKEN": "a password" } } });
    for (status, is_gone) in [(200, false), (404, true)] {
        let others = [
            ("DescribeUserPool", pool_with("texts", &kms_key())),
            (functions::path("2015-03-31", "texts/configuration"), (status, configuration.clone())),
        ];
        let (_, aws) = services(others.into()).await;
        for target in [by_stack(), Target::Pool("us-east-1_Example01".to_owned())] {
            let snapshot = read(&aws, &target).await;
            let named = matches!(target, Target::Stack(_)).then(|| arn("send"));
            assert_eq!(snapshot.send.here().map(|send| send.arn.clone()), named);
            assert_eq!((snapshot.codes.sender_is_gone, snapshot.codes.key), (is_gone, Found::Unnamed));
            assert!(!serde_json::to_string(&snapshot.pool).unwrap().contains("a password"));
        }
    }
}
