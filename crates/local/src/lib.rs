//! The whole sign-in on one machine: a strict user pool, Lambda's Runtime API, a stand-in for Amazon Connect and an
//! embedded `DynamoDB`. It needs no AWS account and no container. It listens only on 127.0.0.1, and refuses pages from
//! elsewhere.

pub mod args;
mod aws_error;
mod aws_json;
pub mod connect;
mod credentials;
pub mod dynamodb;
pub mod faults;
mod guard;
pub mod kms;
pub mod lambda;
pub mod ledger;
mod object;
mod page;
pub mod pool;
mod program;
mod refusal;
mod region;
mod routes;
pub mod server;
pub mod sign_in;
mod signature;
mod sms;
pub mod time;

pub use self::credentials::Credentials;
pub use self::routes::Endpoint;
pub use self::server::api;
