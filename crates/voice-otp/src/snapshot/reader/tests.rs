//! Against services that answer as AWS's do.

mod codes;
mod functions;
mod gate;
mod roles;
mod speak;
mod users;

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::aws::Operation;
use crate::doctor::{Verdict, examine, exit_code};
use crate::own_flow;
use crate::policy::{AwsCommand, tests::granted};
use crate::snapshot::{Number, Quota};
use crate::stand_in::{ReceivedRequest, StandIn};

const ACCOUNT: &str = "123456789012";
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const NUMBER: &str = "+12065550100";

/// Answers that replace the right ones, by operation.
type Others = BTreeMap<&'static str, (u16, Value)>;

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}")
}

fn instance() -> String {
    format!("arn:aws:connect:us-east-1:{ACCOUNT}:instance/11111111-2222-3333-4444-555555555555")
}

fn kms_key() -> String {
    format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/22222222-2222-3333-4444-555555555555")
}

fn sender_id() -> String {
    format!("arn:aws:sms-voice:us-east-1:{ACCOUNT}:sender-id/EXAMPLE/US")
}

fn environment(function: &str) -> Value {
    match function {
        "define" => json!({ "OTP_MODE": "password-then-call" }),
        "verify" => json!({ "OTP_KEY": KEY, "LEDGER_TABLE_NAME": "ledger" }),
        "gate" => json!({ "OTP_TOKEN_GATE": "on", "LEDGER_TABLE_NAME": "ledger" }),
        "speak" => json!({ "OTP_KEY": KEY, "LEDGER_TABLE_NAME": "ledger", "CONNECT_INSTANCE_ARN": instance(),
            "OTP_COGNITO_CODES": "all", "OTP_COGNITO_CODES_KEY_ARN": kms_key() }),
        "send" => {
            let mut send = environment("create");
            send["OTP_COGNITO_CODES"] = json!("all");
            send["OTP_COGNITO_CODES_KEY_ARN"] = json!(kms_key());
            send["OTP_SMS_ORIGINATION_IDENTITY"] = json!(sender_id());
            send
        }
        _ => json!({
            "OTP_MODE": "password-then-call", "OTP_KEY": KEY, "LEDGER_TABLE_NAME": "ledger", "OTP_COUNTRIES": "",
            "CONNECT_INSTANCE_ARN": instance(), "CONNECT_SOURCE_PHONE_NUMBER": NUMBER, "CONNECT_QUEUE_ARN": "",
            "CONNECT_CONTACT_FLOW_ARN": format!("{}/contact-flow/66666666-7777-8888-9999-000000000000", instance()),
        }),
    }
}

