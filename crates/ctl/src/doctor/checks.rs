//! The checks, by what they look at.

pub(super) mod clients;
pub(super) mod connect;
pub(super) mod functions;
pub(super) mod pool;
pub(super) mod reach;
pub(super) mod roles;
pub(super) mod settings;
pub(super) mod table;
pub(super) mod triggers;

use crate::snapshot::{Found, Function, Snapshot, Trigger};

/// The functions, by trigger.
fn functions(snapshot: &Snapshot) -> [(Trigger, &Found<Function>); 3] {
    [(Trigger::Define, &snapshot.define), (Trigger::Create, &snapshot.create), (Trigger::Verify, &snapshot.verify)]
}

/// A setting of the create function, if it is set.
fn setting<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a str> {
    snapshot.create.here()?.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// The attribute with the number.
fn phone_attribute(snapshot: &Snapshot) -> &str {
    setting(snapshot, "OTP_PHONE_ATTRIBUTE").unwrap_or("phone_number")
}
