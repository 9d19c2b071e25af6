//! What the user's phone says, read from `GET /local/calls`.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use client::cognito::Challenge;
use client::terminal::{Phone, say};
use reqwest::Client;
use serde::Deserialize;
use sign_in::call::Language;
use tokio::time::{Instant, sleep};

/// How often the calls are read.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long to wait for a call after Cognito's challenge, and for an answer to a request.
const CALL_TIMEOUT: Duration = Duration::from_mins(1);

/// After this time a ringing call is not going to be answered by the stand-in itself.
const MOMENT: Duration = Duration::from_secs(2);

/// Follows the calls to the user's number.
#[derive(Debug)]
pub(super) struct LocalPhone {
    client: Client,
    url: String,
    /// The user's number, if the pool shows it.
    number: Option<String>,
    /// How many lines of each call have been printed; all, for calls before this sign-in.
    printed: HashMap<String, usize>,
    rings: Rings,
}

/// Whether to explain why a call keeps ringing.
#[derive(Debug, Default, PartialEq)]
enum Rings {
    #[default]
    NotYet,
    Since(Instant),
    Said,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    contact_id: String,
    destination: String,
    state: String,
    #[serde(default)]
    attributes: HashMap<String, String>,
    transcript: Vec<TranscriptLine>,
}

#[derive(Debug, Deserialize)]
struct TranscriptLine {
    #[serde(default)]
    says: Option<String>,
    #[serde(default)]
    hears: Option<String>,
}

impl Call {
    /// Whether the callee said that the sign-in is not theirs.
    fn was_denied(&self) -> bool {
        let denied = self.attributes.get("Denied");
        denied.is_some() && self.transcript.iter().any(|line| line.says.as_ref() == denied)
    }
}

impl Rings {
    /// Whether a call has been ringing so long that it must be explained. True only once.
    fn too_long(&mut self, now: Instant) -> bool {
        match *self {
            Self::NotYet => *self = Self::Since(now),
            Self::Since(start) if now - start > MOMENT => *self = Self::Said,
            Self::Since(_) | Self::Said => return false,
        }
        *self == Self::Said
    }
}

impl Phone for LocalPhone {
    async fn code(&mut self, challenge: &Challenge) -> Result<String> {
        let length = challenge.parameter("codeLength").and_then(|length| length.parse().ok());
        let length = length.context("the challenge doesn't tell how long the code is")?;
        let start = Instant::now();
        loop {
            let call = self.hear(challenge).await?;
            let mut lines = call.iter().flat_map(|call| &call.transcript);
            if let Some(code) = lines.find_map(|line| said_code(line, length)) {
                return Ok(code);
            }
            match call {
                Some(call) if call.was_denied() => bail!("the phone stopped the sign-in, by the key 0"),
                Some(call) if call.state == "ended" => bail!("the phone said no code"),
                None if start.elapsed() > CALL_TIMEOUT => bail!("the phone did not ring"),
                _ => sleep(INTERVAL).await,
            }
        }
    }

    async fn listen(&mut self, challenge: &Challenge) -> Error {
        let forever: Result<Infallible> = async {
            loop {
                self.hear(challenge).await?;
                sleep(INTERVAL).await;
            }
        }
        .await;
        match forever {
            Err(error) => error,
        }
    }
}

impl LocalPhone {
    /// Follows new calls to this number. Earlier calls and other numbers are ignored.
    pub(super) async fn new(endpoint: &str, number: Option<String>) -> Result<Self> {
        let client = Client::builder().no_proxy().timeout(CALL_TIMEOUT).build()?;
        let mut phone = Self {
            client,
            url: format!("{endpoint}/local/calls"),
            number,
            printed: HashMap::new(),
            rings: Rings::default(),
        };
        phone.printed = phone.calls().await?.into_iter().map(|call| (call.contact_id, usize::MAX)).collect();
        Ok(phone)
    }

