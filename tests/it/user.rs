//! A user with a phone and a Cognito client.

use std::sync::Arc;

use client::cognito::{self, Challenge, Client, Step};
use serde_json::{Value, json};

use crate::phone::code_in;
use crate::stack::{Account, Stack, wait_for};

/// A user of a stack.
pub(crate) struct User {
    pub(crate) stack: Arc<Stack>,
    pub(crate) client: Client,
    pub(crate) name: String,
    pool: String,
    sub: Option<String>,
    number: Option<String>,
}

impl User {
    /// A user with a password and a verified number.
    pub(crate) async fn new(stack: &Arc<Stack>) -> Self {
        Self::with(stack, json!({})).await
    }

    /// A user with these fields of `POST /local/users`.
    pub(crate) async fn with(stack: &Arc<Stack>, fields: Value) -> Self {
        let Account { user, sub, number } = stack.add_user(fields).await;
        Self { sub: Some(sub), number, ..Self::of(stack, user).await }
    }

    /// An unknown user.
    pub(crate) async fn unknown(stack: &Arc<Stack>, name: &str) -> Self {
        Self::of(stack, with_password(name, "Correct-Horse-7")).await
    }

    /// The same user with another client, as after a new password.
    pub(crate) fn with_client(self, client: Client) -> Self {
        Self { client, ..self }
    }

    async fn of(stack: &Arc<Stack>, user: cognito::User) -> Self {
        let config = stack.config().await;
        let name = user.username.clone();
        let client = config.client(user, None).await;
        let (stack, pool) = (stack.clone(), config.user_pool_id);
        Self { stack, client, name, pool, sub: None, number: None }
    }

    /// Starts with the password, which is right.
    pub(crate) async fn start(&self) -> Challenge {
        challenge(self.client.start_with_password().await)
    }

    /// The user's number, if there is one.
    pub(crate) fn callee(&self) -> Option<&str> {
        self.number.as_deref()
    }

    pub(crate) fn number(&self) -> &str {
        self.callee().expect("this user has a number")
    }

    /// The user's row in the ledger.
    pub(crate) fn key(&self) -> String {
        format!("USER#{}#{}", self.pool, self.sub())
    }

    /// The first round of a sign-in, without Cognito: what the create trigger answers.
    pub(crate) async fn create(&self) -> Value {
        let mut answer = self.stack.invoke("create-challenge", &self.create_event()).await.answer();
        answer["response"].take()
    }

    /// What Cognito sends to the create trigger first.
    pub(crate) fn create_event(&self) -> Value {
        self.event("CreateAuthChallenge_Authentication", json!({ "session": [] }))
    }

    /// What Cognito sends to the verify trigger with an answer to what the create trigger answered.
    pub(crate) fn answer_event(&self, created: &Value, answer: impl Into<Value>) -> Value {
        let private = &created["privateChallengeParameters"];
        let request = json!({ "privateChallengeParameters": private, "challengeAnswer": answer.into() });
        self.event("VerifyAuthChallengeResponse_Authentication", request)
    }

    /// An event of this user's, as Cognito sends it to a trigger.
    pub(crate) fn event(&self, source: &str, mut request: Value) -> Value {
        request["userAttributes"] = json!({ "sub": self.sub() });
        if let Some(number) = &self.number {
            request["userAttributes"]["phone_number"] = json!(number);
            request["userAttributes"]["phone_number_verified"] = json!("true");
        }
        json!({ "triggerSource": source, "userPoolId": self.pool, "userName": self.name, "request": request })
    }

    pub(crate) fn sub(&self) -> &str {
        self.sub.as_deref().expect("this user is in the pool")
    }

    /// The calls to this user's number, oldest first.
    pub(crate) async fn calls(&self) -> Vec<Value> {
        self.stack.calls_to(self.number()).await
    }

    /// The code in the user's first call.
    pub(crate) async fn code(&self) -> String {
        self.code_of_call(1).await
    }

    /// The code that the phone says in a call, counted from 1.
    pub(crate) async fn code_of_call(&self, count: usize) -> String {
        heard(&self.stack, self.number(), count).await
    }
}

/// The client's user with this name and password.
pub(crate) fn with_password(name: &str, password: &str) -> cognito::User {
    cognito::User { username: name.to_owned(), password: password.to_owned() }
}

/// The code that is said in a call to a number, counted from 1.
pub(crate) async fn heard(stack: &Stack, number: &str, count: usize) -> String {
    wait_for("the phone to say a code", async || {
        let call = stack.calls_to(number).await.into_iter().nth(count - 1)?;
        let code = code_in(&call);
        assert!(code.is_some() || call["state"] != "ended", "a call ended without a code: {}", call["transcript"]);
        code
    })
    .await
}

/// The first digits that are said one by one. The code may be said once more in the same line.
pub(crate) fn spoken_code(words: &str) -> Option<String> {
    let words_between = |letter: char| !(letter.is_ascii_digit() || letter == ',' || letter == ' ');
    let mut runs = words.split(words_between).map(|run| run.replace([',', ' '], ""));
    runs.find(|digits| digits.len() >= 4)
}

/// The challenge that a step is.
#[track_caller]
pub(crate) fn challenge(step: anyhow::Result<Step>) -> Challenge {
    match step.unwrap() {
        Step::Challenge(challenge) => challenge,
        Step::Tokens(_) => panic!("there were tokens"),
    }
}

/// The ID token that a step is.
#[track_caller]
pub(crate) fn id_token(step: anyhow::Result<Step>) -> String {
    match step.unwrap() {
        Step::Tokens(tokens) => tokens.id_token,
        Step::Challenge(challenge) => panic!("there was another {challenge:?}"),
    }
}

/// The error that a step is: type and text.
#[track_caller]
pub(crate) fn refusal(step: anyhow::Result<Step>) -> String {
    match step {
        Err(error) => error.to_string(),
        Ok(Step::Tokens(_)) => panic!("there were tokens"),
        Ok(Step::Challenge(challenge)) => panic!("there was another {challenge:?}"),
    }
}

/// A parameter of a challenge.
#[track_caller]
pub(crate) fn parameter<'a>(challenge: &'a Challenge, name: &str) -> &'a str {
    challenge.parameter(name).unwrap_or_else(|| panic!("there is no {name} in {challenge:?}"))
}

/// Another code of the same length.
pub(crate) fn another(code: &str) -> String {
    let first = if code.starts_with('0') { "1" } else { "0" };
    format!("{first}{}", &code[1..])
}
