//! Connect over HTTP, as its clients see it.

mod bench;
mod comparisons;
mod contacts;
mod flows;
mod gate;
mod gated;
mod handset;
mod invocation_parameters;
mod invocations;
mod local;
mod outbound;
mod page;
mod phone;
mod script;
mod signatures;
mod taken;
mod talks;
