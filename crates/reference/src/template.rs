//! The template's parameters, environment variables and alarms.

use anyhow::{Context, Result};
use saphyr::{LoadableYamlNode, Yaml};

/// The template as YAML.
pub(crate) struct Template<'a>(Yaml<'a>);

/// A parameter of the template.
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// `None` if it must be given.
    pub(crate) default: Option<String>,
    pub(crate) description: String,
    /// "must be …"
    pub(crate) constraint: String,
}

/// A group of parameters, as `sam deploy --guided` and the console show them.
pub(crate) struct Group {
    pub(crate) label: String,
    pub(crate) parameters: Vec<Parameter>,
}

impl<'a> Template<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self> {
        let documents = Yaml::load_from_str(text)?;
        Ok(Self(documents.into_iter().next().context("the template is empty")?))
    }

    /// All parameters, by group.
    pub(crate) fn groups(&self) -> Result<Vec<Group>> {
        let groups = self.at(&["Metadata", "AWS::CloudFormation::Interface", "ParameterGroups"])?;
        let groups = groups.as_vec().context("ParameterGroups must be a list")?;
        groups
            .iter()
            .map(|group| {
                let label = group.as_mapping_get("Label").and_then(|label| label.as_mapping_get("default"));
                let names =
                    group.as_mapping_get("Parameters").and_then(Yaml::as_vec).context("a group has no Parameters")?;
                let parameters = names.iter().map(|name| self.parameter(&scalar(name).unwrap_or_default()));
                Ok(Group {
                    label: label.and_then(scalar).context("a group has no Label")?,
                    parameters: parameters.collect::<Result<_>>()?,
                })
            })
            .collect()
    }

    fn parameter(&self, name: &str) -> Result<Parameter> {
        let parameter = self.at(&["Parameters", name])?;
        let text = |key| parameter.as_mapping_get(key).and_then(scalar);
        Ok(Parameter {
            name: name.to_owned(),
            default: text("Default"),
            description: text("Description").with_context(|| format!("{name} has no Description"))?,
            constraint: text("ConstraintDescription")
                .with_context(|| format!("{name} has no ConstraintDescription"))?,
        })
    }

    /// The parameter that a function's environment variable is set to, if it is one.
    pub(crate) fn parameter_of(&self, variable: &str) -> Option<String> {
        let resources = self.at(&["Resources"]).ok()?.as_mapping()?;
        let value = resources.values().find_map(|resource| {
            let environment = resource.as_mapping_get("Properties")?.as_mapping_get("Environment")?;
            environment.as_mapping_get("Variables")?.as_mapping_get(variable)
        })?;
        references(value).into_iter().find(|name| self.at(&["Parameters", name]).is_ok())
    }

    /// Each alarm's name and description.
    pub(crate) fn alarms(&self) -> Result<Vec<(String, String)>> {
        let resources = self.at(&["Resources"])?.as_mapping().context("Resources must be a mapping")?;
        let is_alarm = |resource: &Yaml<'_>| {
            resource.as_mapping_get("Type").and_then(scalar).is_some_and(|kind| kind == "AWS::CloudWatch::Alarm")
        };
        let alarms = resources.iter().filter(|(_, resource)| is_alarm(resource));
        alarms
            .map(|(name, resource)| {
                let description =
                    resource.as_mapping_get("Properties").and_then(|of| of.as_mapping_get("AlarmDescription"));
                let name = scalar(name).context("a resource has no name")?;
                let description = description.and_then(scalar).with_context(|| format!("{name} has no description"))?;
                Ok((name, description))
            })
            .collect()
    }

    fn at(&self, path: &[&str]) -> Result<&Yaml<'a>> {
        path.iter().try_fold(&self.0, |node, key| {
            node.as_mapping_get(key).with_context(|| format!("the template has no {key} in {path:?}"))
        })
    }
}

/// The text of a scalar, also of one with a tag such as `!Sub`.
fn scalar(node: &Yaml<'_>) -> Option<String> {
    match node {
        Yaml::Tagged(_, node) => scalar(node),
        node => node
            .as_str()
            .map(str::to_owned)
            .or_else(|| node.as_integer().map(|number| number.to_string()))
            .or_else(|| node.as_floating_point().map(|number| number.to_string()))
            .or_else(|| node.as_bool().map(|value| value.to_string())),
    }
}

/// What a value refers to by `!Ref`.
fn references(node: &Yaml<'_>) -> Vec<String> {
    match node {
        Yaml::Tagged(tag, node) if tag.suffix == "Ref" => scalar(node).into_iter().collect(),
        Yaml::Tagged(_, node) => references(node),
        Yaml::Sequence(nodes) => nodes.iter().flat_map(references).collect(),
        Yaml::Mapping(nodes) => nodes.values().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
