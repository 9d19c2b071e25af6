//! The operators' operations on users.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::pool::error::ApiError;
use crate::pool::new_user::{NewUser, PhoneNumber};
use crate::pool::request::{
    AdminCreateUser, AdminGetUser, AdminSetUserPassword, AdminUpdateUserAttributes, Attribute, ListUsers,
};
use crate::pool::users::{Rejected, Status};
use crate::pool::{UserPool, policy, random};

/// The operations that must be signed by an operator.
pub(super) const OPERATIONS: [&str; 8] = [
    "AdminCreateUser",
    "AdminGetUser",
    "AdminInitiateAuth",
    "AdminRespondToAuthChallenge",
    "AdminSetUserPassword",
    "AdminUpdateUserAttributes",
    "DescribeUserPool",
    "ListUsers",
];
/// The most users in one answer.
const PAGE: usize = 60;

impl UserPool {
    pub(super) fn check_pool(&self, user_pool_id: Option<&str>) -> Result<(), ApiError> {
        let id = user_pool_id.unwrap_or_default();
        if id == self.config().user_pool_id { Ok(()) } else { Err(ApiError::no_such_pool(id)) }
    }

    pub(super) fn user_for_operator(&self, request: AdminGetUser) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        let state = self.lock();
        let user = state.users.find_for_operator(&request.username.unwrap_or_default());
        user.map(|user| user.describe_to_operator("UserAttributes")).ok_or_else(ApiError::no_such_user)
    }

    /// The user has a temporary password, which this pool does not send.
    pub(super) fn create_user(&self, request: AdminCreateUser) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        if request.message_action.as_deref() != Some("SUPPRESS") {
            return Err(ApiError::invalid_parameter("This pool sends no invitations: MessageAction must be SUPPRESS"));
        }
        if let Some(password) = &request.temporary_password {
            policy::check(password)?;
        }
        let mut attributes = by_name(request.user_attributes);
        let has_number = matches!(attributes.get("phone_number"), Some(Some(_)));
        // No defaults here: a user without a given address or verified number has none.
        for name in ["email", "email_verified", "phone_number_verified"] {
            attributes.entry(name.to_owned()).or_insert(None);
        }
        let new = NewUser {
            username: request.username,
            password: Some(request.temporary_password.unwrap_or_else(|| random::name(32))),
            phone_number: if has_number { PhoneNumber::Any } else { PhoneNumber::Missing },
            phone_number_verified: None,
            attributes: Some(attributes),
        };
        let user = self.lock().users.add(self.config(), new, Status::ForceChangePassword);
        match user {
            Ok(user) => Ok(json!({ "User": user.describe_to_operator("Attributes") })),
            Err(Rejected::Invalid(message)) => Err(ApiError::invalid_parameter(message)),
            Err(Rejected::Taken(_)) => Err(ApiError::username_exists()),
        }
    }

    pub(super) fn set_user_password(&self, request: AdminSetUserPassword) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        if request.permanent != Some(true) {
            return Err(ApiError::invalid_parameter(
                "This pool takes permanent passwords alone: Permanent must be true",
            ));
        }
        let password = request.password.unwrap_or_default();
        let mut state = self.lock();
        let user = state.users.find_for_operator(&request.username.unwrap_or_default());
        let sub = user.map(|user| user.sub.clone()).ok_or_else(ApiError::no_such_user)?;
        policy::check(&password)?;
        state.users.set_password(self.config(), &sub, password);
        Ok(json!({}))
    }

    /// An empty value takes an attribute away. A new number or address is not verified unless the request says so.
    pub(super) fn update_user_attributes(&self, request: AdminUpdateUserAttributes) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        let mut state = self.lock();
        let user = state.users.find_for_operator(&request.username.unwrap_or_default());
        let sub = user.map(|user| user.sub.clone()).ok_or_else(ApiError::no_such_user)?;
        let mut changes = by_name(request.user_attributes);
        for value in changes.values_mut() {
            value.take_if(|value| value.is_empty());
        }
        let change = NewUser { attributes: Some(changes), ..NewUser::default() };
        match state.users.change_attributes(&sub, change) {
            Ok(()) => Ok(json!({})),
            Err(Rejected::Invalid(message)) => Err(ApiError::invalid_parameter(message)),
            Err(Rejected::Taken(_)) => Err(ApiError::alias_exists()),
        }
    }

    /// Users in the order of their creation. The only supported filter is the one for a status.
    pub(super) fn list_users(&self, request: ListUsers) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        let filter = request.filter.as_deref().filter(|filter| !filter.is_empty()).map(status_of).transpose()?;
        let start = match &request.pagination_token {
            Some(token) => token.parse().map_err(|_| ApiError::invalid_parameter("Invalid pagination token."))?,
            None => 0,
        };
        let state = self.lock();
        let fit = || state.users.iter().filter(|user| filter.is_none_or(|status| user.status.name() == status));
        let limit = request.limit.unwrap_or(PAGE);
        let users: Value = fit().skip(start).take(limit).map(|user| user.describe_to_operator("Attributes")).collect();
        let mut answer = json!({ "Users": users });
        if fit().count() > start.saturating_add(limit) {
            answer["PaginationToken"] = (start + limit).to_string().into();
        }
        Ok(answer)
    }
}

fn by_name(attributes: Option<Vec<Attribute>>) -> BTreeMap<String, Option<String>> {
    attributes.into_iter().flatten().map(|attribute| (attribute.name, attribute.value)).collect()
}

/// The status of a filter `cognito:user_status = "STATUS"`.
fn status_of(filter: &str) -> Result<&str, ApiError> {
    let value = filter.split_once('=').filter(|(name, _)| name.trim() == "cognito:user_status").map(|(_, value)| value);
    let status = value.and_then(|value| value.trim().strip_prefix('"')?.strip_suffix('"'));
    status.ok_or_else(|| ApiError::invalid_parameter("This pool filters by cognito:user_status = \"STATUS\" alone"))
}
