//! A variable of the environment, and a reader that collects what is wrong with all of them.

use super::SettingsError;

/// A variable and what it must be.
pub(super) struct Variable {
    pub(super) name: &'static str,
    must_be: &'static str,
    default: Option<&'static str>,
    redacted: bool,
}

/// Reads variables and collects errors.
pub(super) struct Reader<'a> {
    environment: &'a dyn Fn(&str) -> Option<String>,
    errors: Vec<String>,
}

/// The longest wrong value that is shown whole, in characters.
const SHOWN: usize = 80;

impl Variable {
    pub(super) const fn new(name: &'static str, must_be: &'static str) -> Self {
        Self { name, must_be, default: None, redacted: false }
    }

    /// With a default.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// With a value that no error may show.
    pub(super) const fn redacted(self) -> Self {
        Self { redacted: true, ..self }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { environment, errors: Vec::new() }
    }

    /// Whether a variable has a value; an empty one counts as none, since a template can't leave one out.
    pub(super) fn is_set(&self, variable: &Variable) -> bool {
        self.text(variable).is_some()
    }

    /// The value or the default of a variable, or an error and `None`.
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

    /// The value of a variable that may be unset. `None` with an error if it is wrong, so that nothing comes of it.
    pub(super) fn optional<T>(&mut self, variable: &Variable, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if self.is_set(variable) { self.value(variable, parse) } else { None }
    }

    pub(super) fn error(&mut self, error: String) {
        self.errors.push(error);
    }

    /// The settings, or all the errors.
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