/// AWS's answers for a stack that is right.
fn right(asked: &ReceivedRequest) -> Value {
    let pool = format!("arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/us-east-1_Example01");
    let path: Vec<_> = asked.what.split('/').collect();
    match (asked.service.as_str(), &path[..]) {
        ("cognito-idp", ["DescribeUserPool"]) => json!({ "UserPool": {
            "Id": asked.body["UserPoolId"], "Arn": pool, "MfaConfiguration": "OFF",
            "LambdaConfig": {
                "DefineAuthChallenge": arn("define"), "CreateAuthChallenge": arn("create"),
                "VerifyAuthChallengeResponse": arn("verify"), "PostConfirmation": arn("verify"),
                "PreTokenGeneration": arn("gate"),
                "CustomSMSSender": { "LambdaArn": arn("send"), "LambdaVersion": "V1_0" },
                "KMSKeyID": kms_key(),
            },
            "SmsConfiguration": { "SnsCallerArn": format!("arn:aws:iam::{ACCOUNT}:role/sms") },
            "SchemaAttributes": [{ "Name": "sub", "Mutable": false }, { "Name": "phone_number", "Mutable": true }],
            "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["phone_number", "email"] },
            "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }] },
        } }),
        ("cognito-idp", ["ListUserPoolClients"]) => match asked.body["NextToken"].as_str() {
            None => json!({ "UserPoolClients": [{ "ClientId": "one" }], "NextToken": "more" }),
            Some(_) => json!({ "UserPoolClients": [{ "ClientId": "two" }] }),
        },
        ("cognito-idp", ["ListIdentityProviders"]) => json!({ "Providers": [] }),
        ("cognito-idp", ["DescribeUserPoolClient"]) => json!({ "UserPoolClient": {
            "ClientId": asked.body["ClientId"], "ClientName": "app", "ClientSecret": "a secret",
            "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"], "AuthSessionValidity": 7,
            "PreventUserExistenceErrors": "ENABLED", "WriteAttributes": ["name"], "EnableTokenRevocation": true,
        } }),
        ("cognito-idp", ["ListUsers"]) => json!({ "Users": [] }),
        ("lambda", [.., function, "configuration"]) => {
            let name = function.rsplit("%3A").next().unwrap();
            json!({
                "FunctionArn": arn(name), "Timeout": match name { "speak" => 2, "send" => 10, _ => 5 }, "State": "Active", "Role": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
                "KMSKeyArn": kms_key(), "Environment": { "Variables": environment(name) },
            })
        }
        ("lambda", ["GET ", "2019-09-30", "functions", _, "concurrency"]) => json!({}),
        ("lambda", ["GET ", "2019-09-25", "functions", _, "event-invoke-config"]) => json!({
            "MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 120,
            "DestinationConfig": { "OnFailure": { "Destination": format!("arn:aws:sqs:us-east-1:{ACCOUNT}:failures") } },
        }),
        ("kms", ["DescribeKey"]) => json!({ "KeyMetadata": {
            "Arn": asked.body["KeyId"], "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT",
        } }),
        ("kms", ["ListGrants"]) => match asked.body["Marker"].as_str() {
            None => json!({ "Grants": [], "NextMarker": "more", "Truncated": true }),
            Some(_) => {
                json!({ "Grants": [{ "GranteePrincipal": "cognito-idp.amazonaws.com", "Operations": ["GenerateDataKey"],
                "Constraints": { "EncryptionContextSubset": { "userpool-id": "us-east-1_Example01" } } }], "Truncated": false })
            }
        },
        ("lambda", [.., function, "policy"]) => {
            let (service, source) = match function.rsplit("%3A").next() {
                Some("speak") => ("connect", instance()),
                _ => ("cognito-idp", pool),
            };
            let condition = json!({
                "StringEquals": { "AWS:SourceAccount": ACCOUNT }, "ArnLike": { "AWS:SourceArn": source },
            });
            let statement = json!({ "Sid": service, "Effect": "Allow", "Action": "lambda:InvokeFunction",
                "Principal": { "Service": format!("{service}.amazonaws.com") }, "Condition": condition });
            json!({ "Policy": json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string() })
        }
        ("connect", ["GET ", "instance", _]) => json!({ "Instance": {
            "Id": "1", "InstanceStatus": "ACTIVE", "InboundCallsEnabled": false, "OutboundCallsEnabled": true,
        } }),
        ("connect", ["GET ", "instance", _, "lambda-functions"]) => match asked.body["nextToken"].as_str() {
            None => json!({ "LambdaFunctions": [arn("other")], "NextToken": "more+1" }),
            Some(_) => json!({ "LambdaFunctions": [arn("speak")] }),
        },
        ("connect", ["GET ", "contact-flows", _, _]) => json!({ "ContactFlow": {
            "Name": "stack-voice-code", "Type": "CONTACT_FLOW", "State": "ACTIVE", "Status": "PUBLISHED",
            "Content": own_flow().unwrap().replace("${SpeakCode.Arn}", &arn("speak")),
        } }),
        ("connect", ["POST ", "phone-number", "list"]) => match asked.body["NextToken"].as_str() {
            None => {
                json!({ "ListPhoneNumbersSummaryList": [{ "PhoneNumber": "+12065550199", "PhoneNumberId": "a" }], "NextToken": "more" })
            }
            Some(_) => json!({ "ListPhoneNumbersSummaryList": [{ "PhoneNumber": NUMBER, "PhoneNumberId": "b" }] }),
        },
        ("connect", ["GET ", "phone-number", "b"]) => json!({ "ClaimedPhoneNumberSummary": {
            "PhoneNumber": NUMBER, "PhoneNumberType": "DID", "PhoneNumberStatus": { "Status": "CLAIMED" },
        } }),
        ("connect", ["GET ", "queues", _, _]) => json!({ "Queue": {
            "Status": "ENABLED", "OutboundCallerConfig": { "OutboundCallerIdNumberId": "b" },
        } }),
        ("servicequotas", _) => {
            json!({ "Quotas": [{ "QuotaName": "Concurrent active calls per instance", "Value": 10.0 }] })
        }
        ("dynamodb", ["DescribeTable"]) => json!({ "Table": {
            "TableName": asked.body["TableName"], "TableStatus": "ACTIVE",
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        } }),
        ("dynamodb", ["DescribeTimeToLive"]) => {
            json!({ "TimeToLiveDescription": { "TimeToLiveStatus": "ENABLED", "AttributeName": "deleteAfter" } })
        }
        other => panic!("nobody should ask for {other:?}"),
    }
}

