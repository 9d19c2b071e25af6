//! The program under a Runtime API, with events as CloudWatch Logs sends them.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// The result of one invocation.
struct Invoked {
    /// `response` or `error`, and what was posted there.
    answer: (String, Value),
    /// The log, line by line.
    log: Vec<Value>,
    /// The peak memory of the process, in KiB.
    peak: u64,
}

/// Runs the program for one event.
fn invoke(event: &Value) -> Invoked {
    let api = TcpListener::bind("127.0.0.1:0").unwrap();
    api.set_nonblocking(true).unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_forward-audit"))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api.local_addr().unwrap().to_string())
        .envs([("AWS_LAMBDA_FUNCTION_NAME", "audit"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")])
        .envs([("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"), ("AWS_LAMBDA_LOG_STREAM_NAME", "0")])
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "audit")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let answer = loop {
        let connection = match api.accept() {
            Ok((connection, _)) => connection,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                assert_eq!(process.try_wait().unwrap(), None, "it ended without an answer");
                sleep(Duration::from_millis(5));
                continue;
            }
        };
        connection.set_nonblocking(false).unwrap();
        if let Some(answer) = serve(connection, event) {
            break answer;
        }
    };
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    process.kill().unwrap();
    let log = String::from_utf8(process.wait_with_output().unwrap().stdout).unwrap();
    Invoked { answer, log: log.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), peak }
}

/// Answers one request of the program. Returns the result of the invocation, if the request posts it.
fn serve(mut connection: TcpStream, event: &Value) -> Option<(String, Value)> {
    let mut request = BufReader::new(connection.try_clone().unwrap());
    let mut line = || {
        let mut line = String::new();
        request.read_line(&mut line).unwrap();
        line.trim_end().to_ascii_lowercase()
    };
    let first = line();
    let mut length = 0;
    loop {
        let header = line();
        if header.is_empty() {
            break;
        }
        assert_ne!(header, "transfer-encoding: chunked", "there is no more to it than is needed");
        if let Some(value) = header.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    request.read_exact(&mut body).unwrap();
    let (body, status, end) = if first.contains("/invocation/next ") {
        (event.to_string(), "200 OK", None)
    } else {
        let kind = first.split([' ', '/']).find(|part| ["response", "error"].contains(part)).unwrap();
        (String::new(), "202 Accepted", Some((kind.to_owned(), serde_json::from_slice(&body).unwrap())))
    };
    write!(
        connection,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\nLambda-Runtime-Aws-Request-Id: 7-8-9\r\n\
         Lambda-Runtime-Deadline-Ms: 4000000000000\r\nLambda-Runtime-Invoked-Function-Arn: arn\r\n\r\n{body}",
        body.len(),
    )
    .unwrap();
    end
}

fn event(batch: impl FnOnce(&mut dyn Write)) -> Value {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    batch(&mut encoder);
    json!({ "awslogs": { "data": STANDARD.encode(encoder.finish().unwrap()) } })
}

fn event_of(messages: &[Value]) -> Value {
    let message = |message: &Value| json!({ "id": "0", "timestamp": 1, "message": message.to_string() });
    let batch = json!({
        "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/voice-code-verify-challenge",
        "logStream": "2026/11/25/[$LATEST]0", "subscriptionFilters": ["audit"],
        "logEvents": messages.iter().map(message).collect::<Vec<_>>(),
    });
    event(|out| out.write_all(batch.to_string().as_bytes()).unwrap())
}

fn record(request: &str) -> Value {
    json!({
        "timestamp": "2026-11-25T17:24:25.120934Z", "level": "INFO", "message": "answered", "requestId": request,
        "trigger": "verify", "outcome": "right", "milliseconds": 9, "userPool": "us-east-1_Abc123", "sub": "0-1-2",
        "_aws": { "Timestamp": 0 }, "Answers": 1,
    })
}

#[test]
fn records_are_printed_in_their_order() {
    let invoked = invoke(&event_of(&[record("1"), record("2")]));
    assert_eq!(invoked.answer, ("response".to_owned(), Value::Null));
    let line = |request: &str| {
        json!({
            "timestamp": "2026-11-25T17:24:25.120934Z", "requestId": request, "trigger": "verify", "outcome": "right",
            "userPool": "us-east-1_Abc123", "sub": "0-1-2", "logGroup": "/aws/lambda/voice-code-verify-challenge",
        })
    };
    assert_eq!(invoked.log, [line("1"), line("2")]);
}

#[test]
fn what_cant_be_read_is_an_error_that_lambda_retries_and_the_log_says_why() {
    let secret = json!({ "message": "answered", "timestamp": 471_902 });
    let invoked = invoke(&event_of(&[secret, record("1")]));
    let (kind, error) = invoked.answer;
    assert_eq!((kind.as_str(), &error["errorType"]), ("error", &json!("RecordsMalformed")));
    assert_eq!(invoked.log.len(), 2, "{:?}", invoked.log);
    assert_eq!(invoked.log[0]["requestId"], "1");
    assert_eq!((&invoked.log[1]["level"], &invoked.log[1]["cause"]), (&json!("ERROR"), &json!("RecordsMalformed")));
    assert_eq!(invoked.log[1]["requestId"], "7-8-9");
    assert!(!format!("{error}{:?}", invoked.log).contains("471902"));
}

#[test]
fn an_event_of_another_kind_is_an_error() {
    let invoked = invoke(&json!({ "triggerSource": "CreateAuthChallenge_Authentication" }));
    assert_eq!((invoked.answer.0.as_str(), &invoked.answer.1["errorType"]), ("error", &json!("EventMalformed")));
}

/// The program stays within the 128 MB that the template gives it. Small events take the most memory for their size,
/// since each has its own text.
#[test]
fn a_gzip_bomb_does_not_take_the_memory() {
    let bomb = event(|out| {
        let many = r#"{"message":""},"#.repeat(1 << 16);
        out.write_all(br#"{"logEvents":["#).unwrap();
        for _ in 0..32 {
            out.write_all(many.as_bytes()).unwrap();
        }
    });
    let invoked = invoke(&bomb);
    assert_eq!(invoked.answer.1["errorType"], json!("BatchTooLarge"));
    assert!(invoked.peak < 100 << 10, "{} KiB", invoked.peak);
    assert_eq!(invoked.log.len(), 1);
}
