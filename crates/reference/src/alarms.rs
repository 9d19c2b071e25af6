//! The page on alarms.

use anyhow::Result;

use crate::markdown::{self, table};
use crate::template::Template;

pub(crate) fn page(template: &Template<'_>) -> Result<String> {
    let rows = template.alarms()?.into_iter().map(|(name, description)| {
        let (description, _) = description.split_once(" See \"").unwrap_or((&description, ""));
        let link = format!("[{name}](../operate/runbook.md#{})", name.to_lowercase());
        [link, description.to_owned()]
    });
    Ok(markdown::page(include_str!("../text/alarms.md"), &[("alarms", table(["alarm", "says"], rows))]))
}
