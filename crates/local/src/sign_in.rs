//! `local sign-in`: a sign-in on the terminal, with a real Cognito client.

mod phone;
mod stack;

use anyhow::Result;
use client::claims;
use client::terminal::{Code, converse, say};

pub use self::stack::Config;

use self::phone::LocalPhone;
use self::stack::Stack;
use crate::args::{SignInArgs, StackArgs};

/// Signs in and prints each step. Fails unless it ends with tokens.
pub async fn run(args: &SignInArgs, stack_args: &StackArgs) -> Result<()> {
    let stack = Stack::find_or_start(args.endpoint.as_deref(), stack_args).await?;
    let (user, number) = stack.user(args)?;
    let client = stack.config.client(user, args.client_secret.as_deref()).await;
    let phone = LocalPhone::new(stack.endpoint(), number).await?;
    let code = if args.answer { Code::Heard(phone) } else { Code::Typed(Some(phone)) };
    let tokens = converse(&client, args.call_only, code).await?;
    say("Signed in. The ID token says:");
    say(&claims::pretty(&tokens.id_token)?);
    Ok(())
}
