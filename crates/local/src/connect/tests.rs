//! Connect over HTTP, as its clients see it.

mod bench;
mod comparisons;
mod contacts;
mod flows;
mod gate;
mod gated;
mod handset;
mod local;
mod outbound;
mod page;
mod phone;
mod signatures;
mod taken;
mod talks;
