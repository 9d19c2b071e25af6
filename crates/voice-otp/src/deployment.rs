//! A deployed set-up as its operator finds it: from the outputs and parameters of its stack, or from the command line
//! if no stack made it. The functions' configuration is never read, since it contains the key.

use std::collections::BTreeMap;

use anyhow::{Context, Error, Result};
use serde_json::{Value, json};
use sign_in::ledger::{Budget, CallLimits};
use sign_in::settings::{CreateSettings, SettingsError, VerifySettings};

use crate::args::SetUpArgs;
use crate::aws::{Aws, AwsError, Operation};
use crate::snapshot::reader::Target;
use crate::snapshot::{SmsSender, Trigger};
use crate::stack::Stack;

/// The tag that `CloudFormation` puts on the resources that it makes.
const STACK_TAG: &str = "aws:cloudformation:stack-name";

/// A user pool, and the settings of its trigger functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The pool's id.
    pub pool: String,
    /// The settings by name, without `OTP_KEY`. A setting that is missing here has the functions' default.
    pub settings: BTreeMap<String, String>,
}

impl Deployment {
    /// Finds the set-up that the arguments name.
    pub async fn find(args: &SetUpArgs, aws: &Aws, progress: &(dyn Fn(&str) + Sync)) -> Result<Self> {
        match args.target.target() {
            Target::Pool(pool) if !args.settings.is_empty() => {
                Ok(Self { pool, settings: args.settings.iter().cloned().collect() })
            }
            target => Self::of(&target, aws, progress).await,
        }
    }

    /// Finds it by a stack: the named one, or the one that made the functions of a pool.
    pub async fn of(target: &Target, aws: &Aws, progress: &(dyn Fn(&str) + Sync)) -> Result<Self> {
        let (pool, name) = match target {
            Target::Stack(name) => (None, name.clone()),
            Target::Pool(pool) => (Some(pool.clone()), stack_of(pool, aws, progress).await?),
        };
        progress("the stack");
        let stack = Stack::describe(aws, &name).await?;
        let pool = pool.or_else(|| stack.outputs.get("UserPoolId").cloned());
        let is_ours = stack.outputs.contains_key("LedgerTableName");
        let pool = pool.filter(|_| is_ours).with_context(|| {
            format!("the outputs of the stack {name} name no user pool and table: is it of this project's template?")
        })?;
        progress("");
        Ok(Self { pool, settings: stack.settings() })
    }

    /// The settings as the create function reads them, but with the operator's rights and a made-up key.
    pub fn create(&self, aws: &Aws) -> Result<CreateSettings> {
        read(CreateSettings::read(&self.environment(aws)))
    }

    /// The settings as the verify function reads them, but with the operator's rights and a made-up key.
    pub fn verify(&self, aws: &Aws) -> Result<VerifySettings> {
        read(VerifySettings::read(&self.environment(aws)))
    }

    /// How often a user may be called, and all users together. It needs fewer settings than [`Self::create`], which fails if
    /// `--set` names the table alone. A budget that `--set` does not name is off: which rows count for it depends on its limit.
    pub fn limits(&self, aws: &Aws) -> Result<(CallLimits, Budget)> {
        let environment = self.environment(aws);
        let budget = Budget::read(&|name| environment(name).or_else(|| Some("0".to_owned())));
        Ok((read(CallLimits::read(&environment))?, read(budget)?))
    }

    fn environment(&self, aws: &Aws) -> impl Fn(&str) -> Option<String> {
        let credentials = aws.credentials();
        move |name| match name {
            "AWS_ACCESS_KEY_ID" => Some(credentials.access_key_id().to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(credentials.secret_access_key().to_owned()),
            "AWS_SESSION_TOKEN" => credentials.session_token().map(str::to_owned),
            "AWS_REGION" => Some(aws.region().to_owned()),
            "AWS_ENDPOINT_URL" => aws.endpoint().map(str::to_owned),
            "OTP_KEY" => Some(format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>())),
            _ => self.settings.get(name).cloned(),
        }
    }
}

