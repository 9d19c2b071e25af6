//! `voice-otp`, with the local stack instead of AWS.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::stack::{Stack, now, wait_for};
use crate::table::{self, Row};
use crate::user::{User, another, challenge};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tool");

/// The public keys of two devices, as a browser sends them, and their ids.
const DEVICES: [(&str, &str); 2] = [
    (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAESdMUPAKRVaq8J5JOdfoJqEE6_SIbOOH5uO3Jjs8GgcFcsSCY5qhZTi6STFDT7t9KxFFWDjB321EpofVnHGV8tQ",
        "I7bAvU-bHipwYg4ILVOkDfkMo05OeXWvdzu1ISzcVkQ",
    ),
    (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEF9geyURUBauFsHJfLYFPpQaZX5Pkw6XsGU5_xuMwYHBbz21vjtCeaqgTIs2srRTBJs9v7ppJhLpV9Nlj-y-6sQ",
        "7McVg0Eb8I_z_4k0VENqzip4en1kjzqB2tpUY-ODu_I",
    ),
];

/// The settings of the local stack's functions, since no `CloudFormation` stack has them: `--set`, and NAME=VALUE.
fn set(more: &[&str]) -> Vec<String> {
    let known = |line: &&str| ["CONNECT_", "LEDGER_", "OTP_BRAND"].iter().any(|start| line.starts_with(start));
    let known = include_str!("../../events/env").lines().filter(known);
    known.chain(more.iter().copied()).flat_map(|setting| ["--set".to_owned(), setting.to_owned()]).collect()
}

/// The program, with the operator's key, and without this machine's AWS configuration.
async fn command(stack: &Stack, arguments: &[&str]) -> Command {
    command_for(stack, &stack.config().await.user_pool_id, arguments).await
}

async fn command_for(stack: &Stack, user_pool: &str, arguments: &[&str]) -> Command {
    let config = stack.config().await;
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .args(["--user-pool", user_pool, "--endpoint-url", stack.endpoint()])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", &config.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &config.secret_access_key)
        .env("AWS_REGION", &config.region)
        .env("AWS_CONFIG_FILE", "/nowhere")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        .stdin(Stdio::null());
    command
}

