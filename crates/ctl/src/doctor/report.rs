//! What was found, for people and for programs.

use std::fmt::Write;

use serde_json::json;

use super::{Finding, Verdict, exit_code};

/// A line each, and a line more for what to do.
#[must_use]
pub fn as_text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { subject, verdict, text: says, fix, .. } in findings {
        let mark = match verdict {
            Verdict::Note => "note ",
            Verdict::Right => "ok   ",
            Verdict::Unread => "?    ",
            Verdict::Wrong => "WRONG",
        };
        // Writing to a String can't fail.
        let _ = writeln!(text, "{mark}  {subject}: {says}");
        if let Some(fix) = fix {
            let _ = writeln!(text, "       -> {fix}");
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

/// An object with the verdict as a whole, and the findings.
#[must_use]
pub fn as_json(findings: &[Finding]) -> String {
    let verdict = ["right", "wrong", "unread"][usize::from(exit_code(findings))];
    format!("{:#}", json!({ "verdict": verdict, "findings": findings }))
}
