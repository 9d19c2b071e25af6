//! A pool that has functions of others at the triggers.

use super::*;

const OLD: &str = "arn:aws:lambda:us-east-1:123456789012:function:old-define";
const WELCOME: &str = "arn:aws:lambda:us-east-1:123456789012:function:welcome-mail";

/// A world in which the pool has two functions of others, of which Cognito may invoke the first.
async fn world() -> (Arc<Mutex<World>>, StandIn, Aws) {
    let (world, stand_in, aws) = World::start(CognitoFaults::default()).await;
    {
        let mut world = world.lock().unwrap();
        world.pool["LambdaConfig"]["DefineAuthChallenge"] = json!(OLD);
        world.pool["LambdaConfig"]["PostConfirmation"] = json!(WELCOME);
        let allowed = json!({ "StatementId": "theirs", "Action": "lambda:InvokeFunction", "Principal": "cognito-idp.amazonaws.com",
            "SourceAccount": "123456789012", "SourceArn": ARN });
        world.policies.insert(OLD.replace(':', "%3A"), vec![statement(&allowed)]);
    }
    (world, stand_in, aws)
}

fn without_time(pool: &Value) -> Value {
    let mut pool = pool.clone();
    pool["LastModifiedDate"] = json!(0);
    pool
}

#[tokio::test]
async fn functions_of_others_are_named_before_they_are_replaced() {
    let (world, _, aws) = world().await;
    let before = world.lock().unwrap().pool.clone();
    let (outcome, asker) = recorded(&aws, ATTACH, false).await;
    assert_eq!((outcome.unwrap(), asker.replaces), (Outcome::Shown, true));
    let text = asker.lines.join("\n");
    for line in [
        format!("note: {OLD} is at DefineAuthChallenge now, and is replaced. `voice-otp detach` puts it back."),
        format!("note: {WELCOME} is at PostConfirmation now, and is replaced."),
        format!("UserPoolTags.voice-otp:replaced:PostConfirmation: none -> {WELCOME}"),
        "note: if Terraform, CDK or Pulumi manages this pool, set the triggers there".to_owned(),
    ] {
        assert!(text.contains(&line), "{line} is not in {text}");
    }
    assert_eq!(world.lock().unwrap().pool, before);
}

#[tokio::test]
async fn nothing_is_said_to_be_replaced_where_nothing_is() {
    let (_, _, aws) = World::start(CognitoFaults::default()).await;
    assert!(!recorded(&aws, ATTACH, true).await.1.replaces);
    assert!(!recorded(&aws, ATTACH, true).await.1.replaces);
    assert!(!recorded(&aws, Change::Detach, false).await.1.replaces);
}

#[tokio::test]
async fn detaching_puts_back_what_was_replaced_and_says_what_it_lacks() {
    let (world, _, aws) = world().await;
    let before = world.lock().unwrap().pool.clone();
    assert_eq!(change(&aws, ATTACH, true).await.0.unwrap(), Outcome::Done);
    let tags = world.lock().unwrap().pool["UserPoolTags"].clone();
    assert_eq!((&tags["team"], &tags["voice-otp:replaced:DefineAuthChallenge"]), (&json!("identity"), &json!(OLD)));
    let (outcome, lines) = change(&aws, Change::Detach, true).await;
    assert_eq!(outcome.unwrap(), Outcome::Done);
    let text = lines.join("\n");
    assert!(text.contains(&format!("LambdaConfig.PostConfirmation: {}", arn("verify"))), "{text}");
    assert!(text.contains(&format!("note: {WELCOME} was at PostConfirmation before, and is put back.")), "{text}");
    assert!(
        text.contains(&format!("aws lambda add-permission --region us-east-1 --function-name {WELCOME} ")),
        "{text}"
    );
    assert!(!text.contains(&format!("--function-name {OLD} ")) && !text.contains("Terraform"), "{text}");
    assert_eq!(without_time(&world.lock().unwrap().pool), without_time(&before));
}

/// With such a function, Cognito would fail all sign-ups and resets.
#[tokio::test]
async fn a_function_that_was_deleted_meanwhile_is_not_put_back() {
    let (world, stand_in, aws) = world().await;
    assert_eq!(change(&aws, ATTACH, true).await.0.unwrap(), Outcome::Done);
    world.lock().unwrap().deleted = vec![WELCOME.replace(':', "%3A")];
    stand_in.act_for(AwsCommand::Detach);
    let (outcome, lines) = change(&aws, Change::Detach, true).await;
    assert_eq!(outcome.unwrap(), Outcome::Done);
    let pool = world.lock().unwrap().pool.clone();
    assert_eq!(pool["LambdaConfig"]["DefineAuthChallenge"], OLD);
    assert!(pool["LambdaConfig"].get("PostConfirmation").is_none(), "{pool}");
    assert_eq!(pool["UserPoolTags"], json!({ "team": "identity" }));
    let note = format!("note: {WELCOME} was at PostConfirmation before, and does not exist any more.");
    assert!(lines.join("\n").contains(&note), "{lines:?}");
}
