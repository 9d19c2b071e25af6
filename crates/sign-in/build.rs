//! Checks `languages/*.toml` and writes them as Rust for `src/call/language.rs`, so nothing is parsed at a cold start.
//! Turns `numbers/metadata.bin`, without what `numbers/denied.toml` denies, into a table for `src/phone/plan.rs`, so
//! no regular expression is compiled at a cold start either.

#![expect(clippy::disallowed_methods, reason = "what the crate must not do, its build script may")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use icu_locale::{LanguageIdentifier, LocaleExpander};
use regex_syntax::hir::{Class, HirKind};

use crate::fallback::closest;
use crate::file::{File, Voice};

#[path = "build/automaton.rs"]
mod automaton;
#[path = "src/call/language/fallback.rs"]
mod fallback;
#[path = "src/call/language/file.rs"]
mod file;
#[path = "build/numbers.rs"]
mod numbers;
#[path = "src/call/language/phrases.rs"]
mod phrases;

const FOLDER: &str = "languages";
const NUMBERS: &str = "numbers/metadata.bin";
const DENIED: &str = "numbers/denied.toml";
/// `LANGUAGE VOICE` lines: all of Polly's neural voices.
const POLLY: &str = "languages/polly-neural-voices.txt";

/// The parts of the generated Rust code.
#[derive(Default)]
struct Output {
    languages: Vec<String>,
    tags: Vec<String>,
    /// A BCP 47 tag as CLDR writes it, and the index of the language that serves it.
    served: BTreeMap<String, usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed={NUMBERS}");
    println!("cargo::rerun-if-changed={DENIED}");
    println!("cargo::rerun-if-changed=build");
    let polly = fs::read_to_string(POLLY).map_err(|error| format!("{POLLY}: {error}"))?;
    let polly: BTreeSet<_> = polly.lines().filter(|line| !line.starts_with('#')).map(str::trim).collect();
    let mut output = Output::default();
    for path in files()? {
        let shown = path.display();
        let text = fs::read_to_string(&path)?;
        let file = File::read(&text, &polly).map_err(|error| format!("{shown}: {error}"))?;
        output.add(&file).map_err(|error| format!("{shown}: {error}"))?;
    }
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(folder.join("languages.rs"), output.code()?)?;
    fs::write(folder.join("marks.rs"), marks()?)?;
    let mut plans = numbers::plans(&fs::read(NUMBERS)?).map_err(|error| format!("{NUMBERS}: {error}"))?;
    numbers::deny(&mut plans, &fs::read_to_string(DENIED)?).map_err(|error| format!("{DENIED}: {error}"))?;
    let (table, code) = automaton::table(&plans).map_err(|error| format!("{NUMBERS}: {error}"))?;
    fs::write(folder.join("plans.bin"), table)?;
    fs::write(folder.join("plans.rs"), code)?;
    Ok(())
}

/// Rust code for the ranges of Unicode's marks, such as accents and vowel signs. The standard library has no such
/// table.
fn marks() -> Result<String, Box<dyn Error>> {
    let hir = regex_syntax::parse(r"\p{M}")?;
    let HirKind::Class(Class::Unicode(class)) = hir.kind() else { return Err("marks are no class".into()) };
    let ranges: Vec<_> = class.iter().map(|range| (range.start(), range.end())).collect();
    Ok(format!("static MARKS: [(char, char); {}] = {ranges:?};\n", ranges.len()))
}

fn files() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files: Vec<_> =
        fs::read_dir(FOLDER)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

impl Output {
    fn add(&mut self, file: &File) -> Result<(), String> {
        let File { name, characters_per_second, seconds_per_digit, digits, .. } = file;
        for voice in &file.voices {
            let Voice { language, id, .. } = voice;
            let place = self.tags.len();
            for tag in voice.tags()? {
                if self.served.insert(tag.clone(), place).is_some_and(|other| other != place) {
                    return Err(format!("{tag} is served by two voices"));
                }
            }
            self.tags.push(language.clone());
            let phrases = file.phrases(voice)?.fields().map(|(name, phrase)| format!("{name}: {phrase:?}")).join(", ");
            self.languages.push(format!(
                "Language {{ tag: {language:?}, name: {name:?}, voice: {id:?}, digits: {digits:?}, \
                 characters_per_second: {characters_per_second:?}, seconds_per_digit: {seconds_per_digit:?}, phrases: Phrases {{ {phrases} }} }}"
            ));
        }
        Ok(())
    }

    fn code(&self) -> Result<String, String> {
        let Self { languages, tags, served } = self;
        let countries = self.countries()?;
        Ok(format!(
            "static LANGUAGES: [Language; {}] = [\n{}];\n\
             static SERVED: [(&str, usize); {}] = {:?};\n\
             static COUNTRIES: [(&str, Option<usize>); {}] = {countries:?};\n\
             /// All tags, for an error of settings.\n\
             pub(crate) const TAGS: &str = {:?};\n",
            languages.len(),
            languages.join(",\n"),
            served.len(),
            served.iter().collect::<Vec<_>>(),
            countries.len(),
            format!("one of {}", tags.join(", ")),
        ))
    }

    /// The countries for which CLDR names a most likely language, each with the served language that is closest to it,
    /// if any.
    fn countries(&self) -> Result<Vec<(String, Option<usize>)>, String> {
        let letters = || 'A'..='Z';
        let codes = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
        let expander = LocaleExpander::new_extended();
        let mut countries = Vec::new();
        for code in codes {
            let mut likely: LanguageIdentifier =
                format!("und-{code}").parse().map_err(|_| format!("country {code}"))?;
            expander.maximize(&mut likely);
            // CLDR leaves the language open. Its rules then end at English, which needs no table.
            if likely.language.is_unknown() {
                continue;
            }
            // The region implies the script. The expander adds it even where the fallback does not remove it.
            likely.script = None;
            let place = closest(&likely.into(), |tag| self.served.get(tag).copied());
            countries.push((code, place));
        }
        Ok(countries)
    }
}
