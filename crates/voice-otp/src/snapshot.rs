//! A set-up as a reader found it, in plain data. It holds no secret: only a key's length, and whether two functions
//! have the same key.

mod client;
mod codes;
mod connect;
mod flow;
mod function;
mod pool;
mod program;
pub mod reader;
mod set_up;
mod table;
mod users;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::client::Client;
pub use self::codes::{Codes, CodesKey, Invocations};
pub use self::connect::{Connect, Instance, Number, Queue, Quota};
pub use self::flow::{Course, Flow, Invocation, Logging, Wish};
pub use self::function::{Configuration, Denial, Function, Invoker, Permission, Role};
pub use self::pool::{Pool, Registration, SmsSender, TokenTrigger, Trigger};
pub use self::program::Program;
pub use self::set_up::SetUp;
pub use self::table::Table;
pub use self::users::{Obstacle, Users};

/// A user pool with everything that belongs to the sign-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which set-up it is.
    pub set_up: SetUp,
    /// The settings in the stack's parameters and outputs, by name. They are used if the create function's environment
    /// can't be read. Empty without a stack.
    pub parameters: BTreeMap<String, String>,
    /// Whether the stack made the pool. Then it has the triggers of the sign-in.
    pub made_pool: bool,
    /// The pool.
    pub pool: Found<Pool>,
    /// Its app clients.
    pub clients: Found<Vec<Client>>,
    /// The names of its identity providers.
    pub identity_providers: Found<Vec<String>>,
    /// How many users are in `FORCE_CHANGE_PASSWORD`.
    pub temporary_passwords: Found<u64>,
    /// How many users could sign in, if they were counted.
    pub users: Option<Found<Users>>,
    /// The function of Define Auth Challenge.
    pub define: Found<Function>,
    /// The function of Create Auth Challenge.
    pub create: Found<Function>,
    /// The function of Verify Auth Challenge Response.
    pub verify: Found<Function>,
    /// speak-code, if it is to give the code to the call.
    pub speak: Found<Function>,
    /// gate-tokens, if it is deployed.
    pub gate: Found<Function>,
    /// send-code, if it is deployed.
    pub send: Found<Function>,
    /// What Cognito's own codes need beside it.
    pub codes: Codes,
    /// Whether another function than gate-tokens is at Pre Token Generation that certainly does not exist.
    pub token_trigger_is_gone: bool,
    /// Whether create and verify have the same key, if both have one.
    pub same_key: Option<bool>,
    /// Whether create and speak-code have the same key, if both have one.
    pub same_key_to_speak: Option<bool>,
    /// Whether create and send-code have the same key, if both have one.
    pub same_key_to_send: Option<bool>,
    /// Whether the Connect instance lists speak-code among its functions. `None` if that can't be asked: the instance is
    /// in another Region or account, or there is no such function.
    pub speak_listed: Option<Found<bool>>,
    /// The Connect instance, the flow and the number that calls.
    pub connect: Connect,
    /// The ledger.
    pub table: Found<Table>,
}

/// The result of reading one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Found<T> {
    /// It exists.
    Here(T),
    /// It does not exist.
    Missing {
        /// The name.
        name: String,
    },
    /// It could not be read.
    Unread {
        /// Why.
        reason: String,
        /// The advice for the operator.
        advice: String,
    },
    /// No setting or argument names it.
    Unnamed,
}

impl Snapshot {
    /// The create function's environment, or else the stack's parameters. `None` if neither is known.
    #[must_use]
    pub fn settings(&self) -> Option<&BTreeMap<String, String>> {
        let of_function = self.create.here().and_then(Function::environment);
        of_function.or((!self.parameters.is_empty()).then_some(&self.parameters))
    }

    /// Whether the call gets its code from speak-code, as far as the settings are known.
    #[must_use]
    pub fn code_by_function(&self) -> bool {
        self.settings().is_none_or(code_by_function)
    }
}

/// Whether the call gets its code from speak-code, by these settings.
fn code_by_function(settings: &BTreeMap<String, String>) -> bool {
    settings.get("OTP_CODE_DELIVERY").is_none_or(|delivery| delivery != "attribute")
}

impl<T> Found<T> {
    /// The resource, if it exists.
    #[must_use]
    pub fn here(&self) -> Option<&T> {
        match self {
            Self::Here(thing) => Some(thing),
            Self::Missing { .. } | Self::Unread { .. } | Self::Unnamed => None,
        }
    }
}
