//! Everything on one port.

use crate::{
    args::StackArgs,
    lambda::{self, ACCOUNT, Binaries, Function, Lambda, REGION, Settings},
    pool::{self, UserPool},
    telephone::{self, Flow, Telephone},
};
use anyhow::{Context, Result, bail};
use axum::{
    Json, Router,
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

        // The pool first: where it shares a path with another, its answers to browsers (CORS) hold.
        let router = pool
            .router()
            .merge(own_routes(pool, endpoint.clone()))
            .merge(lambda.router())
            .merge(telephone.router())
            .layer(map_response(with_message));
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
        println!("User pool    {} in {} at {endpoint}", text("userPoolId"), text("region"));
        println!("App clients  {}, and with a secret {}", text("clientId"), text("clientIdWithSecret"));
        for user in config["users"].as_array().into_iter().flatten() {
            let text = |name: &str| user[name].as_str().unwrap_or_default();
            println!("User         {}, password {}, phone {}", text("username"), text("password"), text("phoneNumber"));
        }
        println!("Telephone    {endpoint}/local/calls");
        println!("Functions    {endpoint}/2015-03-31/functions/NAME/invocations, log {endpoint}/local/log");
        println!("For clients  {endpoint}/local/config");
        println!("Sign in with `cargo run -p local -- sign-in`, stop with Ctrl-C");
        println!("{}", json!({ "ready": true, "endpoint": endpoint }));
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

fn own_routes(pool: UserPool, endpoint: String) -> Router {
    Router::new()
        .route("/", get(async || Json(json!({ "message": "A local stack of sign-in by phone call; see README.md" }))))
        .route("/local/config", get(async move || Json(config(&pool, &endpoint))))
        .fallback(async |uri: Uri| error(StatusCode::NOT_FOUND, &format!("There is nothing at {}", uri.path())))
}

fn config(pool: &UserPool, endpoint: &str) -> Value {
    let mut config = pool.describe();
    config["endpoint"] = endpoint.into();
    config
}

/// Gives the router's own refusal of a method a body.
async fn with_message(response: Response) -> Response {
    let status = response.status();
    let is_empty = response.headers().get("content-length").is_some_and(|length| length == "0");
    if status != StatusCode::METHOD_NOT_ALLOWED || !is_empty {
        return response;
    }
    let (parts, _) = response.into_parts();
    let mut answer = error(status, "This method is not for this path");
    answer.headers_mut().extend(parts.headers.into_iter().filter(|(name, _)| {
        name.as_ref().is_some_and(|name| !matches!(name.as_str(), "content-length" | "content-type"))
    }));
    answer
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}
