//! The define trigger.

use sign_in::define::{DefineResponse, define};
use sign_in::error::TriggerError;
use sign_in::event::DefineRequest;
use sign_in::handled::Handled;
use sign_in::settings::{DefineSettings, SettingsError};

use crate::trigger::Invocation;

/// The define trigger of one sandbox.
#[derive(Debug)]
pub struct Define(DefineSettings);

impl Define {
    /// Reads the settings from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        DefineSettings::read(environment).map(Self)
    }

    /// Answers the trigger.
    pub fn answer(&self, Invocation { event, now, .. }: &Invocation) -> Result<Handled<DefineResponse>, TriggerError> {
        if tracing::enabled!(tracing::Level::DEBUG) {
            let request: DefineRequest = event.request()?;
            tracing::debug!(history = ?request.session, call_again = request.client_metadata.call_again(), "define");
        }
        define(&self.0, event, *now)
    }
}
