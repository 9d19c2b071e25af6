//! What the call says. Pure.

use std::collections::HashMap;
use std::fmt;

use crate::code::Code;

/// The contact attributes that the flow speaks. Everything else that it says stands in the flow.
pub struct Speech(HashMap<String, String>);

impl Speech {
    /// The attribute that holds the code, as the published recipe for Cognito and Connect names it.
    pub const CODE: &'static str = "VoiceMFA";
    /// The attribute that says who calls.
    pub const BRAND: &'static str = "Brand";

    /// The speech for a code.
    #[must_use]
    pub fn new(code: &Code, brand: &str) -> Self {
        Self([(Self::CODE.to_owned(), code.spoken()), (Self::BRAND.to_owned(), brand.to_owned())].into())
    }

    /// The attributes as Connect takes them.
    pub(crate) fn into_attributes(self) -> HashMap<String, String> {
        self.0
    }
}

impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Speech(redacted)")
    }
}
