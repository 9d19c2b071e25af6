//! The account and the Region of the local stack.

/// The account that everything local belongs to: the one of AWS's documentation.
pub(crate) const ACCOUNT: &str = "123456789012";
/// The Region that everything local is in.
pub(crate) const REGION: &str = "us-east-1";
