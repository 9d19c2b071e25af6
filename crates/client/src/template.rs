//! Reads resources of a `CloudFormation` or SAM template.

use saphyr::{LoadableYamlNode, Yaml};

const CONTACT_FLOW: &str = "AWS::Connect::ContactFlow";

/// The name of the template's one resource of a type, and its properties.
pub fn only_resource<'a>(template: &'a str, kind: &str) -> Result<(String, Yaml<'a>), String> {
    let documents = Yaml::load_from_str(template).map_err(|error| format!("it is not YAML: {error}"))?;
    let [document] = documents.as_slice() else { return Err("it is not one YAML document".to_owned()) };
    let resources = document
        .as_mapping_get("Resources")
        .and_then(Yaml::as_mapping)
        .ok_or_else(|| "it has no Resources".to_owned())?;
    let mut found = resources
        .iter()
        .filter(|(_, resource)| text(resource, "Type") == Some(kind))
        .map(|(name, resource)| (name.as_str().unwrap_or_default(), resource));
    let (Some((name, resource)), None) = (found.next(), found.next()) else {
        return Err(format!("it must have exactly one resource of type {kind}"));
    };
    let properties = resource.as_mapping_get("Properties").ok_or_else(|| format!("{name} has no Properties"))?;
    Ok((name.to_owned(), properties.clone()))
}

/// The `Content` of the template's one contact flow, as `CloudFormation` would deploy it: literal text, or that of `Fn::Sub`.
/// `value` gives the value of each reference in it, such as `SpeakCode.Arn`. Any other function is an error, since `local`
/// must run what is deployed.
pub fn contact_flow(template: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let (name, properties) = only_resource(template, CONTACT_FLOW)?;
    if text(&properties, "Type") != Some("CONTACT_FLOW") {
        return Err(format!("the Type of {name} must be CONTACT_FLOW: only an inbound flow runs in an outbound call"));
    }
    let content = properties.as_mapping_get("Content");
    if let Some(literal) = content.and_then(Yaml::as_str) {
        return Ok(literal.to_owned());
    }
    let content = content
        .and_then(substituted)
        .ok_or_else(|| format!("the Content of {name} must be literal text, or Fn::Sub with nothing but a text"))?;
    substitute(content, value).map_err(|fault| format!("the Content of {name}: {fault}"))
}

/// The value of a key, if it is text and has no tag.
#[must_use]
pub fn text<'a>(mapping: &'a Yaml<'_>, key: &str) -> Option<&'a str> {
    mapping.as_mapping_get(key).and_then(Yaml::as_str)
}

/// The text of `!Sub TEXT` or `Fn::Sub: TEXT`.
fn substituted<'a>(value: &'a Yaml<'_>) -> Option<&'a str> {
    match value {
        Yaml::Tagged(tag, text) if tag.handle == "!" && tag.suffix == "Sub" => text.as_str(),
        Yaml::Mapping(mapping) if mapping.len() == 1 => text(value, "Fn::Sub"),
        _ => None,
    }
}

/// Replaces each `${NAME}` by its value, and each `${!NAME}` by `${NAME}`.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html>
fn substitute(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut parts = text.split("${");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once('}').ok_or("a ${ has no end")?;
        let value = match name.strip_prefix('!') {
            Some(literal) => format!("${{{literal}}}"),
            None => value(name).ok_or_else(|| format!("${{{name}}} has no value here"))?,
        };
        result.push_str(&value);
        result.push_str(after);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A template with the tags that templates have, up to the flow's properties.
    const HEAD: &str = r"
Transform: AWS::Serverless-2016-10-31
Conditions:
  Ours: !Equals [!Ref Flow, '']
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          FLOW: !GetAtt Flow.ContactFlowArn
          NAME: !Sub '${AWS::StackName}-x'
          ARN: !If [Ours, !Ref Flow, !Ref AWS::NoValue]
  Flow:
    Type: AWS::Connect::ContactFlow
    Condition: Ours
    Properties:
      InstanceArn: !Ref Instance
";

    fn template(properties: &str) -> String {
        format!("{HEAD}{properties}")
    }

    /// The content, where only the function's ARN has a value.
    fn content(properties: &str) -> Result<String, String> {
        contact_flow(&template(properties), |name| (name == "SpeakCode.Arn").then(|| "arn:x".to_owned()))
    }

    #[test]
    fn reads_the_literal_content() {
        let yaml = "      Type: CONTACT_FLOW\n      Content: |\n        {\"a\":\n          \"#1 !Ref ${x}\"}\n";
        assert_eq!(content(yaml).unwrap(), "{\"a\":\n  \"#1 !Ref ${x}\"}\n");
    }

    #[test]
    fn puts_values_in_place_of_references() {
        let text = "{\"a\": \"${SpeakCode.Arn}\", \"b\": \"$.Attributes.b ${!c} ${SpeakCode.Arn}\"}\n";
        let expected = "{\"a\": \"arn:x\", \"b\": \"$.Attributes.b ${c} arn:x\"}\n";
        for form in ["Content: !Sub |\n        ", "Content:\n        Fn::Sub: |\n          "] {
            assert_eq!(content(&format!("      Type: CONTACT_FLOW\n      {form}{text}")).unwrap(), expected, "{form}");
        }
    }

    #[test]
    fn refuses_a_template_whose_flow_it_can_not_be_sure_of() {
        let good = "      Type: CONTACT_FLOW\n      Content: '{}'\n";
        assert!(content(good).is_ok());
        let twice = format!("{}  Second:\n    Type: {CONTACT_FLOW}\n", template(good));
        let with = |content: &str| template(&format!("      Type: CONTACT_FLOW\n      Content: {content}\n"));
        for (yaml, fault) in [
            ("a: [".to_owned(), "not YAML"),
            (String::new(), "not one YAML document"),
            ("a: b".to_owned(), "no Resources"),
            ("Resources:\n  A:\n    Type: AWS::SNS::Topic\n".to_owned(), "exactly one"),
            (twice, "exactly one"),
            (format!("Resources:\n  A:\n    Type: {CONTACT_FLOW}\n"), "no Properties"),
            (template("      Content: '{}'\n"), "CONTACT_FLOW"),
            (template("      Type: CUSTOMER_QUEUE\n      Content: '{}'\n"), "CONTACT_FLOW"),
            (template("      Type: CONTACT_FLOW\n"), "literal"),
            (with("!Join ['', ['{}']]"), "literal"),
            (with("!Ref SpeakCode.Arn"), "literal"),
            (with("!Sub ['${a}', { a: b }]"), "literal"),
            (with("{ Fn::Sub: ['${a}', { a: b }] }"), "literal"),
            (with("{ Fn::Sub: 'a', Fn::Join: 'b' }"), "literal"),
            (with("5"), "literal"),
            (with("!Sub '${Other.Arn}'"), "${Other.Arn} has no value here"),
            (with("!Sub '${SpeakCode.Arn'"), "has no end"),
        ] {
            let error = contact_flow(&yaml, |name| (name == "SpeakCode.Arn").then(String::new)).unwrap_err();
            assert!(error.contains(fault), "{yaml}\n{error}");
        }
    }
}
