//! The requests that have Cognito send codes, and those that take them.

use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::operation::initiate_auth::InitiateAuthOutput;
use aws_sdk_cognitoidentityprovider::types::{AttributeType, AuthFlowType, SmsMfaSettingsType};
use client::cognito::User;

use crate::cognito::{Cognito, Result, said};
use crate::stack::Stack;

pub(super) const PASSWORD: &str = "Correct-Horse-7";

impl Cognito {
    /// The pool of a stack without the token gate, where a password alone gives tokens.
    pub(super) async fn without_gate(arguments: &[&str]) -> Self {
        Self::of(Arc::new(Stack::with_arguments(&[&["--token-gate", "off"], arguments].concat()))).await
    }

    fn client(&self) -> &str {
        &self.config.client_id_password
    }

    pub(super) async fn sign_up(&self, name: &str, number: &str, locale: &str) -> Result<()> {
        let request = self.sdk.sign_up().client_id(self.client()).username(name).password(PASSWORD);
        let request = request.user_attributes(attribute("phone_number", number));
        let request = request.user_attributes(attribute("locale", locale));
        request.send().await.map(drop).map_err(|error| said(&error))
    }

    pub(super) async fn send_again(&self, name: &str) -> Result<()> {
        let request = self.sdk.resend_confirmation_code().client_id(self.client()).username(name);
        request.send().await.map(drop).map_err(|error| said(&error))
    }

    pub(super) async fn confirm(&self, name: &str, code: &str) -> Result<()> {
        let request = self.sdk.confirm_sign_up().client_id(self.client()).username(name).confirmation_code(code);
        request.send().await.map(drop).map_err(|error| said(&error))
    }

    pub(super) async fn forget(&self, name: &str) -> Result<()> {
        let request = self.sdk.forgot_password().client_id(self.client()).username(name);
        request.send().await.map(drop).map_err(|error| said(&error))
    }

    pub(super) async fn set_password_by_code(&self, user: &User, code: &str) -> Result<()> {
        let request = self.sdk.confirm_forgot_password().client_id(self.client()).confirmation_code(code);
        let request = request.username(&user.username).password(&user.password);
        request.send().await.map(drop).map_err(|error| said(&error))
    }

    /// `USER_PASSWORD_AUTH`
    pub(super) async fn sign_in(&self, user: &User) -> Result<InitiateAuthOutput> {
        self.start(AuthFlowType::UserPasswordAuth, user, [("PASSWORD", &*user.password)]).await
    }

    /// A sign-in with these parameters beside the name.
    pub(super) async fn start<const N: usize>(
        &self,
        flow: AuthFlowType,
        user: &User,
        parameters: [(&str, &str); N],
    ) -> Result<InitiateAuthOutput> {
        let request = self.sdk.initiate_auth().client_id(self.client()).auth_flow(flow);
        let request = request.auth_parameters("USERNAME", &user.username);
        let request =
            parameters.into_iter().fold(request, |request, (name, value)| request.auth_parameters(name, value));
        request.send().await.map_err(|error| said(&error))
    }

    /// The access token of a user without a second factor.
    pub(super) async fn access_token(&self, user: &User) -> String {
        self.sign_in(user).await.unwrap().authentication_result.unwrap().access_token.unwrap()
    }

    pub(super) async fn change_number(&self, token: &str, number: &str) -> Result<()> {
        let request = self.sdk.update_user_attributes().access_token(token);
        let request = request.user_attributes(attribute("phone_number", number)).send().await;
        request.map(drop).map_err(|error| said(&error))
    }

    pub(super) async fn ask_to_verify(&self, token: &str) -> Result<()> {
        let request = self.sdk.get_user_attribute_verification_code().access_token(token);
        request.attribute_name("phone_number").send().await.map(drop).map_err(|error| said(&error))
    }

    pub(super) async fn verify(&self, token: &str, code: &str) -> Result<()> {
        let request = self.sdk.verify_user_attribute().access_token(token).attribute_name("phone_number").code(code);
        request.send().await.map(drop).map_err(|error| said(&error))
    }

    /// The user's number, and whether it is verified.
    pub(super) async fn number(&self, token: &str) -> (String, bool) {
        let attributes = self.sdk.get_user().access_token(token).send().await.unwrap().user_attributes;
        let value = |name: &str| attributes.iter().find(|attribute| attribute.name == name)?.value.clone();
        (value("phone_number").unwrap(), value("phone_number_verified").is_some_and(|value| value == "true"))
    }

    pub(super) async fn turn_mfa_on(&self, token: &str) {
        let sms = SmsMfaSettingsType::builder().enabled(true).preferred_mfa(true).build();
        self.sdk.set_user_mfa_preference().access_token(token).sms_mfa_settings(sms).send().await.unwrap();
    }

    /// An operator makes a user with a temporary password, which Cognito sends.
    pub(super) async fn invite_by_text(&self, name: &str, number: &str, password: &str) {
        let request = self.sdk.admin_create_user().user_pool_id(&self.config.user_pool_id).username(name);
        let request = request.temporary_password(password).user_attributes(attribute("phone_number", number));
        request.send().await.unwrap();
    }
}

fn attribute(name: &str, value: &str) -> AttributeType {
    AttributeType::builder().name(name).value(value).build().expect("it has a name")
}
