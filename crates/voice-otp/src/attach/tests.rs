//! Against a pool that has every setting, and a Cognito that resets what it is not sent.

mod codes;
mod failure;
mod gate;
mod replaced;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::*;
use crate::policy::AwsCommand;
use crate::snapshot::{TokenTrigger, Trigger};
use crate::stand_in::{ReceivedRequest, StandIn};

const ID: &str = "us-east-1_Example01";
const ARN: &str = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Example01";

/// The key of the custom senders.
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1";

/// What can go wrong at Cognito.
#[derive(Clone, Copy, Default)]
struct CognitoFaults {
    /// `UpdateUserPool` resets this setting, even if it is sent.
    forgets: Option<&'static str>,
    /// It resets the kinds of MFA.
    resets_mfa: bool,
    /// Somebody else changes the pool once it was described.
    changes: bool,
    /// The answer to `UpdateUserPool` is lost. `true`: the update was carried out before that.
    loses_answer: Option<bool>,
    /// Refuses operations whose names begin with this. `true`: only once the pool was updated.
    refuses: Option<(&'static str, bool)>,
    /// `AddPermission` answers with a conflict. `true`: an earlier attempt added the statement, and its answer was
    /// lost. `false`: there is another statement of the same name.
    conflicts: Option<bool>,
}

/// The pool, the functions' policies, and how often the pool was described.
struct World {
    pool: Value,
    mfa: Value,
    policies: BTreeMap<String, Vec<Value>>,
    clients: Vec<Value>,
    identity_providers: Vec<&'static str>,
    /// The environment of gate-tokens.
    gate: Value,
    /// Functions that no longer exist, by their ARNs as written in a path.
    deleted: Vec<String>,
    described: usize,
    updated: bool,
    faults: CognitoFaults,
}

/// A pool with every setting that there is.
fn full_pool() -> Value {
    json!({
        "Id": ID, "Arn": ARN, "Name": "team", "Status": "Enabled", "CreationDate": 1.7e9, "LastModifiedDate": 1.7e9,
        "EstimatedNumberOfUsers": 42, "Domain": "team", "CustomDomain": "login.example.com",
        "SmsConfigurationFailure": "", "EmailConfigurationFailure": "",
        "AliasAttributes": ["email"], "UsernameAttributes": [], "UsernameConfiguration": { "CaseSensitive": false },
        "SchemaAttributes": [{ "Name": "sub", "Mutable": false }],
        "Policies": {
            "PasswordPolicy": { "MinimumLength": 12, "RequireUppercase": true, "PasswordHistorySize": 4, "TemporaryPasswordValidityDays": 3 },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
        },
        "DeletionProtection": "ACTIVE",
        "LambdaConfig": {
            "PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:sign-up",
            "PreTokenGenerationConfig": { "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:token", "LambdaVersion": "V2_0" },
            "CustomSMSSender": { "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:sms", "LambdaVersion": "V1_0" },
            "CustomEmailSender": { "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:mail", "LambdaVersion": "V1_0" },
            "InboundFederation": { "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:in", "LambdaVersion": "V1_0" },
            "PreTokenGeneration": "arn:aws:lambda:us-east-1:123456789012:function:token",
            "KMSKeyID": KEY,
        },
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "SmsVerificationMessage": "Code {####}", "EmailVerificationMessage": "Code {####}", "EmailVerificationSubject": "Code",
        "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "{##here##}", "EmailMessage": "Code {####}", "SmsMessage": "Code {####}" },
        "SmsAuthenticationMessage": "Code {####}",
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["phone_number"] },
        "MfaConfiguration": "OFF",
        "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true },
        "EmailConfiguration": { "EmailSendingAccount": "DEVELOPER", "From": "a@example.com", "ReplyToEmailAddress": "b@example.com", "SourceArn": "arn:aws:ses:x", "ConfigurationSet": "c" },
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x", "SnsRegion": "us-east-1" },
        "UserPoolTags": { "team": "identity" },
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true, "UnusedAccountValidityDays": 3, "InviteMessageTemplate": { "EmailSubject": "Hi" } },
        "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED", "AdvancedSecurityAdditionalFlows": { "CustomAuthMode": "AUDIT" } },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }] },
        "UserPoolTier": "PLUS", "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY" },
        "IssuerConfiguration": { "Issuer": "x" }, "AcrConfiguration": { "one": { "Level": 1 } },
        "QuantumConfiguration": { "Spin": "UP" },
    })
}

