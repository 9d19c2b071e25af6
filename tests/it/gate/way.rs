//! The ways to tokens that Cognito has, as a client takes them.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType, MessageActionType,
};
use client::cognito::User;
use serde_json::{Value, json};

use crate::cognito::{Cognito, Result, said};
use crate::stack::Account;
use crate::user::{heard, with_password};

pub(super) const NEW_PASSWORD: &str = "Another-Horse-8";
const TEMPORARY_PASSWORD: &str = "Temporary-Horse-9";

/// A way to tokens around the call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    AdminUserPassword,
    /// A new password for a temporary one, on the app client for passwords.
    NewPassword,
    /// The same on the app client whose users take the call.
    NewPasswordInCustomAuth,
    UserPassword,
    UserSrp,
}

/// What a sign-in has given: there were tokens, and this can be refreshed.
pub(super) struct Tokens {
    client_id: String,
    refresh_token: String,
}

impl Way {
    pub(super) const ALL: [Self; 5] =
        [Self::AdminUserPassword, Self::NewPassword, Self::NewPasswordInCustomAuth, Self::UserPassword, Self::UserSrp];

    /// Why the gate refuses it.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NewPassword | Self::NewPasswordInCustomAuth => "new-password",
            Self::AdminUserPassword | Self::UserPassword | Self::UserSrp => "no-pass",
        }
    }
}

impl Cognito {
    /// The app client that a way takes.
    pub(super) fn client_id(&self, way: Way) -> &str {
        if way == Way::NewPasswordInCustomAuth { &self.config.client_id } else { &self.config.client_id_password }
    }

    /// Goes this way as a new user.
    pub(super) async fn around(&self, way: Way) -> Result<Tokens> {
        if way.reason() == "new-password" {
            return self.replace_password(way, &self.invite().await.user).await;
        }
        self.by_password(way, &self.stack.add_user(json!({})).await.user).await
    }

    /// Signs in with a permanent password alone.
    pub(super) async fn by_password(&self, way: Way, user: &User) -> Result<Tokens> {
        let client_id = self.client_id(way);
        let result = match way {
            Way::UserSrp => {
                self.prove_password(AuthFlowType::UserSrpAuth, client_id, user).await?.authentication_result
            }
            Way::AdminUserPassword => {
                let request =
                    self.sdk.admin_initiate_auth().user_pool_id(&self.config.user_pool_id).client_id(client_id);
                let request = request.auth_flow(AuthFlowType::AdminUserPasswordAuth);
                let request = request.auth_parameters("USERNAME", &user.username);
                let answer = request.auth_parameters("PASSWORD", &user.password).send().await;
                answer.map_err(|error| said(&error))?.authentication_result
            }
            _ => {
                let request = self.sdk.initiate_auth().client_id(client_id).auth_flow(AuthFlowType::UserPasswordAuth);
                let request = request.auth_parameters("USERNAME", &user.username);
                let answer = request.auth_parameters("PASSWORD", &user.password).send().await;
                answer.map_err(|error| said(&error))?.authentication_result
            }
        };
        Ok(Tokens::of(client_id, result))
    }

    /// Proves a temporary password and sets a new one.
    pub(super) async fn replace_password(&self, way: Way, user: &User) -> Result<Tokens> {
        let in_custom_auth = way == Way::NewPasswordInCustomAuth;
        let flow = if in_custom_auth { AuthFlowType::CustomAuth } else { AuthFlowType::UserSrpAuth };
        let client_id = self.client_id(way);
        let asked = self.prove_password(flow, client_id, user).await?;
        assert_eq!(asked.challenge_name, Some(ChallengeNameType::NewPasswordRequired));
        let answer = [("NEW_PASSWORD", NEW_PASSWORD)];
        let name = ChallengeNameType::NewPasswordRequired;
        let answer = self.respond(client_id, name, asked.session, &user.username, answer).await?;
        Ok(Tokens::of(client_id, answer.authentication_result))
    }

