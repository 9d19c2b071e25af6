//! Tokens at the end of a sign-in and for a refresh token, unless the Pre Token Generation trigger refuses them.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::pool::app_client::AppClient;
use crate::pool::error::ApiError;
use crate::pool::request::{GetTokensFromRefreshToken, Strings};
use crate::pool::sign_in::{required, secret_hash};
use crate::pool::tokens::Grant;
use crate::pool::trigger::{Event, TokenSource};
use crate::pool::users::{Status, User};
use crate::pool::{GetTokensSource, UserPool};

impl UserPool {
    /// The answer that ends a sign-in.
    pub(super) async fn issue(
        &self,
        source: TokenSource,
        client_id: &str,
        user: Arc<User>,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        if user.status == Status::Unconfirmed {
            return Err(ApiError::user_not_confirmed());
        }
        self.before_tokens(source, client_id, &user, metadata).await?;
        let tokens = self.lock().grants.issue(self.keys(), self.config(), client_id, user);
        Ok(json!({"AuthenticationResult": tokens, "ChallengeParameters": {}}))
    }

    /// `REFRESH_TOKEN_AUTH` of `InitiateAuth`, whose `ClientMetadata` the trigger doesn't get.
    pub(super) async fn refresh(&self, client: AppClient<'_>, parameters: &Strings) -> Result<Value, ApiError> {
        let token = required(parameters, "REFRESH_TOKEN")?;
        client.check_secret_received(secret_hash(parameters))?;
        let grant = self.lock().grants.of_refresh_token(token, client.id)?;
        client.check_secret_hash(&grant.user.username, secret_hash(parameters)).map_err(|_| {
            ApiError::not_authorized(format!("SecretHash does not match for the client: {}", client.id))
        })?;
        let tokens = self.renew(TokenSource::RefreshTokens, client, grant, None).await?;
        Ok(json!({"AuthenticationResult": tokens, "ChallengeParameters": {}}))
    }

    /// `GetTokensFromRefreshToken`. AWS's guide gives it the source of a sign-in, and an event that was captured that of a
    /// refresh (<https://github.com/aws-amplify/amplify-js/issues/14753>).
    pub(super) async fn tokens_from_refresh_token(
        &self,
        request: GetTokensFromRefreshToken,
    ) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        let client = self.app_client(&client_id)?;
        client.check_secret(request.client_secret.as_deref())?;
        let grant = self.lock().grants.of_refresh_token(&request.refresh_token.unwrap_or_default(), client.id)?;
        let source = match self.config().get_tokens_source {
            GetTokensSource::Authentication => TokenSource::Authentication,
            GetTokensSource::RefreshTokens => TokenSource::RefreshTokens,
        };
        let tokens = self.renew(source, client, grant, request.client_metadata.as_ref()).await?;
        Ok(json!({"AuthenticationResult": tokens}))
    }

    /// New tokens, for the user as they are today.
    async fn renew(
        &self,
        source: TokenSource,
        client: AppClient<'_>,
        mut grant: Grant,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        let user = self.lock().users.of_sub(&grant.user.sub).cloned();
        grant.user = user.ok_or_else(ApiError::no_such_user)?;
        self.before_tokens(source, client.id, &grant.user, metadata).await?;
        Ok(grant.tokens(self.keys(), self.config()))
    }

    /// Asks the Pre Token Generation trigger, if the pool has one.
    async fn before_tokens(
        &self,
        source: TokenSource,
        client_id: &str,
        user: &User,
        metadata: Option<&Strings>,
    ) -> Result<(), ApiError> {
        if !self.config().token_gate {
            return Ok(());
        }
        let event = self.event_of_user(client_id, user, metadata);
        self.triggers().before_tokens(source, &event).await
    }

    /// An event about a known user that is no round of a sign-in.
    pub(super) fn event_of_user<'a>(
        &'a self,
        client_id: &'a str,
        user: &'a User,
        client_metadata: Option<&'a Strings>,
    ) -> Event<'a> {
        Event {
            region: &self.config().region,
            user_pool_id: &self.config().user_pool_id,
            client_id,
            username: &user.username,
            user_attributes: Some(user.event_attributes()),
            session: &[],
            client_metadata,
        }
    }
}
