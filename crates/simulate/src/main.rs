//! `simulate`: shows the results of many sign-ins. docs/internals/simulation.md has them.

use std::io::{self, ErrorKind, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use simulate::args::{Args, Command};
use simulate::column::Column;
use simulate::report::Report;
use simulate::results::Table;
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
        Some(Command::Run(args)) => {
            let mut columns = vec![Column::ALL.to_vec()];
            if args.attack.is_some() {
                columns.push(Column::ATTACKERS.to_vec());
            }
            vec![table("A scenario", columns, &[args.scenario(seed)?])?]
        }
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
    table(suite.title(), suite.columns(), &suite.scenarios(seed))
}

fn table(title: &'static str, columns: Vec<Vec<Column>>, scenarios: &[Scenario]) -> Result<Table> {
    Ok(Table { title, columns, rows: reports(scenarios)? })
}

/// Runs the scenarios, as many at a time as there are processors.
fn reports(scenarios: &[Scenario]) -> Result<Vec<Report>> {
    let (next, reports) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Relaxed);
            let Some(scenario) = scenarios.get(index) else { return };
            let report = scenario.run().map(Report::of);
            reports.lock().unwrap_or_else(PoisonError::into_inner).push((index, report));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
    let mut reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    reports.sort_by_key(|(index, _)| *index);
    reports.into_iter().map(|(_, report)| report).collect()
}
