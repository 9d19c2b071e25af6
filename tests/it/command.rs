//! The program itself: its command line and what scripts rely on.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::stack::{Stack, command, functions};
use crate::user::{User, id_token, parameter};

/// The delivery that a flow of one's own may need.
pub(crate) const ATTRIBUTE: &str = "OTP_CODE_DELIVERY=attribute";
const NO_LIMITS: &str = "Limits on calls to one user are off here; --limits has those of production";

#[test]
fn a_busy_port_is_one_clear_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let output = run(&["--port", &port]);
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &[&port, "something else listens there", "--port"]);
}

#[test]
fn an_unknown_setting_is_one_clear_line() {
    let output = run(&["--port", "0", "--set", "OTP_DIGIT=4"]);
    assert_eq!(output.status.code(), Some(2));
    one_line(&output, &["`OTP_DIGIT`", "OTP_DIGITS"]);
}

#[test]
fn a_wrong_flag_is_one_clear_line() {
    let output = run(&["--prot", "0"]);
    assert_eq!(output.status.code(), Some(2));
    one_line(&output, &["--prot"]);
}

#[test]
fn a_folder_without_functions_is_one_clear_line() {
    let output = run(&["--port", "0", "--functions", env!("CARGO_MANIFEST_DIR")]);
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &["define-challenge"]);
}

/// A program that was taken out of its release.
#[test]
fn without_functions_and_without_cargo_is_one_clear_line() {
    let output = command(&["--port", "0"]).env_remove("CARGO").env("PATH", "/nowhere").stderr(Stdio::piped()).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    one_line(
        &output,
        &["there are no functions in", "unpack the whole release", "--functions", "`cargo` can't be run"],
    );
}

#[test]
fn sign_in_ends_with_tokens_and_zero() {
    let output = run(&["sign-in", "--answer", "--functions", functions().to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in ["says: Your code is", "\"cognito:username\": \"demo\"", "\"token_use\": \"id\""] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_without_tokens_does_not_end_with_zero() {
    let stack = Stack::shared(&[]);
    let output = run(&["sign-in", "--answer", "--endpoint", stack.endpoint(), "--password", "Wrong-Horse-7"]);
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &["NotAuthorizedException: Incorrect username or password."]);
}

/// One call more than production's limits allow in a quarter of an hour.
#[tokio::test]
async fn a_developer_signs_in_as_often_as_they_like() {
    let stack = Arc::new(Stack::with_arguments(&[]));
    assert!(stack.announced().contains(NO_LIMITS), "{}", stack.announced());
    let user = User::new(&stack).await;
    for count in 1..=4 {
        let challenge = user.start().await;
        assert_eq!(parameter(&challenge, "callAgainInSeconds"), "0");
        id_token(user.client.answer(&challenge, &user.code_of_call(count).await).await);
    }
}

#[tokio::test]
async fn the_limits_of_production_are_there_for_who_asks_for_them() {
    let stack = Arc::new(Stack::with_arguments(&["--limits"]));
    assert!(!stack.announced().contains(NO_LIMITS), "{}", stack.announced());
    let user = User::new(&stack).await;
    assert_eq!(parameter(&user.start().await, "callAgainInSeconds"), "30");
}

#[tokio::test]
async fn a_flow_of_ones_own_is_run_in_place_of_the_templates() {
    let file = own_flow();
    let stack = Arc::new(Stack::with_arguments(&["--flow", file.to_str().unwrap(), "--set", ATTRIBUTE]));
    fs::remove_file(&file).unwrap();
    let user = User::new(&stack).await;
    let challenge = user.start().await;
    id_token(user.client.answer(&challenge, &user.code().await).await);
    let call = user.calls().await.remove(0);
    assert_eq!(call["transcript"][0]["says"], "Our own words");
    assert!(call["attributes"]["VoiceMFA"].is_string() && call["attributes"].get("Handle").is_none(), "{call}");
}

#[test]
fn a_flow_that_can_not_be_run_is_one_clear_line() {
    for (file, part) in [("Cargo.toml", "no flow document"), ("nowhere.json", "nowhere.json can't be read")] {
        let output = run(&["--port", "0", "--flow", file]);
        assert_eq!(output.status.code(), Some(1));
        one_line(&output, &[file, part]);
    }
}

#[test]
fn the_templates_flow_without_its_function_is_one_clear_line() {
    let output = run(&["--port", "0", "--set", "OTP_CODE_DELIVERY=attribute"]);
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &["OTP_CODE_DELIVERY=attribute needs a flow of your own", "--flow"]);
}

/// A file with a flow as in the published recipe: no question, and the code from an attribute.
pub(crate) fn own_flow() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let says = |identifier: &str, text: &str, next: &str| {
        json!({ "Identifier": identifier, "Type": "MessageParticipant", "Parameters": { "Text": text },
            "Transitions": { "NextAction": next } })
    };
    let hang_up = json!({ "Identifier": "c", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} });
    let flow = json!({ "Version": "2019-10-30", "StartAction": "a", "Actions": [
        says("a", "Our own words", "b"), says("b", "$.Attributes.VoiceMFA", "c"), hang_up,
    ] });
    let name = format!("flow-{}-{}.json", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, flow.to_string()).unwrap();
    file
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).stderr(Stdio::piped()).output().unwrap()
}

#[track_caller]
fn one_line(output: &Output, parts: &[&str]) {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in parts {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
