//! The page at `/`: a sign-in form with a phone beside it.
//!
//! Its files are part of the program. It loads nothing from elsewhere, which its Content-Security-Policy enforces.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use sign_in::call::Language;

use crate::routes::Routes;

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const TEXT: &str = "text/plain; charset=utf-8";

/// Allows only what this program serves.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
);

const SIGN_IN: &str = include_str!("../page/index.html");

/// A file of the folder `page`, under its name there.
macro_rules! file {
    ($name:literal, $kind:expr) => {
        ($name, $kind, include_str!(concat!("../page/", $name)))
    };
}

/// The files under `/page/`.
const FILES: &[(&str, &str, &str)] = &[
    // An example of docs/integrate.md, to be read. The page runs a bundle of it with its library.
    ("examples/identity-js.ts", TEXT, include_str!("../../../tests/clients/javascript/examples/identity-js.ts")),
    file!("challenge.js", JAVASCRIPT),
    file!("claims.js", JAVASCRIPT),
    file!("config.js", JAVASCRIPT),
    file!("element.js", JAVASCRIPT),
    file!("fault.js", JAVASCRIPT),
    file!("icon.svg", SVG),
    file!("main.js", JAVASCRIPT),
    file!("page.css", CSS),
    file!("phone.css", CSS),
    file!("phone.js", JAVASCRIPT),
    file!("ring.js", JAVASCRIPT),
    file!("scenarios.js", JAVASCRIPT),
    file!("sign-in.js", JAVASCRIPT),
    file!("speech.js", JAVASCRIPT),
    file!("connect.js", JAVASCRIPT),
    file!("transcript.js", JAVASCRIPT),
    file!("triggers.js", JAVASCRIPT),
    file!("vendor/LICENSES.txt", TEXT),
    file!("vendor/identity-js.js", JAVASCRIPT),
];

/// The page and its files.
pub(crate) fn routes() -> Routes<()> {
    Routes::new().get("/", "the sign-in page with its phone", page).get(
        "/page/{*name}",
        "what the page loads: all of it is part of the program, and its Content-Security-Policy lets nothing in from \
         elsewhere",
        file,
    )
}

async fn file(Path(name): Path<String>) -> Response {
    if name == "digits.js" {
        return (headers(JAVASCRIPT), digits()).into_response();
    }
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, text)) => (headers(kind), Bytes::from_static(text.as_bytes())).into_response(),
        None => (StatusCode::NOT_FOUND, format!("The page has no file {name}")).into_response(),
    }
}

async fn page() -> Response {
    let mut response = (headers(HTML), Bytes::from_static(SIGN_IN.as_bytes())).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// Headers of all files. Nothing is cached: the next start may serve another version at the same address.
fn headers(kind: &'static str) -> [(HeaderName, &'static str); 3] {
    [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")]
}

/// The words for the digits, by the language's tag, for each language of the calls that has them as words.
fn digits() -> String {
    let words = |language: &Language| (0..10).map(|digit| Value::from(language.digit(digit))).collect();
    let in_words = Language::all().iter().filter(|language| language.digit(0) != "0");
    let table: Map<_, _> = in_words.map(|language| (language.tag().to_owned(), words(language))).collect();
    format!("export const DIGITS = {};\n", Value::from(table))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let names = |folder: &std::path::Path, prefix: &str| -> BTreeSet<String> {
            let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
            let files = files.filter(|entry| entry.file_type().unwrap().is_file());
            files.map(|entry| format!("{prefix}{}", entry.file_name().into_string().unwrap())).collect()
        };
        let mut there = names(&folder, "");
        there.extend(names(&folder.join("vendor"), "vendor/"));
        there.insert("examples/identity-js.ts".to_owned());
        let mut served: BTreeSet<_> = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        served.insert("index.html".to_owned());
        assert_eq!(served, there);
    }

    #[test]
    fn the_page_has_nothing_inline_which_the_policy_would_forbid() {
        assert_eq!(SIGN_IN.matches("<script").count(), 1, "the module");
        for inline in ["<style", " style=", " onclick=", "javascript:"] {
            assert!(!SIGN_IN.contains(inline), "{inline}");
        }
    }

    #[test]
    fn digits_are_told_of_the_languages_that_say_them_in_words() {
        let digits = digits();
        let table = digits.strip_prefix("export const DIGITS = ").unwrap().trim_end().strip_suffix(';').unwrap();
        let table: Map<String, Value> = serde_json::from_str(table).unwrap();
        assert_eq!(table["hi-IN"][4], "चार");
        assert_eq!(table.keys().collect::<Vec<_>>(), ["ar-AE", "hi-IN"]);
    }
}
