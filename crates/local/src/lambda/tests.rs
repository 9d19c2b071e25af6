//! Lambda with real processes: each function is this test binary, run again as [`function`], a runtime client that does
//! what an event tells it to.

mod queue;

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::UNIX_EPOCH;
use std::{env, fs};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

/// A folder with a folder of functions that work and one of functions that don't start. It lies beside this binary and
/// stays there: a file can't run while it is open for writing, so it is written once.
pub(crate) static FUNCTIONS: LazyLock<PathBuf> = LazyLock::new(|| {
    let test = env::current_exe().unwrap();
    let folder = test.with_extension("functions");
    let run = format!("#!/bin/sh\nexec '{}' --exact lambda::tests::function --nocapture\n", test.display());
    let exit = "#!/bin/sh\necho starting\necho OTP_KEY is missing >&2\nexit 3\n".to_owned();
    for (name, script) in [("works", run), ("exits", exit)] {
        fs::create_dir_all(folder.join(name)).unwrap();
        for function in Function::ALL {
            let path = folder.join(name).join(function.name());
            if fs::read_to_string(&path).ok().as_ref() != Some(&script) {
                fs::write(&path, &script).unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
    }
    folder
});

/// Not a test: what a function's process runs. An event is `{"do": what, ...}`.
#[tokio::test]
async fn function() {
    let Ok(api) = env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    let runtime = format!("{api}/2018-06-01/runtime");
    let client = http();
    let post = |path: &str, body: String| client.post(format!("{runtime}/{path}")).body(body).send();
    if env::var("OTP_BRAND").as_deref() == Ok("no start") {
        let body = json!({ "errorType": "Settings", "errorMessage": "OTP_BRAND is wrong" }).to_string();
        post("init/error", body).await.unwrap();
        std::process::exit(1);
    }
    loop {
        let next = client.get(format!("{runtime}/invocation/next")).send().await.unwrap();
        let headers: HashMap<_, _> =
            next.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let id = headers["lambda-runtime-aws-request-id"].clone();
        let event: Value = next.json().await.unwrap();
        println!("event {event}");
        match event["do"].as_str().unwrap_or_default() {
            "answer" => {
                let seen = json!({
                    "event": event,
                    "headers": headers,
                    "process": std::process::id(),
                    "environment": env::vars().collect::<HashMap<_, _>>(),
                });
                let status = post(&format!("invocation/{id}/response"), seen.to_string()).await.unwrap().status();
                assert_eq!(status, StatusCode::ACCEPTED);
                let again = post(&format!("invocation/{id}/response"), "{}".to_owned()).await.unwrap().status();
                assert_eq!(again, StatusCode::BAD_REQUEST);
            }
            "fail" => {
                let body = json!({ "errorType": "Mistake", "errorMessage": "it went wrong", "stackTrace": [] });
                post(&format!("invocation/{id}/error"), body.to_string()).await.unwrap();
            }
            "fail once" => {
                let mark = PathBuf::from(event["mark"].as_str().unwrap());
                let body = json!({ "errorType": "Mistake", "errorMessage": "it went wrong" }).to_string();
                let is_first = !mark.exists();
                fs::write(mark, "").unwrap();
                post(&format!("invocation/{id}/{}", if is_first { "error" } else { "response" }), body).await.unwrap();
            }
            "answer and exit" => {
                post(&format!("invocation/{id}/response"), "\"last\"".to_owned()).await.unwrap();
                std::process::exit(0);
            }
            "answer too much" => {
                let body = "x".repeat(runtime_api::MAX_PAYLOAD + 1);
                post(&format!("invocation/{id}/response"), body).await.unwrap();
            }
            "exit" => std::process::exit(3),
            "abort" => std::process::abort(),
            "meet" => {
                // Ends only when three processes are here.
                let folder = PathBuf::from(event["folder"].as_str().unwrap());
                fs::write(folder.join(std::process::id().to_string()), "").unwrap();
                while fs::read_dir(&folder).unwrap().count() < 3 {
                    tokio::task::yield_now().await;
                }
                post(&format!("invocation/{id}/response"), std::process::id().to_string()).await.unwrap();
            }
            _ => std::future::pending().await,
        }
    }
}

/// A time limit that even a slow machine keeps.
const TEST_TIMEOUT: Duration = Duration::from_mins(10);

/// Lambda on a port of its own, with the functions of a folder.
async fn lambda_with(folder: &str, settings: Settings) -> (Lambda, String) {
    lambda_within(Some(TEST_TIMEOUT), folder, settings).await
}

async fn lambda_within(time_limit: Option<Duration>, folder: &str, settings: Settings) -> (Lambda, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let binaries = Binaries::in_folder(&FUNCTIONS.join(folder)).unwrap();
    let config =
        Config { binaries, endpoint: endpoint.clone(), dynamodb_endpoint: None, settings, time_limit, verbose: false };
    let lambda = Lambda::new(config);
    let router = lambda.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (lambda, endpoint)
}

async fn lambda() -> Lambda {
    lambda_with("works", Settings::default()).await.0
}

async fn run(lambda: &Lambda, what: &str) -> Outcome {
    lambda.invoke(Function::CreateChallenge, json!({ "do": what }).to_string().into()).await
}

fn answered(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Answered(body) => serde_json::from_slice(&body).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_function_sees_what_it_sees_on_lambda() {
    let mut settings = Settings::default();
    settings.set("OTP_KEY=secret").unwrap();
    settings.set("OTP_MODE=call-only").unwrap();
    let (lambda, endpoint) = lambda_with("works", settings).await;
    lambda.start().await.unwrap();
    let before = SystemTime::now();
    let outcome = lambda.invoke(Function::VerifyChallenge, br#"{"do":"answer","x":[1,null]}"#.to_vec()).await;
    let seen = answered(outcome);

    assert_eq!(seen["event"], json!({ "do": "answer", "x": [1, null] }));
    let header = |name: &str| seen["headers"][name].as_str().unwrap_or_default();
    assert_eq!(
        header("lambda-runtime-invoked-function-arn"),
        "arn:aws:lambda:us-east-1:123456789012:function:verify-challenge"
    );
    assert_eq!(header("lambda-runtime-aws-request-id").len(), 36);
    assert!(header("lambda-runtime-trace-id").starts_with("Root=1-"));
    let deadline = UNIX_EPOCH + Duration::from_millis(header("lambda-runtime-deadline-ms").parse().unwrap());
    assert!(
        deadline >= before + TEST_TIMEOUT - Duration::from_millis(1) && deadline <= SystemTime::now() + TEST_TIMEOUT
    );

    let mut environment: HashMap<String, String> = serde_json::from_value(seen["environment"].clone()).unwrap();
    // What the shell of the script sets.
    for name in ["PWD", "OLDPWD", "SHLVL", "_"] {
        environment.remove(name);
    }
    let Credentials { access_key_id, secret_access_key, session_token } =
        lambda.credentials(Function::VerifyChallenge).clone();
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", &*access_key_id),
        ("AWS_ENDPOINT_URL", &*endpoint),
        ("AWS_LAMBDA_FUNCTION_NAME", "verify-challenge"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_SECRET_ACCESS_KEY", &*secret_access_key),
        ("AWS_SESSION_TOKEN", session_token.as_deref().unwrap()),
        ("OTP_KEY", "secret"),
    ] {
        assert_eq!(environment.remove(name).as_deref(), Some(value), "{name}");
    }
    environment.retain(|name, _| !name.starts_with("AWS_LAMBDA_"));
    let mut rest: Vec<_> = environment.keys().map(String::as_str).collect();
    rest.sort_unstable();
    assert_eq!(
        rest,
        ["AWS_DEFAULT_REGION", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG", "PATH", "TZ", "_HANDLER"],
        "nothing of this program's own environment, and no setting of another function"
    );
}

#[test]
fn another_dynamodb_has_a_variable_of_its_own() {
    let url = |dynamodb_endpoint: Option<&str>| {
        let config = Config {
            binaries: Binaries::in_folder(&FUNCTIONS.join("works")).unwrap(),
            endpoint: "http://127.0.0.1:1".to_owned(),
            dynamodb_endpoint: dynamodb_endpoint.map(str::to_owned),
            settings: Settings::default(),
            time_limit: None,
            verbose: false,
        };
        let environment: HashMap<_, _> =
            Lambda::new(config).environment(Function::VerifyChallenge, 1).into_iter().collect();
        environment.get("AWS_ENDPOINT_URL_DYNAMODB").cloned()
    };
    assert_eq!(url(None), None);
    assert_eq!(url(Some("http://127.0.0.1:2")).as_deref(), Some("http://127.0.0.1:2"));
}

#[tokio::test]
async fn a_process_is_kept_for_the_next_event_also_after_an_error() {
    let lambda = lambda().await;
    let first = answered(run(&lambda, "answer").await)["process"].clone();
    let error = Outcome::Failed { error_type: "Mistake".into(), error_message: "it went wrong".into() };
    assert_eq!(run(&lambda, "fail").await, error);
    assert_eq!(answered(run(&lambda, "answer").await)["process"], first);
}

#[tokio::test]
async fn events_at_the_same_time_get_processes_of_their_own() {
    let lambda = lambda().await;
    let folder = FUNCTIONS.join(format!("meeting-{:016x}", rand::random::<u64>()));
    fs::create_dir(&folder).unwrap();
    let event = json!({ "do": "meet", "folder": folder }).to_string();
    let invoke = || lambda.invoke(Function::DefineChallenge, event.clone().into());
    let outcomes = tokio::join!(invoke(), invoke(), invoke());
    let processes =
        std::collections::BTreeSet::from(<[_; 3]>::from(outcomes).map(|outcome| answered(outcome).as_u64()));
    assert_eq!(processes.len(), 3);
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_process_that_ends_is_a_crash_and_is_replaced() {
    let lambda = lambda().await;
    for (what, end) in [("exit", "exit status 3"), ("abort", "signal: 6 (SIGABRT)")] {
        let Outcome::Crashed { error_message } = run(&lambda, what).await else { panic!("no crash by {what}") };
        assert!(error_message.starts_with("RequestId: "), "{error_message}");
        assert!(error_message.contains(&format!("Error: Runtime exited with error: {end}")), "{error_message}");
        answered(run(&lambda, "answer").await);
    }
}

#[tokio::test]
async fn an_answer_counts_although_the_process_ends_right_after_it() {
    let lambda = lambda().await;
    for _ in 0..3 {
        assert_eq!(answered(run(&lambda, "answer and exit").await), "last");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_big_is_the_functions_error() {
    let lambda = lambda().await;
    let Outcome::Failed { error_type, .. } = run(&lambda, "answer too much").await else { panic!() };
    assert_eq!(error_type, "Function.ResponseSizeTooLarge");
    answered(run(&lambda, "answer").await);
}

#[tokio::test]
async fn a_process_that_takes_too_long_is_killed_and_replaced() {
    let (lambda, _) = lambda_within(None, "works", Settings::default()).await;
    // On a busy machine, even an answer may take too long.
    let answer = async || loop {
        if let Outcome::Answered(body) = run(&lambda, "answer").await {
            break serde_json::from_slice::<Value>(&body).unwrap();
        }
    };
    let process = answer().await["process"].clone();
    let Outcome::TimedOut { error_message } = run(&lambda, "hang").await else { panic!("no time-out") };
    assert!(error_message.ends_with("Error: Task timed out after 5.00 seconds"), "{error_message}");
    let is_there = std::process::Command::new("kill").args(["-0", &process.to_string()]).output().unwrap();
    assert!(!is_there.status.success(), "the process is still there");
    assert_ne!(answer().await["process"], process);
}

#[tokio::test]
async fn a_function_that_connect_waits_for_has_less_time() {
    let (lambda, _) = lambda_within(None, "works", Settings::default()).await;
    let outcome = lambda.invoke(Function::SpeakCode, br#"{"do":"hang"}"#.to_vec()).await;
    let Outcome::TimedOut { error_message } = outcome else { panic!("no time-out") };
    assert!(error_message.ends_with("Error: Task timed out after 2.00 seconds"), "{error_message}");
}

#[tokio::test]
async fn send_code_is_there_if_it_speaks_cognitos_codes() {
    for (assignment, is_there) in
        [(None, false), (Some("OTP_COGNITO_CODES=off"), false), (Some("OTP_COGNITO_CODES=all"), true)]
    {
        let mut settings = Settings::default();
        if let Some(assignment) = assignment {
            settings.set(assignment).unwrap();
        }
        let (lambda, endpoint) = lambda_with("works", settings).await;
        assert_eq!(lambda.functions().any(|function| function == Function::SendCode), is_there, "{assignment:?}");
        let status = invocation(&endpoint, "send-code", r#"{"do":"answer"}"#).send().await.unwrap().status();
        assert_eq!(status == StatusCode::OK, is_there, "{assignment:?}");
    }
}

#[tokio::test]
async fn speak_code_is_there_unless_the_code_is_in_the_attributes() {
    for (delivery, status) in [("", 200), ("function", 200), ("attribute", 404)] {
        let mut settings = Settings::default();
        settings.set(&format!("OTP_CODE_DELIVERY={delivery}")).unwrap();
        let (lambda, endpoint) = lambda_with("works", settings).await;
        let invoke = |name| invocation(&endpoint, name, r#"{"do":"answer"}"#).send();
        assert_eq!(invoke("speak-code").await.unwrap().status(), status, "{delivery}");
        assert_eq!(invoke("verify-challenge").await.unwrap().status(), 200, "{delivery}");
        lambda.start().await.unwrap();
        let is_idle = !lock(&lambda.fleet(Function::SpeakCode).idle).is_empty();
        assert_eq!(is_idle, status == 200, "{delivery}");
    }
}

#[tokio::test]
async fn gate_tokens_is_there_if_it_has_a_mode() {
    for (mode, status) in [(None, 404), (Some("OTP_TOKEN_GATE=observe"), 200)] {
        let mut settings = Settings::default();
        mode.map(|mode| settings.set(mode)).transpose().unwrap();
        let (lambda, endpoint) = lambda_with("works", settings).await;
        let response = invocation(&endpoint, "gate-tokens", r#"{"do":"answer"}"#).send().await.unwrap();
        assert_eq!(response.status(), status, "{mode:?}");
        lambda.start().await.unwrap();
        let is_idle = !lock(&lambda.fleet(Function::GateTokens).idle).is_empty();
        assert_eq!(is_idle, status == 200, "{mode:?}");
    }
}

#[tokio::test]
async fn an_error_at_start_reaches_the_invoker() {
    let mut settings = Settings::default();
    settings.set("OTP_BRAND=no start").unwrap();
    let (lambda, _) = lambda_with("works", settings).await;
    let error = Outcome::Failed { error_type: "Settings".into(), error_message: "OTP_BRAND is wrong".into() };
    assert_eq!(run(&lambda, "answer").await, error);
    assert_eq!(run(&lambda, "answer").await, error);
}

#[tokio::test]
async fn a_function_that_does_not_start_says_why() {
    let (lambda, _) = lambda_with("exits", Settings::default()).await;
    let error = lambda.start().await.unwrap_err().to_string();
    assert_eq!(error, "define-challenge doesn't start: OTP_KEY is missing");
    let Outcome::Crashed { error_message } = run(&lambda, "answer").await else { panic!() };
    assert!(error_message.ends_with("Runtime exited with error: exit status 3"), "{error_message}");
}

/// A client without a proxy, whatever the environment names.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn invocation(endpoint: &str, name: &str, event: &'static str) -> RequestBuilder {
    let (name, query) = name.split_once('?').unwrap_or((name, ""));
    http().post(format!("{endpoint}/2015-03-31/functions/{name}/invocations?{query}")).body(event)
}

#[tokio::test]
async fn invoke_answers_as_lambda_does() {
    let (_lambda, endpoint) = lambda_with("works", Settings::default()).await;
    let header = |response: &reqwest::Response, name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };

    let arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Averify-challenge";
    for name in ["verify-challenge", "verify-challenge:$LATEST", "verify-challenge%3A%24LATEST", arn] {
        let response = invocation(&endpoint, name, r#"{"do":"answer"}"#).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{name}");
        assert_eq!(header(&response, "x-amz-executed-version").as_deref(), Some("$LATEST"));
        assert_eq!(header(&response, "x-amz-function-error"), None);
        let id = header(&response, "x-amzn-requestid");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["headers"]["lambda-runtime-aws-request-id"].as_str(), id.as_deref());
    }

    let request = invocation(&endpoint, "verify-challenge", r#"{"do":"fail"}"#).header("x-amz-log-type", "Tail");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "x-amz-function-error").as_deref(), Some("Unhandled"));
    let log = String::from_utf8(STANDARD.decode(header(&response, "x-amz-log-result").unwrap()).unwrap()).unwrap();
    assert_eq!(log, "event {\"do\":\"fail\"}\n");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body, json!({ "errorType": "Mistake", "errorMessage": "it went wrong" }));

    let response = invocation(&endpoint, "verify-challenge", r#"{"do":"exit"}"#).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "x-amz-function-error").as_deref(), Some("Unhandled"));
    assert_eq!(response.json::<Value>().await.unwrap()["errorType"], "Runtime.ExitError");

    let log: Value = http().get(format!("{endpoint}/local/log")).send().await.unwrap().json().await.unwrap();
    let line = log.as_array().unwrap().iter().find(|line| line["line"] == "event {\"do\":\"fail\"}").unwrap();
    assert_eq!(line["function"], "verify-challenge");
    assert_eq!(line.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn invoke_refuses_as_lambda_does() {
    let (_lambda, endpoint) = lambda_with("works", Settings::default()).await;
    let refused = async |request: RequestBuilder| {
        let response = request.send().await.unwrap();
        let kind = response.headers().get("x-amzn-errortype").map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        assert!(body["message"].is_string() && body["Type"] == "User", "{body}");
        (status, kind.unwrap_or_default(), body["message"].as_str().unwrap().to_owned())
    };
    let known = |event| invocation(&endpoint, "define-challenge", event);

    let (status, kind, message) = refused(invocation(&endpoint, "define", "{}")).await;
    assert_eq!((status, &*kind), (404, "ResourceNotFoundException"));
    assert_eq!(message, "Function not found: arn:aws:lambda:us-east-1:123456789012:function:define");
    let (status, kind, _) = refused(invocation(&endpoint, "define-challenge?Qualifier=7", "{}")).await;
    assert_eq!((status, &*kind), (404, "ResourceNotFoundException"));
    let (status, kind, _) = refused(known("{}").body("x".repeat(runtime_api::MAX_PAYLOAD + 1))).await;
    assert_eq!((status, &*kind), (413, "RequestTooLargeException"));
    let (status, kind, _) = refused(known("{")).await;
    assert_eq!((status, &*kind), (400, "InvalidRequestContentException"));
    let (status, kind, _) = refused(known("{}").header("x-amz-invocation-type", "Later")).await;
    assert_eq!((status, &*kind), (400, "InvalidParameterValueException"));
}

#[tokio::test]
async fn invoke_can_leave_the_event_to_itself_or_only_try() {
    let (lambda, endpoint) = lambda_with("works", Settings::default()).await;
    let invoke =
        |kind| invocation(&endpoint, "define-challenge", r#"{"do":"answer"}"#).header("x-amz-invocation-type", kind);

    assert_eq!(invoke("DryRun").send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(lambda.0.last_id.load(Ordering::Relaxed), 0, "a dry run starts nothing");

    let response = invoke("Event").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert!(response.bytes().await.unwrap().is_empty());
    while lambda.0.log.tail(1, 0, 10_000).is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn each_function_signs_as_itself() {
    let lambda = lambda().await;
    let keys = Function::ALL.map(|function| lambda.credentials(function).access_key_id.clone());
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), Function::ALL.len());
}

#[test]
fn wrong_settings_are_told_from_other_lines() {
    let line = json!({ "level": "ERROR", "message": "settings", "error": "OTP_DIGITS must be a number" });
    assert_eq!(fault_of_settings(&line.to_string()).as_deref(), Some("OTP_DIGITS must be a number"));
    for other in ["", "starting", r#"{"message":"answered","error":"x"}"#, r#"{"message":"settings"}"#, "[]"] {
        assert_eq!(fault_of_settings(other), None, "{other}");
    }
}
