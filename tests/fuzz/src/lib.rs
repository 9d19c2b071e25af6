//! What is read from outside, as functions that take any bytes. Nothing may panic, and each function names the properties
//! that must hold beside that.

pub mod answers;
pub mod events;
pub mod handles;
pub mod input;
pub mod messages;
pub mod rounds;
pub mod setting;
