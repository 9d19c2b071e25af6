//! The page on languages.

use sign_in::call::Language;
use sign_in::sending::Purpose;

use crate::markdown::{code, page as fill, table};

pub(crate) fn page() -> String {
    let rows = Language::all().iter().map(|language| {
        let seconds = |digits, purpose| language.seconds("Example", digits, purpose);
        let of_cognito = Purpose::ALL.map(|purpose| seconds(8, Some(purpose))).into_iter().fold(0.0, f32::max);
        [
            language.name().to_owned(),
            code(language.tag()),
            language.voice().to_owned(),
            language.gate_prompt(4),
            format!("{:.0}", seconds(6, None)),
            format!("{of_cognito:.0}"),
        ]
    });
    let header = ["language", "tag", "voice", "asks for the key", "seconds", "seconds, Cognito's code"];
    fill(include_str!("../text/languages.md"), &[("languages", table(header, rows))])
}
