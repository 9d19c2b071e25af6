//! Cognito's own codes: `send-code` calls for them, and `speak-code` opens and speaks them.

mod ask;
mod denial;
mod fault;
mod limit;
mod secret;
mod source;
mod text;

use serde_json::Value;

use crate::cognito::Cognito;
use crate::stack::{Stack, wait_for};
use crate::user::heard;

/// What the calls say first, in one language.
struct Spoken {
    locale: &'static str,
    sign_in: &'static str,
    reset: &'static str,
    verification: &'static str,
}

const SPOKEN: [Spoken; 2] = [
    Spoken {
        locale: "en-US",
        sign_in: "Hello. This is Example with your sign-in code.",
        reset: "Hello. This is Example with the code for your new password.",
        verification: "Hello. This is Example with a code to confirm your phone number.",
    },
    Spoken {
        locale: "de-DE",
        sign_in: "Hallo, hier ist Example mit Ihrem Anmeldecode.",
        reset: "Hallo, hier ist Example mit dem Code für Ihr neues Passwort.",
        verification: "Hallo, hier ist Example mit einem Code zur Bestätigung Ihrer Nummer.",
    },
];

/// The code of the number's latest call, which begins with this greeting. There have been so many calls to the number.
async fn code_after(pool: &Cognito, number: &str, count: usize, spoken: &Spoken, greeting: &str) -> String {
    let code = heard(&pool.stack, number, count).await;
    let calls = pool.stack.calls_to(number).await;
    let call = &calls[count - 1];
    assert_eq!(calls.len(), count);
    assert_eq!(
        (&call["attributes"]["Language"], &call["transcript"][0]["says"]),
        (&spoken.locale.into(), &greeting.into())
    );
    code
}

/// What `send-code` has logged of the messages that it has handled, oldest first, once there are so many.
async fn sent(stack: &Stack, count: usize) -> Vec<Value> {
    wait_for("the sender to handle the messages", async || {
        let lines = lines(stack, "answered", "send").await;
        (lines.len() >= count).then_some(lines)
    })
    .await
}

/// A function's lines in the log with this `message`.
async fn lines(stack: &Stack, message: &str, trigger: &str) -> Vec<Value> {
    let mut lines = stack.log_of(message).await;
    lines.retain(|line| line["trigger"] == trigger);
    lines
}
