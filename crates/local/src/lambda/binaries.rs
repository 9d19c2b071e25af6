//! The functions' binaries: taken from a folder, or built here.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;

use super::Function;
use crate::program::is_run_by_cargo;

/// One executable file for each function.
#[derive(Clone, Debug)]
pub struct Binaries([PathBuf; Function::ALL.len()]);

impl Binaries {
    /// Takes the functions from a folder if one is named. Else from beside this program, where a release has them. Else
    /// builds them.
    pub async fn get(folder: Option<&Path>) -> Result<Self> {
        if let Some(folder) = folder {
            return Self::in_folder(folder);
        }
        let program = env::current_exe().and_then(|program| program.canonicalize());
        let beside = program.context("it is not known where this program is")?;
        let beside = beside.parent().context("a program lies in a folder")?;
        // Cargo makes no such folders. A build that is old by now is not taken.
        if Function::ALL.iter().any(|function| beside.join(function.logical_id()).is_dir()) {
            return Self::in_folder(beside);
        }
        let built = Self::build().await;
        if is_run_by_cargo() {
            return built;
        }
        built.with_context(|| {
            let beside = beside.display();
            format!(
                "there are no functions in {beside}, where a release has them: unpack the whole release, or name their folder \
                 with --functions, or do `cargo run -p local` in the source"
            )
        })
    }

    /// Builds the functions with cargo, in the profile that this program was built in. Cargo's progress goes to stderr.
    pub async fn build() -> Result<Self> {
        // Cargo sets this variable for the programs that it runs.
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let mut command = Command::new(&cargo);
        command.arg("build").args(["--profile", profile, "--message-format", "json-render-diagnostics"]);
        // Cargo unifies the features of the packages that it builds. With this package among them, the functions use
        // the dependencies that are built already. Without it, most would be compiled again with fewer features.
        command.args(["--package", env!("CARGO_PKG_NAME"), "--package", "functions"]);
        for function in Function::ALL {
            command.args(["--bin", function.name()]);
        }
        // Cargo sets variables about the package for the programs that it runs. Some build scripts (ring's) run again
        // when these change. With them, this build and `cargo build` would each rebuild what the other has built.
        let package = env::var_os("CARGO_MANIFEST_DIR");
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")) {
                command.env_remove(name);
            }
        }
        // A package of this workspace. Without `cargo run`, the current folder must be in it.
        if let Some(package) = package {
            command.current_dir(package);
        }
        let output = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("`{}` can't be run to build the functions", cargo.display()))?
            .wait_with_output()
            .await?;
        if !output.status.success() {
            bail!("the functions can't be built: cargo ended with {}", output.status);
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let executables = messages.lines().filter_map(|line| {
            let message: Value = serde_json::from_str(line).ok()?;
            Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(message["executable"].as_str()?)))
        });
        let executables: Vec<_> = executables.collect();
        Self::find(|function| {
            let found = executables.iter().find(|(name, _)| name == function.name());
            found.map(|(_, path)| path.clone()).with_context(|| format!("cargo has built no binary {function}"))
        })
    }

    /// Takes the functions from a folder: `FOLDER/NAME` as cargo leaves them, `FOLDER/NAME/bootstrap` as cargo-lambda
    /// does, or `FOLDER/LOGICAL-ID/bootstrap` as `sam build` does.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let folder = folder.canonicalize().with_context(|| format!("{} can't be read", folder.display()))?;
        Self::find(|function| {
            let path = folder.join(function.name());
            [path.join("bootstrap"), path, folder.join(function.logical_id()).join("bootstrap")]
                .into_iter()
                .find(|path| path.is_file())
                .with_context(|| format!("there is no {function} in {}", folder.display()))
        })
    }

    /// Where a function's binary is.
    #[must_use]
    pub fn path(&self, function: Function) -> &Path {
        &self.0[function as usize]
    }

    fn find(path: impl Fn(Function) -> Result<PathBuf>) -> Result<Self> {
        let mut paths = Self(Function::ALL.map(|_| PathBuf::new()));
        for function in Function::ALL {
            paths.0[function as usize] = path(function)?;
        }
        Ok(paths)
    }
}
