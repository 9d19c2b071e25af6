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
    file!("account.js", JAVASCRIPT),
    file!("claims.js", JAVASCRIPT),
    file!("cognito.js", JAVASCRIPT),
    file!("config.js", JAVASCRIPT),
    file!("element.js", JAVASCRIPT),
    file!("icon.svg", SVG),
    file!("main.js", JAVASCRIPT),
    file!("page.css", CSS),
    file!("phone.css", CSS),
    file!("phone.js", JAVASCRIPT),
    file!("ring.js", JAVASCRIPT),
    file!("scenarios.js", JAVASCRIPT),
    file!("sign-in.js", JAVASCRIPT),
    file!("speech.js", JAVASCRIPT),
    file!("steps.js", JAVASCRIPT),
    file!("connect.js", JAVASCRIPT),
    file!("transcript.js", JAVASCRIPT),
    file!("triggers.js", JAVASCRIPT),
    // The npm package of clients/javascript, with its library.
    file!("vendor/cognito-voice-otp.js", JAVASCRIPT),
    file!("vendor/LICENSES.txt", TEXT),
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
    if name == "languages.js" {
        return (headers(JAVASCRIPT), languages()).into_response();
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

/// The languages of the calls by their tags, each with its words for the digits, or with none if it has no words.
fn languages() -> String {
    let words = |language: &Language| -> Value {
        (0..10).map(|digit| language.digit(digit)).filter(|word| word.len() > 1).collect()
    };
    let table: Map<_, _> =
        Language::all().iter().map(|language| (language.tag().to_owned(), words(language))).collect();
    format!("export const LANGUAGES = {};\n", Value::from(table))
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
    fn the_languages_are_told_with_their_words_for_the_digits() {
        let languages = languages();
        let table = languages.strip_prefix("export const LANGUAGES = ").unwrap().trim_end().strip_suffix(';').unwrap();
        let table: Map<String, Value> = serde_json::from_str(table).unwrap();
        assert_eq!(table.len(), Language::all().len());
        assert_eq!(table["hi-IN"][4], "चार");
        assert_eq!(table["de-DE"], Value::Array(Vec::new()));
    }
}
