//! `cargo run -p reference`: writes docs/reference, from what the code and the template declare.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;

mod alarms;
mod commands;
mod error_words;
mod languages;
mod local_api;
mod markdown;
mod metrics;
mod rights;
mod settings;
mod template;

/// Writes docs/reference, from what the code and the template declare.
#[derive(Debug, Parser)]
struct Args {
    /// Writes nothing, and fails if a file would change
    #[arg(long)]
    check: bool,
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let template = template::Template::read(include_str!("../../../template.yaml"))?;
    let pages = [
        ("alarms", alarms::page(&template)?),
        ("commands", commands::page()),
        ("error-words", error_words::page()?),
        ("languages", languages::page()),
        ("local-api", local_api::page()),
        ("metrics", metrics::page()),
        ("rights", rights::page()),
        ("settings", settings::page(&template)?),
    ];
    let folder = Path::new(ROOT).join("docs/reference");
    fs::create_dir_all(&folder)?;
    let mut stale = false;
    let names = pages.each_ref().map(|(name, _)| *name);
    for (name, text) in pages {
        let path = folder.join(name).with_extension("md");
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            continue;
        }
        stale = true;
        if args.check {
            eprintln!("docs/reference/{name}.md is out of date. `cargo run -p reference` writes it.");
        } else {
            fs::write(&path, text).with_context(|| format!("docs/reference/{name}.md can't be written"))?;
            println!("docs/reference/{name}.md");
        }
    }
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name();
        let known = names.iter().any(|known| name.to_str().is_some_and(|name| name == format!("{known}.md")));
        ensure!(known, "docs/reference/{} is no page of the reference: delete it", name.display());
    }
    Ok(if stale && args.check { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
