//! How a code gets to its user.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sign_in::sending::Source;

use crate::pool::UserPool;
use crate::pool::codes::CodeUse;
use crate::pool::contact::{Contact, Medium};
use crate::pool::encryption::encrypt;
use crate::pool::request::Strings;
use crate::pool::users::User;

impl UserPool {
    /// Makes a code and sends it. The code before it of the same use is void then.
    pub(super) fn send_code(
        &self,
        source: Source,
        code_use: CodeUse,
        user: &User,
        contact: &Contact,
        client_id: &str,
        metadata: Option<&Strings>,
    ) -> Value {
        let validity = code_use.validity(self.config().session_validity);
        let code = self.lock().codes.make(&user.sub, code_use, validity, contact.clone());
        let mut user = user.clone();
        // A contact that is not the user's yet is to be verified first.
        if Contact::of(&user, contact.medium).as_ref() != Some(contact) {
            contact.set(&mut user, false);
        }
        match contact.medium {
            Medium::Email => self.send_by_email(source, &user, &code),
            Medium::Phone => self.send_to_phone(source, &user, &code, client_id, metadata),
        }
        contact.details()
    }

    /// Sends a new user's temporary password to the user's `phone_number`. No app client has asked for it.
    pub(super) fn send_invitation(&self, user: &User) {
        self.send_to_phone(Source::AdminCreateUser, user, &user.password, "CLIENT_ID_NOT_APPLICABLE", None);
    }

    /// Sends a code to the user's `phone_number`. It does not wait, and no failure reaches the user, as with Cognito.
    ///
    /// `user` is the user as the event shows them. If a new number is to be verified before it counts, it is theirs here
    /// already. `metadata` is that of the request which had the code sent.
    fn send_to_phone(&self, source: Source, user: &User, code: &str, client_id: &str, metadata: Option<&Strings>) {
        if let Some(kms) = &self.config().sms_sender_kms {
            return match encrypt(kms, &self.config().user_pool_id, &as_html(code)) {
                Ok(message) => {
                    let event = self.event_of_user(client_id, user, metadata);
                    self.triggers().send_code(source, &event, &STANDARD.encode(message));
                }
                Err(error) => eprintln!("A code can't be encrypted: {error}"),
            };
        }
        let Some(number) = Contact::of(user, Medium::Phone) else { return };
        eprintln!("Text message to {}: the code for {} is {code}", number.masked(), user.username);
        self.lock().messages.add(source, &number.address, &user.username, code);
    }

    /// Shows a text message that the custom SMS sender had sent.
    pub(crate) fn show_text_message(&self, number: &str, text: &str) {
        self.lock().messages.add_text(number, text);
    }

    fn send_by_email(&self, source: Source, user: &User, code: &str) {
        let Some(address) = Contact::of(user, Medium::Email) else { return };
        eprintln!("E-mail to {}: the code for {} is {code}", address.address, user.username);
        self.lock().messages.add(source, &address.address, &user.username, code);
    }
}

/// A temporary password as Cognito gives it to a custom sender. A code has no letter that is changed.
fn as_html(password: &str) -> String {
    let escaped = |letter: char| match letter {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        letter => letter.to_string(),
    };
    password.chars().map(escaped).collect()
}
