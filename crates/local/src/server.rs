//! Everything on one port.

use crate::{
    args::StackArgs,
    lambda::{self, ACCOUNT, Binaries, Function, Lambda, REGION, Settings},
    pool::{self, UserPool},
    say,
    telephone::{self, Flow, Telephone},
};
use anyhow::{Context, Result, bail};
use axum::{
    Json, Router,
    body::HttpBody,
    http::{StatusCode, Uri},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, io, net::Ipv4Addr, path::Path};
use tokio::{net::TcpListener, task::JoinHandle};

const CONNECT_INSTANCE: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";
const CONTACT_FLOW: &str = "1b2c3d4e-5f6a-4b7c-8d9e-0f1a2b3c4d5e";
const QUEUE: &str = "2c3d4e5f-6a7b-4c8d-9e0f-1a2b3c4d5e6f";
/// Who calls: one of the numbers that the United States keep for fiction, as the demo user's.
const SOURCE_NUMBER: &str = "+12065550199";

/// A stack that runs. It ends when it is dropped together with the runtime.
#[derive(Debug)]
pub struct Server {
    endpoint: String,
    config: Value,
    serving: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Takes the port, builds the functions unless they are given, and starts everything.
    pub async fn start(args: &StackArgs) -> Result<Self> {
        let port = args.port;
        // Taken before the build, which takes its time: a busy port is said at once.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
            let busy = error.kind() == io::ErrorKind::AddrInUse;
            let reason = if busy { "something else listens there".to_owned() } else { error.to_string() };
            anyhow::anyhow!("port {port} can't be had: {reason}; --port takes another, and 0 a free one")
        })?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let flow = contact_flow()?;
        let binaries = match &args.functions {
            Some(folder) => Binaries::in_folder(folder)?,
            None => Binaries::build().await?,
        };

        let settings = with_defaults(args.settings()?);
        let lambda =
            Lambda::new(lambda::Config { binaries, endpoint: endpoint.clone(), settings, verbose: args.verbose });
        let telephone = Telephone::new(telephone_config(&lambda), flow);
        let pool = UserPool::new(pool::Config::default(), lambda.clone())?;
        let config = config(&pool, &endpoint);

        let router = router(&pool, &lambda, &telephone, &endpoint);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        lambda.start().await?;
        Ok(Self { endpoint, config, serving })
    }

    /// Where everything is served, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Prints what a person needs to know, and at last the line that a program waits for.
    pub fn announce(&self) {
        let Self { endpoint, config, .. } = self;
        let text = |name: &str| config[name].as_str().unwrap_or_default();
        say(&format!("User pool    {} in {} at {endpoint}", text("userPoolId"), text("region")));
        say(&format!("App clients  {}, and with a secret {}", text("clientId"), text("clientIdWithSecret")));
        for user in config["users"].as_array().into_iter().flatten() {
            let text = |name: &str| user[name].as_str().unwrap_or_default();
            let (username, password, phone) = (text("username"), text("password"), text("phoneNumber"));
            say(&format!("User         {username}, password {password}, phone {phone}"));
        }
        say(&format!("Telephone    {endpoint}/local/calls"));
        say(&format!("Functions    {endpoint}/2015-03-31/functions/NAME/invocations, log {endpoint}/local/log"));
        say(&format!("For clients  {endpoint}/local/config"));
        say("Sign in with `cargo run -p local -- sign-in`, stop with Ctrl-C");
        // Written out, not by `json!`, which sorts: the order is documented, and a client may look for the line's start.
        say(&format!(r#"{{"ready":true,"endpoint":"{endpoint}"}}"#));
    }

    /// Returns only if the port can't be served any more.
    pub async fn failed(self) -> Result<()> {
        self.serving.await?.context("the port can't be served any more")?;
        bail!("the server has ended")
    }
}

/// The flow that the template deploys.
fn contact_flow() -> Result<Flow> {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let text = fs::read_to_string(&template).with_context(|| format!("{} can't be read", template.display()))?;
    Flow::from_template(&text).with_context(|| format!("{} has no contact flow to run", template.display()))
}

/// What the functions need and nobody has set.
fn with_defaults(mut settings: Settings) -> Settings {
    let instance = format!("arn:aws:connect:{REGION}:{ACCOUNT}:instance/{CONNECT_INSTANCE}");
    settings.set_default("CONNECT_CONTACT_FLOW_ARN", format!("{instance}/contact-flow/{CONTACT_FLOW}"));
    settings.set_default("CONNECT_INSTANCE_ARN", instance);
    // A call comes from a number or from a queue.
    if settings.value("CONNECT_QUEUE_ARN").is_none_or(str::is_empty) {
        settings.set_default("CONNECT_SOURCE_PHONE_NUMBER", SOURCE_NUMBER);
    }
    settings.set_default("OTP_BRAND", "Example");
    // 32 random bytes, drawn for each start: nothing outlives it that a code could be derived for.
    settings.set_default("OTP_KEY", format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>()));
    settings
}

