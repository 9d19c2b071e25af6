//! Everything on one port.

mod refusal;
mod services;
mod settings;
#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use anyhow::{Context, Result, bail};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::{Json, Router};
use client::terminal::say;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::refusal::{refusal, with_message};
use self::services::{Services, by_target, callers, decrypters, faults};
use self::settings::{
    codes_key_arn, connect_config, is_without_call_limits, ledger_table, limits, pool_config, sms_identity,
    with_defaults, with_token_gate,
};
use crate::args::StackArgs;
use crate::connect::{Connect, Flow};
use crate::credentials::Credentials;
use crate::dynamodb::{self, DynamoDb, Table};
use crate::faults::FaultInjection;
use crate::guard::{cors, refuse_strangers};
use crate::kms::{self, Kms};
use crate::lambda::{self, Binaries, Function, Lambda, Settings};
use crate::page;
use crate::pool::{self, UserPool};
use crate::program::{command, command_line};
use crate::routes::{Endpoint, Routes};
use crate::sms::{self, Sms};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// A stack that runs. It ends when it is dropped together with the runtime.
#[derive(Debug)]
pub struct Server {
    endpoint: String,
    config: Value,
    is_without_call_limits: bool,
    serving: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Binds the port, builds the functions unless they are there, and starts everything.
    pub async fn start(args: &StackArgs) -> Result<Self> {
        let port = args.port;
        // Before the build, which is slow: a busy port is reported at once.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
            let busy = error.kind() == io::ErrorKind::AddrInUse;
            let reason = if busy { "something else listens there".to_owned() } else { error.to_string() };
            anyhow::anyhow!("port {port} can't be had: {reason}; --port takes another, and 0 a free one")
        })?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (flow, table) = deployed(args.flow.as_deref())?;
        let settings = with_defaults(with_token_gate(args.settings()?, args.token_gate), args.limits);
        check_delivery(&settings, &flow, args.flow.is_some())?;
        let binaries = Binaries::get(args.functions.as_deref()).await?;

        let lambda = Lambda::new(lambda::Config {
            binaries,
            endpoint: endpoint.clone(),
            dynamodb_endpoint: args.dynamodb.clone(),
            settings: settings.clone(),
            time_limit: None,
            verbose: args.verbose,
        });
        let table_name = ledger_table(&settings);
        let faults = faults(args.dynamodb.is_none());
        let database = if let Some(other) = &args.dynamodb {
            dynamodb::create_if_missing(other, &table, table_name).await?;
            None
        } else {
            Some(DynamoDb::new(&table, table_name, callers(&lambda, table_name), faults.clone())?)
        };
        let kms = Kms::new(&codes_key_arn(&settings), decrypters(&lambda, &settings), faults.clone());
        let connect = Connect::new(connect_config(&settings, &lambda), flow, lambda.clone().into(), faults.clone());
        let pool = pool::Config {
            get_tokens_source: args.get_tokens_source,
            refused_password: args.refused_password,
            sms_sender_kms: settings.has_cognito_codes().then(|| kms.clone()),
            ..pool_config(&settings)
        };
        let pool = UserPool::new(pool, lambda.clone())?;
        let sms = {
            let (pool, sender) = (pool.clone(), lambda.credentials(Function::SendCode).clone());
            let identity = sms_identity(&settings).map(str::to_owned);
            Sms::new(identity, sender, faults.clone(), move |number, text| pool.show_text_message(number, text))
        };
        let operator = Credentials::operator();
        let own = json!({
            "command": command(),
            "endpoint": endpoint,
            "dynamodbEndpoint": args.dynamodb.as_ref().unwrap_or(&endpoint),
            "ledgerTableName": table_name,
            "limits": limits(&settings),
            "speaksCognitoCodes": settings.has_cognito_codes(),
            "accessKeyId": operator.access_key_id,
            "secretAccessKey": operator.secret_access_key,
        });
        let config = config(&pool, &own);

        let router = router(&pool, &lambda, &connect, &faults, own);
        let router = router.layer(from_fn_with_state(Arc::new(Services { database, kms, sms }), by_target));
        // Outermost: it checks every request first.
        let router = router.layer(from_fn(refuse_strangers));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        lambda.start().await?;
        Ok(Self { endpoint, config, is_without_call_limits: is_without_call_limits(&settings), serving })
    }

    /// Where everything is served, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Prints what a person needs to know, and then the line that a program waits for.
    pub fn announce(&self) {
        let Self { endpoint, config, .. } = self;
        let text = |name: &str| config[name].as_str().unwrap_or_default();
        say(&format!("Sign in at   {endpoint}"));
        say(&format!("User pool    {} in {} at {endpoint}", text("userPoolId"), text("region")));
        let [plain, secret, password] = ["clientId", "clientIdWithSecret", "clientIdPassword"].map(text);
        say(&format!("App clients  {plain}, with a secret {secret}, for passwords alone {password}"));
        for user in config["users"].as_array().into_iter().flatten() {
            let text = |name: &str| user[name].as_str().unwrap_or_default();
            let (username, password, phone) = (text("username"), text("password"), text("phoneNumber"));
            say(&format!("User         {username}, password {password}, phone {phone}"));
        }
        say(&format!("Telephone    {endpoint}/local/calls"));
        say(&format!("Ledger       table {} of the DynamoDB at {}", text("ledgerTableName"), text("dynamodbEndpoint")));
        say(&format!("Functions    {endpoint}/2015-03-31/functions/NAME/invocations, log {endpoint}/local/log"));
        say(&format!("For clients  {endpoint}/local/config"));
        if self.is_without_call_limits {
            say("Limits on calls to one user are off here; --limits has those of production");
        }
        say(&format!("Sign in on the terminal with `{}`, stop with Ctrl-C", command_line("sign-in")));
        // Not by `json!`, which sorts the members: the order is documented, and a client may look for the line's start.
        say(&format!(r#"{{"ready":true,"endpoint":"{endpoint}"}}"#));
    }

    /// Returns only if the port can't be served any more.
    pub async fn failed(self) -> Result<()> {
        self.serving.await?.context("the port can't be served any more")?;
        bail!("the server has ended")
    }
}

/// The template's contact flow, unless a file has another, and its table.
fn deployed(flow: Option<&Path>) -> Result<(Flow, Table)> {
    let read_flow = match flow {
        None => Flow::from_template(TEMPLATE),
        Some(file) => {
            let content = fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
            Flow::from_content(&content)
        }
    };
    let source = flow.unwrap_or(Path::new("template.yaml"));
    let flow = read_flow.with_context(|| format!("{} has no contact flow to run here", source.display()))?;
    let table = Table::from_template(TEMPLATE).context("template.yaml has no table to make")?;
    Ok((flow, table))
}

/// Refuses a flow that would speak no code: with `OTP_CODE_DELIVERY=attribute` it is in the attribute `VoiceMFA`, else only
/// `speak-code` gives it. And refuses Cognito's codes where the template's Rule does.
fn check_delivery(settings: &Settings, flow: &Flow, is_own: bool) -> Result<()> {
    if settings.has_code_in_attributes() && settings.has_cognito_codes() {
        bail!("OTP_COGNITO_CODES=all needs {}, which OTP_CODE_DELIVERY=attribute does not deploy", Function::SpeakCode);
    }
    if settings.value("OTP_GATE") == Some("off") && settings.has_cognito_codes() {
        bail!("OTP_COGNITO_CODES=all needs OTP_GATE=on: without a key, a voicemail gets the code");
    }
    match (settings.has_code_in_attributes(), flow.asks_for_the_code()) {
        (true, true) if is_own => {
            bail!("the flow invokes {}, which OTP_CODE_DELIVERY=attribute does not deploy", Function::SpeakCode)
        }
        (true, true) => bail!(
            "OTP_CODE_DELIVERY=attribute needs a flow of your own, since the template's invokes {}: name its file with --flow",
            Function::SpeakCode
        ),
        (false, false) => bail!(
            "the flow does not invoke {}, so it has no code to speak: a flow that speaks the attribute VoiceMFA needs --set \
             OTP_CODE_DELIVERY=attribute",
            Function::SpeakCode
        ),
        (true, false) | (false, true) => Ok(()),
    }
}

/// All requests, but for those of the functions' processes to the Runtime API.
#[must_use]
pub fn api() -> Vec<Endpoint> {
    [
        page::routes().endpoints,
        routes().endpoints,
        UserPool::routes().endpoints,
        vec![dynamodb::endpoint(), kms::endpoint(), sms::endpoint()],
        Lambda::routes().endpoints,
        Connect::routes().endpoints,
        FaultInjection::routes().endpoints,
    ]
    .concat()
}

fn router(pool: &UserPool, lambda: &Lambda, connect: &Connect, faults: &FaultInjection, own: Value) -> Router {
    routes()
        .into_router()
        .with_state((pool.clone(), own))
        .merge(page::routes().into_router())
        .merge(lambda.router())
        .merge(connect.router())
        .merge(faults.router())
        // Last: if two routers have a path in common, here `/`, the later one answers the methods that neither has. The
        // pool must answer OPTIONS, which lets browsers in.
        .merge(pool.router())
        .fallback(async |uri: Uri| refusal(StatusCode::NOT_FOUND, &format!("There is nothing at {}", uri.path())))
        .layer(map_response(with_message))
}

pub(crate) fn routes() -> Routes<(UserPool, Value)> {
    let show = async |State((pool, own)): State<(UserPool, Value)>| Json(config(&pool, &own));
    Routes::new()
        .get(
            "/local/config",
            "pool, users, app clients, of which `clientIdPassword` is for passwords alone; the ledger's DynamoDB and table; the \
             operator's access key, which may do everything; the command that starts the stack; whether calls speak Cognito's \
             own codes",
            show,
        )
        .with(|router| router.layer(cors()))
}

/// The pool's part of `GET /local/config`, and the stack's own.
fn config(pool: &UserPool, own: &Value) -> Value {
    let mut config = pool.describe();
    for (name, value) in own.as_object().into_iter().flatten() {
        config[name] = value.clone();
    }
    config
}
