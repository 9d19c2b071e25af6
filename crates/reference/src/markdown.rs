//! Pieces of Markdown.

/// What every page begins with.
const GENERATED: &str = "<!-- `cargo run -p reference` writes this file. Change what it is made from. -->";

/// A page: the text of a file, with each `{name}` in it replaced.
pub(crate) fn page(text: &str, parts: &[(&str, String)]) -> String {
    let text = parts.iter().fold(text.to_owned(), |text, (name, part)| {
        let place = format!("{{{name}}}");
        assert!(text.contains(&place), "the page has no place for {name}");
        text.replace(&place, part.trim_end())
    });
    format!("{GENERATED}\n\n{text}")
}

/// A table.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: [String; N]| {
        format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|").replace('\n', " ")).join(" | "))
    };
    let mut text = line(header.map(str::to_owned));
    text.push_str(&line([""; N].map(|_| "---".to_owned())));
    text.extend(rows.into_iter().map(line));
    text
}

/// Text as code. Empty for an empty text.
pub(crate) fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}
