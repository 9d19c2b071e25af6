//! The command line.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Args as ClapArgs, Parser, Subcommand};
use sign_in::define::Mode;

use crate::attack::{Attack, Kind};
use crate::connect::{Quotas, WhenFull};
use crate::functions::Functions;
use crate::scenario::{Latency, Scenario};
use crate::suite::Suite;
use crate::user_model::UserModel;

/// The settings that make a difference here. Of the others, the time that a code takes to be spoken and typed is assumed, and
/// how many digits attackers type.
const HEEDED: [&str; 18] = [
    "CONNECT_RING_TIMEOUT_SECONDS",
    "OTP_CODE_DELIVERY",
    "OTP_COUNTRIES",
    "OTP_DEVICE_DAYS",
    "OTP_LOCKOUT_FAILURES",
    "OTP_LOCKOUT_SECONDS",
    "OTP_MAX_ATTEMPTS",
    "OTP_MAX_CALLS",
    "OTP_MAX_CALLS_ALL_DAY",
    "OTP_MAX_CALLS_ALL_HOUR",
    "OTP_MAX_CALLS_COUNTRY_HOUR",
    "OTP_MAX_CALLS_DAY",
    "OTP_MAX_CALLS_HOUR",
    "OTP_MAX_CALLS_QUARTER_HOUR",
    "OTP_MAX_FAILURES",
    "OTP_MODE",
    "OTP_SECONDS_BETWEEN_CALLS",
    "OTP_VALIDITY_SECONDS",
];

/// So many visits are held in memory, a kilobyte each and more.
const MOST_VISITS: f64 = 2_000_000.0;

/// Many sign-ins on a virtual clock: the ledger and the dialling as they are, under Amazon Connect's quotas.
///
/// Without a command: all tables.
#[derive(Debug, Parser)]
#[command(name = "simulate", version)]
pub struct Args {
    /// What to simulate, if not everything.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What chance begins with: the same number gives the same figures
    #[arg(long, default_value_t = 1, global = true)]
    pub seed: u64,
    /// Prints JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// One scenario of one's own
    Run(Box<RunArgs>),
    /// One of the tables
    Table {
        /// Which one
        suite: Suite,
    },
}

/// A scenario.
#[derive(Clone, Debug, ClapArgs)]
pub struct RunArgs {
    /// Visits of users that begin in a minute, at random
    #[arg(long, default_value_t = 10.0, value_parser = amount)]
    pub sign_ins_per_minute: f64,
    /// For how long they do
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=7 * 24 * 60))]
    pub minutes: u32,
    /// The hour of the day at which it begins (UTC)
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..24))]
    pub hour: u32,
    /// The functions' settings, as in `OTP_MAX_CALLS_ALL_HOUR=1000`; can be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// Connect's quota of requests a second
    #[arg(long, default_value_t = Quotas::default().rate, value_parser = amount)]
    pub rate: f64,
    /// ... of which so many may come at once
    #[arg(long, default_value_t = Quotas::default().burst, value_parser = burst)]
    pub burst: f64,
    /// Connect's quota of calls at a time
    #[arg(long, default_value_t = Quotas::default().concurrent)]
    pub concurrent: u32,
    /// What Connect does when there are as many
    #[arg(long, value_enum, default_value_t)]
    pub when_full: WhenFull,
    /// How long a request to the ledger takes, in milliseconds: less than what the functions wait
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(..900))]
    pub ledger_ms: u64,
    /// How long a request to Connect takes, in milliseconds: less than what the functions wait
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(..1_500))]
    pub connect_ms: u64,
    /// Calls that somebody takes: a part of 1
    #[arg(long, default_value_t = 0.9, value_parser = part)]
    pub takes: f64,
    /// Users who sign in by a trusted device: a part of 1
    #[arg(long, default_value_t = 0.0, value_parser = part)]
    pub devices: f64,
    /// Visits in which a number is verified by Cognito's own code, as at a sign-up: a part of 1
    #[arg(long, default_value_t = 0.0, value_parser = part)]
    pub sign_ups: f64,
    /// Visits for a new password by Cognito's own code: a part of 1
    #[arg(long, default_value_t = 0.0, value_parser = part)]
    pub resets: f64,
    /// An attack meanwhile
    #[arg(long, value_enum)]
    pub attack: Option<Kind>,
    /// Sign-ins of attackers in a minute
    #[arg(long, default_value_t = 2.0, value_parser = amount, requires = "attack")]
    pub attacks_per_minute: f64,
    /// Users whose passwords they know, or numbers that they sign up with
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000), requires = "attack")]
    pub accounts: u32,
}