fn telephone_config(lambda: &Lambda) -> telephone::Config {
    let credentials = lambda.credentials(Function::CreateChallenge).clone();
    telephone::Config {
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
        instance_id: CONNECT_INSTANCE.to_owned(),
        flow_id: CONTACT_FLOW.to_owned(),
        source_numbers: vec![SOURCE_NUMBER.to_owned()],
        queues: BTreeMap::from([(QUEUE.to_owned(), SOURCE_NUMBER.to_owned())]),
        access_key_id: credentials.access_key_id,
        secret_access_key: credentials.secret_access_key,
        session_token: Some(credentials.session_token),
        answer_after: telephone::Config::DEFAULT_ANSWER_AFTER,
        word: telephone::Config::DEFAULT_WORD,
    }
}

fn router(pool: &UserPool, lambda: &Lambda, telephone: &Telephone, endpoint: &str) -> Router {
    let own_pool = pool.clone();
    let own_endpoint = endpoint.to_owned();
    Router::new()
        .route("/", get(async || Json(json!({ "message": "A local stack of sign-in by phone call; see README.md" }))))
        .route("/local/config", get(async move || Json(config(&own_pool, &own_endpoint))))
        .merge(lambda.router())
        .merge(telephone.router())
        // Last: of two routers that have a path in common, here `/`, the later one answers the methods that neither has,
        // and the pool's answer to OPTIONS is what lets browsers in.
        .merge(pool.router())
        .fallback(async |uri: Uri| error(StatusCode::NOT_FOUND, &format!("There is nothing at {}", uri.path())))
        .layer(map_response(with_message))
}

fn config(pool: &UserPool, endpoint: &str) -> Value {
    let mut config = pool.describe();
    config["endpoint"] = endpoint.into();
    config
}

/// Gives the router's own refusal of a method a body.
async fn with_message(response: Response) -> Response {
    let is_empty = response.body().size_hint().exact() == Some(0);
    if response.status() != StatusCode::METHOD_NOT_ALLOWED || !is_empty {
        return response;
    }
    let headers = response.headers().clone();
    let mut response = error(response.status(), "This method is not for this path");
    response.headers_mut().extend(headers);
    response
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::tests::{FUNCTIONS, http};
    use reqwest::Method;

    async fn start(port: u16, functions: &str) -> Result<Server> {
        let functions = Some(FUNCTIONS.join(functions));
        Server::start(&StackArgs { port, settings: vec!["OTP_KEY=mine".into()], functions, verbose: false }).await
    }

    #[tokio::test]
    async fn everything_is_on_one_port() {
        let server = start(0, "works").await.unwrap();
        let endpoint = server.endpoint();
        for path in ["/", "/local/config", "/local/calls", "/local/faults", "/local/log"] {
            let response = http().get(format!("{endpoint}{path}")).send().await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
            response.json::<Value>().await.unwrap();
        }
        let config: Value = http().get(format!("{endpoint}/local/config")).send().await.unwrap().json().await.unwrap();
        assert_eq!(config["endpoint"], endpoint);
        assert_eq!(config["users"][0]["phoneNumber"], "+12065550100");
    }

    #[tokio::test]
    async fn a_refusal_has_a_message() {
        let server = start(0, "works").await.unwrap();
        for (method, path, status) in [
            (Method::GET, "/local/nothing", 404),
            (Method::DELETE, "/local/config", 405),
            (Method::DELETE, "/local/calls", 405),
            (Method::PUT, "/", 405),
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
    async fn a_page_of_any_origin_may_call_the_pool() {
        let server = start(0, "works").await.unwrap();
        let request = http()
            .request(Method::OPTIONS, server.endpoint())
            .header("origin", "http://localhost:5173")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,x-amz-target");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert_eq!(response.headers()["access-control-allow-headers"], "content-type,x-amz-target");
    }

    #[tokio::test]
    async fn a_busy_port_is_said_in_one_line() {
        let busy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = busy.local_addr().unwrap().port();
        let error = format!("{:#}", start(port, "works").await.unwrap_err());
        assert!(error.contains(&port.to_string()) && error.contains("--port") && !error.contains('\n'), "{error}");
    }

    #[tokio::test]
    async fn a_function_that_dies_at_start_is_said_in_one_line() {
        let error = format!("{:#}", start(0, "exits").await.unwrap_err());
        assert_eq!(error, "define-challenge doesn't start: OTP_KEY is missing");
    }

    #[test]
    fn a_call_comes_from_a_number_or_from_a_queue() {
        let number = |settings: Settings| settings.value("CONNECT_SOURCE_PHONE_NUMBER").map(str::to_owned);
        assert_eq!(number(with_defaults(Settings::default())).as_deref(), Some(SOURCE_NUMBER));
        let mut queue = Settings::default();
        queue.set("CONNECT_QUEUE_ARN=arn").unwrap();
        assert_eq!(number(with_defaults(queue)), None);
    }

    #[test]
    fn each_start_has_a_key_of_its_own_unless_one_is_set() {
        let key = |settings| with_defaults(settings).value("OTP_KEY").unwrap().to_owned();
        assert_ne!(key(Settings::default()), key(Settings::default()));
        assert_eq!(key(Settings::default()).len(), 64);
        let mut set = Settings::default();
        set.set("OTP_KEY=mine").unwrap();
        assert_eq!(key(set), "mine");
    }
}