    /// Prints what is new in the calls of a challenge. Returns the first call since this sign-in began: later ones may
    /// belong to another sign-in.
    async fn hear(&mut self, challenge: &Challenge) -> Result<Option<Call>> {
        let mask = challenge.parameter("destination").unwrap_or_default();
        // If the functions read the number from another attribute, the pool's number is not the one that is called.
        let own = self.number.clone().filter(|number| fits(mask, number));
        let own = |number: &str| own.as_deref().map_or_else(|| fits(mask, number), |own| own == number);
        let mut first = None;
        for call in self.calls().await?.into_iter().filter(|call| own(&call.destination)) {
            let printed = self.printed.entry(call.contact_id.clone()).or_default();
            if *printed == usize::MAX {
                continue;
            }
            for line in call.transcript.iter().skip(*printed) {
                let (verb, what) = match (&line.says, &line.hears) {
                    (Some(says), _) => ("says", says),
                    (None, Some(hears)) => ("hears", hears),
                    (None, None) => continue,
                };
                say(&format!("  Phone {} {verb}: {what}", call.destination));
            }
            *printed = call.transcript.len();
            first.get_or_insert(call);
        }
        if first.as_ref().is_some_and(|call| call.state == "ringing") && self.rings.too_long(Instant::now()) {
            say("  It rings on: a page has this phone in hand. Answer there, or close the page and sign in again.");
        }
        Ok(first)
    }

    async fn calls(&self) -> Result<Vec<Call>> {
        let calls = async { self.client.get(&self.url).send().await?.error_for_status()?.json().await };
        calls.await.with_context(|| format!("the calls at {} can't be read", self.url))
    }
}

/// The code in a spoken text: the first single digits in a row, as many as the code has. A code that is repeated at
/// once makes a longer row. A number in a name is one word, and the digit of a key stands alone.
fn said_code(line: &TranscriptLine, length: usize) -> Option<String> {
    let says = line.says.as_deref()?;
    let words = says.split([' ', ',', '.', '\n']).filter(|word| !word.is_empty());
    let digits: Vec<Option<char>> = words.map(digit).collect();
    digits.windows(length.max(1)).find_map(|run| run.iter().copied().collect())
}

/// The digit that a word means, in any language of the call.
fn digit(word: &str) -> Option<char> {
    let is = |digit| Language::all().iter().any(|language| language.digit(digit) == word);
    (0..10).zip('0'..).find_map(|(digit, letter)| is(digit).then_some(letter))
}

