//! Measures what a start and an answer of the functions cost, beside other functions. `docs/internals/performance.md` has the results.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::{env, fmt};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde::Serialize;

use crate::args::{Args, Command};
use crate::figures::Check;
use crate::harness::Harness;
use crate::program::Builder;
use crate::report::{Report, Skipped};
use crate::row::{Row, connections};
use crate::run::Run;
use crate::size::Size;
use crate::subject::Subject;

mod aims;
mod args;
mod authority;
mod endpoint;
mod figures;
mod harness;
mod http;
mod instructions;
mod lambda;
mod process;
mod program;
mod report;
mod row;
mod run;
mod runtime_api;
mod size;
mod subject;
mod summary;
mod table;

fn main() -> Result<()> {
    let args = Args::parse();
    ensure!(cfg!(target_os = "linux"), "processes can be measured on Linux only: it reads their costs from /proc");
    match &args.command {
        None => {
            let report = run(&args)?;
            print(&report, args.json)?;
            report.verdict()
        }
        Some(Command::Check { accept }) => {
            let as_deployed = args.only.is_empty() && !args.system_roots;
            ensure!(
                as_deployed,
                "the check is for all functions as they are deployed: leave out --only and --system-roots"
            );
            let (builder, folder) = builder(&args)?;
            let harness = Harness::open(&builder.workspace, &folder, false)?;
            let check = Check::run(&builder, &harness, *accept)?;
            print(&check, args.json)?;
            if *accept { Ok(()) } else { check.verdict() }
        }
    }
}

fn print(report: &(impl fmt::Display + Serialize), json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// The builder, and a folder for the other files.
fn builder(args: &Args) -> Result<(Builder, PathBuf)> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    // This program lies in the release folder of cargo's target folder.
    let target = env::current_exe()?.ancestors().nth(2).context("this program lies in no target folder")?.to_owned();
    let builder = Builder { workspace, folder: target.join("subjects"), functions: args.functions.clone() };
    Ok((builder, target.join("bench")))
}

fn run(args: &Args) -> Result<Report> {
    let (builder, folder) = builder(args)?;
    let mut skipped = Vec::new();
    let mut subjects = Vec::new();
    for subject in Subject::ALL {
        if !args.only.is_empty() && !args.only.contains(&subject) {
            continue;
        }
        match builder.program(subject)? {
            Ok(program) => subjects.push((subject, program, Vec::new())),
            Err(why) => skipped.push(Skipped { what: subject.to_string(), why }),
        }
    }

    let harness = Harness::open(&builder.workspace, &folder, args.system_roots)?;
    // The first round is for the page cache, and not counted.
    for round in 0..=args.rounds {
        eprintln!("bench: round {round} of {}", args.rounds);
        for (subject, program, runs) in &mut subjects {
            let run = Run::measure(*subject, program, &harness, args.warm)?;
            if round > 0 {
                runs.push(run);
            }
        }
    }

    let mut counting = args.instructions;
    if let Some(why) = instructions::missing().filter(|_| counting) {
        skipped.push(Skipped { what: "instructions".to_owned(), why });
        counting = false;
    }
    let mut rows = Vec::new();
    for (subject, program, runs) in &subjects {
        let connections = connections(runs).filter(|_| counting && *subject != Subject::Recipe);
        let instructions =
            connections.map(|connections| instructions::count(*subject, program, &harness, connections)).transpose()?;
        rows.extend(Row::of(*subject, runs, Size::of(&program.shipped)?, instructions));
    }
    let cpus = available_parallelism()?.get();
    let &Args { rounds, warm, .. } = args;
    Ok(Report { cpus, architecture: env::consts::ARCH, rounds, warm, rows, skipped })
}
