//! The findings, as text for people and as JSON for programs.

use std::fmt::Write;

use serde_json::json;

use super::{Finding, Verdict, exit_code};
use crate::redaction::printable;
use crate::snapshot::SetUp;

/// The set-up, then for each finding a line, and the lines of its fix.
#[must_use]
pub fn as_text(set_up: &SetUp, findings: &[Finding]) -> String {
    let mut text = format!("{}\n", printable(&set_up.to_string()));
    for Finding { subject, verdict, text: says, fix, .. } in findings.iter().map(shown) {
        let mark = match verdict {
            Verdict::Note => "note ",
            Verdict::Right => "ok   ",
            Verdict::Unread => "?    ",
            Verdict::Wrong => "WRONG",
        };
        // Writing to a String can't fail.
        let _ = writeln!(text, "{mark}  {subject}: {says}");
        for (number, line) in fix.iter().flat_map(|fix| fix.lines()).enumerate() {
            let _ = writeln!(text, "       {} {line}", if number == 0 { "->" } else { "  " });
        }
    }
    let count = |wanted| findings.iter().filter(|finding| finding.verdict == wanted).count();
    let (wrong, unread) = (count(Verdict::Wrong), count(Verdict::Unread));
    let _ = match (wrong, unread) {
        (0, 0) => write!(text, "All is right."),
        (_, 0) => write!(text, "Wrong: {wrong}."),
        _ => write!(text, "Wrong: {wrong}. Not looked at: {unread}."),
    };
    text
}

/// An object with the set-up if it could be read, the overall verdict, and the findings.
#[must_use]
pub fn as_json(set_up: Option<&SetUp>, findings: &[Finding]) -> String {
    let verdict = ["right", "wrong", "unread"][usize::from(exit_code(findings))];
    let findings: Vec<_> = findings.iter().map(shown).collect();
    format!("{:#}", json!({ "setUp": set_up, "verdict": verdict, "findings": findings }))
}

/// Masks and escapes the names in a finding that others have chosen, such as those of a client or a flow. The lines of
/// a fix are ours.
fn shown(finding: &Finding) -> Finding {
    let Finding { subject, verdict, word, text, fix } = finding;
    Finding {
        subject: printable(subject),
        verdict: *verdict,
        word,
        text: printable(text),
        fix: fix.as_deref().map(|fix| fix.lines().map(printable).collect::<Vec<_>>().join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_of_any_name_has_one_line_and_no_number() {
        let named = "App client x\nok     all +12065550100\u{1b}[1A";
        let findings = [Finding::wrong("client-open", named, "+12065550100", "+12065550100\r")];
        let set_up = SetUp::default();
        let (text, json) = (as_text(&set_up, &findings), as_json(Some(&set_up), &findings));
        assert_eq!(text.lines().count(), 4, "{text}");
        for shown in [text, json] {
            assert!(!shown.contains("+12065550100") && !shown.contains(['\r', '\u{1b}']), "{shown}");
        }
    }

    #[test]
    fn a_fix_of_several_commands_has_a_line_for_each() {
        let findings = [Finding::wrong("missing", "Ledger", "it is gone", "first:\naws a\naws b")];
        let text = as_text(&SetUp::default(), &findings);
        assert!(text.contains("       -> first:\n          aws a\n          aws b\n"), "{text}");
    }
}