async fn run(stack: &Stack, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = command(stack, arguments).await;
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let Output { status, stdout, stderr } = output;
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// The same for a command that needs the settings of the functions.
pub(crate) async fn run_set(stack: &Stack, arguments: &[&str], settings: &[&str]) -> (Option<i32>, String) {
    let settings = set(settings);
    let arguments: Vec<_> = arguments.iter().copied().chain(settings.iter().map(String::as_str)).collect();
    run(stack, &arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_user_is_seen_and_unlocked() {
    let stack = Arc::new(Stack::start(&["OTP_LOCKOUT_FAILURES=2"]));
    let user = User::new(&stack).await;
    let first = user.start().await;
    let code = user.code().await;
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    challenge(user.client.answer(&second, &another(&code)).await);
    let (status, text) = run_set(&stack, &["ledger", &user.name], &["OTP_LOCKOUT_FAILURES=2"]).await;
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("2 wrong codes in a row") && text.contains("`voice-otp unlock` clears it"), "{text}");
    assert!(!text.contains(&code) && !text.contains(user.number()), "{text}");

    let (status, text) = run_set(&stack, &["unlock", &user.name], &[]).await;
    assert!(status == Some(0) && text.contains("Cleared 2 wrong codes in a row: no lock is on."), "{text}");
    let (_, text) = run_set(&stack, &["ledger", &user.name], &["OTP_LOCKOUT_FAILURES=2"]).await;
    assert!(text.contains("Failures   none") && text.contains("Lock       none"), "{text}");
}

/// The rows of a counter as one number.
#[tokio::test(flavor = "multi_thread")]
async fn how_far_the_budgets_are_used_is_seen() {
    let budgets = ["OTP_MAX_CALLS_ALL_DAY=12000", "OTP_MAX_CALLS_COUNTRY_HOUR=100"];
    let stack = Arc::new(Stack::start(&budgets));
    let user = User::new(&stack).await;
    let line = async |budgets: &[&str]| {
        let (status, text) = run_set(&stack, &["ledger", &user.name], budgets).await;
        assert_eq!(status, Some(0), "{text}");
        text.lines().find_map(|line| line.strip_prefix("Budgets    ")).unwrap().to_owned()
    };
    assert_eq!(line(&budgets).await, "country-hour for US: 0 of 100 calls; all-day: 0 of 12000 calls");
    // The call may come in the hour before the one in which it is looked for.
    let table = stack.table().await;
    let lines = loop {
        let hour = now() / 3_600;
        let mut rows = vec![(format!("CALLS#US#HOUR#{}", hour * 3_600), "5")];
        let day = ["", "#1", "#2"].map(|row| format!("CALLS#ALL#DAY#{}{row}", hour / 24 * 86_400));
        rows.extend(day.into_iter().zip(["7", "4000", "3000"]));
        for (key, calls) in rows {
            table.put(Row::new(&key).with("calls", AttributeValue::N(calls.to_owned()))).await;
        }
        // Which rows there are depends on the limit. So one that is not given is left out.
        let shown = [line(&budgets).await, line(&budgets[..1]).await];
        if now() / 3_600 == hour {
            break shown;
        }
    };
    assert_eq!(lines[0], "country-hour for US: 5 of 100 calls; all-day: 7007 of 12000 calls");
    assert_eq!(lines[1], "all-day: 7007 of 12000 calls");
    // `unlock` is about the user alone.
    let (_, text) = run_set(&stack, &["unlock", &user.name], &budgets).await;
    assert!(!text.contains("Budgets"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_for_cognitos_own_codes_are_seen_and_a_denial_is_cleared() {
    let stack = Arc::new(Stack::start(&[]));
    let user = User::new(&stack).await;
    user.create().await;
    let (_, text) = run_set(&stack, &["ledger", &user.name], &[]).await;
    assert!(!text.contains("Codes "), "{text}");
    // As such a call leaves them, and somebody who then presses 0.
    let table = stack.table().await;
    let row = table.row(&user.key()).await;
    let purposes = ["reset", "verification"];
    let number_of = |purpose: &str| format!("NUMBER#{}#{purpose}", row.text("calledNumber"));
    for purpose in purposes {
        let code = user.key().replacen("USER#", "CODE#", 1);
        table.put(row.clone().with("pk", table::text(format!("{code}#{purpose}")))).await;
        let called = table.row(&format!("NUMBER#{}", row.text("calledNumber"))).await;
        table.put(called.with("pk", table::text(number_of(purpose)))).await;
    }
    let denied = table.row(&number_of("reset")).await.with("deniedAt", table::number(now()));
    table.put(denied).await;

    let run = async |command: &str| run_set(&stack, &[command, &user.name], &[]).await;
    let (status, shown) = run("ledger").await;
    assert!(status == Some(0) && shown.contains("Codes      password reset, calls: 2"), "{shown}");
    assert!(
        shown.contains("Codes      sign-up or number check, calls: 2") && !shown.contains(user.number()),
        "{shown}"
    );
    assert_eq!(shown.matches("a code was denied at").count(), 1, "{shown}");
    let (status, text) = run("unlock").await;
    assert!(status == Some(0) && text.ends_with("is called for it again (password reset).\n"), "{text}");
    assert!(!table.row(&number_of("reset")).await.has("deniedAt"));
    let (_, text) = run("unlock").await;
    assert!(text.ends_with("There is nothing to clear.\n"), "{text}");
    // A pool may have no sign-in by call.
    table.delete(&user.key()).await;
    let (_, text) = run("ledger").await;
    assert!(text.contains("Codes      password reset, calls: 2") && !text.contains("Failures"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_devices_are_seen_and_forgotten() {
    let unlimited = ["OTP_SECONDS_BETWEEN_CALLS=0", "OTP_MAX_CALLS_QUARTER_HOUR=0", "OTP_MAX_CALLS_HOUR=0"];
    let stack = Arc::new(Stack::start(&unlimited));
    let user = User::new(&stack).await;
    for (count, (key, _)) in DEVICES.iter().enumerate() {
        trust(&user, count + 1, key).await;
    }
    let [first, second] = DEVICES.map(|(_, id)| id);
    assert!(is_asked(&user, first).await && is_asked(&user, second).await);
    let run = async |options: &[&str]| run_set(&stack, &[&["devices", &user.name], options].concat(), &[]).await;
    let (status, listed) = run(&[]).await;
    assert!(status == Some(0) && listed.contains(&format!("{first}  until ")) && listed.contains(second), "{listed}");
    let (_, text) = run_set(&stack, &["ledger", &user.name], &[]).await;
    assert!(text.contains("Devices    2 trusted"), "{text}");
    for text in [&listed, &text] {
        assert!(!DEVICES.iter().any(|(key, _)| text.contains(&key[40..])) && !text.contains(user.number()), "{text}");
    }

    let (status, text) = run(&["--forget", first]).await;
    assert!(status == Some(0) && text.ends_with("Forgot one device. Its next sign-in takes a call.\n"), "{text}");
    assert!(!is_asked(&user, first).await && is_asked(&user, second).await);
    let (status, text) = run(&["--forget", first]).await;
    assert!(
        status == Some(1) && text.ends_with(&format!("error: this user trusts no device with the id {first}\n")),
        "{text}"
    );

    let (status, text) = run(&["--forget-all"]).await;
    assert!(
        status == Some(0) && text.ends_with("Forgot all devices. On each, the next sign-in takes a call.\n"),
        "{text}"
    );
    assert!(!is_asked(&user, second).await);
    for (options, said) in
        [(&[][..], "This user trusts no device."), (&["--forget-all"], "There is nothing to forget.")]
    {
        let (status, text) = run(options).await;
        assert!(status == Some(0) && text.ends_with(&format!("{said}\n")), "{text}");
    }
}

/// Gives the right code of a call, counted from 1, with a device's key.
async fn trust(user: &User, call: usize, key: &str) {
    let created = user.create().await;
    let mut event = user.answer_event(&created, user.code_of_call(call).await);
    event["request"]["clientMetadata"] = json!({ "rememberDevice": key });
    let answer = user.stack.invoke("verify-challenge", &event).await.answer();
    assert_eq!(answer["response"]["answerCorrect"], true);
}

/// Whether a sign-in that names a device is asked for its signature.
async fn is_asked(user: &User, device: &str) -> bool {
    let mut event = user.create_event();
    event["request"]["clientMetadata"] = json!({ "trustedDevice": device });
    let answer = user.stack.invoke("create-challenge", &event).await.answer();
    answer["response"]["publicChallengeParameters"]["delivery"] == "DEVICE"
}

#[test]
fn a_program_gets_json_and_a_meaning_of_each_exit_code() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        // No credentials are configured.
        let output = command.args(arguments).env_clear().env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap();
        (output.status.code(), output.stdout)
    };
    let (status, stdout) = run(&["doctor", "--json", "--stack", "none", "--region", "us-east-1"]);
    let report: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(
        (status, &report["verdict"], &report["findings"][0]["verdict"]),
        (Some(2), &json!("unread"), &json!("unread"))
    );
    for arguments in [&["doctor", "--json"][..], &["doctor", "--user-pool", "example.invalid/q_A"]] {
        assert_eq!(run(arguments).0, Some(64), "{arguments:?}");
    }
    assert_eq!(run(&["--help"]).0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_does_not_exist_is_one_clear_line() {
    let stack = Stack::shared(&[]);
    for command in ["unlock", "devices"] {
        let (status, text) = run_set(&stack, &[command, "-nobody-of-this-name"], &[]).await;
        assert_eq!((status, text.as_str()), (Some(1), "error: UserNotFoundException: User does not exist.\n"));
    }
}

/// The pool's id does not choose the Region: a replica elsewhere has the same id.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_is_not_there_is_reported_with_the_region_that_was_asked() {
    let stack = Stack::shared(&[]);
    let other = "eu-west-1_Other";
    let table = ["--set", "LEDGER_TABLE_NAME=ledger"];
    let sign_in = ["sign-in", "anna", "--client-id", "other", "--call-only"];
    for arguments in [&["unlock", "anna", table[0], table[1]][..], &["devices", "anna", table[0], table[1]], &sign_in] {
        let mut command = command_for(&stack, other, arguments).await;
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        let advice = "  -> looked in us-east-1. The pool was made in eu-west-1: \
                      voice-otp doctor --region eu-west-1 --user-pool eu-west-1_Other\n";
        assert!(text.starts_with("error: ResourceNotFoundException: User pool ") && text.ends_with(advice), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_given_is_the_one_that_is_asked() {
    let stack = Stack::shared(&[]);
    // The local stack takes no signature for another Region.
    let (status, text) = run_set(&stack, &["unlock", "anna", "--region", "eu-west-1"], &[]).await;
    assert!(status == Some(1) && text.contains("scoped to a valid region"), "{text}");
}

#[test]
fn without_a_region_no_id_of_a_pool_makes_one_up() {
    let mut command = Command::new(PROGRAM);
    let arguments = ["sign-in", "anna", "--user-pool", "us-east-1_A", "--client-id", "c", "--call-only"];
    let output = command.args(arguments).env_clear().env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nowhere");
    let text = String::from_utf8(output.output().unwrap().stderr).unwrap();
    assert!(text.starts_with("error: no Region is set: give --region"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_is_followed_to_its_end_and_has_no_code() {
    let stack = Stack::shared(&[]);
    let number = "+12065550171";
    let (status, text) = run_set(&stack, &["call", number], &[]).await;
    assert_eq!(status, Some(0), "{text}");
    for part in [
        "Calling +1********71 without a code",
        "in English",
        "It ended after",
        "CONTACT_FLOW_DISCONNECT",
        "A test call has no code to say",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains(number), "{text}");
    let call = &stack.calls_to(number).await[0];
    assert!(call["attributes"]["VoiceMFA"].is_null(), "{call}");
    // The gate was passed, and speak-code gave nothing for what is no handle.
    let says = |line: &Value| line["says"].as_str().unwrap_or_default().to_owned();
    let said: Vec<_> = call["transcript"].as_array().unwrap().iter().map(says).collect();
    assert!(said.iter().any(|line| line.starts_with("Sorry, ")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_by_attribute_tells_that_the_flow_leaves_the_code() {
    let stack = Stack::shared(&[]);
    let number = "+12065550177";
    // The local stack's flow knows no such attribute.
    let (status, text) = run_set(&stack, &["call", number], &["OTP_CODE_DELIVERY=attribute"]).await;
    assert_eq!(status, Some(0), "{text}");
    assert!(
        text.contains("with a made-up code") && text.contains("still in the contact's attribute VoiceMFA,"),
        "{text}"
    );
    let code = stack.calls_to(number).await[0]["attributes"]["VoiceMFA"].as_str().unwrap().to_owned();
    assert!(!text.contains(&code) && !text.contains(&code.replace(", ", "")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_speaks_the_language_that_is_wanted() {
    let stack = Stack::shared(&[]);
    let number = "+12065550172";
    let (status, text) = run_set(&stack, &["call", number, "--language", "de-DE"], &[]).await;
    assert!(status == Some(0) && text.contains("(de-DE)"), "{text}");
    let calls = stack.calls_to(number).await;
    assert_eq!(calls[0]["attributes"]["Language"], "de-DE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_wants_does_not_end_with_zero() {
    let stack = Stack::start(&[]);
    let number = "+12065550174";
    // While a page watches, a call rings until it is answered or declined.
    let _phone = stack.pick_up_phone(number).await;
    let settings = set(&[]);
    let arguments: Vec<_> = ["call", number].into_iter().chain(settings.iter().map(String::as_str)).collect();
    let mut command = command(&stack, &arguments).await;
    let running = tokio::task::spawn_blocking(move || command.output().unwrap());
    let call = wait_for("the call to ring", async || stack.calls_to(number).await.first().cloned()).await;
    stack.at_phone(call["contactId"].as_str().unwrap(), "decline", &json!({})).await;
    let output = running.await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains(
            "It ended, and no answer was recorded: the line is busy, or the call was declined (TELECOM_BUSY)."
        ),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_call_is_not_taken_is_said_as_the_functions_log_it() {
    let stack = Stack::start(&[]);
    for (error, said) in [
        ("DestinationNotAllowedException", "CALL_REFUSED: DestinationNotAllowedException: Connect instance"),
        (
            "OutboundContactNotPermittedException",
            "CALL_MISCONFIGURED: OutboundContactNotPermittedException: enable outbound",
        ),
        ("LimitExceededException", "CALL_BUSY: LimitExceededException: raise the Connect quota"),
        ("AccessDeniedException", "CALL_MISCONFIGURED: AccessDeniedException: allow connect:StartOutboundVoiceContact"),
        ("ResourceNotFoundException", "CALL_MISCONFIGURED: ResourceNotFoundException: in Region us-east-1"),
        ("InternalServiceException", "CALL_UNREACHABLE: InternalServiceException: look for an event"),
    ] {
        stack.inject_fault(json!({ "next": 2, "error": error, "operation": "StartOutboundVoiceContact" })).await;
        let (status, text) = run_set(&stack, &["call", "+12065550175"], &[]).await;
        stack.clear_faults().await;
        assert!(status == Some(1) && text.contains(&format!("error: {said}")), "{text}");
        assert!(!text.contains("+12065550175"), "{text}");
    }
    assert!(stack.calls_to("+12065550175").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_no_user_could_have_is_not_called() {
    let stack = Stack::shared(&[]);
    for (arguments, said) in [
        (["call", "+1206555", "--language", "en-US"], "PHONE_INVALID: check whether the number is right"),
        (["call", "+4930123456", "--language", "en-US"], "is a number of DE, which is not called"),
        (["call", "+12065550176", "--language", "xx"], "no call speaks xx: --language takes "),
    ] {
        let (status, text) = run_set(&stack, &arguments, &[]).await;
        assert!(status == Some(1) && text.contains(said), "{text}");
        assert!(stack.calls_to(arguments[1]).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_asks_for_the_code_and_ends_with_claims() {
    let stack = Stack::shared(&[]);
    let user = User::new(&stack).await;
    let client = stack.config().await.client_id;
    let mut command = command(&stack, &["sign-in", &user.name, "--client-id", &client]).await;
    command.env("VOICE_OTP_PASSWORD", "Correct-Horse-7").stdin(Stdio::piped()).stdout(Stdio::piped());
    // A sign-in needs no AWS credentials.
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut text = String::new();
    for line in &mut lines {
        let line = line.unwrap();
        text = format!("{text}{line}\n");
        if line.starts_with("Type the code") {
            break;
        }
    }
    let code = user.code().await;
    writeln!(process.stdin.take().unwrap(), "{code}").unwrap();
    for line in lines {
        text = format!("{text}{}\n", line.unwrap());
    }
    assert_eq!(process.wait().unwrap().code(), Some(0), "{text}");
    assert!(text.contains("\"token_use\": \"id\"") && text.contains(&user.name), "{text}");
    assert!(!text.contains(user.number()) && !text.contains("Correct-Horse-7") && !text.contains(&code), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_with_a_wrong_password_does_not_end_with_zero() {
    let stack = Stack::shared(&[]);
    let user = User::new(&stack).await;
    let client = stack.config().await.client_id;
    let mut command = command(&stack, &["sign-in", &user.name, "--client-id", &client]).await;
    let output = command.env("VOICE_OTP_PASSWORD", "Wrong-Horse-7").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text, "error: NotAuthorizedException: Incorrect username or password.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_reads_what_the_stack_tells_and_says_what_it_does_not() {
    let stack = Stack::shared(&[]);
    let (status, text) = run(&stack, &["doctor", "--json"]).await;
    // The local pool recovers accounts by phone, which is a finding.
    assert_eq!(status, Some(1), "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["setUp"]["userPool"], stack.config().await.user_pool_id);
    let has = |subject: &str, word: &str| {
        let mut findings = report["findings"].as_array().unwrap().iter();
        findings.any(|finding| finding["subject"] == subject && finding["word"] == word)
    };
    for (subject, word) in [
        ("CreateAuthChallenge", "right"),
        ("CreateAuthChallenge function", "right"),
        ("VerifyAuthChallengeResponse settings", "right"),
        ("speak-code function", "unread"),
        ("OTP_KEY", "right"),
        ("Ledger", "right"),
        ("App clients", "unread"),
        ("Users with a temporary password", "right"),
    ] {
        assert!(has(subject, word), "{subject} {word} is not in {text}");
    }
    assert!(!has("Ledger", "table-key") && !has("Ledger", "table-ttl") && !has("MFA", "mfa-on"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operator_reads_a_functions_settings_and_never_the_key() {
    let stack = Stack::start(&["OTP_KEY=a key of 32 bytes and a few more"]);
    let url = format!("{}/2015-03-31/functions/verify-challenge/configuration", stack.endpoint());
    let unsigned = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
    assert_eq!(unsigned.status(), 403);
    assert_eq!(unsigned.headers()["x-amzn-errortype"], "MissingAuthenticationTokenException");
    assert!(!unsigned.text().await.unwrap().contains("OTP_"));
    // With the program's signature it is answered, and no key is printed.
    let (_, text) = run(&stack, &["doctor"]).await;
    assert!(text.starts_with(&format!("No stack, user pool {}", stack.config().await.user_pool_id)), "{text}");
    assert!(text.contains("OTP_KEY: create and verify have the same key") && !text.contains("a key of"), "{text}");
}

#[test]
fn without_credentials_it_could_not_look() {
    let mut command = Command::new(PROGRAM);
    let output = command.args(["doctor", "--stack", "any", "--region", "us-east-1"]).env_clear();
    let output = output.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nowhere").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.starts_with("error: no AWS credentials were found; `aws configure`") && text.lines().count() == 1,
        "{text}"
    );
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = Command::new(PROGRAM).args(["completions", shell]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        for command in
            ["doctor", "add-user", "attach", "detach", "call", "sign-in", "unlock", "ledger", "devices", "policy"]
        {
            assert!(text.contains(command), "{command} in {shell}");
        }
    }
}

#[test]
fn a_policy_is_json_to_paste() {
    let output = Command::new(PROGRAM).args(["policy", "sign-in"]).output().unwrap();
    assert!(output.status.success());
    let policy: Value = serde_json::from_slice(&output.stdout).unwrap();
    let statement = json!({ "Effect": "Allow", "Action": ["cloudformation:DescribeStacks"], "Resource": "*" });
    assert_eq!(policy, json!({ "Version": "2012-10-17", "Statement": [statement] }));
}
