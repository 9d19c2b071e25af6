//! A set-up as a reader found it, in plain data. It holds no secret: only a key's length, and whether two functions
//! have the same key.

mod client;
mod connect;
mod function;
mod pool;
pub mod reader;
mod set_up;
mod table;
mod users;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::client::Client;
pub use self::connect::{Connect, Flow, Instance, Number, Queue, Quota};
pub use self::function::{Configuration, Denial, Function, Permission, Role};
pub use self::pool::{Pool, Registration, Trigger};
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
    /// The pool.
    pub pool: Found<Pool>,
    /// Its app clients.
    pub clients: Found<Vec<Client>>,
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
    /// Whether create and verify have the same key, if both have one.
    pub same_key: Option<bool>,
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