    /// Signs in with the call. It is the first call to the user.
    pub(super) async fn by_call(&self, user: &Account) -> Result<Tokens> {
        let (client_id, number) = (&self.config.client_id, user.number.as_deref().expect("the user can be called"));
        let asked = self.prove_password(AuthFlowType::CustomAuth, client_id, &user.user).await?;
        let code = heard(&self.stack, number, 1).await;
        let (name, answer) = (ChallengeNameType::CustomChallenge, [("ANSWER", &*code)]);
        let answer = self.respond(client_id, name, asked.session, &user.user.username, answer).await?;
        Ok(Tokens::of(client_id, answer.authentication_result))
    }

    /// `REFRESH_TOKEN_AUTH`.
    pub(super) async fn refresh(&self, tokens: &Tokens) -> Result<()> {
        let request = self.sdk.initiate_auth().auth_flow(AuthFlowType::RefreshTokenAuth).client_id(&tokens.client_id);
        let answer = request.auth_parameters("REFRESH_TOKEN", &tokens.refresh_token).send().await;
        assert_issued(answer.map_err(|error| said(&error))?.authentication_result.as_ref());
        Ok(())
    }

    /// `GetTokensFromRefreshToken`.
    pub(super) async fn tokens_from_refresh_token(&self, tokens: &Tokens) -> Result<()> {
        let request = self.sdk.get_tokens_from_refresh_token().client_id(&tokens.client_id);
        let answer = request.refresh_token(&tokens.refresh_token).send().await;
        assert_issued(answer.map_err(|error| said(&error))?.authentication_result.as_ref());
        Ok(())
    }

    /// A new user with a temporary password, who can be called.
    pub(super) async fn invite(&self) -> Account {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let (username, number) = (format!("invited-{count}"), format!("+1206555018{}", count % 10));
        let attribute = |name: &str, value: &str| AttributeType::builder().name(name).value(value).build().unwrap();
        let created = self
            .sdk
            .admin_create_user()
            .user_pool_id(&self.config.user_pool_id)
            .username(&username)
            .temporary_password(TEMPORARY_PASSWORD)
            .message_action(MessageActionType::Suppress)
            .user_attributes(attribute("phone_number", &number))
            .user_attributes(attribute("phone_number_verified", "true"))
            .send()
            .await
            .unwrap();
        let attributes = created.user.unwrap().attributes.unwrap();
        let sub = attributes.into_iter().find(|attribute| attribute.name == "sub").unwrap().value.unwrap();
        Account { user: with_password(&username, TEMPORARY_PASSWORD), sub, number: Some(number) }
    }

    /// The operator makes the new password permanent.
    pub(super) async fn set_password(&self, user: &User) {
        let request = self.sdk.admin_set_user_password().user_pool_id(&self.config.user_pool_id);
        let request = request.username(&user.username).password(NEW_PASSWORD).permanent(true);
        request.send().await.unwrap();
    }

    /// The event before tokens from this source, for the app client whose users take the call.
    pub(super) fn token_event(&self, source: &str, user: &Account) -> Value {
        json!({
            "version": "1",
            "triggerSource": format!("TokenGeneration_{source}"),
            "region": self.config.region,
            "userPoolId": self.config.user_pool_id,
            "userName": user.user.username,
            "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": self.config.client_id },
            "request": {
                "userAttributes": { "sub": user.sub, "cognito:user_status": "CONFIRMED" },
                "groupConfiguration": { "groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null },
            },
            "response": { "claimsOverrideDetails": null },
        })
    }
}

impl Tokens {
    fn of(client_id: &str, result: Option<AuthenticationResultType>) -> Self {
        assert_issued(result.as_ref());
        let refresh_token = result.and_then(|result| result.refresh_token).expect("a sign-in gives one");
        Self { client_id: client_id.to_owned(), refresh_token }
    }
}

fn assert_issued(result: Option<&AuthenticationResultType>) {
    assert!(result.is_some_and(|result| result.id_token.is_some() && result.access_token.is_some()));
}
