//! Text messages, by `SendTextMessage` of AWS End User Messaging.

use std::time::{Duration, Instant};

use serde_json::json;
use sign_in::error::ServiceError;
use sign_in::phone::PhoneNumber;
use sign_in::sending::Source;
use sign_in::settings::{LedgerSettings, TextSettings};

use crate::aws::credentials;
use crate::https::Https;
use crate::wire::Service;

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends text messages from one origination identity.
#[derive(Debug)]
pub(super) struct Texts {
    origination_identity: String,
    service: Service,
}

impl Texts {
    /// `function`: the function's Region and credentials.
    pub(super) fn new(settings: TextSettings, function: &LedgerSettings, https: &Https) -> Self {
        let endpoint = https.endpoint("sms-voice", &function.region, settings.endpoint_url.as_deref());
        let service = Service {
            name: "sms-voice",
            target: "PinpointSMSVoiceV2",
            json: "1.0",
            region: function.region.clone(),
            endpoint_url: settings.endpoint_url,
            credentials: credentials(&function.credentials),
            connector: endpoint.connector(),
            // What was sent is not sent again only because the answer did not come.
            attempts: 1,
            attempt_timeout: ATTEMPT_TIMEOUT,
        };
        Self { origination_identity: settings.origination_identity, service }
    }

    /// Sends a text. Gives up at `until`.
    pub(super) async fn send(&self, to: &PhoneNumber, text: &str, until: Instant) -> Result<(), ServiceError> {
        let request = json!({
            "DestinationPhoneNumber": to.as_e164(),
            "OriginationIdentity": self.origination_identity,
            "MessageBody": text,
            "MessageType": "TRANSACTIONAL",
        });
        self.service.call("SendTextMessage", &request, until, ServiceError::of_texts).await.map(drop)
    }
}

/// The text of a message, in English as Cognito's own. Cognito escapes what it sends for HTML. `user_name`: where it is one that
/// a person knows.
pub(super) fn written(source: Option<Source>, brand: &str, user_name: Option<&str>, secret: &str) -> String {
    let secret = unescaped(secret);
    match (source, user_name) {
        (Some(Source::AdminCreateUser), Some(name)) => {
            format!("{brand}: your user name is {name} and your temporary password is {secret}")
        }
        (Some(Source::AdminCreateUser), None) => format!("{brand}: your temporary password is {secret}"),
        _ => format!("{brand}: {secret}"),
    }
}

fn unescaped(html: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'")];
    // The ampersand last: what it leads to is no mark of its own.
    let text = marks.into_iter().fold(html.to_owned(), |text, (mark, char)| text.replace(mark, char));
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_password_is_as_cognito_made_it() {
        let text = |secret| written(Some(Source::AdminCreateUser), "Example", Some("ann"), secret);
        let expected = "Example: your user name is ann and your temporary password is ";
        assert_eq!(text("aB3$x&lt;y&gt;&amp;&#39;&quot;"), format!("{expected}aB3$x<y>&'\""));
        // What was typed as a mark stays one.
        assert_eq!(text("&amp;lt;"), format!("{expected}&lt;"));
        let unnamed = written(Some(Source::AdminCreateUser), "Example", None, "x");
        assert_eq!(unnamed, "Example: your temporary password is x");
        assert_eq!(written(None, "Example", Some("ann"), "news"), "Example: news");
    }
}
