//! One finding of the doctor.

use serde::Serialize;

use crate::snapshot::Found;

/// What was found about one part of a set-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub subject: String,
    /// The verdict.
    pub verdict: Verdict,
    /// A stable word for scripts.
    pub word: &'static str,
    /// The state, in words.
    pub text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// The verdict on a part of a set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It works, and there is something to know about it.
    Note,
    /// As it should be.
    Right,
    /// It could not be read.
    Unread,
    /// It must be changed.
    Wrong,
}

impl Finding {
    /// A finding that is as it should be.
    pub(super) fn right(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { subject: subject.into(), verdict: Verdict::Right, word: "right", text: text.into(), fix: None }
    }

    /// A finding that must be changed, with the fix.
    pub(super) fn wrong(
        word: &'static str,
        subject: impl Into<String>,
        text: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { subject: subject.into(), verdict: Verdict::Wrong, word, text: text.into(), fix: Some(fix.into()) }
    }

    /// A finding that the operator should know about and need not change.
    pub(super) fn note(
        word: &'static str,
        subject: impl Into<String>,
        text: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { verdict: Verdict::Note, ..Self::wrong(word, subject, text, fix) }
    }

    /// A finding about something that could not be read, with no fix.
    pub(crate) fn unread(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unread, word: "unread", ..Self::right(subject, text) }
    }

    /// A right finding if `is_right`, otherwise a wrong one with the fix.
    pub(super) fn of(is_right: bool, word: &'static str, subject: &str, [right, wrong, fix]: [&str; 3]) -> Self {
        if is_right { Self::right(subject, right) } else { Self::wrong(word, subject, wrong, fix) }
    }

    /// The finding about something that is absent or could not be read. `None` if it is there.
    pub(super) fn of_absence<T>(found: &Found<T>, subject: &str, unnamed: [&str; 2], missing: &str) -> Option<Self> {
        match found {
            Found::Here(_) => None,
            Found::Missing { name } => Some(Self::wrong("missing", subject, format!("{name} does not exist"), missing)),
            Found::Unread { reason, advice } => Some(Self {
                subject: subject.to_owned(),
                verdict: Verdict::Unread,
                word: "unread",
                text: reason.clone(),
                fix: Some(advice.clone()),
            }),
            Found::Unnamed => {
                let [text, fix] = unnamed;
                Some(Self::wrong("unnamed", subject, text, fix))
            }
        }
    }
}