impl World {
    async fn start(faults: CognitoFaults) -> (Arc<Mutex<Self>>, StandIn, Aws) {
        let mfa = json!({ "MfaConfiguration": "OFF", "WebAuthnConfiguration": { "UserVerification": "required" } });
        let world = Self {
            pool: full_pool(),
            mfa,
            policies: BTreeMap::new(),
            clients: Vec::new(),
            identity_providers: Vec::new(),
            gate: json!({ "LEDGER_TABLE_NAME": "ledger", "OTP_TOKEN_GATE": "on" }),
            deleted: Vec::new(),
            described: 0,
            updated: false,
            faults,
        };
        let world = Arc::new(Mutex::new(world));
        let answering = world.clone();
        let (stand_in, aws) = StandIn::start(move |asked| answering.lock().unwrap().answer(asked)).await;
        stand_in.act_for(AwsCommand::Attach);
        (world, stand_in, aws)
    }

    fn answer(&mut self, asked: &ReceivedRequest) -> (u16, String) {
        let parts: Vec<_> = asked.what.split('/').collect();
        if self.faults.refuses.is_some_and(|(what, later)| asked.what.starts_with(what) && (self.updated || !later)) {
            return (403, json!({ "__type": "AccessDeniedException", "message": "no" }).to_string());
        }
        if asked.what == "UpdateUserPool"
            && let Some(done) = self.faults.loses_answer
        {
            if done {
                self.update(&asked.body).unwrap();
            }
            return (200, "cut off".to_owned());
        }
        let answer = match (asked.service.as_str(), parts[0], &parts[1..]) {
            ("cognito-idp", "DescribeUserPool", _) => {
                self.described += 1;
                if self.faults.changes && self.described == 2 {
                    self.pool["MfaConfiguration"] = json!("ON");
                }
                json!({ "UserPool": self.pool })
            }
            ("cognito-idp", "UpdateUserPool", _) => match self.update(&asked.body) {
                Ok(()) => json!({}),
                Err(message) => {
                    return (400, json!({ "__type": "InvalidParameterException", "message": message }).to_string());
                }
            },
            ("cognito-idp", "GetUserPoolMfaConfig", _) => self.mfa.clone(),
            ("cognito-idp", "SetUserPoolMfaConfig", _) => {
                self.mfa = asked.body.clone();
                self.mfa.as_object_mut().unwrap().remove("UserPoolId");
                self.pool["MfaConfiguration"] = self.mfa["MfaConfiguration"].clone();
                self.mfa.clone()
            }
            ("cognito-idp", "ListUserPoolClients", _) => match asked.body["NextToken"].as_str() {
                None => json!({ "UserPoolClients": [], "NextToken": "more" }),
                Some(_) => json!({ "UserPoolClients": self.clients }),
            },
            ("cognito-idp", "DescribeUserPoolClient", _) => {
                let asked = |client: &&Value| client["ClientId"] == asked.body["ClientId"];
                json!({ "UserPoolClient": self.clients.iter().find(asked) })
            }
            ("cognito-idp", "ListIdentityProviders", _) if asked.body["NextToken"].is_null() => {
                json!({ "Providers": [], "NextToken": "more" })
            }
            ("cognito-idp", "ListIdentityProviders", _) => {
                let provider = |name: &&str| json!({ "ProviderName": name, "ProviderType": "OIDC" });
                json!({ "Providers": self.identity_providers.iter().map(provider).collect::<Vec<_>>() })
            }
            ("lambda", "GET ", [.., function, "configuration"]) => {
                assert!(function.ends_with("%3Agate"), "{function}");
                json!({ "Environment": { "Variables": self.gate } })
            }
            ("lambda", "GET ", ["2017-03-31", "tags", function])
                if self.deleted.iter().any(|deleted| deleted == function) =>
            {
                return (404, json!({ "Type": "User", "Message": "Function not found" }).to_string());
            }
            ("lambda", "GET ", ["2017-03-31", "tags", _]) => json!({ "Tags": {} }),
            ("lambda", "GET ", [.., function, "policy"]) => match self.policies.get(*function) {
                Some(statements) => json!({ "Policy": json!({ "Statement": statements }).to_string() }),
                None => return (404, json!({ "Type": "User", "Message": "no policy" }).to_string()),
            },
            ("lambda", "POST ", [.., function, "policy"]) if self.faults.conflicts.is_some() => {
                let done = self.faults.conflicts.take() == Some(true);
                let mut added = statement(&asked.body);
                if !done {
                    added["Principal"]["Service"] = json!("s3.amazonaws.com");
                }
                self.policies.entry((*function).to_owned()).or_default().push(added);
                return (409, json!({ "__type": "ResourceConflictException", "message": "exists" }).to_string());
            }
            ("lambda", "POST ", [.., function, "policy"]) => {
                self.policies.entry((*function).to_owned()).or_default().push(statement(&asked.body));
                json!({})
            }
            ("lambda", "DELETE ", [.., function, "policy", id]) => {
                let statements = self.policies.get_mut(*function).unwrap();
                let before = statements.len();
                statements.retain(|statement| statement["Sid"] != *id);
                assert_eq!(statements.len() + 1, before);
                return (204, String::new());
            }
            other => panic!("nobody should ask for {other:?}"),
        };
        (200, answer.to_string())
    }