/// Whether a number fits a masked one. The number of stars does not show its length.
fn fits(mask: &str, number: &str) -> bool {
    mask.split_once("********").is_some_and(|(begin, end)| {
        number.strip_prefix(begin).is_some_and(|national| national.len() > end.len() && national.ends_with(end))
    })
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use axum::{Json, Router};
    use serde_json::{Value, json};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn a_mask_fits_its_number_only() {
        assert!(fits("+1********00", "+12065550100"));
        assert!(fits("+49********45", "+493012345"));
        assert!(!fits("+1********00", "+12065550101"));
        assert!(!fits("+1********00", "+442065550100"));
        assert!(!fits("", "+12065550100"));
    }

    #[test]
    fn a_call_that_rings_on_is_spoken_of_once() {
        let (mut rings, start) = (Rings::default(), Instant::now());
        let said: Vec<bool> = [0, 1, 3, 4].map(|second| rings.too_long(start + Duration::from_secs(second))).into();
        assert_eq!(said, [false, false, true, false]);
    }

    /// A stand-in with these calls.
    async fn connect(calls: Value) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/local/calls", get(async move || Json(calls)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        endpoint
    }

    fn call(contact_id: &str, destination: &str, code: &str) -> Value {
        let says = format!("Your code is {code}.");
        json!({"contactId": contact_id, "destination": destination, "state": "ended", "transcript": [{"says": says}]})
    }

    #[tokio::test]
    async fn the_code_is_that_of_the_first_new_call_to_the_users_number() {
        let challenge = Challenge::with_parameters([("destination", "+1********00"), ("codeLength", "6")]);
        let endpoint = connect(json!([
            call("1", "+12065550100", "1, 1, 1, 1, 1, 1"),
            call("2", "+12065559900", "2, 2, 2, 2, 2, 2"),
            call("3", "+12065550100", "3, 3, 3, 3, 3, 3"),
            call("4", "+12065550100", "4, 4, 4, 4, 4, 4"),
        ]))
        .await;
        for (number, code) in [
            (Some("+12065550100"), "333333"),
            // Only the mask is known.
            (None, "222222"),
            // The functions take the number from another attribute.
            (Some("+12065550111"), "222222"),
        ] {
            let mut phone = LocalPhone::new(&endpoint, number.map(str::to_owned)).await.unwrap();
            phone.printed = HashMap::from([("1".to_owned(), usize::MAX)]);
            assert_eq!(phone.code(&challenge).await.unwrap(), code, "{number:?}");
        }
    }

    #[test]
    fn the_code_is_found_among_words_and_repetitions() {
        let code = |says: &str| said_code(&TranscriptLine { says: Some(says.to_owned()), hears: None }, 6);
        assert_eq!(code("Your code is 0, 7, 1, 9, 0, 2.").as_deref(), Some("071902"));
        assert_eq!(code("0, 7, 1, 9, 0, 2. 0, 7, 1, 9, 0, 2.").as_deref(), Some("071902"));
        assert_eq!(
            code("Your code is 0, 7, 1, 9, 0, 2 Once more 0, 7, 1, 9, 0, 2 1 repeats it").as_deref(),
            Some("071902")
        );
        assert_eq!(code("4, 7 or 123456, then 0, 7, 1, 9, 0, 2").as_deref(), Some("071902"));
        assert_eq!(code("आपका कोड है शून्य, सात, एक, नौ, शून्य, दो फिर से").as_deref(), Some("071902"));
        for says in [
            "This is Studio 54, calling 24 hours a day",
            "Hello. This is 123456 with your sign-in code.",
            "Hello. This is 1234, 56",
            "To hear it, press 4 now.",
            "1 2 3 4 5 and 6",
            "",
        ] {
            assert_eq!(code(says), None, "{says}");
        }
    }

    #[tokio::test]
    async fn a_denial_ends_the_wait_for_a_code() {
        let challenge = Challenge::with_parameters([("destination", "+1********00"), ("codeLength", "4")]);
        let endpoint = connect(json!([{
            "contactId": "1", "destination": "+12065550100", "state": "talking",
            "attributes": { "Denied": "Thank you. The sign-in is stopped." }, "transcript": [
                { "says": "To hear it, press 5 now. If you are not signing in, press 0 now." },
                { "hears": "0" },
                { "says": "Thank you. The sign-in is stopped." },
            ]
        }]))
        .await;
        let mut phone = LocalPhone::new(&endpoint, None).await.unwrap();
        phone.printed.clear();
        let error = phone.code(&challenge).await.unwrap_err().to_string();
        assert_eq!(error, "the phone stopped the sign-in, by the key 0");
    }

    #[tokio::test]
    async fn the_code_is_found_behind_a_gate() {
        let challenge = Challenge::with_parameters([("destination", "+1********00"), ("codeLength", "4")]);
        let endpoint = connect(json!([{
            "contactId": "1", "destination": "+12065550100", "state": "talking", "transcript": [
                { "says": "Hello. This is Studio 1234 with your sign-in code." },
                { "says": "To hear it, press 5 now. If you are not signing in, press 0 now." },
                { "hears": "5" },
                { "says": "Your code is 0, 7, 1, 9 Once more 0, 7, 1, 9 To hear it again, press 1." },
            ]
        }]))
        .await;
        let mut phone = LocalPhone::new(&endpoint, None).await.unwrap();
        phone.printed.clear();
        assert_eq!(phone.code(&challenge).await.unwrap(), "0719");
    }
}
