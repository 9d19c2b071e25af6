//! `voice-otp sign-in`: what `local sign-in` does, for any pool.

use std::env;

use anyhow::{Context, Result};
use client::cognito::{AppClient, Client, User};
use client::masking::without_numbers;
use client::{claims, terminal};

use crate::args::SignInArgs;
use crate::aws::{Access, Aws};
use crate::snapshot::reader::{Names, Reader, Target};
use crate::terminal::say;

/// The variable with the password. If it is set, the password is not asked for.
const PASSWORD: &str = "VOICE_OTP_PASSWORD";
const CLIENT_SECRET: &str = "VOICE_OTP_CLIENT_SECRET";

/// Signs in and prints each step. Fails unless it ends with tokens.
pub async fn run(args: &SignInArgs, access: &Access) -> Result<()> {
    let target = args.target.target();
    let (names, region, endpoint) = match &target {
        // A sign-in needs no AWS credentials.
        Target::Pool(pool) => {
            let names = Names { pool: pool.clone(), ..Names::default() };
            (names, Aws::find_region(access).await?, access.endpoint.clone())
        }
        Target::Stack(_) => {
            let aws = Aws::find(access).await?;
            let names = Reader::new(&aws, &|_| ()).names(&target).await?;
            (names, aws.region().to_owned(), aws.endpoint().map(str::to_owned))
        }
    };
    let id = args.client_id.clone().or(names.client);
    let app = AppClient {
        region,
        endpoint,
        user_pool_id: names.pool,
        id: id.context("--client-id must name the app client: the stack made none")?,
        secret: set(CLIENT_SECRET),
    };
    let password = if args.call_only { String::new() } else { password(&args.username)? };
    let client = Client::new(app, User { username: args.username.clone(), password }).await;
    let tokens = terminal::sign_in(&client, args.call_only).await?;
    say("Signed in. The ID token says, with numbers cut short:");
    say(&without_numbers(&claims::pretty(&tokens.id_token)?));
    Ok(())
}

fn password(username: &str) -> Result<String> {
    match set(PASSWORD) {
        Some(password) => Ok(password),
        None => rpassword::prompt_password(format!("Password of {username}: "))
            .with_context(|| format!("no password can be asked for here; set {PASSWORD}")),
    }
}

fn set(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}
