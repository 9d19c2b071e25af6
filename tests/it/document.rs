//! Documents and template match the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sign_in::call::Language;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// An operator who reads advice has a stack, but not this repository.
#[test]
fn the_functions_advise_no_command_for_development() {
    let pages = ["error-words", "metrics"].map(|name| read(&format!("docs/reference/{name}.md")));
    let rows: Vec<_> = pages.iter().flat_map(|page| page.lines()).filter(|line| line.starts_with('|')).collect();
    assert!(rows.iter().any(|row| row.contains("`voice-otp unlock USER --stack NAME`")), "there is advice");
    for row in rows {
        let command = ["cargo ", "-p local", "local -- "].into_iter().find(|command| row.contains(command));
        assert_eq!(command, None, "{row}");
    }
}

#[test]
fn the_template_takes_every_language() {
    let template = read("template.yaml");
    let (_, parameter) = template.split_once("\n  OtpLanguage:\n").unwrap();
    let (_, values) = parameter.split_once("    AllowedValues:\n      [").unwrap();
    let (values, _) = values.split_once(']').unwrap();
    let values: BTreeSet<_> = values.split(',').map(str::trim).collect();
    assert_eq!(values, Language::all().iter().map(Language::tag).collect());
}

/// The examples in the documents are the tested code.
#[test]
fn the_documents_quote_the_examples() {
    let package = "clients/javascript/README.md";
    for (document, example) in [
        ("README.md", "sign-in.ts"),
        ("docs/integrate.md", "sign-in.identity-js.ts"),
        (package, "sign-in.ts"),
        (package, "sign-in.identity-js.ts"),
        (package, "sign-in.aws-sdk.ts"),
        (package, "SignInForm.tsx"),
        (package, "main.tsx"),
    ] {
        let code = read(&format!("tests/clients/vite-app/src/{example}"));
        assert!(read(document).contains(code.trim()), "{document}: {example}");
    }
}

/// A release has one version.
#[test]
fn the_npm_package_has_the_version_of_the_crates() {
    let package = read("clients/javascript/package.json");
    assert!(package.contains(&format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"))));
}