    /// Behaves as Cognito: resets every setting that is not sent, and refuses two forms of one setting.
    fn update(&mut self, sent: &Value) -> Result<(), &'static str> {
        if !sent["AdminCreateUserConfig"]["UnusedAccountValidityDays"].is_null() {
            return Err(
                "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
            );
        }
        let old = self.pool.as_object_mut().unwrap();
        old.retain(|name, _| READ_ONLY.contains(&name.as_str()));
        for (name, value) in sent.as_object().unwrap() {
            match name.as_str() {
                "UserPoolId" => assert_eq!(value, ID),
                "PoolName" => drop(old.insert("Name".to_owned(), value.clone())),
                fixed if READ_ONLY.contains(&fixed) => return Err("that can't be updated"),
                _ => drop(old.insert(name.clone(), value.clone())),
            }
        }
        both_forms(&mut old["LambdaConfig"])?;
        if let Some(days) = sent["Policies"]["PasswordPolicy"].get("TemporaryPasswordValidityDays") {
            old["AdminCreateUserConfig"]["UnusedAccountValidityDays"] = days.clone();
        }
        old["LastModifiedDate"] = json!(1.8e9);
        self.updated = true;
        if let Some(name) = self.faults.forgets {
            old.remove(name);
        }
        if self.faults.resets_mfa {
            self.faults.resets_mfa = false;
            self.mfa = json!({ "MfaConfiguration": "OFF" });
            self.pool["MfaConfiguration"] = json!("OFF");
        }
        Ok(())
    }
}

/// Keeps the function at Pre Token Generation in both its forms, as Cognito does.
fn both_forms(triggers: &mut Value) -> Result<(), &'static str> {
    let Some(trigger) = TokenTrigger::from_json(triggers) else { return Ok(()) };
    let own = &triggers["PreTokenGenerationConfig"]["LambdaArn"];
    if !own.is_null() && *own != triggers["PreTokenGeneration"] {
        return Err("PreTokenGeneration and PreTokenGenerationConfig have different functions");
    }
    triggers["PreTokenGeneration"] = json!(trigger.function);
    triggers["PreTokenGenerationConfig"] = json!({ "LambdaArn": trigger.function, "LambdaVersion": trigger.version });
    Ok(())
}

/// A statement as Lambda writes it into a policy.
fn statement(body: &Value) -> Value {
    json!({
        "Sid": body["StatementId"], "Effect": "Allow", "Action": body["Action"],
        "Principal": { "Service": body["Principal"] },
        "Condition": {
            "StringEquals": { "AWS:SourceAccount": body["SourceAccount"] }, "ArnLike": { "AWS:SourceArn": body["SourceArn"] },
        },
    })
}

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:123456789012:function:{name}")
}

