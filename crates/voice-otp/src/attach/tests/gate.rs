//! The token gate, in a pool that is ready for it and in pools that are not.

use super::*;
use crate::args::{FederatedUsers, TokenGate};

const ON: Change = gate(TokenGate::On, None);

const fn gate(mode: TokenGate, federated: Option<FederatedUsers>) -> Change {
    Change::Attach { post_confirmation: true, gate: Some(WantedGate { mode, federated }) }
}

/// An app client.
fn client(id: &str, flows: &[&str]) -> Value {
    json!({ "ClientId": id, "ClientName": format!("the {id}"), "ExplicitAuthFlows": flows })
}

/// A world in which the pool has no function at Pre Token Generation, and one app client, which signs in by call.
async fn world() -> (Arc<Mutex<World>>, StandIn, Aws) {
    let (world, stand_in, aws) = World::start(CognitoFaults::default()).await;
    {
        let mut world = world.lock().unwrap();
        for key in ["PreTokenGeneration", "PreTokenGenerationConfig"] {
            world.pool["LambdaConfig"].as_object_mut().unwrap().remove(key);
        }
        world.clients = vec![client("app", &["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])];
    }
    (world, stand_in, aws)
}

fn triggers(world: &Mutex<World>) -> Value {
    world.lock().unwrap().pool["LambdaConfig"].clone()
}

/// The error, and what was shown before it. Nothing is written then.
async fn refused(change: Change, prepare: impl FnOnce(&mut World)) -> (String, String) {
    let (world, stand_in, aws) = world().await;
    prepare(&mut world.lock().unwrap());
    let before = world.lock().unwrap().pool.clone();
    let (outcome, lines) = super::change(&aws, change, true).await;
    assert_eq!(world.lock().unwrap().pool, before);
    assert!(!stand_in.operations().iter().any(|what| what.starts_with("POST ") || what == "UpdateUserPool"));
    (format!("{:#}", outcome.unwrap_err()), lines.join("\n"))
}

#[tokio::test]
async fn the_gate_is_attached_beside_all_that_is_there_and_taken_off_again() {
    let (world, _, aws) = world().await;
    let before = triggers(&world);
    assert_eq!(change(&aws, ON, true).await.0.unwrap(), Outcome::Done);
    let first = json!({ "LambdaArn": arn("gate"), "LambdaVersion": "V1_0" });
    let after = triggers(&world);
    assert_eq!((&after["PreTokenGeneration"], &after["PreTokenGenerationConfig"]), (&json!(arn("gate")), &first));
    assert_eq!(after["PreSignUp"], before["PreSignUp"]);
    assert!(world.lock().unwrap().policies.contains_key(&arn("gate").replace(':', "%3A")));
    assert_eq!(change(&aws, ON, true).await.0.unwrap(), Outcome::Nothing);
    // Without the flag it stays, and so it does if the stack is attached anew.
    assert_eq!(change(&aws, ATTACH, true).await.0.unwrap(), Outcome::Nothing);
    assert_eq!(change(&aws, Change::DetachGate, true).await.0.unwrap(), Outcome::Done);
    let left = triggers(&world);
    assert!(TokenTrigger::from_json(&left).is_none() && left["DefineAuthChallenge"] == arn("define"), "{left}");
    assert_eq!(world.lock().unwrap().policies[&arn("gate").replace(':', "%3A")], [] as [Value; 0]);
    assert_eq!(change(&aws, Change::DetachGate, true).await.0.unwrap(), Outcome::Nothing);
    assert_eq!(change(&aws, ON, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(change(&aws, Change::Detach, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(triggers(&world), before);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_for_in_both_forms() {
    let (world, _, aws) = world().await;
    world.lock().unwrap().faults.loses_answer = Some(true);
    assert_eq!(change(&aws, ON, true).await.0.unwrap(), Outcome::Done);
}

#[tokio::test]
async fn events_of_a_later_version_become_those_of_the_first() {
    let (world, _, aws) = world().await;
    let later = json!({ "LambdaArn": arn("gate"), "LambdaVersion": "V2_0" });
    world.lock().unwrap().pool["LambdaConfig"]["PreTokenGeneration"] = json!(arn("gate"));
    world.lock().unwrap().pool["LambdaConfig"]["PreTokenGenerationConfig"] = later;
    assert_eq!(change(&aws, ON, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(TokenTrigger::from_json(&triggers(&world)).unwrap().version, "V1_0");
}

/// Invariant 1: once a user has a pass, a sign-in that Cognito ends with its own code would get tokens.
#[tokio::test]
async fn invariant_1_a_pool_with_mfa_does_not_get_the_gate() {
    for mfa in ["OPTIONAL", "ON"] {
        let (error, _) = refused(ON, |world| world.pool["MfaConfiguration"] = json!(mfa)).await;
        assert!(error.contains(&format!("MFA is {mfa}: ")) && error.contains("Turn MFA off"), "{error}");
    }
}

#[tokio::test]
async fn what_is_deployed_must_be_what_is_wanted() {
    let (error, _) = refused(gate(TokenGate::Observe, None), |_| ()).await;
    let fix = "has OTP_TOKEN_GATE=on: first `sam deploy --region us-east-1 --stack-name voice-code --parameter-overrides TokenGate=observe`";
    assert!(error.ends_with(fix), "{error}");
    let (error, _) = refused(ON, |world| world.gate["OTP_TOKEN_GATE"] = json!("observe")).await;
    assert!(error.contains("has OTP_TOKEN_GATE=observe: first ") && error.contains("TokenGate=on`"), "{error}");
    let (error, _) = refused(ON, |world| world.gate["OTP_REFRESH_TOKEN_DAYS"] = json!("many")).await;
    assert!(error.contains("can't read its settings") && error.contains("OTP_REFRESH_TOKEN_DAYS"), "{error}");
    // The stack was deployed without it.
    let (_, _, aws) = world().await;
    let functions = functions().with_gate(None);
    let attachment = Attachment { aws: &aws, pool: ID, functions: &functions, stack: None };
    let mut asker = RecordingAsker { lines: Vec::new(), confirms: true, replaces: false };
    let error = attachment.change(ON, &mut asker).await.unwrap_err().to_string();
    let fix = "`sam deploy --region us-east-1 --stack-name STACK --parameter-overrides TokenGate=on`";
    assert!(error.contains("name no gate-tokens") && error.ends_with(fix), "{error}");
}

#[tokio::test]
async fn a_function_that_is_there_is_never_replaced_and_can_ask_the_gate() {
    for config in [Value::Null, json!({ "LambdaArn": arn("claims"), "LambdaVersion": "V3_0" })] {
        let (error, shown) = refused(ON, |world| {
            world.pool["LambdaConfig"]["PreTokenGeneration"] = json!(arn("claims"));
            if config.is_object() {
                world.pool["LambdaConfig"]["PreTokenGenerationConfig"] = config.clone();
            }
        })
        .await;
        assert!(error.starts_with(&arn("claims")) && error.contains("never replaces"), "{error}");
        for part in [format!("Invoke {} by", arn("gate")), "V1_0, V2_0 and V3_0".to_owned(), "FunctionError".to_owned()]
        {
            assert!(shown.contains(&part), "{part} is not in {shown}");
        }
    }
}

/// The stack was deployed without the gate, and with it again. Its first function is gone, and nobody gets tokens.
#[tokio::test]
async fn a_function_that_does_not_exist_is_replaced_and_taken_off() {
    for change in [ON, Change::DetachGate, Change::Detach] {
        let (world, _, aws) = world().await;
        world.lock().unwrap().pool["LambdaConfig"]["PreTokenGeneration"] = json!(arn("first"));
        world.lock().unwrap().deleted = vec![arn("first").replace(':', "%3A")];
        assert_eq!(super::change(&aws, change, true).await.0.unwrap(), Outcome::Done);
        let gate = TokenTrigger::from_json(&triggers(&world)).map(|trigger| trigger.function);
        assert_eq!(gate, (change == ON).then(|| arn("gate")), "{change:?}");
    }
}

#[tokio::test]
async fn taking_the_gate_off_leaves_a_function_of_others() {
    let (error, _) = refused(Change::DetachGate, |world| {
        world.pool["LambdaConfig"]["PreTokenGeneration"] = json!(arn("claims"));
    })
    .await;
    assert!(error.contains("not the gate-tokens of the stack") && error.contains("--gate-tokens"), "{error}");
}

#[tokio::test]
async fn what_becomes_of_users_of_identity_providers_must_be_said() {
    let with_provider = |world: &mut World| world.identity_providers = vec!["Google"];
    let (error, _) = refused(ON, with_provider).await;
    assert!(error.contains("(Google)") && error.contains("--federated-users refuse or"), "{error}");
    let allow = gate(TokenGate::On, Some(FederatedUsers::Allow));
    let (error, _) = refused(allow, with_provider).await;
    assert!(
        error.contains("OTP_TOKEN_GATE_FEDERATED=refuse") && error.contains("TokenGateFederated=allow`"),
        "{error}"
    );
    let (world, _, aws) = world().await;
    with_provider(&mut world.lock().unwrap());
    let refuse = gate(TokenGate::On, Some(FederatedUsers::Refuse));
    assert_eq!(change(&aws, refuse, true).await.0.unwrap(), Outcome::Done);
}

/// Invariant 1: the pass of a call on such a client would be good for its other flows.
#[tokio::test]
async fn invariant_1_a_client_with_the_call_and_another_flow_keeps_the_gate_off() {
    for flows in [&[][..], &["ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"], &["ADMIN_NO_SRP_AUTH"]] {
        for mode in [TokenGate::Observe, TokenGate::On] {
            let (error, shown) = refused(gate(mode, None), |world| {
                world.gate["OTP_TOKEN_GATE"] = json!(mode.to_string());
                world.clients.push(client("mixed", flows));
            })
            .await;
            assert!(error.ends_with("so it is not attached"), "{error}");
            assert!(shown.contains("app client the mixed (mixed) allows CUSTOM_AUTH and "), "{shown}");
            assert!(!shown.contains("app client the app"), "{shown}");
        }
    }
}

/// Invariant 1: at Pre Token Generation, a password on managed login looks like the call.
#[tokio::test]
async fn invariant_1_a_client_with_the_call_and_managed_login_keeps_the_gate_off() {
    let with_login = |world: &mut World, has_domain: bool, provider: &str| {
        if !has_domain {
            world.pool.as_object_mut().unwrap().retain(|key, _| !key.ends_with("Domain"));
        }
        let login = json!({ "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
            "SupportedIdentityProviders": [provider] });
        world.clients[0].as_object_mut().unwrap().extend(login.as_object().unwrap().clone());
    };
    let (_, shown) = refused(ON, |world| with_login(world, true, "COGNITO")).await;
    let fault = "app client the app (app) allows CUSTOM_AUTH and managed login at team and login.example.com: ";
    assert!(shown.contains(fault), "{shown}");
    for (has_domain, provider) in [(false, "COGNITO"), (true, "Google")] {
        let (world, _, aws) = world().await;
        with_login(&mut world.lock().unwrap(), has_domain, provider);
        assert_eq!(change(&aws, ON, true).await.0.unwrap(), Outcome::Done);
    }
}

#[tokio::test]
async fn a_client_whose_refresh_tokens_outlive_a_pass_keeps_the_gate_off() {
    let (_, shown) = refused(ON, |world| world.clients[0]["RefreshTokenValidity"] = json!(90)).await;
    let fix = "live for 90 days, and a pass is good for 30. Shorten their life, or `sam deploy --region us-east-1 --stack-name voice-code \
               --parameter-overrides RefreshTokenDays=90`";
    assert!(shown.contains(fix), "{shown}");
    let (world, _, aws) = world().await;
    world.lock().unwrap().clients[0]["RefreshTokenValidity"] = json!(90);
    world.lock().unwrap().gate["OTP_REFRESH_TOKEN_DAYS"] = json!("90");
    assert_eq!(change(&aws, ON, true).await.0.unwrap(), Outcome::Done);
}

#[tokio::test]
async fn clients_that_get_no_tokens_are_named_before_a_yes() {
    for (mode, would) in [(TokenGate::On, "gets no tokens"), (TokenGate::Observe, "would get no tokens")] {
        let (world, _, aws) = world().await;
        {
            let mut world = world.lock().unwrap();
            world.gate["OTP_TOKEN_GATE"] = json!(mode.to_string());
            world.gate["OTP_TOKEN_GATE_EXEMPT_CLIENTS"] = json!("admin");
            let mut machine = client("machine", &["ALLOW_REFRESH_TOKEN_AUTH"]);
            machine["AllowedOAuthFlowsUserPoolClient"] = json!(true);
            machine["AllowedOAuthFlows"] = json!(["client_credentials"]);
            let others = [client("old", &["ALLOW_USER_SRP_AUTH"]), client("admin", &[]), machine];
            world.clients.extend(others);
        }
        let (outcome, lines) = change(&aws, gate(mode, None), false).await;
        assert_eq!(outcome.unwrap(), Outcome::Shown);
        let notes: Vec<_> = lines.iter().filter(|line| line.contains("app client")).collect();
        let old = format!("  note: app client the old (old) {would}: it does not allow CUSTOM_AUTH.");
        let admin = "  note: app client the admin (admin) is exempt: it gets tokens without the call.".to_owned();
        assert_eq!(notes, [&old, &admin]);
    }
}
