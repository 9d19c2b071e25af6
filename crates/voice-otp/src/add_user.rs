//! `voice-otp add-user`: a user with a verified number and a password, who can sign in at once.

mod policy;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sign_in::phone::PhoneNumber;

pub use self::policy::Policy;

use crate::args::AddUserArgs;
use crate::aws::{Aws, AwsError, Operation};
use crate::deployment::Deployment;
use crate::number;
use crate::redaction::printable;
use crate::snapshot::reader::Target;

/// Cognito's own attribute for a number. It holds the number unless a setting names another attribute.
const PHONE_NUMBER: &str = "phone_number";

/// The status of a new user who has not chosen a password yet.
const UNFINISHED: &str = "FORCE_CHANGE_PASSWORD";

/// The person who runs the command. They see what is done, and enter the password.
pub trait Operator {
    /// Shows a line.
    fn say(&mut self, line: &str);
    /// Asks for the new user's password, which must meet the policy.
    fn password(&mut self, username: &str, policy: &Policy) -> Result<String>;
}

/// Creates the user, or finishes one who has no password yet. Everything that can be refused is checked before anything
/// is written.
pub async fn run(
    args: &AddUserArgs,
    aws: &Aws,
    operator: &mut (dyn Operator + Send),
    progress: &(dyn Fn(&str) + Sync),
) -> Result<()> {
    let (pool, attribute, number) = set_up(args, aws, operator, progress).await?;
    let attributes = attributes(args, &attribute);
    let user = NewUser { aws, pool: &pool, args, attributes };
    let policy = user.policy().await?;
    let existing = user.existing().await?;
    if let Some(existing) = &existing {
        user.check(existing)?;
    }
    operator.say(&format!("A password of the pool {pool} has {policy}."));
    let password = operator.password(&args.username, &policy)?;
    user.write(existing.as_ref(), &number, operator).await?;
    user.set_password(&password, &policy).await?;
    operator.say("The password is set: the user can sign in.");
    Ok(())
}

/// The pool's id, the attribute that holds the number, and the number. Fails if the number would not be called.
async fn set_up(
    args: &AddUserArgs,
    aws: &Aws,
    operator: &mut (dyn Operator + Send),
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(String, String, PhoneNumber)> {
    let target = args.target.target();
    let settings = async {
        let deployment = Deployment::of(&target, aws, progress).await?;
        let settings = deployment.create(aws)?;
        Ok::<_, anyhow::Error>((deployment, settings))
    };
    match (settings.await, &target) {
        (Ok((deployment, settings)), _) => {
            let number = number::callable(&args.phone, &settings.policy)?;
            operator.say(&format!("Numbers of {} are called, {} among them.", number.country(), number.masked()));
            Ok((deployment.pool, settings.challenge.phone_attribute, number))
        }
        // A pool can have users before it has functions.
        (Err(error), Target::Pool(pool)) => {
            progress("");
            let number = number::parse(&args.phone)?;
            let (masked, country) = (number.masked(), number.country());
            operator.say(&format!("Whether {masked}, of {country}, is called could not be looked at: {error:#}."));
            Ok((pool.clone(), PHONE_NUMBER.to_owned(), number))
        }
        (Err(error), Target::Stack(_)) => Err(error),
    }
}

/// The attributes of the user. They count as verified on the operator's word: the user can't verify them before the
/// first sign-in.
fn attributes(args: &AddUserArgs, phone_attribute: &str) -> Vec<(String, String)> {
    let mut attributes = vec![(phone_attribute.to_owned(), args.phone.clone())];
    // Cognito verifies no other attribute.
    if phone_attribute == PHONE_NUMBER {
        attributes.push((format!("{PHONE_NUMBER}_verified"), "true".to_owned()));
    }
    if let Some(email) = &args.email {
        attributes.extend([("email".to_owned(), email.clone()), ("email_verified".to_owned(), "true".to_owned())]);
    }
    attributes
}

struct NewUser<'a> {
    aws: &'a Aws,
    pool: &'a str,
    args: &'a AddUserArgs,
    attributes: Vec<(String, String)>,
}

