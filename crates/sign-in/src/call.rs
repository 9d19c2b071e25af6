//! What the call says, and in which language.

pub use language::Language;
pub(crate) use language::TAGS;
pub use speech::{GateDigit, Speech, spoken};

mod language;
mod speech;
