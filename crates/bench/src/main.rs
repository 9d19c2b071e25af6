//! Weighs the functions: what a start and an answer cost, side by side with others. `COMPARE.md` has what came of it.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::{env, fmt};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde::Serialize;

use crate::args::{Args, Command};
use crate::contender::Contender;
use crate::figures::Check;
use crate::program::Workshop;
use crate::report::{Report, Row, Skipped};
use crate::size::Size;
use crate::stage::Stage;
use crate::trial::Trial;

mod args;
mod authority;
mod contender;
mod endpoint;
mod figures;
mod http;
mod instructions;
mod process;
mod program;
mod report;
mod runtime_api;
mod size;
mod stage;
mod summary;
mod trial;

fn main() -> Result<()> {
    let args = Args::parse();
    ensure!(cfg!(target_os = "linux"), "processes are weighed on Linux only: elsewhere they are counted in other ways");
    match &args.command {
        None => print(&run(&args)?, args.json),
        Some(Command::Check { accept }) => {
            let as_deployed = args.only.is_empty() && !args.system_roots;
            ensure!(
                as_deployed,
                "all functions are checked, as they are deployed: leave out --only and --system-roots"
            );
            let (workshop, folder) = workshop(&args)?;
            let stage = Stage::open(&workshop.workspace, &folder, false)?;
            let check = Check::run(&workshop, &stage, *accept)?;
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

/// Where programs are built, and a folder for what else is written.
fn workshop(args: &Args) -> Result<(Workshop, PathBuf)> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    // This program lies in the release folder of cargo's target folder.
    let target = env::current_exe()?.ancestors().nth(2).context("this program lies in no target folder")?.to_owned();
    let workshop = Workshop { workspace, folder: target.join("contenders"), functions: args.functions.clone() };
    Ok((workshop, target.join("bench")))
}

fn run(args: &Args) -> Result<Report> {
    let (workshop, folder) = workshop(args)?;
    let mut skipped = Vec::new();
    let mut contenders = Vec::new();
    for contender in Contender::ALL {
        if !args.only.is_empty() && !args.only.contains(&contender) {
            continue;
        }
        match workshop.program(contender)? {
            Ok(program) => contenders.push((contender, program, Vec::new())),
            Err(why) => skipped.push(Skipped { what: contender.to_string(), why }),
        }
    }

    let stage = Stage::open(&workshop.workspace, &folder, args.system_roots)?;
    // The first round is for the page cache, and not counted.
    for round in 0..=args.rounds {
        eprintln!("bench: round {round} of {}", args.rounds);
        for (contender, program, trials) in &mut contenders {
            let trial = Trial::run(*contender, program, &stage, args.warm)?;
            if round > 0 {
                trials.push(trial);
            }
        }
    }

    let mut counting = args.instructions;
    if let Some(why) = instructions::missing().filter(|_| counting) {
        skipped.push(Skipped { what: "instructions".to_owned(), why });
        counting = false;
    }
    let mut rows = Vec::new();
    for (contender, program, trials) in &contenders {
        let counting = counting && *contender != Contender::Recipe;
        let instructions = counting.then(|| instructions::count(*contender, program, &stage)).transpose()?;
        rows.extend(Row::of(*contender, trials, Size::of(&program.shipped)?, instructions));
    }
    let cpus = available_parallelism()?.get();
    let &Args { rounds, warm, .. } = args;
    Ok(Report { cpus, architecture: env::consts::ARCH, rounds, warm, rows, skipped })
}
