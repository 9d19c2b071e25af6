//! A set-up as it is: what a reader found of it, in plain data. It holds no secret: of a key its length is kept, and
//! whether two functions have the same one.

mod client;
mod connect;
mod function;
mod pool;
pub mod reader;
mod table;

pub use self::client::Client;
pub use self::connect::{Connect, Flow, Instance, Number, Queue, Quota};
pub use self::function::{Denial, Function, Permission, Role};
pub use self::pool::{Pool, Trigger};
pub use self::table::Table;

use serde::{Deserialize, Serialize};

/// A user pool and all that hangs on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The pool.
    pub pool: Found<Pool>,
    /// Its app clients.
    pub clients: Found<Vec<Client>>,
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
