//! A stack as `cloudformation:DescribeStacks` describes it: its outputs and its parameters. Neither holds the key, so
//! operators need no right to read it.

use std::collections::BTreeMap;

use crate::aws::{Aws, AwsError, Operation};

/// Settings that the template computes: the output that has the value, and the setting. The other settings are
/// parameters with the corresponding name.
const MADE: [(&str, &str); 2] =
    [("ContactFlowArn", "CONNECT_CONTACT_FLOW_ARN"), ("LedgerTableName", "LEDGER_TABLE_NAME")];

/// A stack that was deployed from the template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// Its outputs by name.
    pub outputs: BTreeMap<String, String>,
    /// Its parameters by name. Empty parameters are left out, since they count as not set.
    pub parameters: BTreeMap<String, String>,
}

impl Stack {
    /// Reads the stack of this name. A nested stack has its own name.
    pub async fn describe(aws: &Aws, name: &str) -> Result<Self, AwsError> {
        let xml = aws.query(Operation::DESCRIBE_STACKS, &[("StackName".to_owned(), name.to_owned())]).await?;
        Ok(Self {
            outputs: xml.pairs("OutputKey", "OutputValue").into_iter().collect(),
            parameters: xml.pairs("ParameterKey", "ParameterValue").into_iter().collect(),
        })
    }

    /// The settings of the functions by name, without `OTP_KEY`. A setting that is missing here has the functions'
    /// default.
    #[must_use]
    pub fn settings(&self) -> BTreeMap<String, String> {
        let set = self.parameters.iter().map(|(name, value)| (variable(name), value.clone()));
        let made = MADE
            .into_iter()
            .filter_map(|(output, variable)| Some((variable.to_owned(), self.outputs.get(output)?.clone())));
        set.chain(made).collect()
    }
}

/// The name of a parameter's variable, as in `OTP_MAX_CALLS` for `OtpMaxCalls`.
fn variable(parameter: &str) -> String {
    let mut variable = String::new();
    for letter in parameter.chars() {
        if letter.is_ascii_uppercase() && !variable.is_empty() {
            variable.push('_');
        }
        variable.push(letter.to_ascii_uppercase());
    }
    variable
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// `DescribeStacks`'s answer.
    pub(crate) fn answer(outputs: &[(&str, &str)], parameters: &[(&str, &str)]) -> String {
        let members = |kind: &str, pairs: &[(&str, &str)]| -> String {
            let member = |(name, value): &(&str, &str)| {
                format!("<member><{kind}Key>{name}</{kind}Key><{kind}Value>{value}</{kind}Value></member>")
            };
            format!("<{kind}s>{}</{kind}s>", pairs.iter().map(member).collect::<String>())
        };
        format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>{}{}</member></Stacks></DescribeStacksResult>\
             </DescribeStacksResponse>",
            members("Output", outputs),
            members("Parameter", parameters)
        )
    }

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn settings_are_parameters_and_what_the_stack_made() {
        let outputs = [("LedgerTableName", "ledger"), ("ContactFlowArn", "arn:own"), ("Region", "us-east-1")];
        let parameters = [("OtpMaxCallsQuarterHour", "3"), ("ConnectInstanceArn", "arn:i"), ("LogLevel", "warn")];
        let stack = Stack { outputs: pairs(&outputs), parameters: pairs(&parameters) };
        let settings = [
            ("CONNECT_CONTACT_FLOW_ARN", "arn:own"),
            ("CONNECT_INSTANCE_ARN", "arn:i"),
            ("LEDGER_TABLE_NAME", "ledger"),
            ("LOG_LEVEL", "warn"),
            ("OTP_MAX_CALLS_QUARTER_HOUR", "3"),
        ];
        assert_eq!(stack.settings(), pairs(&settings));
    }
}
