use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, Region};
use aws_sdk_cognitoidentityprovider::error::ProvideErrorMetadata as _;
use axum::extract::State;
use client::sdk::http_client;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use super::{Local, answered, keys};
use crate::credentials::Credentials;
use crate::lambda::{Function, Invoker};
use crate::pool::http::call;
use crate::pool::trigger::Triggers;
use crate::pool::{Config, UserPool};

/// The pool at an address of its own.
pub(super) async fn serve(local: &Local) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = local.pool.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn post(endpoint: &str, operation: &str, body: String) -> Response {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    let request = Client::new().post(endpoint).header("content-type", "application/x-amz-json-1.1");
    request.header("x-amz-target", target).body(body).send().await.unwrap()
}

fn header_of(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn answers_are_json_1_1() {
    let local = Local::new();
    let endpoint = serve(&local).await;
    let request =
        json!({"AuthFlow": "CUSTOM_AUTH", "ClientId": local.client_id(), "AuthParameters": {"USERNAME": "demo"}});
    let response = post(&endpoint, "InitiateAuth", request.to_string()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "content-type"), "application/x-amz-json-1.1");
    assert_eq!(header_of(&response, "x-amzn-requestid").len(), 36);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["ChallengeName"], "CUSTOM_CHALLENGE");
}

#[tokio::test]
async fn errors_are_where_sdks_look_for_them() {
    let local = Local::new();
    let endpoint = serve(&local).await;
    let response = post(&endpoint, "GetUser", json!({"AccessToken": "a.b.c"}).to_string()).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(header_of(&response, "content-type"), "application/x-amz-json-1.1");
    assert_eq!(header_of(&response, "x-amzn-errortype"), "NotAuthorizedException:");
    assert_eq!(header_of(&response, "x-amzn-errormessage"), "Invalid Access Token");
    let error: Value = response.json().await.unwrap();
    assert_eq!(error, json!({"__type": "NotAuthorizedException", "message": "Invalid Access Token"}));
}

#[tokio::test]
async fn a_message_that_fits_no_header_is_in_the_body() {
    let local = Local::new();
    let endpoint = serve(&local).await;
    let failed =
        crate::lambda::Outcome::Failed { error_type: String::new(), error_message: "schön\nspät".to_owned() };
    local.outcome(Function::DefineChallenge, failed);
    let request =
        json!({"AuthFlow": "CUSTOM_AUTH", "ClientId": local.client_id(), "AuthParameters": {"USERNAME": "demo"}});
    let response = post(&endpoint, "InitiateAuth", request.to_string()).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["message"], "DefineAuthChallenge failed with error schön\nspät.");
}

#[tokio::test]
async fn other_protocols_are_refused() {
    let local = Local::new();
    let endpoint = serve(&local).await;
    let client = Client::new();
    let no_target = client.post(&endpoint).header("content-type", "application/x-amz-json-1.1").body("{}");
    let other_target = client.post(&endpoint).header("content-type", "application/x-amz-json-1.1");
    let other_target = other_target.header("x-amz-target", "DynamoDB_20120810.GetItem").body("{}");
    let other_type = client.post(&endpoint).header("content-type", "application/json").body("{}");
    let other_type = other_type.header("x-amz-target", "AWSCognitoIdentityProviderService.GetUser");
    for request in [no_target, other_target, other_type] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(header_of(&response, "x-amzn-errortype"), "UnknownOperationException:");
    }
    let response = post(&endpoint, "InitiateAuth", "x".repeat(3_000_000)).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["__type"], "RequestEntityTooLargeException");
}

#[tokio::test]
async fn browsers_may_call() {
    let local = Local::new();
    let endpoint = serve(&local).await;
    let preflight = Client::new()
        .request(Method::OPTIONS, &endpoint)
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "amz-sdk-request,cache-control,content-type,x-amz-target");
    let response = preflight.send().await.unwrap();
    assert!(response.status().is_success());
    assert_eq!(header_of(&response, "access-control-allow-origin"), "http://localhost:3000");
    let allowed = header_of(&response, "access-control-allow-headers");
    assert_eq!(allowed, "amz-sdk-request,cache-control,content-type,x-amz-target");
    let request = Client::new().post(&endpoint).header("origin", "http://localhost:3000").body("{}");
    let response = request.send().await.unwrap();
    assert_eq!(header_of(&response, "access-control-allow-origin"), "http://localhost:3000");
    let exposed = header_of(&response, "access-control-expose-headers");
    assert!(exposed.contains("x-amzn-errortype") && exposed.contains("x-amzn-requestid"), "{exposed}");
}

