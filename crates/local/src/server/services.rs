//! The services that share `POST /` with Cognito, who may ask them for what, and the faults that they can have.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use super::settings::sms_identity;
use crate::connect;
use crate::dynamodb::{self, Caller, DynamoDb};
use crate::faults::{FaultInjection, Service};
use crate::kms::{self, Kms};
use crate::lambda::{Function, Lambda, Settings};
use crate::pool::USER_POOL_ID;
use crate::sms::{self, Sms};

/// The services.
pub(super) struct Services {
    /// None: the functions use another.
    pub(super) database: Option<DynamoDb>,
    pub(super) kms: Kms,
    pub(super) sms: Sms,
}

/// The header says whose a request is. It is Cognito's if it is nobody else's.
pub(super) async fn by_target(State(services): State<Arc<Services>>, request: Request, next: Next) -> Response {
    let is_call = request.method() == Method::POST && request.uri().path() == "/";
    match &*services {
        _ if !is_call => next.run(request).await,
        Services { database: Some(database), .. } if DynamoDb::is_addressed(request.headers()) => {
            database.answer(request).await
        }
        Services { kms, .. } if Kms::is_addressed(request.headers()) => kms.answer(request).await,
        Services { sms, .. } if Sms::is_addressed(request.headers()) => sms.answer(request).await,
        _ => next.run(request).await,
    }
}

/// What each function's role may do in the ledger.
pub(super) fn callers(lambda: &Lambda, table_name: &str) -> Vec<Caller> {
    let function = |function| Caller::function(function, lambda.credentials(function).clone(), table_name);
    Function::ALL.map(function).into_iter().chain([Caller::operator()]).collect()
}

/// The user pools whose codes functions may decrypt: the one that is here, and that of the messages in `events/`.
const POOLS: [&str; 2] = [USER_POOL_ID, "us-east-1_Example01"];

/// What each function's role may decrypt. `send-code` needs to read only what it sends as text messages.
pub(super) fn decrypters(lambda: &Lambda, settings: &Settings) -> Vec<kms::Caller> {
    let has_codes = settings.has_cognito_codes();
    let function = |function| {
        let may_decrypt = match function {
            Function::SpeakCode => has_codes,
            Function::SendCode => has_codes && sms_identity(settings).is_some(),
            Function::CreateChallenge
            | Function::DefineChallenge
            | Function::GateTokens
            | Function::VerifyChallenge => false,
        };
        let pools: &[&str] = if may_decrypt { &POOLS } else { &[] };
        kms::Caller::function(function, lambda.credentials(function).clone(), pools)
    };
    Function::ALL.map(function).into_iter().chain([kms::Caller::operator()]).collect()
}

/// No faults yet, for all services that can have some.
pub(super) fn faults(has_dynamodb: bool) -> FaultInjection {
    let catalogues = [
        (Service::Connect, connect::catalogue()),
        (Service::Kms, kms::catalogue()),
        (Service::Sms, sms::catalogue()),
        (Service::Lambda, connect::invocations_catalogue()),
    ];
    let dynamodb = has_dynamodb.then(|| (Service::DynamoDb, dynamodb::catalogue()));
    FaultInjection::new(catalogues.into_iter().chain(dynamodb))
}
