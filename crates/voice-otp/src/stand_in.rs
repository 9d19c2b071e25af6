//! AWS's services in a test, all at one address. A closure answers each request.

use std::sync::{Arc, Mutex, MutexGuard};

use aws_credential_types::Credentials;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::aws::Aws;
use crate::policy::{AwsCommand, tests::granted};

/// A request that was received.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedRequest {
    /// The service that the signature names.
    pub(crate) service: String,
    /// The operation, or the method and the path.
    pub(crate) what: String,
    /// The body: JSON, the fields of a form, or those of the query.
    pub(crate) body: Value,
}

impl ReceivedRequest {
    /// The right that the request takes, by AWS's API references.
    pub(crate) fn right(&self) -> String {
        let operation = match self.what.split('/').collect::<Vec<_>>()[..] {
            ["PUT ", "contact", "outbound-voice"] => "StartOutboundVoiceContact",
            ["GET ", "contact", "attributes", _, _] => "GetContactAttributes",
            ["GET ", "contact-flows", _, _] => "DescribeContactFlow",
            ["GET ", "contacts", _, _] => "DescribeContact",
            ["GET ", "instance", _] => "DescribeInstance",
            ["GET ", "instance", _, "lambda-functions"] => "ListLambdaFunctions",
            ["GET ", "phone-number", _] => "DescribePhoneNumber",
            ["POST ", "phone-number", "list"] => "ListPhoneNumbersV2",
            ["GET ", "queues", _, _] => "DescribeQueue",
            ["GET ", "2015-03-31", "functions", _, "configuration"] => "GetFunctionConfiguration",
            ["GET ", "2015-03-31", "functions", _, "policy"] => "GetPolicy",
            ["POST ", "2015-03-31", "functions", _, "policy"] => "AddPermission",
            ["DELETE ", "2015-03-31", "functions", _, "policy", _] => "RemovePermission",
            ["GET ", "2019-09-25", "functions", _, "event-invoke-config"] => "GetFunctionEventInvokeConfig",
            ["GET ", "2019-09-30", "functions", _, "concurrency"] => "GetFunctionConcurrency",
            ["GET ", "2017-03-31", "tags", _] => "ListTags",
            _ => &self.what,
        };
        format!("{}:{operation}", self.service)
    }
}

type StatusAndBody = (u16, String);
type Responder = Box<dyn FnMut(&ReceivedRequest) -> StatusAndBody + Send>;

/// The services.
#[derive(Clone)]
pub(crate) struct StandIn(Arc<Mutex<Services>>);

struct Services {
    responder: Responder,
    asked: Vec<ReceivedRequest>,
    /// The command whose policy holds. `None` grants everything.
    policy: Option<AwsCommand>,
}

impl StandIn {
    /// Starts them. Also returns a client for them.
    pub(crate) async fn start(answer: impl FnMut(&ReceivedRequest) -> StatusAndBody + Send + 'static) -> (Self, Aws) {
        let services = Services { responder: Box::new(answer), asked: Vec::new(), policy: None };
        let stand_in = Self(Arc::new(Mutex::new(services)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answered).with_state(stand_in.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".to_owned()), None, "test");
        (stand_in, Aws::new("us-east-1".to_owned(), credentials, Some(endpoint)))
    }

    /// From now on, refuses what the policy of this command does not grant.
    pub(crate) fn act_for(&self, command: AwsCommand) {
        self.lock().policy = Some(command);
    }

    /// All requests, in order.
    pub(crate) fn asked(&self) -> Vec<ReceivedRequest> {
        self.lock().asked.clone()
    }

    /// The operations of all requests, in order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.what).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Services> {
        self.0.lock().unwrap()
    }
}

impl Services {
    fn answer(&mut self, asked: &ReceivedRequest) -> StatusAndBody {
        self.asked.push(asked.clone());
        let right = asked.right();
        // Calling GetCallerIdentity needs no permission.
        let is_granted = |command| right == "sts:GetCallerIdentity" || granted(command).contains(&right);
        match self.policy {
            Some(command) if !is_granted(command) => {
                let message = format!("{right} is not in the policy of {command:?}");
                (403, json!({ "__type": "AccessDeniedException", "message": message }).to_string())
            }
            _ => (self.responder)(asked),
        }
    }
}

async fn answered(State(stand_in): State<StandIn>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Credential=KEY/DATE/REGION/SERVICE/aws4_request
    let scope: Vec<_> = header("authorization").split(',').next().unwrap_or_default().split('/').collect();
    let [_, _, "us-east-1", service, "aws4_request"] = scope[..] else {
        return (StatusCode::FORBIDDEN, r#"{"__type":"IncompleteSignature"}"#).into_response();
    };
    assert_eq!(header("x-amz-security-token"), "token");
    let what = header("x-amz-target").rsplit('.').next().filter(|target| !target.is_empty());
    let form = form(if body.is_empty() { parts.uri.query().unwrap_or_default().as_bytes() } else { &body });
    let action = form["Action"].as_str().map(str::to_owned);
    let path = format!("{} {}", parts.method, parts.uri.path());
    let what = what.map(str::to_owned).or(action).unwrap_or(path);
    let asked =
        ReceivedRequest { service: service.to_owned(), what, body: serde_json::from_slice(&body).unwrap_or(form) };
    let (status, answer) = stand_in.lock().answer(&asked);
    (StatusCode::from_u16(status).unwrap(), answer).into_response()
}

fn form(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), Value::from(value))).collect::<serde_json::Map<_, _>>().into()
}
