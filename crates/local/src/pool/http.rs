//! The pool's HTTP side: JSON 1.1 at `POST /`, the key set, and `POST /local/users`.

use std::time::SystemTime;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::guard::cors;
use crate::object::Object;
use crate::pool::error::ApiError;
use crate::pool::new_user::NewUser;
use crate::pool::request::{self, RevokeToken, WithAccessToken};
use crate::pool::users::{Rejected, Status};
use crate::pool::{UserPool, operator, random};
use crate::refusal::method_not_allowed;
use crate::routes::Routes;
use crate::signature::{self, Scope};

const JSON_1_1: &str = "application/x-amz-json-1.1";
/// The operations that are not signed.
pub(super) const OPERATIONS: [&str; 15] = [
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "ForgotPassword",
    "GetTokensFromRefreshToken",
    "GetUser",
    "GetUserAttributeVerificationCode",
    "GlobalSignOut",
    "InitiateAuth",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "RevokeToken",
    "SetUserMFAPreference",
    "SignUp",
    "UpdateUserAttributes",
    "VerifyUserAttribute",
];

impl UserPool {
    /// The pool's routes. Pages of this machine may call them.
    ///
    /// `POST /local/users` adds a user. Its body is `{username, password, phoneNumber, phoneNumberVerified,
    /// attributes: {name: value}}`. The default username is the first of `user-1`, `user-2` and so on that is free,
    /// and the default password is the demo user's. The default number is a free one of +1 206 555 01xx, and verified.
    /// The default e-mail address is `<username>@example.com`, and verified. `phoneNumber: null` makes a user without
    /// a number. The number can also be among the attributes, as `phone_number` and `phone_number_verified`. The
    /// answer is 201 with the user, 400 for values that Cognito would refuse, or 409 for a username or e-mail address
    /// that is taken.
    pub fn router(&self) -> Router {
        Self::routes().into_router().with_state(self.clone())
    }

    pub(crate) fn routes() -> Routes<Self> {
        let (users, operator) = (OPERATIONS.join(", "), operator::OPERATIONS.join(", "));
        let cognito = format!("Cognito, by `X-Amz-Target`: {users}; signed by the operator: {operator}");
        Routes::new()
            .post("/", &cognito, call)
            .get("/{userPoolId}/.well-known/jwks.json", "the pool's keys", jwks)
            .post(
                "/local/users",
                concat!(
                    r#"adds a user: `{"username":"ann","password":"…","phoneNumber":"+1206…","phoneNumberVerified":true,"#,
                    r#""attributes":{}}`. Each can be left out. Without `phoneNumber` the user gets a number that nobody "#,
                    r#"else has; with `"phoneNumber":null` none"#,
                ),
                add_user,
            )
            .get(
                "/local/messages",
                concat!(
                    r#"what would have been sent to users, oldest first: "#,
                    r#"`[{"at":"…","to":"ann@example.com","username":"ann","source":"ForgotPassword","code":"…"}]`. "#,
                    r#"`source` is the end of a custom sender's `triggerSource`. Codes for phones are here only with "#,
                    r#"`OTP_COGNITO_CODES=off`. A text message of `send-code` is `{"at":"…","to":"+1206…","text":"…"}`"#,
                ),
                messages,
            )
            .with(|router| router.method_not_allowed_fallback(method_not_allowed).layer(cors()))
    }

    /// Does an operation of the Cognito API.
    pub(super) async fn call(&self, operation: &str, body: &[u8]) -> Result<Value, ApiError> {
        // An operation that is not listed is refused, so the lists are whole.
        let listed = OPERATIONS.iter().chain(&operator::OPERATIONS).find(|listed| **listed == operation);
        match listed.copied().unwrap_or_default() {
            "AdminCreateUser" => self.create_user(request::parse(body)?),
            "AdminGetUser" => self.user_for_operator(request::parse(body)?),
            "AdminInitiateAuth" => self.initiate_auth_by_operator(request::parse(body)?).await,
            "AdminRespondToAuthChallenge" => self.respond_by_operator(request::parse(body)?).await,
            "AdminSetUserPassword" => self.set_user_password(request::parse(body)?),
            "AdminUpdateUserAttributes" => self.update_user_attributes(request::parse(body)?),
            "ConfirmForgotPassword" => self.confirm_forgot_password(request::parse(body)?).await,
            "ConfirmSignUp" => self.confirm_sign_up(request::parse(body)?).await,
            "DescribeUserPool" => self.describe_to_operator(request::parse(body)?),
            "ForgotPassword" => self.forgot_password(request::parse(body)?),
            "GetTokensFromRefreshToken" => self.tokens_from_refresh_token(request::parse(body)?).await,
            "GetUser" => self.user(request::parse(body)?),
            "GetUserAttributeVerificationCode" => self.send_verification_code(request::parse(body)?),
            "GlobalSignOut" => self.global_sign_out(request::parse(body)?),
            "InitiateAuth" => self.initiate_auth(request::parse(body)?).await,
            "ListUsers" => self.list_users(request::parse(body)?),
            "ResendConfirmationCode" => self.resend_confirmation_code(request::parse(body)?),
            "RespondToAuthChallenge" => self.respond(request::parse(body)?).await,
            "RevokeToken" => self.revoke_token(request::parse(body)?),
            "SetUserMFAPreference" => self.set_mfa_preference(request::parse(body)?),
            "SignUp" => self.sign_up(request::parse(body)?),
            "UpdateUserAttributes" => self.update_attributes(request::parse(body)?),
            "VerifyUserAttribute" => self.verify_attribute(request::parse(body)?),
            _ => Err(ApiError::unknown_operation(format!("{operation:?} is not an operation of this user pool"))),
        }
    }

