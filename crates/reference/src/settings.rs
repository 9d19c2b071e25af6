//! The page on settings.

use std::cell::RefCell;
use std::collections::BTreeSet;

use anyhow::Result;
use sign_in::settings::{
    CreateSettings, DefineSettings, GateSettings, STACK_NAME, SendSettings, SpeakSettings, VARIABLES, VerifySettings,
};

use crate::markdown::{code, page as fill, table};
use crate::template::Template;

pub(crate) fn page(template: &Template<'_>) -> Result<String> {
    let groups = template.groups()?.into_iter().map(|group| {
        let rows = group.parameters.into_iter().map(|parameter| {
            let default = parameter.default.map_or("must be given".to_owned(), |default| code(&default));
            [code(&parameter.name), default, parameter.description, parameter.constraint]
        });
        let table = table(["parameter", "default", "what", "must be"], rows.map(without_must_be));
        format!("## {}\n\n{table}\n", group.label)
    });
    let readers = readers();
    let variables = VARIABLES
        .into_iter()
        .flatten()
        .filter(|variable| !variable.name.starts_with("AWS_") || variable.name.starts_with("AWS_ENDPOINT"));
    let variables = variables.map(|variable| {
        let read_by = readers.iter().filter(|(_, names)| names.contains(variable.name)).map(|(function, _)| *function);
        let read_by =
            if variable.name == STACK_NAME.name { "all".to_owned() } else { read_by.collect::<Vec<_>>().join(", ") };
        let parameter = template.parameter_of(variable.name).unwrap_or_default();
        let default = code(variable.default.unwrap_or_default());
        [code(variable.name), code(&parameter), read_by, default, variable.must_be.to_owned()]
    });
    let variables = table(["variable", "parameter", "function", "default", "must be"], variables);
    Ok(fill(include_str!("../text/settings.md"), &[("groups", groups.collect()), ("variables", variables)]))
}

fn without_must_be([name, default, what, constraint]: [String; 4]) -> [String; 4] {
    let constraint = constraint.strip_prefix("must be ").map(str::to_owned).unwrap_or(constraint);
    [name, default, what, constraint]
}

/// Each function with the variables that it reads.
fn readers() -> [(&'static str, BTreeSet<String>); 6] {
    type Read = fn(&dyn Fn(&str) -> Option<String>);
    let functions: [(&str, Read); 6] = [
        ("define", |environment| drop(DefineSettings::read(environment))),
        ("create", |environment| drop(CreateSettings::read(environment))),
        ("verify", |environment| drop(VerifySettings::read(environment))),
        ("speak", |environment| drop(SpeakSettings::read(environment))),
        ("gate", |environment| drop(GateSettings::read(environment))),
        ("send", |environment| drop(SendSettings::read(environment))),
    ];
    functions.map(|(function, read)| {
        let names = RefCell::new(BTreeSet::new());
        read(&|name| {
            names.borrow_mut().insert(name.to_owned());
            match name {
                // Without countries, prefixes are not looked at.
                "OTP_COUNTRIES" => Some("US".to_owned()),
                // Nor is the key of codes that are off.
                "OTP_COGNITO_CODES" => Some("all".to_owned()),
                _ => None,
            }
        });
        (function, names.into_inner())
    })
}
