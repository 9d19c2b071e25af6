//! The program of each subject: built here, or taken from a folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::subject::Subject;

/// A program, and the files that are shipped to Lambda.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The file that is run.
    pub(crate) file: PathBuf,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Where it runs.
    pub(crate) folder: PathBuf,
    /// The files that are shipped, or the folders that hold them.
    pub(crate) shipped: Vec<PathBuf>,
}

/// Where programs are built and found.
#[derive(Debug)]
pub(crate) struct Builder {
    /// The root of this repository.
    pub(crate) workspace: PathBuf,
    /// Where what is built goes.
    pub(crate) folder: PathBuf,
    /// Where built functions are, if not here.
    pub(crate) functions: Option<PathBuf>,
}

/// The programs that building the recipe's runtime client needs, and the packages that have them.
const RECIPE_NEEDS: [(&str, &str); 7] = [
    ("node", "nodejs"),
    ("npm", "npm"),
    ("cmake", "cmake"),
    ("make", "make"),
    ("g++", "g++"),
    ("autoreconf", "autoconf and automake"),
    ("libtoolize", "libtool"),
];

impl Builder {
    /// The program of a subject, or the reason why this machine can't build it. An error means that a build failed.
    pub(crate) fn program(&self, subject: Subject) -> Result<Result<Program, String>> {
        if subject == Subject::Recipe {
            return self.recipe();
        }
        let file = match (subject.function(), &self.functions) {
            (Some(name), Some(functions)) => built(functions, name)?,
            (Some(name), None) => self.cargo(name, &self.workspace)?,
            (None, _) => self.cargo(subject.name(), &self.subjects())?,
        };
        let file = file.canonicalize().with_context(|| format!("{} can't be found", file.display()))?;
        let folder = file.parent().context("a file lies in a folder")?.to_owned();
        Ok(Ok(Program { shipped: vec![file.clone()], file, arguments: Vec::new(), folder }))
    }

    /// Builds a binary with cargo in the release profile.
    fn cargo(&self, name: &str, workspace: &Path) -> Result<PathBuf> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(&cargo);
        command.args(["build", "--release", "--locked", "--bin", name, "--target-dir"]).arg(&self.folder);
        if workspace == self.subjects() {
            // Alone, so that no other package adds features. In the root workspace, the functions' features are unified
            // on purpose.
            command.args(["--package", name]);
        }
        if cfg!(target_arch = "x86_64") {
            // As cargo-lambda does.
            command.env("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-cpu=haswell");
        }
        // Cargo's variables about this program's package would make some build scripts run again.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")) {
                command.env_remove(name);
            }
        }
        let status = command.current_dir(workspace).status();
        let status = status.with_context(|| format!("{} can't be run", cargo.display()))?;
        if !status.success() {
            bail!("{name} can't be built: cargo ended with {status}");
        }
        Ok(self.folder.join("release").join(name))
    }

    /// Installs the recipe's dependencies with npm. Its runtime client is compiled here.
    fn recipe(&self) -> Result<Result<Program, String>> {
        for (program, package) in RECIPE_NEEDS {
            if on_path(program).is_none() {
                return Ok(Err(format!("there is no `{program}` on this machine: install {package}")));
            }
        }
        let node = on_path("node").context("node was there a moment ago")?;
        let folder = self.folder.join("recipe");
        let client = folder.join("node_modules/aws-lambda-ric/dist/rapid-client.node");
        let changed = ["package.json", "package-lock.json", "index.js"].map(|name| {
            let (from, to) = (self.subjects().join("recipe").join(name), folder.join(name));
            let text = fs::read(&from).with_context(|| format!("{} can't be read", from.display()))?;
            let changed = name != "index.js" && fs::read(&to).is_ok_and(|old| old != text);
            fs::create_dir_all(&folder)?;
            fs::write(&to, text)?;
            Ok(changed)
        });
        let changed = changed.into_iter().collect::<Result<Vec<_>>>()?.contains(&true);
        if changed || !client.is_file() {
            let mut command = Command::new("npm");
            command.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
            // npm fetches Node's headers, unless they are installed.
            let prefix = node.ancestors().nth(2).context("node lies in a folder of programs")?;
            if prefix.join("include/node/node_api.h").is_file() {
                command.env("npm_config_nodedir", prefix);
            }
            let status = command.status().context("npm can't be run")?;
            if !status.success() || !client.is_file() {
                bail!("the recipe can't be set up: npm ended with {status}");
            }
        }
        Ok(Ok(Program {
            file: node,
            arguments: ["node_modules/aws-lambda-ric/bin/index.mjs", "index.handler"].map(str::to_owned).into(),
            // Lambda's own image has the runtime client.
            shipped: vec![folder.join("index.js"), folder.join("node_modules/aws-sdk")],
            folder,
        }))
    }

    fn subjects(&self) -> PathBuf {
        self.workspace.join("crates/bench/subjects")
    }
}

/// A function in a folder: `FOLDER/NAME` as cargo leaves it, or `FOLDER/NAME/bootstrap` as cargo-lambda does.
fn built(functions: &Path, name: &str) -> Result<PathBuf> {
    let path = functions.join(name);
    [path.join("bootstrap"), path]
        .into_iter()
        .find(|path| path.is_file())
        .with_context(|| format!("there is no {name} in {}", functions.display()))
}

/// Where a program is.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_where_the_shell_finds_them() {
        assert!(on_path("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(on_path("a-program-that-nobody-has"), None);
    }

    #[test]
    fn functions_are_found_as_cargo_and_as_cargo_lambda_leave_them() {
        let folder = env::temp_dir().join(format!("bench-built-{}", std::process::id()));
        fs::create_dir_all(folder.join("verify-challenge")).unwrap();
        fs::write(folder.join("verify-challenge/bootstrap"), "").unwrap();
        fs::write(folder.join("define-challenge"), "").unwrap();
        assert_eq!(built(&folder, "verify-challenge").unwrap(), folder.join("verify-challenge/bootstrap"));
        assert_eq!(built(&folder, "define-challenge").unwrap(), folder.join("define-challenge"));
        assert!(built(&folder, "create-challenge").unwrap_err().to_string().contains("no create-challenge in"));
        fs::remove_dir_all(folder).unwrap();
    }
}