impl NewUser<'_> {
    async fn policy(&self) -> Result<Policy, AwsError> {
        let answer = self.aws.json(Operation::DESCRIBE_USER_POOL, json!({ "UserPoolId": self.pool })).await?;
        Ok(Policy::from_json(&answer["UserPool"]["Policies"]["PasswordPolicy"]))
    }

    async fn existing(&self) -> Result<Option<Value>, AwsError> {
        match self.aws.json(Operation::ADMIN_GET_USER, self.request()).await {
            Ok(user) => Ok(Some(user)),
            Err(error) if error.has_code("UserNotFoundException") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether an earlier attempt may have left this user without a password. No other existing user is changed.
    fn check(&self, existing: &Value) -> Result<()> {
        let name = printable(&self.args.username);
        let status = existing["UserStatus"].as_str().unwrap_or_default();
        ensure!(status != "CONFIRMED", "{name} exists and is confirmed, and nothing was changed");
        ensure!(
            status == UNFINISHED && existing["Enabled"] != false,
            "{name} exists, is {} and not new, and nothing was changed",
            if existing["Enabled"] == false { "disabled" } else { status }
        );
        let differs = |(name, value): &&(String, String)| {
            !name.ends_with("_verified") && held(existing, name).is_some_and(|held| held != value)
        };
        if let Some((attribute, _)) = self.attributes.iter().find(differs) {
            bail!("{name} exists, with another {attribute}, and nothing was changed: give the same, or another name");
        }
        Ok(())
    }

    /// Creates the user, or gives an existing one the missing attributes.
    async fn write(
        &self,
        existing: Option<&Value>,
        number: &PhoneNumber,
        operator: &mut (dyn Operator + Send),
    ) -> Result<()> {
        let masked = number.masked();
        let missing = |(name, value): &&(String, String)| {
            existing.is_none_or(|user| held(user, name).is_none_or(|held| !held.eq_ignore_ascii_case(value)))
        };
        let missing: Vec<_> = self.attributes.iter().filter(missing).collect();
        let attributes: Vec<_> = missing.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
        let mut request = self.request();
        request["UserAttributes"] = json!(attributes);
        if existing.is_none() {
            request["MessageAction"] = json!("SUPPRESS");
            self.aws.json(Operation::ADMIN_CREATE_USER, request).await.context("the user was not made")?;
            operator.say(&format!("Made the user, with the number {masked}. No message was sent."));
            return Ok(());
        }
        if !attributes.is_empty() {
            self.aws
                .json(Operation::ADMIN_UPDATE_USER_ATTRIBUTES, request)
                .await
                .context("the user is there, and was not finished")?;
        }
        operator.say(&format!("The user is there already, without a password, and has the number {masked}."));
        Ok(())
    }

    async fn set_password(&self, password: &str, policy: &Policy) -> Result<()> {
        let mut request = self.request();
        request["Password"] = json!(password);
        // With a temporary password, the user could choose another and get tokens for it without a call.
        request["Permanent"] = json!(true);
        match self.aws.json(Operation::ADMIN_SET_USER_PASSWORD, request).await {
            Ok(_) => Ok(()),
            Err(error) if error.has_code("InvalidPasswordException") => Err(error).with_context(|| {
                format!("the user is there, without a password; run this again with one that has {policy}")
            }),
            Err(error) => Err(error).context("the user is there, without a password; run this again"),
        }
    }

    fn request(&self) -> Value {
        json!({ "UserPoolId": self.pool, "Username": self.args.username })
    }
}

/// The value of a user's attribute.
fn held<'a>(user: &'a Value, name: &str) -> Option<&'a str> {
    user["UserAttributes"].as_array()?.iter().find(|attribute| attribute["Name"] == name)?["Value"].as_str()
}
