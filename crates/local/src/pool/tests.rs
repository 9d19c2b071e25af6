//! The pool as its clients see it, with scripted functions instead of Lambda.

mod attributes;
mod choice;
mod client;
mod flow;
mod functions;
mod gate;
mod http;
mod mfa;
mod operator;
mod password;
mod recovery;
mod requests;
mod sdk;
mod sender;
mod sign_up;
mod tokens;
mod unknown_user;
mod users;

use std::collections::VecDeque;
use std::future::ready;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::{Value, json};

use crate::lambda::{Function, Invoker, Outcome};
use crate::pool::error::ApiError;
use crate::pool::new_user::NewUser;
use crate::pool::tokens::Keys;
use crate::pool::trigger::Triggers;
use crate::pool::users::Status;
use crate::pool::{Config, UserPool};

const CODE: &str = "471902";
const PASSWORD: &str = "Correct-Horse-7";
const NUMBER: &str = "+12065550100";
const MISMATCH: &str = "Invalid verification code provided, please try again.";
const EXPIRED: &str = "Invalid code provided, please request a code again.";
const TOO_OFTEN: &str = "Attempt limit exceeded, please try after some time.";

/// A pool with functions that do roughly what the real ones do, unless a test scripts an outcome.
struct Local {
    pool: UserPool,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    /// The scripted outcomes of a function, in order.
    outcomes: VecDeque<(Function, Outcome)>,
    /// Changes of a function's own answer's `response`.
    responses: VecDeque<(Function, Value)>,
    events: Vec<(Function, Vec<u8>)>,
}

impl Local {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        let script = Arc::new(Mutex::new(Script::default()));
        let played = Arc::clone(&script);
        let functions = Invoker::new(move |function, event| ready(played.lock().unwrap().play(function, event)));
        Self { pool: UserPool::with_parts(config, Triggers::new(functions), keys()).unwrap(), script }
    }

    /// The next run of `function` ends so.
    fn outcome(&self, function: Function, outcome: Outcome) -> &Self {
        self.script.lock().unwrap().outcomes.push_back((function, outcome));
        self
    }

    /// The next run of `function` answers with the event and this `response`.
    fn response(&self, function: Function, response: Value) -> &Self {
        self.script.lock().unwrap().responses.push_back((function, response));
        self
    }

    /// The events that were delivered so far, as JSON.
    fn events(&self) -> Vec<(Function, Value)> {
        let script = self.script.lock().unwrap();
        script.events.iter().map(|(function, event)| (*function, serde_json::from_slice(event).unwrap())).collect()
    }

    fn last_event(&self, function: Function) -> Value {
        let of_function = |(of, event)| (of == function).then_some(event);
        self.events().into_iter().rev().find_map(of_function).expect("the function ran")
    }

    fn client_id(&self) -> &str {
        &self.pool.config().client_id
    }

    fn add_user(&self, user: Value) {
        let new: NewUser = serde_json::from_value(user).unwrap();
        self.pool.lock().users.add(self.pool.config(), new, Status::Confirmed).map(drop).unwrap();
    }

    async fn call(&self, operation: &str, request: Value) -> Result<Value, ApiError> {
        self.pool.call(operation, request.to_string().as_bytes()).await
    }

    /// A start without a password.
    async fn start(&self, username: &str) -> Result<Value, ApiError> {
        self.initiate("CUSTOM_AUTH", json!({"USERNAME": username})).await
    }

    async fn initiate(&self, flow: &str, parameters: Value) -> Result<Value, ApiError> {
        self.initiate_at(self.client_id(), flow, parameters).await
    }

    async fn initiate_at(&self, client_id: &str, flow: &str, parameters: Value) -> Result<Value, ApiError> {
        let request = json!({"AuthFlow": flow, "ClientId": client_id, "AuthParameters": parameters});
        self.call("InitiateAuth", request).await
    }

    async fn answer(&self, username: &str, challenge: &Value, code: &str) -> Result<Value, ApiError> {
        self.respond("CUSTOM_CHALLENGE", challenge, json!({"USERNAME": username, "ANSWER": code})).await
    }

    async fn respond(&self, name: &str, challenge: &Value, responses: Value) -> Result<Value, ApiError> {
        self.respond_at(self.client_id(), name, challenge, responses).await
    }

    async fn respond_at(
        &self,
        client_id: &str,
        name: &str,
        challenge: &Value,
        responses: Value,
    ) -> Result<Value, ApiError> {
        let request = json!({
            "ChallengeName": name,
            "ClientId": client_id,
            "ChallengeResponses": responses,
            "Session": challenge["Session"],
        });
        self.call("RespondToAuthChallenge", request).await
    }

    /// `AuthenticationResult` of a sign-in without a password.
    async fn sign_in(&self, username: &str) -> Value {
        let challenge = self.start(username).await.unwrap();
        let answer = self.answer(username, &challenge, CODE).await.unwrap();
        answer["AuthenticationResult"].clone()
    }

    fn client_id_password(&self) -> &str {
        &self.pool.config().client_id_password
    }

    /// `USER_PASSWORD_AUTH` with the client for passwords.
    async fn with_password(&self, username: &str, password: &str) -> Result<Value, ApiError> {
        let parameters = json!({"USERNAME": username, "PASSWORD": password});
        self.initiate_at(self.client_id_password(), "USER_PASSWORD_AUTH", parameters).await
    }

    /// The access token of such a sign-in.
    async fn access_token(&self, username: &str) -> Value {
        let answer = self.with_password(username, PASSWORD).await.unwrap();
        answer["AuthenticationResult"]["AccessToken"].clone()
    }

    /// What was sent, oldest first.
    fn messages(&self) -> Value {
        serde_json::to_value(self.pool.lock().messages.all()).unwrap()
    }

    /// The message that was sent last: its source, where it went and the code.
    fn sent(&self) -> (String, String, String) {
        let messages = self.messages();
        let last = messages.as_array().unwrap().last().expect("a message was sent");
        let text = |name: &str| last[name].as_str().unwrap().to_owned();
        (text("source"), text("to"), text("code"))
    }

    fn code(&self) -> String {
        self.sent().2
    }
}