#[tokio::test]
async fn the_key_set_is_public() {
    let local = Local::new();
    let endpoint = serve(&local).await;
    let get = |pool: &str| Client::new().get(format!("{endpoint}/{pool}/.well-known/jwks.json")).send();
    let keys: Value = get("us-east-1_PhoneCode").await.unwrap().json().await.unwrap();
    assert_eq!(keys["keys"][0]["alg"], "RS256");
    let mut names: Vec<&String> = keys["keys"][0].as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"], "nothing of the private key");
    let other = get("us-east-1_Other").await.unwrap();
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
    assert!(other.json::<Value>().await.unwrap()["message"].is_string());
}

#[tokio::test]
async fn users_are_added() {
    let local = Local::new();
    let endpoint = format!("{}/local/users", serve(&local).await);
    let post = |body: &str| Client::new().post(&endpoint).body(body.to_owned()).send();
    let response = post(r#"{"username": "jo", "phoneNumberVerified": false}"#).await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let user: Value = response.json().await.unwrap();
    assert_eq!((&user["username"], &user["phoneNumberVerified"]), (&json!("jo"), &json!(false)));
    for (body, status) in [
        (r#"{"username": "jo"}"#, StatusCode::CONFLICT),
        (r#"{"username": "a b"}"#, StatusCode::BAD_REQUEST),
        (r#"["ja"]"#, StatusCode::BAD_REQUEST),
        ("no", StatusCode::BAD_REQUEST),
    ] {
        let response = post(body).await.unwrap();
        assert_eq!(response.status(), status, "{body}");
        assert!(response.json::<Value>().await.unwrap()["message"].is_string());
    }
    let response = Client::new().get(&endpoint).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(response.json::<Value>().await.unwrap()["message"].is_string());
}

#[tokio::test]
async fn an_operator_signs() {
    let local = Local::new();
    let endpoint = serve(&local).await;
    let client = |credentials: Credentials, region: &'static str| {
        let config = aws_sdk_cognitoidentityprovider::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .endpoint_url(&endpoint)
            .credentials_provider(credentials.for_sdk())
            .http_client(http_client())
            .build();
        aws_sdk_cognitoidentityprovider::Client::from_conf(config)
    };
    let ask = async |client: aws_sdk_cognitoidentityprovider::Client| {
        client.admin_get_user().user_pool_id("us-east-1_PhoneCode").username("demo").send().await
    };
    let user = ask(client(Credentials::operator(), "us-east-1")).await.unwrap();
    assert_eq!((user.username(), user.enabled()), ("demo", true));
    assert!(user.user_attributes().iter().any(|attribute| attribute.name() == "sub"));
    for (credentials, region, code) in [
        (Credentials::random(), "us-east-1", "UnrecognizedClientException"),
        (Credentials::operator(), "eu-west-1", "InvalidSignatureException"),
    ] {
        assert_eq!(ask(client(credentials, region)).await.unwrap_err().code(), Some(code));
    }
    for operation in crate::pool::operator::OPERATIONS {
        let response = post(&endpoint, operation, "{}".to_owned()).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(header_of(&response, "x-amzn-errortype"), "MissingAuthenticationTokenException:");
    }
}

/// As at AWS, a request is carried out after its client has hung up.
#[tokio::test]
async fn a_client_that_hangs_up_stops_no_trigger() {
    let (delivered, mut deliveries) = mpsc::unbounded_channel();
    let may_answer = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&may_answer);
    let functions = Invoker::new(move |function, event: Vec<u8>| {
        let (delivered, gate) = (delivered.clone(), Arc::clone(&gate));
        async move {
            delivered.send(function).unwrap();
            gate.acquire().await.unwrap().forget();
            let mut event: Value = serde_json::from_slice(&event).unwrap();
            event["response"] = json!({"challengeName": "CUSTOM_CHALLENGE"});
            answered(&event)
        }
    });
    let pool = UserPool::with_parts(Config::default(), Triggers::new(functions), keys()).unwrap();
    let request = json!({"AuthFlow": "CUSTOM_AUTH", "ClientId": pool.config().client_id,
        "AuthParameters": {"USERNAME": "demo"}});
    let (parts, ()) = axum::http::Request::post("/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth")
        .body(())
        .unwrap()
        .into_parts();
    // The task that handles a request. The server drops it when the connection is closed.
    let handler = tokio::spawn(call(State(pool), parts, Ok(request.to_string().into())));
    assert_eq!(deliveries.recv().await, Some(Function::DefineChallenge));
    handler.abort();
    assert!(handler.await.unwrap_err().is_cancelled());
    may_answer.add_permits(2);
    assert_eq!(deliveries.recv().await, Some(Function::CreateChallenge));
}
