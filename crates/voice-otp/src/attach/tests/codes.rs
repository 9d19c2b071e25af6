//! Cognito's own codes, in a pool that is ready for them and in pools that are not.

use super::*;

const OTHER_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/2";

/// A world in which the pool has a custom e-mail sender with a key, and no custom SMS sender.
async fn world() -> (Arc<Mutex<World>>, StandIn, Aws) {
    let (world, stand_in, aws) = World::start(CognitoFaults::default()).await;
    triggers(&world, |triggers| drop(triggers.remove("CustomSMSSender")));
    (world, stand_in, aws)
}

fn triggers<R>(world: &Mutex<World>, act: impl FnOnce(&mut serde_json::Map<String, Value>) -> R) -> R {
    act(world.lock().unwrap().pool["LambdaConfig"].as_object_mut().unwrap())
}

fn sender(name: &str) -> Value {
    json!({ "LambdaArn": arn(name), "LambdaVersion": "V1_0" })
}

fn in_path(name: &str) -> String {
    arn(name).replace(':', "%3A")
}

/// What the pool is like now, but for the time of its last change.
fn pool(world: &Mutex<World>) -> Value {
    let mut pool = world.lock().unwrap().pool.clone();
    pool["LastModifiedDate"] = json!(0);
    pool
}

/// The error. Nothing is written then.
async fn refused(change: Change, functions: &Functions, prepare: impl FnOnce(&mut World)) -> String {
    let (world, stand_in, aws) = world().await;
    prepare(&mut world.lock().unwrap());
    let before = pool(&world);
    let outcome = recorded_of(functions, &aws, change, true).await.0;
    assert_eq!(pool(&world), before);
    assert!(!stand_in.operations().iter().any(|what| what.starts_with("POST ") || what == "UpdateUserPool"));
    format!("{:#}", outcome.unwrap_err())
}

