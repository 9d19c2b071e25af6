//! The page on metrics.

use sign_in::ledger::Limit;
use sign_in::metric::Metric;

use crate::markdown::{code, page as fill, table};

pub(crate) fn page() -> String {
    let metrics = Metric::ALL.iter().map(|metric| {
        let dimension = metric.dimension().map(|(name, _)| code(name)).unwrap_or_default();
        [code(metric.name()), metric.unit().to_owned(), dimension, metric.counts().to_owned()]
    });
    let words = Metric::ALL.iter().filter(|metric| metric.dimension().is_some()).map(|metric| {
        let words: Vec<_> = metric.words().iter().map(|word| code(word)).collect();
        [code(metric.name()), words.join(", ")]
    });
    let limits = Limit::all().map(|limit| [code(&limit.to_string()), limit.advice().to_owned()]);
    fill(
        include_str!("../text/metrics.md"),
        &[
            ("metrics", table(["metric", "unit", "second dimension", "function: what is counted"], metrics)),
            ("words", table(["metric", "values of the second dimension"], words)),
            ("limits", table(["limit", "advice in the log"], limits)),
        ],
    )
}
