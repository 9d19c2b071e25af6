//! The page on languages.

use sign_in::call::Language;

use crate::markdown::{code, page as fill, table};

pub(crate) fn page() -> String {
    let rows = Language::all().iter().map(|language| {
        let seconds = format!("{:.0}", language.seconds("Example", 6));
        [
            language.name().to_owned(),
            code(language.tag()),
            language.voice().to_owned(),
            language.gate_prompt(4),
            seconds,
        ]
    });
    let header = ["language", "tag", "voice", "asks for the key", "seconds"];
    fill(include_str!("../text/languages.md"), &[("languages", table(header, rows))])
}