fn functions() -> Functions {
    let functions =
        [(Trigger::Define, arn("define")), (Trigger::Create, arn("create")), (Trigger::Verify, arn("verify"))];
    let sender = Sender { function: arn("send"), key: Some(KEY.to_owned()), made_key: true };
    Functions::new(functions.into(), Some(arn("gate"))).unwrap().with_sender(Some(sender))
}

struct RecordingAsker {
    lines: Vec<String>,
    confirms: bool,
    /// The argument of the last `confirms`.
    replaces: bool,
}

impl Asker for RecordingAsker {
    fn say(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    fn confirms(&mut self, replaces: bool) -> Result<bool> {
        self.replaces = replaces;
        Ok(self.confirms)
    }
}

async fn change(aws: &Aws, change: Change, confirms: bool) -> (Result<Outcome>, Vec<String>) {
    let (outcome, asker) = recorded(aws, change, confirms).await;
    (outcome, asker.lines)
}

/// Like `change`, but also returns everything that was shown and asked.
async fn recorded(aws: &Aws, change: Change, confirms: bool) -> (Result<Outcome>, RecordingAsker) {
    recorded_of(&functions(), aws, change, confirms).await
}

async fn recorded_of(
    functions: &Functions,
    aws: &Aws,
    change: Change,
    confirms: bool,
) -> (Result<Outcome>, RecordingAsker) {
    let mut asker = RecordingAsker { lines: Vec::new(), confirms, replaces: false };
    let attachment = Attachment { aws, pool: ID, functions, stack: Some("voice-code") };
    let outcome = attachment.change(change, &mut asker).await;
    (outcome, asker)
}

const ATTACH: Change = Change::Attach { post_confirmation: true, gate: None };

#[tokio::test]
async fn every_setting_of_a_full_pool_is_kept() {
    let (world, _, aws) = World::start(CognitoFaults::default()).await;
    let (outcome, lines) = change(&aws, ATTACH, true).await;
    assert_eq!(outcome.unwrap(), Outcome::Done, "{lines:?}");
    let mut after = world.lock().unwrap().pool.clone();
    let added = after["LambdaConfig"].as_object_mut().unwrap();
    for (trigger, name) in [
        ("DefineAuthChallenge", "define"),
        ("CreateAuthChallenge", "create"),
        ("PostConfirmation", "verify"),
        ("VerifyAuthChallengeResponse", "verify"),
    ] {
        assert!(added.remove(trigger).unwrap().as_str().unwrap().ends_with(name));
    }
    after["LastModifiedDate"] = full_pool()["LastModifiedDate"].clone();
    assert_eq!(Difference::all(&full_pool(), &after), []);
    let mut policies = world.lock().unwrap().policies.clone();
    assert_eq!(policies.len(), 3);
    let conditions = &policies.pop_first().unwrap().1[0]["Condition"];
    assert_eq!(conditions["StringEquals"]["AWS:SourceAccount"], "123456789012");
    assert_eq!(conditions["ArnLike"]["AWS:SourceArn"], ARN);
}

#[tokio::test]
async fn a_second_time_there_is_nothing_to_do() {
    let (_, stand_in, aws) = World::start(CognitoFaults::default()).await;
    change(&aws, ATTACH, true).await.0.unwrap();
    let before = stand_in.operations().len();
    assert_eq!(change(&aws, ATTACH, true).await.0.unwrap(), Outcome::Nothing);
    assert!(stand_in.operations()[before..].iter().all(|what| what == "DescribeUserPool" || what.starts_with("GET ")));
}

#[tokio::test]
async fn attaching_and_detaching_leaves_no_trace() {
    let (world, _, aws) = World::start(CognitoFaults::default()).await;
    change(&aws, ATTACH, true).await.0.unwrap();
    // A statement that somebody else added.
    let theirs = json!({ "Sid": "theirs", "Effect": "Allow", "Action": "lambda:InvokeFunction" });
    world.lock().unwrap().policies.values_mut().for_each(|statements| statements.push(theirs.clone()));
    assert_eq!(change(&aws, Change::Detach, true).await.0.unwrap(), Outcome::Done);
    let world = world.lock().unwrap();
    let mut after = world.pool.clone();
    after["LastModifiedDate"] = full_pool()["LastModifiedDate"].clone();
    assert_eq!(Difference::all(&full_pool(), &after), []);
    assert!(world.policies.values().all(|statements| *statements == [theirs.clone()]));
}

#[tokio::test]
async fn without_a_yes_nothing_is_written() {
    let (world, stand_in, aws) = World::start(CognitoFaults::default()).await;
    let (outcome, lines) = change(&aws, ATTACH, false).await;
    assert_eq!(outcome.unwrap(), Outcome::Shown);
    assert_eq!(world.lock().unwrap().pool, full_pool());
    assert!(stand_in.operations().iter().all(|what| what == "DescribeUserPool" || what.starts_with("GET ")));
    let text = lines.join("\n");
    for shown in ["LambdaConfig.CreateAuthChallenge: none -> arn:", "LambdaConfig.PostConfirmation", "+ permission of"]
    {
        assert!(text.contains(shown), "{text}");
    }
    assert!(!text.contains("PreSignUp"), "{text}");
}

#[tokio::test]
async fn a_setting_that_cognito_loses_is_named_with_its_value() {
    for (name, lost) in
        [("UserPoolTier", "UserPoolTier: PLUS"), ("QuantumConfiguration", "QuantumConfiguration.Spin: UP")]
    {
        let (_, _, aws) = World::start(CognitoFaults { forgets: Some(name), ..CognitoFaults::default() }).await;
        let error = format!("{:#}", change(&aws, ATTACH, true).await.0.unwrap_err());
        assert!(error.ends_with(&format!("set them back: {lost} -> none")), "{error}");
    }
}

#[tokio::test]
async fn the_kinds_of_mfa_are_set_back_if_cognito_resets_them() {
    let (world, stand_in, aws) = World::start(CognitoFaults { resets_mfa: true, ..CognitoFaults::default() }).await;
    assert_eq!(change(&aws, ATTACH, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(world.lock().unwrap().mfa["WebAuthnConfiguration"]["UserVerification"], "required");
    assert!(stand_in.operations().contains(&"SetUserPoolMfaConfig".to_owned()));
}

#[tokio::test]
async fn a_pool_that_somebody_else_changes_is_left_alone() {
    let (_, stand_in, aws) = World::start(CognitoFaults { changes: true, ..CognitoFaults::default() }).await;
    let error = change(&aws, ATTACH, true).await.0.unwrap_err().to_string();
    assert!(error.contains("changed in the meantime") && error.contains("MfaConfiguration: OFF -> ON"), "{error}");
    assert!(!stand_in.operations().contains(&"UpdateUserPool".to_owned()));
}

#[tokio::test]
async fn a_pool_of_a_stack_and_its_mfa_are_noted() {
    let (world, _, aws) = World::start(CognitoFaults::default()).await;
    world.lock().unwrap().pool["UserPoolTags"]["aws:cloudformation:stack-name"] = json!("theirs");
    world.lock().unwrap().pool["MfaConfiguration"] = json!("OPTIONAL");
    let text = change(&aws, ATTACH, false).await.1.join("\n");
    assert!(text.contains("the stack theirs made this pool") && text.contains("MFA is OPTIONAL"), "{text}");
}

#[tokio::test]
async fn a_pool_with_every_kind_of_mfa_keeps_them_if_cognito_resets_them() {
    let (world, _, aws) = World::start(CognitoFaults { resets_mfa: true, ..CognitoFaults::default() }).await;
    let mfa = json!({
        "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "SmsMfaConfiguration": { "SmsAuthenticationMessage": "{####}", "SmsConfiguration": full_pool()["SmsConfiguration"] },
        "EmailMfaConfiguration": { "Message": "{####}", "Subject": "Code" },
    });
    {
        let mut world = world.lock().unwrap();
        world.pool["MfaConfiguration"] = json!("ON");
        world.mfa = mfa.clone();
    }
    assert_eq!(change(&aws, ATTACH, true).await.0.unwrap(), Outcome::Done);
    let world = world.lock().unwrap();
    assert_eq!((&world.mfa, &world.pool["MfaConfiguration"]), (&mfa, &json!("ON")));
}
