//! What the functions should take at most, beside what they take.

use crate::row::{self, Row};
use crate::subject::Subject;
use crate::table::Table;

/// A figure of a function, given that of hello.
type Figure = fn(&Row, &Row) -> Option<f64>;

/// What is measured, and the most for define, for each function with one request, and for each with three.
const AIMS: [(&str, Figure, [f64; 3]); 5] = [
    ("a start's CPU, to hello", |row, hello| row.cold_cpu_ms.ratio(&hello.cold_cpu_ms), [1.06, 2.1, 3.0]),
    ("first invocation, CPU ms", |row, _| Some(row.invocation_cpu_ms.median), [0.16, 0.5, 0.8]),
    ("a further answer's CPU, to hello", |row, hello| row.warm_cpu_us.ratio(&hello.warm_cpu_us), [1.3, 3.8, 8.4]),
    ("peak memory, MiB", |row, _| Some(row.cold_memory_mib.median), [3.1, 6.0, 6.7]),
    ("shipped, MiB", |row, _| Some(row.shipped_mib()), [1.1, 3.7, 4.4]),
];

/// The functions, and whose aims they have.
const FUNCTIONS: [(Subject, usize); 6] = [
    (Subject::Define, 0),
    (Subject::Verify, 1),
    (Subject::Speak, 1),
    (Subject::Gate, 1),
    (Subject::Create, 2),
    (Subject::Send, 2),
];

/// Each figure with its aim, bold where it is missed. There are no rows without hello.
pub(crate) fn table(rows: &[Row]) -> Table {
    let functions: Vec<_> =
        FUNCTIONS.iter().filter_map(|(subject, aim)| Some((row::of(rows, *subject)?, aim))).collect();
    let names: Vec<_> = functions.iter().map(|(row, _)| row.subject).collect();
    let mut table = Table::new("Each figure, its aim, bold where it is missed", &names);
    let Some(hello) = row::of(rows, Subject::Hello).filter(|_| !functions.is_empty()) else { return table };
    for (what, figure, aims) in AIMS {
        table.row(what, functions.iter().map(|(row, aim)| cell(figure(row, hello), aims[**aim])));
    }
    table
}

fn cell(figure: Option<f64>, aim: f64) -> String {
    let Some(figure) = figure else { return "-".to_owned() };
    // What is shown as the aim is no miss.
    let mark = if figure < aim + 0.005 { "" } else { "**" };
    format!("{mark}{figure:.2}{mark}, aim {aim}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::tests::row;

    #[test]
    fn a_miss_is_bold() {
        assert_eq!(cell(Some(2.104), 2.1), "2.10, aim 2.1");
        assert_eq!(cell(Some(2.106), 2.1), "**2.11**, aim 2.1");
        assert_eq!(cell(None, 2.1), "-");
    }

    #[test]
    fn there_is_a_column_for_each_function() {
        let table = table(&[row(Subject::Hello, 1), row(Subject::Define, 2), row(Subject::Send, 2)]);
        let text = table.to_string();
        assert!(text.contains("| | define | send |\n"), "{text}");
        assert!(text.contains("| a start's CPU, to hello | **2.00**, aim 1.06 | 2.00, aim 3 |\n"), "{text}");
        assert!(text.contains("| shipped, MiB | **3.00**, aim 1.1 | 3.00, aim 4.4 |\n"), "{text}");
    }

    #[test]
    fn without_hello_there_is_none() {
        assert_eq!(table(&[row(Subject::Define, 1)]).to_string(), "");
    }
}
