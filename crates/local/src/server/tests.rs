use reqwest::Method;

use super::*;
use crate::lambda::tests::{FUNCTIONS, http};
use crate::routes::Endpoint;

async fn start(port: u16, functions: &str) -> Result<Server> {
    let functions = Some(FUNCTIONS.join(functions));
    let settings = vec!["OTP_KEY=mine".into()];
    Server::start(&StackArgs { port, settings, functions, ..StackArgs::default() }).await
}

#[tokio::test]
async fn everything_is_on_one_port() {
    let server = start(0, "works").await.unwrap();
    let endpoint = server.endpoint();
    for path in ["/local/config", "/local/calls", "/local/faults", "/local/log"] {
        let response = http().get(format!("{endpoint}{path}")).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json::<Value>().await.unwrap();
    }
    let config: Value = http().get(format!("{endpoint}/local/config")).send().await.unwrap().json().await.unwrap();
    assert_eq!(config["endpoint"], endpoint);
    assert_eq!(config["users"][0]["phoneNumber"], "+12065550100");
}

#[tokio::test]
async fn the_pages_are_served_with_all_they_need() {
    let server = start(0, "works").await.unwrap();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/page/page.css", "text/css; charset=utf-8"),
        ("/page/languages.js", "text/javascript; charset=utf-8"),
        ("/page/vendor/LICENSES.txt", "text/plain; charset=utf-8"),
        ("/page/vendor/cognito-voice-otp.js", "text/javascript; charset=utf-8"),
        ("/page/icon.svg", "image/svg+xml"),
    ] {
        let response = http().get(format!("{}{path}", server.endpoint())).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], kind, "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(response.headers().contains_key("content-security-policy"), kind.contains("html"), "{path}");
    }
    let missing = http().get(format!("{}/page/../Cargo.toml", server.endpoint())).send().await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn invocations_are_told_as_they_happen() {
    let server = start(0, "works").await.unwrap();
    let endpoint = server.endpoint();
    let mut watched = http().get(format!("{endpoint}/local/triggers")).send().await.unwrap();
    assert_eq!(watched.headers()["content-type"], "text/event-stream");
    let invoke = format!("{endpoint}/2015-03-31/functions/verify-challenge/invocations");
    http().post(invoke).body(r#"{"do":"fail","challengeAnswer":"471902"}"#).send().await.unwrap();
    let event = String::from_utf8(watched.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let data = event.strip_prefix("event: trigger\ndata: ").unwrap_or_else(|| panic!("{event}"));
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["function"], "verify-challenge");
    assert_eq!(data["event"], json!({ "do": "fail", "challengeAnswer": "(redacted)" }));
    assert_eq!(data["error"], json!({ "errorType": "Mistake", "errorMessage": "it went wrong" }));
}

#[tokio::test]
async fn each_request_of_the_api_is_answered() {
    let server = start(0, "works").await.unwrap();
    for Endpoint { method, path, .. } in api() {
        let filled = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
        let url = format!("{}{}", server.endpoint(), filled.collect::<Vec<_>>().join("/"));
        let response = http().request(method.parse().unwrap(), url).send().await.unwrap();
        let status = response.status();
        assert_ne!(status, 405, "{method} {path}");
        // The body of events has no end.
        let body = if status == 404 { response.text().await.unwrap() } else { String::new() };
        assert!(!body.contains("There is nothing at"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_refusal_has_a_message() {
    let server = start(0, "works").await.unwrap();
    for (method, path, status) in [
        (Method::GET, "/local/nothing", 404),
        (Method::DELETE, "/local/config", 405),
        (Method::DELETE, "/local/calls", 405),
        (Method::PUT, "/", 405),
        (Method::GET, "/page/nothing", 404),
    ] {
        let request = http().request(method.clone(), format!("{}{path}", server.endpoint()));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
        assert_eq!(response.headers().contains_key("allow"), status == 405, "{method} {path}");
        let body: Value = response.json().await.unwrap();
        assert!(body["message"].is_string(), "{method} {path}: {body}");
    }
}

#[tokio::test]
async fn whatever_refuses_a_request_says_so_in_json() {
    let server = start(0, "works").await.unwrap();
    // One byte more than is read, so that all of it is read and the connection stays for the answer.
    let big = |most: usize| "x".repeat(most + 1);
    let (two, half) = (big(2 * 1024 * 1024), big(512 * 1024));
    let get = (Method::GET, String::new());
    for (path, (method, body), status) in [
        ("/local/calls/a/keys", (Method::POST, two.clone()), 413),
        ("/local/faults", (Method::POST, two.clone()), 413),
        ("/local/users", (Method::POST, two.clone()), 413),
        ("/", (Method::POST, two), 413),
        ("/contact/outbound-voice", (Method::PUT, half), 413),
        ("/local/calls/a/heard", (Method::POST, "x".repeat(2 * 1024 * 1024 + 1)), 413),
        ("/local/calls/%FF/keys", (Method::POST, "{}".to_owned()), 400),
        ("/local/calls/%FF/answer", (Method::POST, String::new()), 400),
        ("/local/phone", get.clone(), 400),
        ("/local/calls?to=a&to=b", get.clone(), 400),
        ("/2015-03-31/functions/%FF/invocations", (Method::POST, "{}".to_owned()), 400),
        (
            "/2015-03-31/functions/create-challenge/invocations?Qualifier=1&Qualifier=2",
            (Method::POST, "{}".to_owned()),
            400,
        ),
        ("/.rt/create-challenge/x/2018-06-01/runtime/invocation/next", get.clone(), 400),
        ("/%FF/.well-known/jwks.json", get, 400),
    ] {
        let request = http().request(method.clone(), format!("{}{path}", server.endpoint())).body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let body: Value = response.json().await.unwrap();
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{path}: {body}");
    }
}

/// A path of each service, with a method that it has.
const SERVICES: [(Method, &str, &str); 14] = [
    (Method::GET, "/", ""),
    (Method::GET, "/page/page.css", ""),
    (Method::GET, "/local/config", ""),
    (Method::GET, "/local/calls", ""),
    (Method::GET, "/local/log", ""),
    (Method::GET, "/local/messages", ""),
    (Method::DELETE, "/local/faults", ""),
    (Method::GET, "/us-east-1_PhoneCode/.well-known/jwks.json", ""),
    (Method::POST, "/", "AWSCognitoIdentityProviderService.InitiateAuth"),
    (Method::POST, "/", "DynamoDB_20120810.ListTables"),
    (Method::PUT, "/contact/outbound-voice", ""),
    (Method::POST, "/2015-03-31/functions/define-challenge/invocations", ""),
    (Method::GET, "/2015-03-31/functions/define-challenge/configuration", ""),
    (Method::GET, "/nothing", ""),
];

/// The answer of a service to a request with one more header.
async fn asked(server: &Server, service: &(Method, &str, &str), header: Option<(&str, &str)>) -> reqwest::Response {
    let (method, path, target) = service.clone();
    let mut request = http().request(method, format!("{}{path}", server.endpoint())).header("x-amz-target", target);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_page_from_elsewhere_is_refused_by_every_service() {
    let server = start(0, "works").await.unwrap();
    for service in &SERVICES {
        for (name, value) in [
            // DNS rebinding: the page's own name resolves to this machine.
            ("host", "example.com:9229"),
            ("origin", "https://example.com"),
            ("origin", "null"),
        ] {
            let response = asked(&server, service, Some((name, value))).await;
            assert_eq!(response.status(), 403, "{service:?} {name} {value}");
            assert!(!response.headers().contains_key("access-control-allow-origin"), "{service:?} {name} {value}");
            let body: Value = response.json().await.unwrap();
            let message = body["message"].as_str().unwrap();
            assert!(message.contains("http://localhost"), "{service:?} {name} {value}: {message}");
        }
        for header in [None, Some(("host", "localhost:9229")), Some(("origin", "http://localhost:5173"))] {
            let response = asked(&server, service, header).await;
            let text = format!("{service:?} {header:?}: {}", response.text().await.unwrap());
            assert!(!text.contains("this machine alone"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_page_of_another_port_may_call_what_is_local() {
    let server = start(0, "works").await.unwrap();
    let preflight = async |path: &str| {
        let request = http()
            .request(Method::OPTIONS, format!("{}{path}", server.endpoint()))
            .header("origin", "http://localhost:5173")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        request.send().await.unwrap().headers().contains_key("access-control-allow-origin")
    };
    for path in [
        "config",
        "calls",
        "calls/a/keys",
        "calls/a/answer",
        "calls/a/heard",
        "phone",
        "faults",
        "log",
        "triggers",
        "messages",
        "users",
    ] {
        assert!(preflight(&format!("/local/{path}")).await, "{path}");
    }
    for path in [
        "/contact/outbound-voice",
        "/contact/attributes",
        "/2015-03-31/functions/create-challenge/invocations",
        "/.rt/create-challenge/1/2018-06-01/runtime/invocation/next",
    ] {
        assert!(!preflight(path).await, "{path}");
    }
    let calls = http().get(format!("{}/local/calls", server.endpoint())).header("origin", "http://localhost:5173");
    let calls = calls.send().await.unwrap();
    assert_eq!(calls.headers()["access-control-allow-origin"], "http://localhost:5173");
    assert!(calls.headers()["vary"].to_str().unwrap().contains("origin"));
}

#[tokio::test]
async fn a_page_of_another_port_may_call_the_pool() {
    let server = start(0, "works").await.unwrap();
    let request = http()
        .request(Method::OPTIONS, server.endpoint())
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-amz-target");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:5173");
    assert_eq!(response.headers()["access-control-allow-headers"], "content-type,x-amz-target");
}

#[tokio::test]
async fn the_ledger_is_where_the_config_says() {
    let server = start(0, "works").await.unwrap();
    let config: Value =
        http().get(format!("{}/local/config", server.endpoint())).send().await.unwrap().json().await.unwrap();
    let text = |name: &str| config[name].as_str().unwrap().to_owned();
    let operator = Credentials {
        access_key_id: text("accessKeyId"),
        secret_access_key: text("secretAccessKey"),
        session_token: None,
    };
    let client = dynamodb::client(&text("dynamodbEndpoint"), operator);
    let table = client.describe_table().table_name(text("ledgerTableName")).send().await.unwrap().table.unwrap();
    assert_eq!(table.table_name(), Some("ledger"));
}

#[tokio::test]
async fn a_dynamodb_that_does_not_answer_is_said_in_one_line() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let dynamodb = Some(format!("http://{address}"));
    let functions = Some(FUNCTIONS.join("works"));
    let args = StackArgs { functions, dynamodb, ..StackArgs::default() };
    let error = format!("{:#}", Server::start(&args).await.unwrap_err());
    assert!(error.contains(&address.to_string()) && !error.contains('\n'), "{error}");
}

#[tokio::test]
async fn a_busy_port_is_said_in_one_line() {
    let busy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = busy.local_addr().unwrap().port();
    let error = format!("{:#}", start(port, "works").await.unwrap_err());
    assert!(error.contains(&port.to_string()) && error.contains("--port") && !error.contains('\n'), "{error}");
}

/// A flow would speak no code if its way to the code were not the one that is set.
#[tokio::test]
async fn a_flow_and_a_delivery_that_do_not_fit_are_said_in_one_line() {
    let speaks_an_attribute = json!({ "Version": "2019-10-30", "StartAction": "a", "Actions": [
        { "Identifier": "a", "Type": "MessageParticipant", "Parameters": { "Text": "$.Attributes.VoiceMFA" },
            "Transitions": { "NextAction": "b" } },
        { "Identifier": "b", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} },
    ] })
    .to_string();
    let asks = client::template::contact_flow(TEMPLATE, Function::template_value).unwrap();
    for (delivery, flow, expected) in [
        ("function", None, None),
        ("attribute", None, Some("OTP_CODE_DELIVERY=attribute needs a flow of your own")),
        ("function", Some(&asks), None),
        (
            "attribute",
            Some(&asks),
            Some("the flow invokes speak-code, which OTP_CODE_DELIVERY=attribute does not deploy"),
        ),
        ("function", Some(&speaks_an_attribute), Some("needs --set OTP_CODE_DELIVERY=attribute")),
        ("attribute", Some(&speaks_an_attribute), None),
    ] {
        let file = FUNCTIONS.join(format!("flow-{:016x}.json", rand::random::<u64>()));
        if let Some(flow) = flow {
            fs::write(&file, flow).unwrap();
        }
        let args = StackArgs {
            settings: vec![format!("OTP_CODE_DELIVERY={delivery}")],
            functions: Some(FUNCTIONS.join("works")),
            flow: flow.map(|_| file.clone()),
            ..StackArgs::default()
        };
        let error = Server::start(&args).await.err().map(|error| format!("{error:#}"));
        if flow.is_some() {
            fs::remove_file(&file).unwrap();
        }
        let said = |expected| error.as_deref().is_some_and(|error| error.contains(expected) && !error.contains('\n'));
        assert!(expected.map_or(error.is_none(), said), "{delivery}: {error:?}");
    }
}

/// As the template's Rule.
#[tokio::test]
async fn cognitos_codes_are_spoken_after_a_key_alone() {
    for (settings, starts) in [(&["OTP_GATE=off"][..], true), (&["OTP_GATE=off", "OTP_COGNITO_CODES=all"], false)] {
        let args = StackArgs {
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
            functions: Some(FUNCTIONS.join("works")),
            ..StackArgs::default()
        };
        let error = Server::start(&args).await.err().map(|error| error.to_string());
        let said = error.as_deref().is_some_and(|error| error.starts_with("OTP_COGNITO_CODES=all needs OTP_GATE=on"));
        assert_eq!((error.is_none(), said), (starts, !starts), "{error:?}");
    }
}

#[tokio::test]
async fn a_function_that_dies_at_start_is_said_in_one_line() {
    let error = format!("{:#}", start(0, "exits").await.unwrap_err());
    assert_eq!(error, "define-challenge doesn't start: OTP_KEY is missing");
}
