//! Environment variables, and a reader that collects all errors in them.

use super::SettingsError;

/// An environment variable of the functions.
#[derive(Debug)]
pub struct Variable {
    /// The name, as in `OTP_DIGITS`.
    pub name: &'static str,
    /// What a value must be: "NAME must be …".
    pub must_be: &'static str,
    /// The value if it is unset or empty.
    pub default: Option<&'static str>,
    redacted: bool,
}

/// Reads variables and collects the errors.
pub(super) struct Reader<'a> {
    environment: &'a dyn Fn(&str) -> Option<String>,
    errors: Vec<String>,
}

/// How much of a wrong value is shown, in characters.
const SHOWN: usize = 80;

impl Variable {
    pub(super) const fn new(name: &'static str, must_be: &'static str) -> Self {
        Self { name, must_be, default: None, redacted: false }
    }

    /// With a default.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// With a value that errors must not show.
    pub(super) const fn redacted(self) -> Self {
        Self { redacted: true, ..self }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { environment, errors: Vec::new() }
    }

    /// Whether a variable has a value. An empty one counts as unset, since a template can't leave a variable out.
    pub(super) fn is_set(&self, variable: &Variable) -> bool {
        self.text(variable).is_some()
    }

    /// The value or the default of a variable. If it is wrong: `None`, and an error is noted.
    pub(super) fn value<T>(&mut self, variable: &Variable, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(variable).or_else(|| variable.default.map(str::to_owned));
        let value = text.as_deref().and_then(parse);
        if value.is_none() {
            let was = match text {
                None => "unset".to_owned(),
                Some(text) if variable.redacted => format!("{} characters (redacted)", text.chars().count()),
                Some(text) => format!("{:?}", text.chars().take(SHOWN).collect::<String>()),
            };
            self.error(format!("{} must be {}, but was {was}", variable.name, variable.must_be));
        }
        value
    }

    /// The value of a variable that may be unset. If it is wrong: `None`, and an error is noted, so that there are no
    /// settings.
    pub(super) fn optional<T>(&mut self, variable: &Variable, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if self.is_set(variable) { self.value(variable, parse) } else { None }
    }

    pub(super) fn error(&mut self, error: String) {
        self.errors.push(error);
    }

    /// The settings, or all errors.
    pub(super) fn finish<T>(self, settings: impl FnOnce() -> Option<T>) -> Result<T, SettingsError> {
        if self.errors.is_empty()
            && let Some(settings) = settings()
        {
            return Ok(settings);
        }
        Err(SettingsError(self.errors))
    }

    fn text(&self, variable: &Variable) -> Option<String> {
        (self.environment)(variable.name).filter(|text| !text.is_empty())
    }
}
