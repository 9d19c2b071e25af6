//! The page on the local stack's interface.

use local::Endpoint;

use crate::markdown::{page as fill, table};

pub(crate) fn page() -> String {
    let rows = local::api().into_iter().map(|Endpoint { method, path, does }| [format!("`{method} {path}`"), does]);
    fill(include_str!("../text/local-api.md"), &[("endpoints", table(["request", "does"], rows))])
}
