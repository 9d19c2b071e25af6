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

/// The `Content` of the template's one contact flow. It must be literal text: only `CloudFormation` knows what a tag
/// such as `!Sub` would make of it, and `local` must run what is deployed.
pub fn contact_flow(template: &str) -> Result<String, String> {
    let (name, properties) = only_resource(template, CONTACT_FLOW)?;
    if text(&properties, "Type") != Some("CONTACT_FLOW") {
        return Err(format!("the Type of {name} must be CONTACT_FLOW: only an inbound flow runs in an outbound call"));
    }
    text(&properties, "Content")
        .map(str::to_owned)
        .ok_or_else(|| format!("the Content of {name} must be literal text, with no tag or function"))
}

/// The value of a key, if it is text and has no tag.
#[must_use]
pub fn text<'a>(mapping: &'a Yaml<'_>, key: &str) -> Option<&'a str> {
    mapping.as_mapping_get(key).and_then(Yaml::as_str)
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

    #[test]
    fn reads_the_literal_content() {
        let yaml = template("      Type: CONTACT_FLOW\n      Content: |\n        {\"a\":\n          \"#1 !Ref x\"}\n");
        assert_eq!(contact_flow(&yaml).unwrap(), "{\"a\":\n  \"#1 !Ref x\"}\n");
    }

    #[test]
    fn refuses_a_template_whose_flow_it_can_not_be_sure_of() {
        let good = "      Type: CONTACT_FLOW\n      Content: '{}'\n";
        assert!(contact_flow(&template(good)).is_ok());
        let twice = format!("{}  Second:\n    Type: {CONTACT_FLOW}\n", template(good));
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
            (template("      Type: CONTACT_FLOW\n      Content: !Sub '{}'\n"), "literal"),
            (template("      Type: CONTACT_FLOW\n      Content:\n        Fn::Sub: '{}'\n"), "literal"),
            (template("      Type: CONTACT_FLOW\n      Content: 5\n"), "literal"),
        ] {
            let error = contact_flow(&yaml).unwrap_err();
            assert!(error.contains(fault), "{yaml}\n{error}");
        }
    }
}
