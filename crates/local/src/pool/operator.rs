//! The operators' operations on users.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::pool::contact::Medium;
use crate::pool::error::ApiError;
use crate::pool::new_user::{self, NewUser, PhoneNumber};
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
        let user = user.ok_or_else(ApiError::no_such_user)?;
        let mut answer = user.describe_to_operator("UserAttributes");
        user.sms_mfa.describe(&mut answer);
        Ok(answer)
    }

    /// The user has a temporary password, which this pool sends by text message alone, as is Cognito's default.
    pub(super) fn create_user(&self, request: AdminCreateUser) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        let is_invited = request.message_action.as_deref() != Some("SUPPRESS");
        let is_by_text = request.desired_delivery_mediums.is_none_or(|mediums| mediums == ["SMS"]);
        if let Some(password) = &request.temporary_password {
            policy::check(password)?;
        }
        let mut attributes = by_name(request.user_attributes);
        let has_number = matches!(attributes.get("phone_number"), Some(Some(_)));
        if is_invited && !(request.message_action.is_none() && is_by_text && has_number) {
            return Err(ApiError::invalid_parameter(
                "This pool sends invitations to phone numbers alone: else MessageAction must be SUPPRESS",
            ));
        }
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
            Ok(user) => {
                if is_invited {
                    self.send_invitation(&user);
                }
                Ok(json!({ "User": user.describe_to_operator("Attributes") }))
            }
            Err(Rejected::Invalid(message)) => Err(ApiError::invalid_parameter(message)),
            Err(Rejected::Taken(_)) => Err(ApiError::username_exists("User account already exists")),
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

    /// An empty value takes an attribute away. A new number or address is not verified unless the request says so. A code
    /// that is under way does not bring another one back.
    pub(super) fn update_user_attributes(&self, request: AdminUpdateUserAttributes) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        let mut changes = by_name(request.user_attributes);
        for value in changes.values_mut() {
            value.take_if(|value| value.is_empty());
        }
        let new = NewUser { attributes: Some(changes.clone()), ..NewUser::default() };
        new.check().map_err(|rejected| ApiError::invalid_parameter(rejected.to_string()))?;
        let mut state = self.lock();
        let user = state.users.find_for_operator(&request.username.unwrap_or_default());
        let sub = user.map(|user| user.sub.clone()).ok_or_else(ApiError::no_such_user)?;
        let renewed: Vec<_> =
            Medium::ALL.into_iter().filter(|medium| changes.contains_key(medium.attribute())).collect();
        state.users.change(&sub, false, |user| {
            for medium in &renewed {
                user.attributes.insert(medium.verified_attribute().to_owned(), "false".to_owned());
            }
            new_user::change(&mut user.attributes, changes);
        })?;
        for medium in renewed {
            state.codes.void_changes(&sub, medium);
        }
        Ok(json!({}))
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
