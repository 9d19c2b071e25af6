//! Everything on one port.

mod refusal;
mod settings;

use self::{
    refusal::{refusal, with_message},
    settings::{failure_limits, ledger_table, pool_config, telephone_config, with_defaults},
};
use crate::{
    args::StackArgs,
    cors::cors,
    credentials::Credentials,
    dynamodb::{self, Caller, DynamoDb, Table},
    faults::Faults,
    lambda::{self, Binaries, Function, Lambda},
    pool::UserPool,
    say,
    telephone::{Flow, Telephone},
};
use anyhow::{Context, Result, bail};
use axum::{
    Json, Router,
    extract::{Request, State},
    http::{Method, StatusCode, Uri},
    middleware::{Next, from_fn_with_state, map_response},
    response::Response,
    routing::get,
};
use serde_json::{Value, json};
use std::{fs, io, net::Ipv4Addr, path::Path};
use tokio::{net::TcpListener, task::JoinHandle};

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
        let (flow, table) = deployed()?;
        let binaries = match &args.functions {
            Some(folder) => Binaries::in_folder(folder)?,
            None => Binaries::build().await?,
        };

        let settings = with_defaults(args.settings()?);
        let lambda = Lambda::new(lambda::Config {
            binaries,
            endpoint: endpoint.clone(),
            dynamodb_endpoint: args.dynamodb.clone(),
            settings: settings.clone(),
            verbose: args.verbose,
        });
        let table_name = ledger_table(&settings);
        let (database, faults) = if let Some(other) = &args.dynamodb {
            dynamodb::create_if_missing(other, &table, table_name).await?;
            (None, Faults::of_connect_alone())
        } else {
            let faults = Faults::default();
            (Some(DynamoDb::new(&table, table_name, callers(&lambda, table_name), faults.clone())?), faults)
        };
        let telephone = Telephone::new(telephone_config(&settings, &lambda), flow, faults.clone());
        let pool = UserPool::new(pool_config(&settings), lambda.clone())?;
        let operator = Credentials::operator();
        let own = json!({
            "endpoint": endpoint,
            "dynamodbEndpoint": args.dynamodb.as_ref().unwrap_or(&endpoint),
            "ledgerTableName": table_name,
            "failureLimits": failure_limits(&settings),
            "accessKeyId": operator.access_key_id,
            "secretAccessKey": operator.secret_access_key,
        });
        let config = config(&pool, &own);

        let mut router = router(&pool, &lambda, &telephone, &faults, own);
        if let Some(database) = database {
            router = router.layer(from_fn_with_state(database, by_target));
        }
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
        say(&format!("Ledger       table {} of the DynamoDB at {}", text("ledgerTableName"), text("dynamodbEndpoint")));
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

/// What the template deploys: the contact flow and the table.
fn deployed() -> Result<(Flow, Table)> {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let text = fs::read_to_string(&template).with_context(|| format!("{} can't be read", template.display()))?;
    let flow =
        Flow::from_template(&text).with_context(|| format!("{} has no contact flow to run", template.display()))?;
    let table = Table::from_template(&text).with_context(|| format!("{} has no table to make", template.display()))?;
    Ok((flow, table))
}

fn callers(lambda: &Lambda, table_name: &str) -> Vec<Caller> {
    let function = |function| Caller::function(function, lambda.credentials(function).clone(), table_name);
    Function::ALL.map(function).into_iter().chain([Caller::operator()]).collect()
}

/// Cognito and `DynamoDB` share a path; the header says whose a request is.
async fn by_target(State(database): State<DynamoDb>, request: Request, next: Next) -> Response {
    let is_call = request.method() == Method::POST && request.uri().path() == "/";
    if is_call && DynamoDb::is_addressed(request.headers()) {
        return database.answer(request).await;
    }
    next.run(request).await
}

fn router(pool: &UserPool, lambda: &Lambda, telephone: &Telephone, faults: &Faults, own: Value) -> Router {
    let own_pool = pool.clone();
    Router::new()
        .route("/", get(async || Json(json!({ "message": "A local stack of sign-in by phone call; see README.md" }))))
        .route("/local/config", get(async move || Json(config(&own_pool, &own))).layer(cors()))
        .merge(lambda.router())
        .merge(telephone.router())
        .merge(faults.router())
        // Last: of two routers that have a path in common, here `/`, the later one answers the methods that neither has,
        // and the pool's answer to OPTIONS is what lets browsers in.
        .merge(pool.router())
        .fallback(async |uri: Uri| refusal(StatusCode::NOT_FOUND, &format!("There is nothing at {}", uri.path())))
        .layer(map_response(with_message))
}

/// The pool's part of `GET /local/config`, and the stack's own.
fn config(pool: &UserPool, own: &Value) -> Value {
    let mut config = pool.describe();
    for (name, value) in own.as_object().into_iter().flatten() {
        config[name] = value.clone();
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::tests::{FUNCTIONS, http};
    use reqwest::Method;

    async fn start(port: u16, functions: &str) -> Result<Server> {
        let functions = Some(FUNCTIONS.join(functions));
        Server::start(&StackArgs {
            port,
            settings: vec!["OTP_KEY=mine".into()],
            functions,
            dynamodb: None,
            verbose: false,
        })
        .await
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
            ("/local/calls/%FF/keys", (Method::POST, "{}".to_owned()), 400),
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

    #[tokio::test]
    async fn a_page_of_any_origin_may_call_what_is_local() {
        let server = start(0, "works").await.unwrap();
        let preflight = async |path: &str| {
            let request = http()
                .request(Method::OPTIONS, format!("{}{path}", server.endpoint()))
                .header("origin", "http://localhost:5173")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type");
            request.send().await.unwrap().headers().contains_key("access-control-allow-origin")
        };
        for path in ["config", "calls", "calls/a/keys", "faults", "log", "users"] {
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
        assert_eq!(calls.send().await.unwrap().headers()["access-control-allow-origin"], "*");
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
        let args = StackArgs { port: 0, settings: Vec::new(), functions, dynamodb, verbose: false };
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

    #[tokio::test]
    async fn a_function_that_dies_at_start_is_said_in_one_line() {
        let error = format!("{:#}", start(0, "exits").await.unwrap_err());
        assert_eq!(error, "define-challenge doesn't start: OTP_KEY is missing");
    }
}
