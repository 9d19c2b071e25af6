//! A set-up as it is: what a reader found of it, in plain data. It holds no secret: of a key its length is kept, and
//! whether two functions have the same one.

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

/// A user pool and all that hangs on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which set-up it is.
    pub set_up: SetUp,
    /// What the stack's parameters and outputs say, by the names of the settings. It stands for the create function's
    /// environment where that can't be read. Empty without a stack.
    pub parameters: BTreeMap<String, String>,
    /// The pool.
    pub pool: Found<Pool>,
    /// Its app clients.
    pub clients: Found<Vec<Client>>,
    /// How many users are in `FORCE_CHANGE_PASSWORD`.
    pub temporary_passwords: Found<u64>,
    /// How many users could sign in, if that was asked.
    pub users: Option<Found<Users>>,
    /// The function of Define Auth Challenge.
    pub define: Found<Function>,
    /// The function of Create Auth Challenge.
    pub create: Found<Function>,
    /// The function of Verify Auth Challenge Response.
    pub verify: Found<Function>,
    /// Whether create and verify have the same key, if both have one.
    pub same_key: Option<bool>,
    /// What calls.
    pub connect: Connect,
    /// The ledger.
    pub table: Found<Table>,
}

/// What became of reading one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Found<T> {
    /// It is there.
    Here(T),
    /// There is none of its name.
    Missing {
        /// The name.
        name: String,
    },
    /// It could not be looked at.
    Unread {
        /// Why.
        reason: String,
        /// What to do about that.
        advice: String,
    },
    /// Nothing says which one it is.
    Unnamed,
}

impl Snapshot {
    /// The create function's environment, or what the stack says in its place. Nothing, if neither is known.
    #[must_use]
    pub fn settings(&self) -> Option<&BTreeMap<String, String>> {
        let of_function = self.create.here().and_then(Function::environment);
        of_function.or((!self.parameters.is_empty()).then_some(&self.parameters))
    }
}

impl<T> Found<T> {
    /// The thing, if it is there.
    #[must_use]
    pub fn here(&self) -> Option<&T> {
        match self {
            Self::Here(thing) => Some(thing),
            Self::Missing { .. } | Self::Unread { .. } | Self::Unnamed => None,
        }
    }
}
