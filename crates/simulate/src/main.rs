//! `simulate`: shows the results of many sign-ins. docs/internals/simulation.md has them.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use simulate::args::{Args, Command};
use simulate::report::{Report, Table};
use simulate::scenario::Scenario;
use simulate::suite::Suite;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simulate: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(Args { command, seed, json }: Args) -> Result<()> {
    let tables = match command {
        None => Suite::value_variants().iter().map(|suite| of_suite(*suite, seed)).collect::<Result<_>>()?,
        Some(Command::Table { suite }) => vec![of_suite(suite, seed)?],
        Some(Command::Run(args)) => vec![table("A scenario", &[args.scenario(seed)?])?],
    };
    let text = if json {
        format!("{}\n", serde_json::to_string_pretty(&tables)?)
    } else {
        tables.iter().fold(format!("seed {seed}\n"), |text, table| format!("{text}\n{table}"))
    };
    match io::stdout().write_all(text.as_bytes()) {
        // The reader of the pipe has closed it, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn of_suite(suite: Suite, seed: u64) -> Result<Table> {
    table(suite.title(), &suite.scenarios(seed))
}

fn table(title: &'static str, scenarios: &[Scenario]) -> Result<Table> {
    let rows = scenarios.iter().map(|scenario| Ok(Report::of(scenario.run()?))).collect::<Result<_>>()?;
    Ok(Table { title, rows })
}
