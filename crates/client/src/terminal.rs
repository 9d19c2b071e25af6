//! A sign-in on the terminal: prints each step, and asks for the code.

use std::convert::Infallible;
use std::future::pending;
use std::io::{self, BufRead, Write};
use std::thread;

use anyhow::{Context, Error, Result, bail};
use tokio::select;
use tokio::sync::mpsc;

use crate::cognito::{Challenge, Client, Step, Tokens};
use crate::masking::without_numbers;

/// A phone whose calls this program can follow.
pub trait Phone {
    /// The code that the call of a challenge says.
    fn code(&mut self, challenge: &Challenge) -> impl Future<Output = Result<String>>;

    /// Prints what the phone says, until it can't be followed any more.
    fn listen(&mut self, challenge: &Challenge) -> impl Future<Output = Error>;
}

/// The source of the code.
pub enum Code<P> {
    /// The user types it. If the phone can be followed, what it says is shown.
    Typed(Option<P>),
    /// The code is read from what the phone says.
    Heard(P),
}

/// A real phone, which can't be followed.
impl Phone for Infallible {
    async fn code(&mut self, _: &Challenge) -> Result<String> {
        match *self {}
    }

    async fn listen(&mut self, _: &Challenge) -> Error {
        match *self {}
    }
}

/// Signs in with a real phone.
pub async fn sign_in(client: &Client, call_only: bool) -> Result<Tokens> {
    converse(client, call_only, Code::<Infallible>::Typed(None)).await
}

/// Prints a line to stdout. A closed stdout is no error.
pub fn say(line: &str) {
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// Signs in, with the code from the given source.
pub async fn converse<P: Phone>(client: &Client, call_only: bool, mut code: Code<P>) -> Result<Tokens> {
    // The user name may be a phone number.
    let username = without_numbers(client.username());
    let mut step = if call_only {
        say(&format!("Signing in as {username} without a password (CUSTOM_AUTH)."));
        client.start().await?
    } else {
        say(&format!("Signing in as {username} with a password by SRP (CUSTOM_AUTH, SRP_A)."));
        let step = client.start_with_password().await?;
        say("The password is right; it was proved, not sent (PASSWORD_VERIFIER).");
        step
    };

    let mut input = matches!(code, Code::Typed(_)).then(lines_of_input);
    let mut rounds = 0;
    loop {
        let challenge = match step {
            Step::Tokens(tokens) => return Ok(tokens),
            Step::Challenge(challenge) => challenge,
        };
        rounds += 1;
        describe(&challenge);
        let answer = match (&mut code, &mut input) {
            (Code::Typed(phone), Some(input)) => ask(input, phone.as_mut(), &challenge).await?,
            // A second answer would be the same code, since the code comes only from the phone.
            (Code::Heard(phone), _) if rounds == 1 => Answer::Code(phone.code(&challenge).await?),
            _ => bail!("the code that the phone said was not taken"),
        };
        step = match answer {
            Answer::Code(code) => {
                say("Answering with the code (CUSTOM_CHALLENGE).");
                let step = client.answer(&challenge, &code).await?;
                if matches!(step, Step::Challenge(_)) {
                    say("That was not the code.");
                }
                step
            }
            Answer::CallAgain => {
                say("Asking for another call (CUSTOM_CHALLENGE with callAgain).");
                client.call_again(&challenge).await?
            }
        };
    }
}

enum Answer {
    Code(String),
    CallAgain,
}

fn describe(challenge: &Challenge) {
    let known = |name| challenge.parameter(name).unwrap_or("?");
    say(&format!(
        "The call to {} says a code of {} digits, valid for {} s. Attempts left: {}. Calls left: {}, the next in {} s.",
        known("destination"),
        known("codeLength"),
        known("expiresInSeconds"),
        known("attemptsLeft"),
        known("callsLeft"),
        known("callAgainInSeconds"),
    ));
}

/// Asks for the code, and shows what the phone says while it waits.
async fn ask<P: Phone>(
    input: &mut mpsc::Receiver<String>,
    mut phone: Option<&mut P>,
    challenge: &Challenge,
) -> Result<Answer> {
    say("Type the code, or c to be called again:");
    loop {
        let line = select! {
            line = input.recv() => line.context("no code was typed")?,
            error = listen(phone.as_deref_mut(), challenge) => return Err(error),
        };
        match line.trim() {
            "" => {}
            "c" | "C" => return Ok(Answer::CallAgain),
            code => return Ok(Answer::Code(code.to_owned())),
        }
    }
}

/// Shows what the phone says, and never ends by itself. A real phone can't be followed, so nothing is shown.
async fn listen<P: Phone>(phone: Option<&mut P>, challenge: &Challenge) -> Error {
    match phone {
        Some(phone) => phone.listen(challenge).await,
        None => pending().await,
    }
}

/// Lines of stdin. They come from a thread of their own, since nothing can interrupt a read of stdin, and the program
/// must be able to end during one.
fn lines_of_input() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    thread::spawn(move || {
        let lines = io::stdin().lock().lines();
        for line in lines.map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
