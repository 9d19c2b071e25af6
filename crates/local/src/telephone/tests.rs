//! The telephone over HTTP, as its clients see it.

mod bench;
mod flows;
mod local;
mod outbound;
mod signatures;
mod talks;
