//! `local sign-in`: a sign-in on the terminal, by a real Cognito client that doesn't know it is not on AWS.

mod claims;
mod client;
mod phone;
mod stack;

pub use self::{
    claims::pretty as claims,
    client::{AppClient, Challenge, Client, Step, Tokens},
    stack::{Config, User},
};

use self::{phone::Phone, stack::Stack};
use crate::{
    args::{SignInArgs, StackArgs},
    lambda::redaction::without_numbers,
    say,
};
use anyhow::{Context, Error, Result, bail};
use std::{
    future::pending,
    io::{self, BufRead},
    thread,
};
use tokio::{select, sync::mpsc};

/// Signs in and says each step. Fails unless it ends with tokens.
pub async fn run(args: &SignInArgs, stack_args: &StackArgs) -> Result<()> {
    let stack = Stack::find_or_start(args.endpoint.as_deref(), stack_args).await?;
    let user = stack.user(args)?;
    let client = Client::new(&stack.config, &user, args.client_secret.as_deref()).await;
    let phone = Phone::new(stack.endpoint(), user.phone_number.clone()).await?;
    let code = if args.answer { Code::Heard(phone) } else { Code::Typed(Some(phone)) };
    let tokens = converse(&client, args.call_only, code).await?;
    say("Signed in. The ID token says:");
    say(&claims(&tokens.id_token)?);
    Ok(())
}

/// Signs in where the phone is a real one: says each step, and asks for the code.
pub async fn on_terminal(client: &Client, call_only: bool) -> Result<Tokens> {
    converse(client, call_only, Code::Typed(None)).await
}

/// Where the code comes from.
enum Code {
    /// Somebody types it, and is shown what the phone says if it is the local one.
    Typed(Option<Phone>),
    /// The local phone says it.
    Heard(Phone),
}

async fn converse(client: &Client, call_only: bool, mut code: Code) -> Result<Tokens> {
    // It may be the number.
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
            // Only one answer is worth giving: what the phone said.
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
        "The phone {} is told a code of {} digits, valid for {} s. Attempts left: {}. Calls left: {}, the next in {} s.",
        known("destination"),
        known("codeLength"),
        known("expiresInSeconds"),
        known("attemptsLeft"),
        known("callsLeft"),
        known("callAgainInSeconds"),
    ));
}

/// Asks for the code, and shows meanwhile what the phone says.
async fn ask(
    input: &mut mpsc::Receiver<String>,
    mut phone: Option<&mut Phone>,
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

/// Shows what the phone says, for ever. A real one is not heard here.
async fn listen(phone: Option<&mut Phone>, challenge: &Challenge) -> Error {
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
