//! Against a Cognito with one pool and at most one user.

use std::sync::{Arc, Mutex};

use clap::Parser;

use super::*;
use crate::args::{Args, Command};
use crate::policy::AwsCommand;
use crate::stack::tests::answer;
use crate::stand_in::{ReceivedRequest, StandIn};

const PASSWORD: &str = "Correct-Horse-7";
const NUMBER: &str = "+12065550171";

/// The user, and the requests that are refused.
#[derive(Default)]
struct World {
    user: Option<Value>,
    /// The parameter `OtpPhoneAttribute`.
    phone_attribute: &'static str,
    /// The error code with which `AdminSetUserPassword` is answered.
    refuses_password: Option<&'static str>,
}

impl World {
    fn answer(&mut self, asked: &ReceivedRequest) -> (u16, String) {
        let refused = |word: &str| (400, json!({ "__type": word, "message": "no" }).to_string());
        let body = &asked.body;
        let done = match asked.what.as_str() {
            "DescribeStacks" => {
                let instance = "arn:aws:connect:us-east-1:123456789012:instance/1";
                let outputs = [
                    ("UserPoolId", "us-east-1_Own"),
                    ("LedgerTableName", "ledger"),
                    ("ContactFlowArn", &format!("{instance}/contact-flow/1")),
                ];
                let parameters = [
                    ("ConnectInstanceArn", instance),
                    ("ConnectSourcePhoneNumber", "+12065550199"),
                    ("OtpPhoneAttribute", self.phone_attribute),
                ];
                return (200, answer(&outputs, &parameters));
            }
            "DescribeUserPool" => {
                let policy = json!({ "MinimumLength": 12, "RequireNumbers": true });
                json!({ "UserPool": { "LambdaConfig": {}, "Policies": { "PasswordPolicy": policy } } })
            }
            "AdminGetUser" => match &self.user {
                Some(user) => user.clone(),
                None => return refused("UserNotFoundException"),
            },
            "AdminCreateUser" => {
                assert_eq!(body["MessageAction"], "SUPPRESS");
                self.user = Some(user(UNFINISHED, body["UserAttributes"].clone()));
                json!({})
            }
            "AdminUpdateUserAttributes" => {
                let held = self.user.as_mut().unwrap()["UserAttributes"].as_array_mut().unwrap();
                for new in body["UserAttributes"].as_array().unwrap() {
                    held.retain(|attribute| attribute["Name"] != new["Name"]);
                    held.push(new.clone());
                }
                json!({})
            }
            "AdminSetUserPassword" => {
                if let Some(word) = self.refuses_password {
                    return refused(word);
                }
                assert_eq!((&body["Password"], &body["Permanent"]), (&json!(PASSWORD), &json!(true)));
                self.user.as_mut().unwrap()["UserStatus"] = json!("CONFIRMED");
                json!({})
            }
            other => panic!("nobody should ask for {other}"),
        };
        (200, done.to_string())
    }
}

fn user(status: &str, attributes: Value) -> Value {
    json!({ "Username": "ann", "UserStatus": status, "Enabled": true, "UserAttributes": attributes })
}