    /// Refuses an operator's operation that is not signed with the operator's credentials. Users' operations are not
    /// signed.
    fn check_signature(&self, operation: &str, parts: &Parts, body: &[u8]) -> Result<(), ApiError> {
        if !operator::OPERATIONS.contains(&operation) {
            return Ok(());
        }
        let config = self.config();
        let scope = Scope { region: &config.region, service: "cognito-idp" };
        let verified = signature::verify(scope, [&config.operator], parts, body, SystemTime::now());
        verified.map(drop).map_err(ApiError::not_signed)
    }

    fn global_sign_out(&self, request: WithAccessToken) -> Result<Value, ApiError> {
        let (user, _) = self.signed_in(request.access_token)?;
        self.lock().grants.revoke_all_of(&user);
        Ok(json!({}))
    }

    fn revoke_token(&self, request: RevokeToken) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        if self.app_client(&client_id)?.secret != request.client_secret.as_deref() {
            return Err(ApiError::unauthorized("Invalid client or secret"));
        }
        self.lock().grants.revoke(&request.token.unwrap_or_default(), &client_id)?;
        Ok(json!({}))
    }
}

pub(super) async fn call(State(pool): State<UserPool>, parts: Parts, body: Result<Bytes, BytesRejection>) -> Response {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let target = text("x-amz-target");
    let content_type = text("content-type").split(';').next().unwrap_or_default().trim();
    let result = match (target.strip_prefix("AWSCognitoIdentityProviderService."), body) {
        (_, Err(rejection)) => {
            let body = json!({"__type": "RequestEntityTooLargeException", "message": rejection.body_text()});
            return finish((rejection.status(), body.to_string()).into_response());
        }
        (None, _) => Err(ApiError::unknown_operation("X-Amz-Target names no operation of Cognito's")),
        (Some(_), _) if content_type != JSON_1_1 => {
            Err(ApiError::unknown_operation(format!("The content type must be {JSON_1_1}")))
        }
        (Some(operation), Ok(body)) => {
            if let Err(error) = pool.check_signature(operation, &parts, &body) {
                return finish(error.into_response());
            }
            let operation = operation.to_owned();
            // In a task of its own: as at AWS, a request is carried out even if its client has gone.
            let run = tokio::spawn(async move { pool.call(&operation, &body).await });
            let Ok(result) = run.await else {
                let body = json!({"__type": "InternalErrorException", "message": "The operation panicked"});
                return finish((StatusCode::INTERNAL_SERVER_ERROR, body.to_string()).into_response());
            };
            result
        }
    };
    finish(result.map_or_else(ApiError::into_response, |answer| answer.to_string().into_response()))
}

fn finish(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON_1_1));
    if let Ok(id) = HeaderValue::try_from(random::uuid()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

async fn jwks(State(pool): State<UserPool>, Path(user_pool_id): Path<String>) -> Response {
    if user_pool_id != pool.config().user_pool_id {
        return (StatusCode::NOT_FOUND, Json(json!({"message": "There is no such user pool."}))).into_response();
    }
    Json(pool.keys().jwks()).into_response()
}

async fn messages(State(pool): State<UserPool>) -> Response {
    Json(pool.lock().messages.all()).into_response()
}

async fn add_user(State(pool): State<UserPool>, body: Result<Bytes, BytesRejection>) -> Response {
    let refuse = |status: StatusCode, message: String| (status, Json(json!({"message": message}))).into_response();
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return refuse(rejection.status(), rejection.body_text()),
    };
    let new: NewUser = match serde_json::from_slice(&body) {
        Ok(Object(new)) => new,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let added = pool.lock().users.add(pool.config(), new, Status::Confirmed);
    match added {
        Ok(user) => (StatusCode::CREATED, Json(user.describe_to_developer())).into_response(),
        Err(Rejected::Invalid(message)) => refuse(StatusCode::BAD_REQUEST, message),
        Err(Rejected::Taken(message)) => refuse(StatusCode::CONFLICT, message),
    }
}