/// Another code of the same length.
fn another(code: &str) -> String {
    format!("{}{}", if code.starts_with('0') { '1' } else { '0' }, &code[1..])
}

impl Script {
    fn play(&mut self, function: Function, event: Vec<u8>) -> Outcome {
        let mut answer: Value = serde_json::from_slice(&event).unwrap();
        self.events.push((function, event));
        if self.outcomes.front().is_some_and(|(of, _)| *of == function) {
            return self.outcomes.pop_front().unwrap().1;
        }
        answer["response"] = match function {
            _ if self.responses.front().is_some_and(|(of, _)| *of == function) => self.responses.pop_front().unwrap().1,
            Function::DefineChallenge => define(answer["request"]["session"].as_array().unwrap()),
            Function::CreateChallenge => json!({
                "publicChallengeParameters": {"delivery": "VOICE"},
                "privateChallengeParameters": {"code": CODE},
                "challengeMetadata": format!("round-{}", answer["request"]["session"].as_array().unwrap().len()),
            }),
            Function::VerifyChallenge if answer["request"].get("challengeAnswer").is_none() => json!({}),
            Function::VerifyChallenge => {
                let code = &answer["request"]["privateChallengeParameters"]["code"];
                json!({"answerCorrect": answer["request"]["challengeAnswer"] == *code})
            }
            Function::GateTokens => json!({"claimsOverrideDetails": null}),
            Function::SendCode => json!({}),
            Function::SpeakCode => panic!("Cognito does not invoke it"),
        };
        answered(&answer)
    }
}

/// Three rounds, the password first if it was asked for.
fn define(session: &[Value]) -> Value {
    let wrong = session.iter().filter(|round| round["challengeResult"] == false).count();
    match session.last() {
        Some(round) if round["challengeName"] == "SRP_A" => json!({"challengeName": "PASSWORD_VERIFIER"}),
        Some(round) if round["challengeName"] == "CUSTOM_CHALLENGE" && round["challengeResult"] == true => {
            json!({"issueTokens": true, "failAuthentication": false, "challengeName": null})
        }
        _ if wrong == 3 => json!({"issueTokens": false, "failAuthentication": true}),
        _ => json!({"issueTokens": false, "failAuthentication": false, "challengeName": "CUSTOM_CHALLENGE"}),
    }
}

fn answered(event: &Value) -> Outcome {
    Outcome::Answered(event.to_string().into_bytes())
}

/// One key for all tests: it takes seconds to make.
fn keys() -> Arc<Keys> {
    static KEYS: OnceLock<Arc<Keys>> = OnceLock::new();
    Arc::clone(KEYS.get_or_init(|| Arc::new(Keys::generate().unwrap())))
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: Result<T, ApiError>, kind: &str, message: &str) {
    let error = result.expect_err("the request is refused");
    assert_eq!((error.kind, error.message.as_str()), (kind, message));
}

#[track_caller]
fn assert_not_authorized<T: std::fmt::Debug>(result: Result<T, ApiError>, message: &str) {
    assert_refused(result, "NotAuthorizedException", message);
}