#[tokio::test]
async fn the_sender_is_attached_beside_all_that_is_there_and_taken_off_again() {
    let (world, _, aws) = world().await;
    let before = pool(&world);
    let (outcome, lines) = change(&aws, Change::AttachCodes, true).await;
    assert_eq!(outcome.unwrap(), Outcome::Done);
    assert!(lines.iter().any(|line| line.contains("Temporary passwords are not spoken")), "{lines:?}");
    let mut expected = before.clone();
    expected["LambdaConfig"]["CustomSMSSender"] = sender("send");
    let attached = pool(&world);
    assert_eq!(attached, expected);
    assert_eq!(world.lock().unwrap().policies.keys().collect::<Vec<_>>(), [&in_path("send")]);
    assert_eq!(change(&aws, Change::AttachCodes, true).await.0.unwrap(), Outcome::Nothing);
    // The triggers are another thing.
    assert_eq!(change(&aws, ATTACH, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(pool(&world)["LambdaConfig"]["CustomSMSSender"], sender("send"));
    assert_eq!(change(&aws, Change::DetachCodes, true).await.0.unwrap(), Outcome::Done);
    let left = pool(&world);
    assert_eq!(left["LambdaConfig"].get("CustomSMSSender"), None);
    assert_eq!(
        (&left["LambdaConfig"]["KMSKeyID"], &left["LambdaConfig"]["DefineAuthChallenge"]),
        (&json!(KEY), &json!(arn("define")))
    );
    assert_eq!(world.lock().unwrap().policies[&in_path("send")], [] as [Value; 0]);
    assert_eq!(change(&aws, Change::DetachCodes, true).await.0.unwrap(), Outcome::Nothing);
    // Everything of the stack.
    assert_eq!(change(&aws, Change::AttachCodes, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(change(&aws, Change::Detach, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(pool(&world), before);
}

#[tokio::test]
async fn without_an_e_mail_sender_the_key_comes_and_goes_with_the_sender() {
    let (world, _, aws) = world().await;
    triggers(&world, |triggers| triggers.retain(|name, _| !["CustomEmailSender", "KMSKeyID"].contains(&name.as_str())));
    let before = pool(&world);
    assert_eq!(change(&aws, Change::AttachCodes, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(triggers(&world, |triggers| triggers["KMSKeyID"].clone()), json!(KEY));
    // The stack was deployed with another key since.
    triggers(&world, |triggers| triggers.insert("KMSKeyID".to_owned(), json!(OTHER_KEY)));
    assert_eq!(change(&aws, Change::AttachCodes, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(triggers(&world, |triggers| triggers["KMSKeyID"].clone()), json!(KEY));
    assert_eq!(change(&aws, Change::DetachCodes, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(pool(&world), before);
}

#[tokio::test]
async fn a_key_that_the_stack_did_not_make_stays() {
    let sender = |key: Option<&str>| Sender { function: arn("send"), key: key.map(str::to_owned), made_key: false };
    // The last is a sender that was named, and not the key.
    for named in [sender(Some(KEY)), sender(Some(OTHER_KEY)), sender(None)] {
        let (world, _, aws) = world().await;
        triggers(&world, |triggers| drop(triggers.remove("CustomEmailSender")));
        let before = pool(&world);
        assert_eq!(change(&aws, Change::AttachCodes, true).await.0.unwrap(), Outcome::Done);
        let functions = Functions::of_sender(Some(named));
        assert_eq!(recorded_of(&functions, &aws, Change::DetachCodes, true).await.0.unwrap(), Outcome::Done);
        assert_eq!(pool(&world), before);
    }
}

/// Whoever attaches anew finds no key that was deleted with the stack.
#[tokio::test]
async fn the_key_of_a_sender_that_is_gone_goes_with_it() {
    let by_name = Sender { function: arn("first"), key: None, made_key: false };
    for functions in [functions(), functions().with_sender(None), Functions::of_sender(Some(by_name))] {
        let (world, _, aws) = world().await;
        triggers(&world, |triggers| {
            triggers.remove("CustomEmailSender");
            triggers["KMSKeyID"] = json!(OTHER_KEY);
            triggers.insert("CustomSMSSender".to_owned(), sender("first"));
        });
        world.lock().unwrap().deleted = vec![in_path("first")];
        assert_eq!(recorded_of(&functions, &aws, Change::DetachCodes, true).await.0.unwrap(), Outcome::Done);
        assert!(triggers(&world, |triggers| triggers.get("KMSKeyID").is_none()));
    }
}

/// Without the stack, its key can't be used, and the e-mail sender fails.
#[tokio::test]
async fn a_key_of_the_stack_that_stays_for_the_e_mail_sender_is_noted() {
    let has_note = async |change_to: Change, prepare: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let (world, _, aws) = world().await;
        change(&aws, Change::AttachCodes, true).await.0.unwrap();
        triggers(&world, prepare);
        let (outcome, lines) = change(&aws, change_to, true).await;
        outcome.unwrap();
        let note = format!("note: the pool keeps the key {KEY}, for its CustomEmailSender");
        lines.iter().any(|line| line.contains(&note))
    };
    assert!(has_note(Change::DetachCodes, &|_| ()).await);
    assert!(has_note(Change::Detach, &|_| ()).await);
    // Nothing is left to take off, and the key is still the stack's.
    assert!(has_note(Change::DetachCodes, &|triggers| drop(triggers.remove("CustomSMSSender"))).await);
    // The key goes with the sender, is nobody's or another, or the sender stays.
    assert!(!has_note(Change::DetachCodes, &|triggers| drop(triggers.remove("CustomEmailSender"))).await);
    let neither = |triggers: &mut serde_json::Map<String, Value>| {
        triggers.retain(|name, _| !["CustomEmailSender", "CustomSMSSender"].contains(&name.as_str()));
    };
    assert!(!has_note(Change::DetachCodes, &neither).await);
    let another = |triggers: &mut serde_json::Map<String, Value>| triggers["KMSKeyID"] = json!(OTHER_KEY);
    assert!(!has_note(Change::DetachCodes, &another).await);
    let without_gate = |triggers: &mut serde_json::Map<String, Value>| {
        triggers.retain(|name, _| !name.starts_with("PreTokenGeneration"));
    };
    assert!(!has_note(Change::DetachGate, &without_gate).await);
}

#[tokio::test]
async fn a_key_that_the_pool_has_is_never_replaced() {
    let fix = format!(
        "First `sam deploy --region us-east-1 --stack-name voice-code --parameter-overrides CognitoCodesKeyArn={OTHER_KEY}`"
    );
    // The other sender's key, one that nobody uses yet, and one of both senders.
    for (by_email, by_text) in [(true, false), (false, false), (true, true)] {
        let error = refused(Change::AttachCodes, &functions(), |world| {
            let triggers = world.pool["LambdaConfig"].as_object_mut().unwrap();
            triggers["KMSKeyID"] = json!(OTHER_KEY);
            triggers.retain(|name, _| by_email || name != "CustomEmailSender");
            triggers.extend(by_text.then(|| ("CustomSMSSender".to_owned(), sender("send"))));
        })
        .await;
        assert!(error.contains("one key for both") && error.ends_with(&fix), "{error}");
    }
}

#[tokio::test]
async fn the_token_gate_in_a_pool_without_the_sign_in_by_call() {
    let at_tokens = |world: &mut World, name: &str| {
        world.pool["LambdaConfig"]["PreTokenGeneration"] = json!(arn(name));
        world.pool["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaArn"] = json!(arn(name));
    };
    let detach = format!("`voice-otp detach --token-gate --region us-east-1 --stack voice-code --user-pool {ID}`");
    let error = refused(Change::AttachCodes, &functions(), |world| at_tokens(world, "gate")).await;
    assert!(error.contains("has no sign-in by call") && error.ends_with(&detach), "{error}");
    let (world, _, aws) = world().await;
    at_tokens(&mut world.lock().unwrap(), "old");
    world.lock().unwrap().deleted = vec![in_path("old")];
    let (outcome, lines) = change(&aws, Change::AttachCodes, true).await;
    assert_eq!(outcome.unwrap(), Outcome::Done);
    assert!(lines.iter().any(|line| line.contains("nobody gets tokens") && line.contains(&detach)), "{lines:?}");
    // With the sign-in by call, the gate is as it should be.
    at_tokens(&mut world.lock().unwrap(), "gate");
    triggers(&world, |triggers| triggers.insert("DefineAuthChallenge".to_owned(), json!(arn("define"))));
    assert_eq!(change(&aws, Change::AttachCodes, true).await.0.unwrap(), Outcome::Nothing);
}

#[tokio::test]
async fn a_stack_without_the_codes_says_how_they_are_deployed() {
    let error = refused(Change::AttachCodes, &functions().with_sender(None), |_| ()).await;
    let fix = "name no send-code: first `sam deploy --region us-east-1 --stack-name voice-code --parameter-overrides CognitoCodes=all`";
    assert!(error.ends_with(fix), "{error}");
}

#[tokio::test]
async fn another_sender_is_named_and_stays_unless_it_is_gone() {
    let error = refused(Change::AttachCodes, &functions(), |world| {
        world.pool["LambdaConfig"]["CustomSMSSender"] = sender("sms");
    })
    .await;
    assert!(error.starts_with(&arn("sms")) && error.contains("never replaced"), "{error}");
    let error = refused(Change::DetachCodes, &functions(), |world| {
        world.pool["LambdaConfig"]["CustomSMSSender"] = sender("sms");
    })
    .await;
    assert!(error.ends_with(&format!("--user-pool {ID} --send-code {}` takes it off", arn("sms"))), "{error}");
    for change in [Change::AttachCodes, Change::DetachCodes, Change::Detach] {
        let (world, _, aws) = world().await;
        triggers(&world, |triggers| triggers.insert("CustomSMSSender".to_owned(), sender("first")));
        world.lock().unwrap().deleted = vec![in_path("first")];
        // What the stack names does not matter for taking it off.
        let functions = if change == Change::AttachCodes { functions() } else { functions().with_sender(None) };
        assert_eq!(recorded_of(&functions, &aws, change, true).await.0.unwrap(), Outcome::Done);
        let left = triggers(&world, |triggers| triggers.get("CustomSMSSender").cloned());
        assert_eq!(left, (change == Change::AttachCodes).then(|| sender("send")), "{change:?}");
    }
}

#[tokio::test]
async fn a_pool_that_sends_no_text_message_asks_no_sender() {
    let error = refused(Change::AttachCodes, &functions(), |world| {
        world.pool.as_object_mut().unwrap().remove("SmsConfiguration");
    })
    .await;
    assert!(error.contains("no SmsConfiguration") && error.contains(&format!("User pools > {ID} > ")), "{error}");
}

#[tokio::test]
async fn cognitos_mfa_and_the_sign_in_by_call_exclude_each_other() {
    let with_mfa = |world: &mut World| {
        world.pool["MfaConfiguration"] = json!("OPTIONAL");
        world.mfa["MfaConfiguration"] = json!("OPTIONAL");
    };
    let error = refused(Change::AttachCodes, &functions(), |world| {
        with_mfa(world);
        world.pool["LambdaConfig"]["DefineAuthChallenge"] = json!(arn("define"));
    })
    .await;
    let fix = format!("`voice-otp detach --region us-east-1 --stack voice-code --user-pool {ID}`");
    assert!(error.contains("MFA is OPTIONAL") && error.ends_with(&fix), "{error}");
    let (world, _, aws) = world().await;
    with_mfa(&mut world.lock().unwrap());
    let (outcome, lines) = change(&aws, Change::AttachCodes, true).await;
    assert_eq!(outcome.unwrap(), Outcome::Done);
    assert!(!lines.iter().any(|line| line.contains("MFA is")), "{lines:?}");
}
