//! README and template match the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sign_in::call::Language;
use sign_in::ledger::{Limit, Scope, Window};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The lines of all files below a folder.
fn lines_below(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let lines = |path: PathBuf| {
        if path.is_dir() {
            return lines_below(&path);
        }
        fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    };
    entries.flat_map(lines).collect()
}

/// Every text between `before` and the next quotation mark.
fn quoted<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The words in capital letters that crates/sign-in has in quotation marks, if they begin so.
fn words_of_sign_in(beginnings: &[&str]) -> BTreeSet<String> {
    let source = lines_below(&root().join("crates/sign-in/src")).join("\n");
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let begins = |text: &str| beginnings.iter().any(|beginning| text.starts_with(beginning));
    source.split('"').filter(|text| is_word(text) && begins(text)).map(str::to_owned).collect()
}

#[test]
fn the_readme_has_every_setting() {
    let settings = words_of_sign_in(&["AWS_", "CONNECT_", "LEDGER_", "LOG_", "OTP_", "SSL_"]);
    let variables = lines_below(&root().join("crates/sign-in/src")).join("\n").matches("Variable::new(").count();
    assert_eq!(settings.len(), variables, "{settings:?}");
    assert!(variables > 30, "{settings:?}");
    let readme = read("README.md");
    for setting in settings {
        // Lambda's own variables are not settings.
        let is_lambdas = setting.starts_with("AWS_") && !setting.starts_with("AWS_ENDPOINT_URL");
        assert!(is_lambdas || readme.contains(&format!("`{setting}`")), "{setting}");
    }
}

#[test]
fn the_readme_and_the_runbook_have_every_error_word() {
    let words = words_of_sign_in(&["CALL_", "PHONE_", "SIGN_IN_"]);
    assert_eq!(words.len(), 13, "{words:?}");
    let (readme, runbook) = (read("README.md"), read("RUNBOOK.md"));
    let headings: BTreeSet<_> = runbook.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let headings: BTreeSet<_> = headings.into_iter().flat_map(|heading| heading.split(", ")).collect();
    for word in words {
        assert!(readme.contains(&format!("| `{word}` |")), "{word}");
        assert!(headings.contains(&*word), "{word}");
    }
}

/// An operator who reads advice has a stack, but not this repository.
#[test]
fn the_functions_advise_no_command_for_development() {
    let lines = ["crates/sign-in/src", "crates/otp-dial/src"].map(|folder| lines_below(&root().join(folder))).concat();
    assert!(lines.iter().any(|line| line.contains("`voice-otp unlock USER --stack NAME`")), "there is advice");
    for line in lines.iter().filter(|line| !line.trim_start().starts_with("//")) {
        let command = ["cargo ", "-p local", "local -- "].into_iter().find(|command| line.contains(command));
        assert_eq!(command, None, "{line}");
    }
}

#[test]
fn the_runbook_has_every_metric_and_every_limit() {
    let runbook = read("RUNBOOK.md");
    let metrics = read("crates/sign-in/src/metric.rs");
    let names = quoted(&metrics, " => \"");
    assert_eq!(names.len(), 9, "{names:?}");
    for name in names {
        assert!(runbook.contains(&format!("| `{name}` |")), "{name}");
    }

    let windows = [Window::Pause, Window::QuarterHour, Window::Hour, Window::Day];
    let of_one = windows.iter().flat_map(|window| [Scope::User, Scope::Number].map(|scope| (scope, *window)));
    let budget = [(Scope::Country, Window::Hour), (Scope::All, Window::Hour), (Scope::All, Window::Day)];
    let calls = of_one.chain(budget).map(|(scope, window)| Limit::Calls(scope, window));
    let (_, limits) = runbook.split_once("\n## Limits\n").unwrap();
    for limit in calls.chain([Limit::Lockout, Limit::MaxFailures]) {
        assert!(limits.contains(&format!("`{limit}`")), "{limit}");
    }
}

#[test]
fn the_readme_lists_the_languages_with_voice_gate_phrase_and_seconds() {
    let readme = read("README.md");
    for language in Language::all() {
        let (name, tag, voice, gate) = (language.name(), language.tag(), language.voice(), language.gate_prompt(4));
        let row = format!("| {name} | `{tag}` | {voice} | {gate} | {:.0} |\n", language.seconds("Example", 6));
        assert!(readme.contains(&row), "README.md lacks the row {row}");
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

/// The README's examples are the tested code.
#[test]
fn the_readme_quotes_the_examples() {
    let readme = read("README.md");
    for example in ["identity-js.ts", "amplify.ts"] {
        let code = read(&format!("tests/clients/javascript/examples/{example}"));
        assert!(readme.contains(code.trim()), "{example}");
    }
}