fn stack() -> String {
    let outputs = [
        ("UserPoolId", "us-east-1_Example01".to_owned()),
        ("UserPoolClientId", "one".to_owned()),
        ("DefineChallengeArn", arn("define")),
        ("CreateChallengeArn", arn("create")),
        ("VerifyChallengeArn", arn("verify")),
        ("SpeakCodeArn", arn("speak")),
        ("GateTokensArn", arn("gate")),
        ("SendCodeArn", arn("send")),
        ("CognitoCodesKeyArn", kms_key()),
        ("LedgerTableName", "ledger".to_owned()),
        ("ContactFlowArn", format!("{}/contact-flow/66666666-7777-8888-9999-000000000000", instance())),
    ];
    let parameters = [
        ("ConnectInstanceArn", instance()),
        ("ConnectSourcePhoneNumber", NUMBER.to_owned()),
        ("ConnectCallResource", "instance".to_owned()),
        ("OtpMaxCallsAllHour", "200".to_owned()),
    ];
    let members = |name: &str, pairs: &[(&str, String)]| {
        let member = |(key, value): &(&str, String)| {
            format!("<member><{name}Key>{key}</{name}Key><{name}Value>{value}</{name}Value></member>")
        };
        pairs.iter().map(member).collect::<String>()
    };
    let (outputs, parameters) = (members("Output", &outputs), members("Parameter", &parameters));
    format!(
        "<DescribeStacksResponse><Parameters>{parameters}</Parameters><Outputs>{outputs}</Outputs></DescribeStacksResponse>"
    )
}

