//! Weighs the functions: what a start and an answer cost, side by side with others. `COMPARE.md` has what came of it.

use std::env;
use std::path::Path;
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use crate::args::Args;
use crate::contender::Contender;
use crate::program::Workshop;
use crate::report::{Report, Row, Skipped};
use crate::size::Size;
use crate::stage::Stage;
use crate::trial::Trial;

mod args;
mod authority;
mod contender;
mod endpoint;
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
    let report = run(&args)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

fn run(args: &Args) -> Result<Report> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    // This program lies in the release folder of cargo's target folder.
    let target = env::current_exe()?.ancestors().nth(2).context("this program lies in no target folder")?.to_owned();
    let workshop = Workshop { workspace, folder: target.join("contenders"), functions: args.functions.clone() };

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

    let stage = Stage::open(&workshop.workspace, &target.join("bench"), args.system_roots)?;
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