fn read<T>(settings: Result<T, SettingsError>) -> Result<T> {
    settings.map_err(|faults| Error::msg(faults.to_string())).context("the settings can't be read")
}

/// The stack that made the functions of a pool.
async fn stack_of(pool: &str, aws: &Aws, progress: &(dyn Fn(&str) + Sync)) -> Result<String> {
    progress("the user pool");
    let answer = aws.json(Operation::DESCRIBE_USER_POOL, json!({ "UserPoolId": pool })).await?;
    let (trigger, triggers) = (Trigger::Create.key(), &answer["UserPool"]["LambdaConfig"]);
    // A pool may have Cognito's own codes spoken, and no sign-in by call.
    let function = triggers[trigger].as_str().map(str::to_owned);
    let function = function.or_else(|| Some(SmsSender::from_json(triggers)?.function));
    let function =
        &function.with_context(|| format!("the pool {pool} has no function at {trigger}: see `voice-otp doctor`"))?;
    progress("the function's tags");
    let tags = tags(function, aws).await?;
    progress("");
    let missing = || format!("no stack made {function}: say with --set NAME=VALUE what the functions are set to");
    Ok(tags[STACK_TAG].as_str().with_context(missing)?.to_owned())
}

/// A function's tags. If the function does not exist, the error says so.
pub async fn tags(function: &str, aws: &Aws) -> Result<Value, AwsError> {
    // A version or an alias has no tags.
    let unqualified: Vec<_> = function.split(':').take(7).collect();
    let mut answer =
        aws.rest(Operation::LIST_TAGS, "GET", &["2017-03-31", "tags", &unqualified.join(":")], None).await?;
    Ok(answer["Tags"].take())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::tests::answer;
    use crate::stand_in::StandIn;

    const CREATE: &str = "arn:aws:lambda:us-east-1:123456789012:function:create";

    const INSTANCE: &str = "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555";

    fn stack() -> String {
        let flow = format!("{INSTANCE}/contact-flow/1");
        answer(
            &[("UserPoolId", "us-east-1_Own"), ("LedgerTableName", "ledger"), ("ContactFlowArn", &flow)],
            &[
                ("ConnectInstanceArn", INSTANCE),
                ("ConnectSourcePhoneNumber", "+12065550100"),
                ("ConnectContactFlowArn", ""),
                ("ConnectQueueArn", ""),
                ("OtpBrand", "Example"),
                ("OtpCountries", ""),
                ("OtpGate", "off"),
                ("OtpLockoutFailures", "7"),
                ("OtpSecondsBetweenCalls", "45"),
                ("OtpMaxFailures", ""),
            ],
        )
    }

    /// AWS with one stack, and with one pool that has `create` as its create function.
    async fn aws(create: Option<String>, tags: Value) -> (StandIn, Aws) {
        StandIn::start(move |asked| match asked.what.as_str() {
            "DescribeUserPool" => {
                let triggers = json!({ "CreateAuthChallenge": create });
                (200, json!({ "UserPool": { "LambdaConfig": triggers } }).to_string())
            }
            "DescribeStacks" => (200, stack()),
            what if what.starts_with("GET /2017-03-31/tags/") => (200, json!({ "Tags": tags }).to_string()),
            other => panic!("nobody should ask for {other}"),
        })
        .await
    }

    fn quiet(_: &str) {}

    #[tokio::test]
    async fn a_stack_tells_its_settings_and_empty_ones_are_the_functions_defaults() {
        let (stand_in, aws) = aws(None, json!({})).await;
        let found = Deployment::of(&Target::Stack("s".to_owned()), &aws, &quiet).await.unwrap();
        assert_eq!(found.pool, "us-east-1_Own");
        let failures = found.verify(&aws).unwrap().failures;
        assert_eq!((failures.lockout, failures.lockout_seconds, failures.max), (7, 900, 100));
        assert_eq!(found.limits(&aws).unwrap().0.seconds_between_calls, 45);
        let create = found.create(&aws).unwrap();
        assert_eq!((create.speech.brand.as_str(), create.speech.gate), ("Example", false));
        assert_eq!(create.connect.contact_flow_id, "1");
        assert_eq!(create.ledger.table_name, "ledger");
        // Without a list, the country of the number that calls is allowed.
        assert!(create.policy.countries.contain("US") && !create.policy.countries.contain("CA"));
        assert_eq!(stand_in.operations(), ["DescribeStacks"]);
    }

    #[tokio::test]
    async fn a_pool_leads_to_the_stack_of_its_functions() {
        for function in [CREATE.to_owned(), format!("{CREATE}:live")] {
            let (stand_in, aws) = aws(Some(function), json!({ STACK_TAG: "app-SignIn-1A2B" })).await;
            let found = Deployment::of(&Target::Pool("us-east-1_Team".to_owned()), &aws, &quiet).await.unwrap();
            assert_eq!(
                (found.pool.as_str(), found.settings["LEDGER_TABLE_NAME"].as_str()),
                ("us-east-1_Team", "ledger")
            );
            let tags = format!("GET /2017-03-31/tags/{}", CREATE.replace(':', "%3A"));
            assert_eq!(stand_in.operations(), ["DescribeUserPool", &tags, "DescribeStacks"]);
            assert_eq!(stand_in.asked()[2].body["StackName"], "app-SignIn-1A2B");
        }
    }

    /// Cognito's own codes are spoken there, and it has no sign-in by call.
    #[tokio::test]
    async fn a_pool_with_the_sender_alone_leads_to_its_stack() {
        let send = "arn:aws:lambda:us-east-1:123456789012:function:send";
        let (_, aws) = StandIn::start(move |asked| match asked.what.as_str() {
            "DescribeUserPool" => {
                let triggers = json!({ "CustomSMSSender": { "LambdaArn": send, "LambdaVersion": "V1_0" } });
                (200, json!({ "UserPool": { "LambdaConfig": triggers } }).to_string())
            }
            "DescribeStacks" => (200, stack()),
            what => {
                assert_eq!(what, format!("GET /2017-03-31/tags/{}", send.replace(':', "%3A")));
                (200, json!({ "Tags": { STACK_TAG: "app" } }).to_string())
            }
        })
        .await;
        let found = Deployment::of(&Target::Pool("us-east-1_Team".to_owned()), &aws, &quiet).await.unwrap();
        assert_eq!(found.settings["LEDGER_TABLE_NAME"], "ledger");
    }

    #[tokio::test]
    async fn what_no_stack_made_must_be_said() {
        for (function, said) in
            [(None, "has no function at CreateAuthChallenge"), (Some(CREATE.to_owned()), "--set NAME=VALUE")]
        {
            let (_, aws) = aws(function, json!({ "team": "t" })).await;
            let found = Deployment::of(&Target::Pool("us-east-1_Team".to_owned()), &aws, &quiet).await;
            let error = found.unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[tokio::test]
    async fn another_stack_is_not_taken_for_one_of_the_template() {
        let (_, aws) = StandIn::start(|_| (200, answer(&[("UserPoolId", "us-east-1_Own")], &[]))).await;
        let error = Deployment::of(&Target::Stack("s".to_owned()), &aws, &quiet).await.unwrap_err().to_string();
        assert!(error.contains("the stack s") && error.contains("template"), "{error}");
    }

    #[tokio::test]
    async fn settings_that_can_not_be_read_are_named() {
        let (_, aws) = StandIn::start(|_| panic!("nobody is asked")).await;
        let settings = BTreeMap::from([("OTP_MAX_FAILURES".to_owned(), "many".to_owned())]);
        let deployment = Deployment { pool: String::new(), settings };
        let error = format!("{:#}", deployment.verify(&aws).unwrap_err());
        assert!(error.contains("OTP_MAX_FAILURES") && error.contains("LEDGER_TABLE_NAME"), "{error}");
    }
}