impl RunArgs {
    /// The scenario. An error if the functions refuse the settings.
    pub fn scenario(&self, seed: u64) -> Result<Scenario> {
        let Self { sign_ins_per_minute, minutes, rate, burst, concurrent, .. } = *self;
        let attacks = self.attack.map_or(0.0, |_| self.attacks_per_minute);
        let visits = (sign_ins_per_minute + attacks) * f64::from(minutes);
        ensure!(
            visits <= MOST_VISITS,
            "--minutes {minutes} are {visits:.0} visits, and {MOST_VISITS} are what memory holds"
        );
        let mut scenario = Scenario::new(format!("{sign_ins_per_minute} a minute"), seed, sign_ins_per_minute, minutes);
        scenario.settings.extend(self.settings.iter().cloned());
        scenario.quotas = Quotas { rate, burst, concurrent };
        scenario.when_full = self.when_full;
        scenario.hour = self.hour;
        ensure!(self.sign_ups + self.resets <= 1.0, "--sign-ups and --resets are more than all visits");
        let Self { takes, devices, sign_ups: verifies, resets, .. } = *self;
        scenario.user_model = UserModel { takes, devices, verifies, resets, ..UserModel::default() };
        let (ledger, connect) = (Duration::from_millis(self.ledger_ms), Duration::from_millis(self.connect_ms));
        scenario.latency = Latency { ledger, connect, ..Latency::default() };
        scenario.attack = self.attack.map(|kind| {
            let (per_minute, accounts) = (self.attacks_per_minute, self.accounts);
            Attack { kind, per_minute, accounts, countries: vec!["US".to_owned()] }
        });
        let functions = Functions::read(&scenario.settings)?;
        let call_only = functions.mode == Mode::CallOnly;
        ensure!(call_only || self.attack != Some(Kind::Names), "--attack names needs --set OTP_MODE=call-only");
        Ok(scenario)
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is needed")?;
    if !HEEDED.contains(&name) {
        return Err(format!("{name} is no setting that a simulation heeds"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn amount(text: &str) -> Result<f64, String> {
    let amount = text.parse().ok().filter(|amount: &f64| (0.0..=1_000_000.0).contains(amount));
    amount.ok_or_else(|| "a number from 0 to 1000000 is needed".to_owned())
}

fn burst(text: &str) -> Result<f64, String> {
    amount(text).ok().filter(|burst| *burst >= 1.0).ok_or_else(|| "a number from 1 to 1000000 is needed".to_owned())
}

fn part(text: &str) -> Result<f64, String> {
    amount(text).ok().filter(|part| *part <= 1.0).ok_or_else(|| "a number from 0 to 1 is needed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(line: &str) -> Result<Scenario> {
        let args = Args::try_parse_from(format!("simulate run {line}").split_whitespace())?;
        let Some(Command::Run(run)) = args.command else { panic!("{line}") };
        run.scenario(args.seed)
    }

    #[test]
    fn the_definition_holds_together() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn what_is_given_is_simulated_and_the_rest_are_defaults() {
        let given = scenario("--rate 20 --concurrent 7 --set OTP_MODE=call-only --attack names --seed 9").unwrap();
        assert_eq!(given.quotas, Quotas { rate: 20.0, burst: 5.0, concurrent: 7 });
        assert_eq!((given.seed, given.minutes, &*given.settings["OTP_MODE"]), (9, 60, "call-only"));
        assert_eq!(given.attack.unwrap().kind, Kind::Names);
        assert_eq!(scenario("").unwrap().quotas, Quotas::default());
        let UserModel { devices, verifies, resets, .. } =
            scenario("--devices 0.5 --sign-ups 0.2 --resets 0.1").unwrap().user_model;
        assert_eq!(format!("{devices} {verifies} {resets}"), "0.5 0.2 0.1");
    }

    #[test]
    fn an_error_names_what_is_wrong() {
        for (line, expected) in [
            ("--rate=-1", "--rate"),
            ("--minutes 0", "--minutes"),
            ("--set OTP_MAX_CALLS", "NAME=VALUE"),
            ("--set OTP_MAX_CALLS=99", "OTP_MAX_CALLS"),
            // Misspelt; and speech, which this simulation knows in one language.
            ("--set OTP_MAX_CALL=5", "OTP_MAX_CALL is no setting"),
            ("--set OTP_LANGUAGE=ar-AE", "OTP_LANGUAGE is no setting"),
            ("--burst 0.5", "--burst"),
            ("--connect-ms 1500", "--connect-ms"),
            ("--ledger-ms 900", "--ledger-ms"),
            ("--sign-ins-per-minute 10000 --minutes 900", "--minutes 900"),
            ("--set LOG_LEVEL=info", "LOG_LEVEL"),
            ("--accounts 5", "--attack"),
            ("--attack names", "OTP_MODE=call-only"),
            ("--takes 2", "--takes"),
            ("--devices 2", "--devices"),
            ("--sign-ups 0.6 --resets 0.6", "--resets"),
            ("--when-full maybe", "--when-full"),
        ] {
            let error = format!("{:#}", scenario(line).unwrap_err());
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
