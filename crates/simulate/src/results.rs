//! The results of scenarios, as tables.

use std::fmt;

use serde::Serialize;

use crate::column::Column;
use crate::report::Report;

/// Tables of the same reports.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// Its heading.
    pub title: &'static str,
    /// The columns of each table.
    #[serde(skip)]
    pub columns: Vec<Vec<Column>>,
    /// The rows.
    pub rows: Vec<Report>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for columns in &self.columns {
            let headings: Vec<_> = columns.iter().map(|column| column.heading()).collect();
            writeln!(f, "\n| | {} |\n|---|{}", headings.join(" | "), "---|".repeat(columns.len()))?;
            for row in &self.rows {
                let cells: Vec<_> = columns.iter().map(|column| column.cell(row)).collect();
                writeln!(f, "| {} | {} |", row.outcome.scenario.name, cells.join(" | "))?;
            }
        }
        Ok(())
    }
}
