//! Code that `voice-otp` and the local stack share: a Cognito client, a sign-in on the terminal, the ledger's report,
//! and a reader for the template. It has no server, and depends on neither of the two.

pub mod claims;
pub mod cognito;
pub mod ledger;
pub mod masking;
pub mod sdk;
pub mod template;
pub mod terminal;
