//! Invocations of the functions on the virtual clock. The steps are those of the functions' own state machines; the
//! scenario says how long each takes.

use std::time::Duration;

pub use placing::{Placing, Surroundings};
pub use writing::Writing;

mod placing;
mod writing;

/// The result of a step.
#[derive(Debug)]
pub enum Step<T> {
    /// The next step is at this time.
    Next(Duration),
    /// The invocation is over.
    Done(T),
}

#[cfg(test)]
mod tests;
