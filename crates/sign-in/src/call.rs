//! What the call says, in which language, and the handle that it carries in place of the code.

pub use handle::{Handle, Nonce};
pub use language::Language;
pub(crate) use language::TAGS;
pub use speech::{Carried, GateDigit, Speech, spoken};

mod handle;
mod language;
mod speech;
