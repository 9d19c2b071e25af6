//! What calls: the instance, the flow and the number.

use serde_json::Value;

use crate::doctor::Finding;
use crate::snapshot::{Flow, Number, Snapshot};

/// How the template names its flow: after the stack, and then so.
const OWN_NAME: &str = "-voice-code";

pub(in super::super) fn check(snapshot: &Snapshot, own_flow: &str, findings: &mut Vec<Finding>) {
    if snapshot.create.here().is_none() {
        // The settings of create say which instance it is; that they are not there is said already.
        return;
    }
    let connect = &snapshot.connect;
    let unnamed = |name: &'static str| ["the create function's settings don't name it", name];
    let set = unnamed("set the parameter ConnectInstanceArn");
    let missing = "check ConnectInstanceArn with aws connect list-instances";
    findings.extend(Finding::of_absence(&connect.instance, "Connect instance", set, missing));
    if let Some(instance) = connect.instance.here() {
        if instance.status != "ACTIVE" {
            findings.push(Finding::wrong(
                "instance-status",
                "Connect instance",
                format!("its status is {}", instance.status),
                "wait until it is made, or make another one",
            ));
        }
        findings.push(Finding::of(
            instance.calls_out,
            "outbound-off",
            "Connect instance",
            [
                "outbound calls are on",
                "outbound calls are off, so that every call is refused",
                "turn them on: aws connect update-instance-attribute --attribute-type OUTBOUND_CALLS --value true",
            ],
        ));
    }
    let set = unnamed("deploy the stack, which makes a flow, or set ConnectContactFlowArn");
    let missing = "deploy the stack again, or correct ConnectContactFlowArn";
    findings.extend(Finding::of_absence(&connect.flow, "Contact flow", set, missing));
    findings.extend(connect.flow.here().into_iter().flat_map(|flow| flow_findings(flow, own_flow)));

    if let Some(queue) = &connect.queue {
        findings.extend(Finding::of_absence(queue, "Queue", ["", ""], "correct ConnectQueueArn"));
        if queue.here().is_some_and(|queue| queue.status != "ENABLED") {
            findings.push(Finding::wrong(
                "queue-disabled",
                "Queue",
                "it is disabled, so that nothing calls through it",
                "enable it in the Connect console, or set ConnectSourcePhoneNumber in its place",
            ));
        }
        if queue.here().is_none() {
            return;
        }
    }
    let set = unnamed("set ConnectSourcePhoneNumber or ConnectQueueArn");
    let missing =
        "claim a number for the instance, and set ConnectSourcePhoneNumber to it, or the queue's outbound caller ID";
    findings.extend(Finding::of_absence(&connect.number, "Number that calls", set, missing));
    findings.extend(connect.number.here().map(number_finding));
}

fn flow_findings(flow: &Flow, own_flow: &str) -> Vec<Finding> {
    let subject = "Contact flow";
    let mut findings = Vec::new();
    let mut wrong = |word, text: String, fix: &str| findings.push(Finding::wrong(word, subject, text, fix));
    if flow.kind != "CONTACT_FLOW" {
        let text = format!("{} is a {}, which no outbound call runs", flow.name, flow.kind);
        wrong("flow-type", text, "make a flow of the type CONTACT_FLOW, and set ConnectContactFlowArn to it");
    }
    if flow.state == "ARCHIVED" {
        let text = format!("{} is archived", flow.name);
        wrong("flow-archived", text, "restore it in the Connect console");
    }
    if flow.status == "SAVED" {
        let text = format!("{} was never published", flow.name);
        wrong("flow-unpublished", text, "publish it in the Connect console, or deploy the stack again");
    }
    let same = canonical(&flow.content) == canonical(own_flow);
    if !same && flow.name.ends_with(OWN_NAME) {
        let text = format!("{} does not do what this version's template has", flow.name);
        wrong("flow-differs", text, "deploy the stack again with this version, which puts its flow back");
    }
    if findings.is_empty() {
        let text = if same { "is published, and as in the template" } else { "is published" };
        findings.push(Finding::right(subject, format!("{} {text}", flow.name)));
    }
    if !same && !flow.name.ends_with(OWN_NAME) {
        findings.push(Finding::note(
            "flow-own",
            subject,
            format!("{} is a flow of your own, which is not judged here", flow.name),
            "see that it turns flow logging off and overwrites VoiceMFA before it speaks",
        ));
    }
    findings
}

/// What a flow does, without how the console draws it: positions, names of pictures and the like.
fn canonical(content: &str) -> Option<Value> {
    let mut flow: Value = serde_json::from_str(content).ok()?;
    let flow = flow.as_object_mut()?;
    flow.remove("Metadata");
    if let Some(actions) = flow.get_mut("Actions").and_then(Value::as_array_mut) {
        actions.sort_by_key(|action| action["Identifier"].as_str().map(str::to_owned));
    }
    let mut flow = serde_json::to_value(flow).ok()?;
    simplify(&mut flow);
    Some(flow)
}

/// Leaves out what is empty, and puts in order what has none: Connect may give both back in another way.
fn simplify(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(simplify);
            fields.retain(|_, field| !is_empty(field));
            for name in ["Conditions", "Errors"] {
                if let Some(Value::Array(all)) = fields.get_mut(name) {
                    all.sort_by_key(Value::to_string);
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(simplify),
        _ => (),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn number_finding(number: &Number) -> Finding {
    let subject = "Number that calls";
    if number.status != "CLAIMED" {
        return Finding::wrong(
            "number-status",
            subject,
            format!("its status is {}, not CLAIMED", number.status),
            "wait, or claim another number",
        );
    }
    match number.kind.as_str() {
        "SHORT_CODE" => Finding::wrong(
            "number-type",
            subject,
            "it is a short code, which is for text messages",
            "claim a number of the type DID",
        ),
        // <https://docs.aws.amazon.com/connect/latest/adminguide/uifn-service.html>
        "UIFN" => Finding::wrong(
            "number-type",
            subject,
            "it is an international freephone number (UIFN), which takes calls and places none",
            "claim a number of the type DID",
        ),
        "TOLL_FREE" | "THIRD_PARTY_TF" => Finding::note(
            "number-toll-free",
            subject,
            "it is toll-free: it is not for calls to other countries, and some carriers take no calls from such numbers",
            "claim a number of the type DID if calls don't come through",
        ),
        kind => Finding::right(subject, format!("it is claimed, and of the type {kind}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_actions_and_their_picture_do_not_matter() {
        let one = r#"{"Version":"1","Metadata":{"x":1},"Actions":[{"Identifier":"a","Type":"T"},{"Identifier":"b"}]}"#;
        let other = r#"{"Actions":[{"Identifier":"b"},{"Type":"T","Identifier":"a"}],"Version":"1"}"#;
        assert_eq!(canonical(one), canonical(other));
        assert_ne!(canonical(one), canonical(&other.replace("\"T\"", "\"U\"")));
        assert_eq!(canonical("no JSON"), None);
        let one = r#"{"Actions":[{"Identifier":"a","Parameters":{},"Transitions":{"Errors":[{"NextAction":"x"},{"NextAction":"y"}]}}]}"#;
        let other = r#"{"Actions":[{"Identifier":"a","Transitions":{"Conditions":[],"Errors":[{"NextAction":"y"},{"NextAction":"x"}]}}]}"#;
        assert_eq!(canonical(one), canonical(other));
        assert_ne!(canonical(one), canonical(&other.replace("\"y\"", "\"z\"")));
    }
}
