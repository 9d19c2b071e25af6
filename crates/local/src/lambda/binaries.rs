//! The functions' binaries: built here, or taken from a folder.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;

use super::Function;

/// One executable file for each function.
#[derive(Clone, Debug)]
pub struct Binaries([PathBuf; Function::ALL.len()]);

impl Binaries {
    /// Builds the functions with cargo, in the profile that this program was built in. Cargo's progress goes to stderr.
    pub async fn build() -> Result<Self> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
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
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")) {
                command.env_remove(name);
            }
        }
        let output = command
            .current_dir(&workspace)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                let (cargo, workspace) = (cargo.display(), workspace.display());
                format!("`{cargo}` can't be run in {workspace}; name built functions with --functions")
            })?
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

    /// Takes the functions from a folder: `FOLDER/NAME` as cargo leaves them, or `FOLDER/NAME/bootstrap` as cargo-lambda
    /// does.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let folder = folder.canonicalize().with_context(|| format!("{} can't be read", folder.display()))?;
        Self::find(|function| {
            let path = folder.join(function.name());
            [path.join("bootstrap"), path]
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