/// IAM's answer: a role may do what the template's role may do. Each request asks about one action.
fn decisions(body: &Value) -> String {
    let text = |name: &str| body[name].as_str().unwrap_or_default().replace("%3A", ":").replace("%2F", "/");
    let role = text("PolicySourceArn");
    let may: &[&str] = match role.rsplit('/').next().unwrap() {
        "create" => {
            &["connect:StartOutboundVoiceContact", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        }
        "send" => &[
            "connect:StartOutboundVoiceContact",
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "kms:Decrypt",
            "sms-voice:SendTextMessage",
        ],
        "verify" => &["dynamodb:UpdateItem"],
        "speak" => &["dynamodb:UpdateItem", "kms:Decrypt"],
        "gate" => &["dynamodb:GetItem"],
        _ => &[],
    };
    // As in the template: on one instance and everything in it, and on one table.
    let resource = text("ResourceArns.member.1");
    let of_instance = resource.starts_with(&instance());
    let is_named = of_instance || resource.ends_with(":table/ledger") || [kms_key(), sender_id()].contains(&resource);
    // The rows in which the sign-in counts are create's, but for the users' that verify and speak-code change.
    let row = text("ContextEntries.member.1.ContextKeyValues.member.1").replace("%23", "#");
    let is_of_sign_in = row == "NUMBER#x" || row == "USER#x" && role.ends_with("/send");
    let is_kept_back = is_of_sign_in && resource.ends_with(":table/ledger") && !role.ends_with("/create");
    let is_named = is_named && !is_kept_back;
    let action = text("ActionNames.member.1");
    assert!(body["ActionNames.member.2"].is_null());
    decision(&action, is_named && may.contains(&action.as_str()))
}

fn decision(action: &str, is_allowed: bool) -> String {
    let decision = if is_allowed { "allowed" } else { "implicitDeny" };
    let member = format!("<EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>");
    format!("<R><EvaluationResults><member>{member}</member></EvaluationResults></R>")
}

async fn services(mut others: Others) -> (StandIn, Aws) {
    let (stand_in, aws) = StandIn::start(move |asked| {
        let other = others.keys().copied().find(|key| asked.what.starts_with(key));
        if let Some((status, answer)) = other.and_then(|key| others.get(key).cloned()) {
            // A throttle applies only once.
            if status == 429 {
                others.remove(other.unwrap());
            }
            return (status, answer.to_string());
        }
        match asked.what.as_str() {
            "DescribeStacks" => (200, stack()),
            "SimulatePrincipalPolicy" => (200, decisions(&asked.body)),
            _ => (200, right(asked).to_string()),
        }
    })
    .await;
    stand_in.act_for(AwsCommand::Doctor);
    (stand_in, aws)
}

async fn read(aws: &Aws, target: &Target) -> Snapshot {
    let reader = Reader::new(aws, &|_| ());
    let names = reader.names(target).await.unwrap();
    reader.read(&names, false).await
}

fn by_stack() -> Target {
    Target::Stack("stack".to_owned())
}

#[tokio::test]
async fn a_right_stack_and_its_pool_are_found_right() {
    let (_, aws) = services(Others::new()).await;
    for target in [by_stack(), Target::Pool("us-east-1_Example01".to_owned())] {
        let snapshot = read(&aws, &target).await;
        let findings = examine(&snapshot, &own_flow().unwrap());
        let others = findings.iter().filter(|finding| finding.verdict != Verdict::Right);
        assert_eq!(others.map(|finding| finding.word).collect::<Vec<_>>(), ["call-right"]);
        let SetUp { user_pool, region, account, .. } = &snapshot.set_up;
        assert_eq!((user_pool.as_str(), region.as_str()), ("us-east-1_Example01", "us-east-1"));
        assert_eq!(account.as_deref(), Some(ACCOUNT));
        assert_eq!(snapshot.clients.here().unwrap().len(), 2);
        assert_eq!((snapshot.same_key, snapshot.same_key_to_speak), (Some(true), Some(true)));
        assert_eq!(snapshot.speak.here().map(|speak| speak.arn.clone()), Some(arn("speak")));
        assert_eq!(snapshot.gate.here().map(|gate| gate.arn.clone()), Some(arn("gate")));
        assert_eq!(snapshot.send.here().map(|send| send.arn.clone()), Some(arn("send")));
        assert_eq!(snapshot.same_key_to_send, Some(true));
    }
}

#[tokio::test]
async fn the_doctor_has_the_rights_that_it_uses_and_no_others() {
    let mut environment = environment("create");
    environment["CONNECT_QUEUE_ARN"] = json!(format!("{}/queue/q", instance()));
    let with_queue = json!({ "FunctionArn": arn("create"), "Environment": { "Variables": environment } });
    let of_create =
        "GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Acreate/configuration";
    let no_quotas = (200, json!({ "Quotas": [] }));
    let mut used = BTreeSet::new();
    for others in [Others::from([(of_create, (200, with_queue))]), Others::from([("ListServiceQuotas", no_quotas)])] {
        let (stand_in, aws) = services(others).await;
        let reader = Reader::new(&aws, &|_| ());
        let names = reader.names(&by_stack()).await.unwrap();
        reader.read(&names, true).await;
        used.extend(stand_in.asked().iter().map(ReceivedRequest::right));
    }
    used.remove("sts:GetCallerIdentity");
    // AWS asks for these two on behalf of DescribeInstance and GetFunctionConfiguration.
    used.extend([Operation::DESCRIBE_DIRECTORIES, Operation::DECRYPT].map(|right| right.to_string()));
    assert_eq!(used, granted(AwsCommand::Doctor));
}

#[tokio::test]
async fn no_secret_is_kept() {
    let (_, aws) = services(Others::new()).await;
    let kept = serde_json::to_string(&read(&aws, &by_stack()).await).unwrap();
    assert!(!kept.contains(KEY) && !kept.contains("a secret") && kept.contains(&"*".repeat(64)));
}

#[tokio::test]
async fn a_throttle_is_waited_for() {
    let throttled = (429, json!({ "message": "Rate exceeded" }));
    let (stand_in, aws) = services(Others::from([("GET /instance/", throttled)])).await;
    assert!(read(&aws, &by_stack()).await.connect.instance.here().unwrap().calls_out);
    let of_instance = |what: &String| what.starts_with("GET /instance/") && !what.ends_with("lambda-functions");
    let asked = stand_in.operations().into_iter().filter(of_instance).count();
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn denied_and_missing_are_distinguished() {
    let denied = (403, json!({ "__type": "AccessDeniedException", "Message": "no" }));
    let missing = (404, json!({ "__type": "ResourceNotFoundException" }));
    let others = Others::from([
        ("DescribeTable", (400, json!({ "__type": "com.amazonaws.dynamodb#ResourceNotFoundException" }))),
        ("GET /contact-flows/", missing),
        ("ListServiceQuotas", denied),
    ]);
    let (_, aws) = services(others).await;
    let snapshot = read(&aws, &by_stack()).await;
    assert_eq!(snapshot.table, Found::Missing { name: "ledger".to_owned() });
    assert!(matches!(snapshot.connect.flow, Found::Missing { .. }));
    let Found::Unread { advice, .. } = &snapshot.connect.quotas else { panic!("{:?}", snapshot.connect.quotas) };
    assert_eq!(advice, "allow servicequotas:ListServiceQuotas to whoever runs this");
    assert_eq!(exit_code(&examine(&snapshot, &own_flow().unwrap())), 1);
}

#[tokio::test]
async fn a_function_without_a_policy_admits_nobody() {
    let others = Others::from([(
        "GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Averify/policy",
        (404, json!({ "Type": "User", "Message": "The resource you requested does not exist." })),
    )]);
    let (_, aws) = services(others).await;
    let snapshot = read(&aws, &by_stack()).await;
    assert_eq!(snapshot.verify.here().unwrap().permissions, Found::Here(Vec::new()));
    let findings = examine(&snapshot, &own_flow().unwrap());
    assert!(findings.iter().any(|finding| finding.word == "permission-missing"));
}

#[tokio::test]
async fn a_quota_is_the_instances_own_or_else_the_accounts_or_a_default() {
    let quota = |value: f64, context: Option<&str>| json!({ "QuotaName": Quota::CONCURRENT_CALLS, "Value": value, "QuotaContext": { "ContextId": context } });
    let other = instance().replace("1111", "9999");
    let of_instance =
        json!({ "Quotas": [quota(10.0, None), quota(7.0, Some(&other)), quota(50.0, Some(&instance()))] });
    let of_account = json!({ "Quotas": [quota(7.0, Some(&other)), quota(20.0, None)] });
    let none = json!({ "Quotas": [{ "QuotaName": "Another", "Value": 1.0 }] });
    let default = json!({ "Quotas": [quota(10.0, None)] });
    for (applied, expected) in [(of_instance, Some(50.0)), (of_account, Some(20.0)), (none, Some(10.0))] {
        let others = [("ListServiceQuotas", (200, applied)), ("ListAWSDefaultServiceQuotas", (200, default.clone()))];
        let (stand_in, aws) = services(Others::from(others)).await;
        let quotas = read(&aws, &by_stack()).await.connect.quotas;
        let quota = quotas.here().unwrap().iter().find(|quota| quota.name == Quota::CONCURRENT_CALLS);
        assert_eq!(quota.map(|quota| quota.value), expected);
        let asked = stand_in.asked().into_iter().find(|asked| asked.what == "ListServiceQuotas").unwrap();
        assert_eq!(asked.body["QuotaAppliedAtLevel"], "ALL");
    }
}

#[tokio::test]
async fn a_queues_number_is_looked_up() {
    let (_, aws) = services(Others::new()).await;
    let reader = Reader::new(&aws, &|_| ());
    let queue = format!("{}/queue/q", instance());
    let (instance, part) = (instance(), |name: &str| (name == "CONNECT_QUEUE_ARN").then_some(queue.as_str()));
    let connect = connect::read(&reader, Some(&instance), &part).await;
    assert_eq!(connect.queue.unwrap().here().unwrap().status, "ENABLED");
    assert_eq!(connect.number, Found::Here(Number { kind: "DID".to_owned(), status: "CLAIMED".to_owned() }));
}

#[tokio::test]
async fn a_stack_that_does_not_exist_is_said() {
    let (_, aws) = StandIn::start(|_| {
        let message = "Stack with id stack does not exist";
        (400, format!("<E><Error><Code>ValidationError</Code><Message>{message}</Message></Error></E>"))
    })
    .await;
    let error = Reader::new(&aws, &|_| ()).names(&by_stack()).await.unwrap_err();
    assert!(error.is_missing() && error.to_string().contains("does not exist"), "{error}");
}

#[tokio::test]
async fn a_service_that_is_not_reached_is_said_in_a_line() {
    let aws = Aws::new(
        "us-east-1".to_owned(),
        services(Others::new()).await.1.credentials().clone(),
        Some("http://127.0.0.1:1".to_owned()),
    );
    let error = Reader::new(&aws, &|_| ()).names(&by_stack()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("cloudformation:DescribeStacks got no answer: ") && error.lines().count() == 1,
        "{error}"
    );
}
