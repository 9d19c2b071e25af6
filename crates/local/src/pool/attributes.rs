//! The attributes of a user who is signed in. A new address or number counts once its code was entered, and the old one stays
//! until then: the template's `AttributesRequireVerificationBeforeUpdate`.

use std::sync::Arc;

use serde_json::{Value, json};
use sign_in::sending::Source;

use crate::pool::UserPool;
use crate::pool::app_client::AppClient;
use crate::pool::codes::CodeUse;
use crate::pool::contact::{Contact, Medium};
use crate::pool::error::ApiError;
use crate::pool::new_user::is_attribute;
use crate::pool::quotas::Limited;
use crate::pool::request::{
    Attribute, GetUserAttributeVerificationCode, UpdateUserAttributes, VerifyUserAttribute, WithAccessToken,
};
use crate::pool::users::User;

impl UserPool {
    pub(super) fn user(&self, request: WithAccessToken) -> Result<Value, ApiError> {
        Ok(self.signed_in(request.access_token)?.0.describe_to_owner())
    }

    pub(super) fn update_attributes(&self, request: UpdateUserAttributes) -> Result<Value, ApiError> {
        let (user, client_id) = self.signed_in(request.access_token)?;
        let attributes = self.app_client(&client_id)?.writable(request.user_attributes.unwrap_or_default())?;
        let mut to_verify = Vec::new();
        let user = self.lock().users.change(&user.sub, false, |user| {
            for (name, value) in attributes {
                let medium = Medium::of_attribute(&name);
                match (medium, value.is_empty()) {
                    (Some(medium), false) => to_verify.push(Contact { medium, address: value }),
                    (None, false) => drop(user.attributes.insert(name, value)),
                    // An empty value removes an attribute.
                    (medium, true) => {
                        user.attributes.remove(&name);
                        if let Some(medium) = medium {
                            user.attributes.remove(medium.verified_attribute());
                        }
                    }
                }
            }
        })?;
        let metadata = request.client_metadata.as_ref();
        let send = |contact: &Contact| {
            let code_use = CodeUse::Verify(contact.medium);
            self.send_code(Source::UpdateUserAttribute, code_use, &user, contact, &client_id, metadata)
        };
        Ok(json!({ "CodeDeliveryDetailsList": to_verify.iter().map(send).collect::<Value>() }))
    }

    /// Sends a code to the user's value, also while a new one waits: whoever wants another code for that one updates the
    /// attribute again (<https://github.com/aws-amplify/amplify-flutter/issues/3756>).
    pub(super) fn send_verification_code(&self, request: GetUserAttributeVerificationCode) -> Result<Value, ApiError> {
        let (user, client_id) = self.signed_in(request.access_token)?;
        let medium = medium_of(request.attribute_name)?;
        let code_use = CodeUse::Verify(medium);
        let contact = Contact::of(&user, medium).ok_or_else(|| {
            ApiError::invalid_parameter(format!("User does not have attribute {}", medium.attribute()))
        })?;
        self.lock().quotas.count(&user.sub, Limited::GetUserAttributeVerificationCode)?;
        let metadata = request.client_metadata.as_ref();
        let sent = self.send_code(Source::VerifyUserAttribute, code_use, &user, &contact, &client_id, metadata);
        Ok(json!({ "CodeDeliveryDetails": sent }))
    }

    pub(super) fn verify_attribute(&self, request: VerifyUserAttribute) -> Result<Value, ApiError> {
        let (user, _) = self.signed_in(request.access_token)?;
        let code_use = CodeUse::Verify(medium_of(request.attribute_name)?);
        let mut state = self.lock();
        state.quotas.count(&user.sub, Limited::VerifyUserAttribute)?;
        let contact = state.codes.take(&user.sub, code_use, &request.code.unwrap_or_default())?;
        state.users.change(&user.sub, false, |user| contact.set(user, true))?;
        Ok(json!({}))
    }

    /// The user of an access token, as they are now, and the id of the app client that has it.
    pub(super) fn signed_in(&self, token: Option<String>) -> Result<(Arc<User>, String), ApiError> {
        let state = self.lock();
        let grant = state.grants.of_access_token(self.keys(), &token.unwrap_or_default())?;
        let user = state.users.of_sub(&grant.user.sub).ok_or_else(ApiError::no_such_user)?;
        Ok((Arc::clone(user), grant.client_id.clone()))
    }
}

impl AppClient<'_> {
    /// The attributes of a request, if this client may write them and the pool has them. No value means an empty one.
    pub(super) fn writable(&self, attributes: Vec<Attribute>) -> Result<Vec<(String, String)>, ApiError> {
        let may_write = |name: &str| !is_flag(name) && self.writes.is_none_or(|writes| writes.contains(&name));
        if attributes.iter().any(|attribute| !may_write(&attribute.name)) {
            return Err(ApiError::not_authorized("A client attempted to write unauthorized attribute"));
        }
        attributes.into_iter().map(|Attribute { name, value }| checked(name, value.unwrap_or_default())).collect()
    }
}

fn checked(name: String, value: String) -> Result<(String, String), ApiError> {
    match Medium::of_attribute(&name) {
        None if !is_attribute(&name) => Err(ApiError::invalid_parameter(format!(
            "Attributes did not conform to the schema: Type for attribute {{{name}}} could not be determined"
        ))),
        Some(medium) if !value.is_empty() && !(Contact { medium, address: value.clone() }).is_sound() => {
            Err(ApiError::invalid_parameter(match medium {
                Medium::Email => "Invalid email address format.",
                Medium::Phone => "Invalid phone number format.",
            }))
        }
        _ => Ok((name, value)),
    }
}

/// Whether the attribute says that another one is verified. Only the pool itself and operators say so.
fn is_flag(name: &str) -> bool {
    Medium::ALL.iter().any(|medium| medium.verified_attribute() == name)
}

fn medium_of(attribute: Option<String>) -> Result<Medium, ApiError> {
    let medium = attribute.as_deref().and_then(Medium::of_attribute);
    medium.ok_or_else(|| ApiError::invalid_parameter("This pool verifies email and phone_number alone"))
}