/// The operator, who types this password.
struct Typing(&'static str, String);

impl Operator for Typing {
    fn say(&mut self, line: &str) {
        self.1 = format!("{}{line}\n", self.1);
    }

    fn password(&mut self, _: &str, policy: &Policy) -> Result<String> {
        policy.check(self.0)?;
        Ok(self.0.to_owned())
    }
}

/// The command's result, its output, the requests, and the user.
async fn add(world: World, line: &str, password: &'static str) -> (Result<()>, String, Vec<String>, Option<Value>) {
    let world = Arc::new(Mutex::new(world));
    let answering = world.clone();
    let (stand_in, aws) = StandIn::start(move |asked| answering.lock().unwrap().answer(asked)).await;
    stand_in.act_for(AwsCommand::AddUser);
    let line = format!("voice-otp add-user {line}");
    let Command::AddUser(args) = Args::try_parse_from(line.split_whitespace()).unwrap().command else {
        panic!("{line}")
    };
    let mut operator = Typing(password, String::new());
    let result = run(&args, &aws, &mut operator, &|_| ()).await;
    let user = world.lock().unwrap().user.clone();
    let said = match &result {
        Ok(()) => operator.1,
        Err(error) => format!("{}{error:#}", operator.1),
    };
    assert!(!said.contains(password) && !said.contains(NUMBER), "{said}");
    (result, said, stand_in.operations(), user)
}

const LINE: &str = "ann --stack s --phone +12065550171 --email ann@example.com";

#[tokio::test]
async fn a_user_is_made_whom_a_call_can_sign_in() {
    let (result, said, asked, user) = add(World::default(), LINE, PASSWORD).await;
    result.unwrap();
    let user = user.unwrap();
    assert_eq!(user["UserStatus"], "CONFIRMED");
    for (name, value) in [
        ("phone_number", NUMBER),
        ("phone_number_verified", "true"),
        ("email", "ann@example.com"),
        ("email_verified", "true"),
    ] {
        assert_eq!(held(&user, name), Some(value));
    }
    for part in ["Numbers of US are called", "at least 12 characters, a digit", "No message was sent"] {
        assert!(said.contains(part), "{said}");
    }
    let operations = ["DescribeStacks", "DescribeUserPool", "AdminGetUser", "AdminCreateUser", "AdminSetUserPassword"];
    assert_eq!(asked, operations);
}

#[tokio::test]
async fn the_number_is_where_the_functions_look_for_it() {
    let world = World { phone_attribute: "custom:YourPhone", ..World::default() };
    let (_, _, _, user) = add(world, "ann --stack s --phone +12065550171", PASSWORD).await;
    let attributes = json!([{ "Name": "custom:YourPhone", "Value": NUMBER }]);
    assert_eq!(user.unwrap()["UserAttributes"], attributes);
}

#[tokio::test]
async fn what_would_be_refused_is_refused_before_anybody_is_made() {
    for (line, password, said) in [
        ("ann --stack s --phone 2065550100", PASSWORD, "PHONE_INVALID"),
        ("ann --stack s --phone +4930123456", PASSWORD, "add DE to OtpCountries"),
        (LINE, "Horse7", "The password must have at least 12 characters, a digit"),
    ] {
        let (result, text, _, user) = add(World::default(), line, password).await;
        assert!(result.is_err() && text.contains(said) && user.is_none(), "{line}: {text}");
    }
}

#[tokio::test]
async fn a_user_without_a_password_is_finished() {
    let refusing = World { refuses_password: Some("InvalidPasswordException"), ..World::default() };
    let (result, said, _, left) = add(refusing, LINE, PASSWORD).await;
    assert!(result.is_err() && said.contains("run this again with one that has at least 12 characters"), "{said}");
    // Left by that attempt, or made in the console without a verification.
    for unfinished in [left.clone().unwrap(), user(UNFINISHED, json!([{ "Name": "phone_number", "Value": NUMBER }]))] {
        let (result, said, _, user) = add(World { user: Some(unfinished), ..World::default() }, LINE, PASSWORD).await;
        result.unwrap();
        let user = user.unwrap();
        assert_eq!((&user["UserStatus"], held(&user, "phone_number_verified")), (&json!("CONFIRMED"), Some("true")));
        assert!(said.contains("The user is there already, without a password"), "{said}");
    }
}

#[tokio::test]
async fn any_other_user_is_left_alone() {
    let number = json!([{ "Name": "phone_number", "Value": NUMBER }]);
    let mut disabled = user(UNFINISHED, number.clone());
    disabled["Enabled"] = json!(false);
    for (existing, said) in [
        (user("CONFIRMED", number.clone()), "ann exists and is confirmed"),
        (user("RESET_REQUIRED", number), "is RESET_REQUIRED"),
        (disabled, "is disabled"),
        (user(UNFINISHED, json!([{ "Name": "phone_number", "Value": "+12065550172" }])), "another phone_number"),
    ] {
        let world = World { user: Some(existing.clone()), ..World::default() };
        let (result, text, asked, user) = add(world, LINE, PASSWORD).await;
        assert!(result.is_err() && text.contains(said) && text.contains("nothing was changed"), "{text}");
        assert_eq!((user, asked.last().unwrap().as_str()), (Some(existing), "AdminGetUser"));
    }
}

#[tokio::test]
async fn a_pool_without_functions_can_have_users_too() {
    let line = "ann --user-pool us-east-1_Team --phone +12065550171";
    let (result, said, _, _) = add(World::default(), line, PASSWORD).await;
    result.unwrap();
    assert!(said.contains("is called could not be looked at: the pool us-east-1_Team has no function"), "{said}");
}
