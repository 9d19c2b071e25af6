//! The pages for people: a sign-in form with a telephone beside it, at `/`, and a small one with Amplify, at `/amplify`.
//!
//! Their files are part of the program. The pages load nothing from anywhere else, which their Content-Security-Policy says too.

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const TEXT: &str = "text/plain; charset=utf-8";

const SIGN_IN: &str = include_str!("../page/index.html");
const AMPLIFY: &str = include_str!("../page/amplify.html");

/// A file of the folder `page`, under its name there.
macro_rules! file {
    ($name:literal, $kind:expr) => {
        ($name, $kind, include_str!(concat!("../page/", $name)))
    };
}

/// An example of the README, as users are told to copy it.
macro_rules! example {
    ($name:literal) => {
        ($name, JAVASCRIPT, include_str!(concat!("../../../tests/clients/javascript/examples/", $name)))
    };
}

/// What there is under `/page/`.
const FILES: &[(&str, &str, &str)] = &[
    example!("amplify.mjs"),
    example!("identity-js.mjs"),
    file!("amplify.js", JAVASCRIPT),
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
    file!("sign-in.js", JAVASCRIPT),
    file!("speech.js", JAVASCRIPT),
    file!("telephone.js", JAVASCRIPT),
    file!("triggers.js", JAVASCRIPT),
    file!("vendor/LICENSES.txt", TEXT),
    file!("vendor/amplify.js", JAVASCRIPT),
    file!("vendor/identity-js.js", JAVASCRIPT),
];

/// `GET /`, `GET /amplify` and `GET /page/…`.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(async || page(SIGN_IN)))
        .route("/amplify", get(async || page(AMPLIFY)))
        .route("/page/{*name}", get(file))
}

async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, text)) => (headers(kind), Bytes::from_static(text.as_bytes())).into_response(),
        None => (StatusCode::NOT_FOUND, format!("The page has no file {name}")).into_response(),
    }
}

fn page(html: &'static str) -> Response {
    let mut response = (headers(HTML), Bytes::from_static(html.as_bytes())).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy(html));
    response
}

/// For all of them. Nothing is kept: the next start may have another version at the same address.
fn headers(kind: &'static str) -> [(HeaderName, &'static str); 3] {
    [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")]
}

/// Only what this program serves, and of what stands in the page itself, only the import map.
fn policy(html: &str) -> HeaderValue {
    let hash = STANDARD.encode(Sha256::digest(import_map(html).unwrap_or_default()));
    let policy = format!(
        "default-src 'self'; script-src 'self' 'sha256-{hash}'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; object-src 'none'"
    );
    HeaderValue::from_str(&policy).expect("base64 is plain ASCII")
}

fn import_map(html: &str) -> Option<&str> {
    let (_, after) = html.split_once(r#"<script type="importmap">"#)?;
    after.split_once("</script>").map(|(map, _)| map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::{collections::BTreeSet, fs};

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
        there.extend(["amplify.mjs", "identity-js.mjs"].map(str::to_owned));
        let mut served: BTreeSet<_> = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        served.extend(["amplify.html", "index.html"].map(str::to_owned));
        assert_eq!(served, there);
    }

    #[test]
    fn the_import_maps_name_files_that_there_are() {
        for html in [SIGN_IN, AMPLIFY] {
            let map: Value = serde_json::from_str(import_map(html).unwrap()).unwrap();
            let imports = map["imports"].as_object().unwrap();
            assert!(!imports.is_empty());
            for target in imports.values() {
                let name = target.as_str().unwrap().strip_prefix("/page/").unwrap();
                assert!(FILES.iter().any(|(known, ..)| *known == name), "{name}");
            }
        }
    }

    #[test]
    fn the_policy_allows_the_import_map_and_nothing_else_inline() {
        let html = r#"<script type="importmap">{"imports":{}}</script>"#;
        let policy = policy(html);
        // printf '{"imports":{}}' | openssl dgst -sha256 -binary | base64
        assert!(
            policy
                .to_str()
                .unwrap()
                .contains("script-src 'self' 'sha256-URrTy+Il/Nz0lHojVUx275hWqAWhkSF0VsHbUM4/6Hw=';"),
            "{policy:?}"
        );
        for html in [SIGN_IN, AMPLIFY] {
            assert_eq!(html.matches("<script").count(), 2, "the import map and the module");
            for inline in ["<style", " style=", " onclick=", "javascript:"] {
                assert!(!html.contains(inline), "{inline}");
            }
        }
    }
}
