//! A table in Markdown, with a line above it that says what it has.

use std::fmt;

/// A table, whose first column has no name. Without rows, it is not shown.
#[derive(Debug)]
pub(crate) struct Table {
    title: &'static str,
    columns: Vec<String>,
    rows: Vec<String>,
}

impl Table {
    pub(crate) fn new(title: &'static str, columns: &[impl ToString]) -> Self {
        Self { title, columns: columns.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, name: impl fmt::Display, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<_> = cells.into_iter().collect();
        self.rows.push(format!("| {name} | {} |", cells.join(" | ")));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return Ok(());
        }
        let Self { title, columns, rows } = self;
        writeln!(f, "\n{title}:\n\n| | {} |\n|---|{}", columns.join(" | "), "---|".repeat(columns.len()))?;
        rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_rows_or_is_not_shown() {
        let mut table = Table::new("Sizes", &["a", "b"]);
        assert_eq!(table.to_string(), "");
        table.row("one", ["1".to_owned(), "2".to_owned()]);
        assert_eq!(table.to_string(), "\nSizes:\n\n| | a | b |\n|---|---|---|\n| one | 1 | 2 |\n");
    }
}
