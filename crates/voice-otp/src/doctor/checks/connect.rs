//! The Connect instance, the contact flow and the number that calls.

use super::setting;
use crate::doctor::Finding;
use crate::doctor::fix::aws_in;
use crate::doctor::flow::does_the_same;
use crate::snapshot::{Flow, Number, Snapshot};

/// The end of the template's flow name. The stack's name comes before it.
const OWN_NAME: &str = "-voice-code";

/// The fix that tells how to get a number.
const CLAIM: &str = "claim a number of the type DID in the instance's own console: Channels > Phone numbers";

pub(in super::super) fn check(snapshot: &Snapshot, own_flow: &str, findings: &mut Vec<Finding>) {
    if snapshot.settings().is_none() {
        // The settings of create name the instance. If they are missing, another finding reports that.
        return;
    }
    let (connect, set_up) = (&snapshot.connect, &snapshot.set_up);
    let region = region(snapshot);
    let unnamed = "the create function's settings don't name it";
    let list = aws_in(region, "connect list-instances");
    let set = format!("with the ARN that {list} shows: {}", set_up.deploy("ConnectInstanceArn=ARN"));
    findings.extend(Finding::of_absence(&connect.instance, "Connect instance", [unnamed, &set], &set));
    if let Some(instance) = connect.instance.here() {
        if instance.status != "ACTIVE" {
            findings.push(Finding::wrong(
                "instance-status",
                "Connect instance",
                format!("its status is {}", instance.status),
                "wait until it is created, or create another one",
            ));
        }
        findings.push(Finding::of(
            instance.calls_out,
            "outbound-off",
            "Connect instance",
            [
                "outbound calls are on",
                "outbound calls are off, so every call is refused",
                &aws_in(
                    region,
                    &format!(
                        "connect update-instance-attribute --instance-id {} --attribute-type OUTBOUND_CALLS --value true",
                        instance.id
                    ),
                ),
            ],
        ));
    }
    let own = set_up.deploy("ConnectContactFlowArn=ARN");
    let missing = format!("if it is a flow of your own: {own}\nif it was the stack's, {}", set_up.restore());
    findings.extend(Finding::of_absence(&connect.flow, "Contact flow", [unnamed, &missing], &missing));
    findings.extend(connect.flow.here().into_iter().flat_map(|flow| flow_findings(snapshot, flow, own_flow)));

    if let Some(queue) = &connect.queue {
        let set = set_up.deploy("ConnectQueueArn=ARN");
        findings.extend(Finding::of_absence(queue, "Queue", ["", ""], &set));
        if queue.here().is_some_and(|queue| queue.status != "ENABLED") {
            findings.push(Finding::wrong(
                "queue-disabled",
                "Queue",
                "it is disabled, so no call can go through it",
                format!(
                    "in the instance's own console: Routing > Queues > enable it; or: {}",
                    set_up.deploy("'ConnectQueueArn=\"\"' ConnectSourcePhoneNumber=NUMBER")
                ),
            ));
        }
        if queue.here().is_none() {
            return;
        }
    }
    let missing = format!(
        "claim a number in the instance's own console (Channels > Phone numbers); then: {}, or make it the queue's \
         outbound caller ID number",
        set_up.deploy("ConnectSourcePhoneNumber=NUMBER")
    );
    findings.extend(Finding::of_absence(&connect.number, "Number that calls", [unnamed, &missing], &missing));
    findings.extend(connect.number.here().map(number_finding));
}

/// The instance's Region.
fn region(snapshot: &Snapshot) -> &str {
    let of_instance = setting(snapshot, "CONNECT_INSTANCE_ARN").and_then(|arn| arn.split(':').nth(3));
    of_instance.unwrap_or(&snapshot.set_up.region)
}

/// Whether the flow is the template's, by its name.
pub(super) fn is_own(flow: &Flow) -> bool {
    flow.name.ends_with(OWN_NAME)
}

/// Restores and publishes the content of the stack's flow, as it was deployed.
pub(super) fn put_back(snapshot: &Snapshot) -> String {
    let region = region(snapshot);
    let arn = setting(snapshot, "CONNECT_CONTACT_FLOW_ARN").unwrap_or("FLOW");
    let flow = arn.rsplit('/').next().unwrap_or(arn);
    let instance = snapshot.connect.instance.here().map_or("INSTANCE", |instance| &instance.id);
    let stack = snapshot.set_up.stack.as_deref().unwrap_or("STACK");
    let content = r#"'TemplateBody.Resources.VoiceCodeFlow.Properties.Content."Fn::Sub"' --output text"#;
    let content =
        format!("cloudformation get-template --stack-name {stack} --template-stage Processed --query {content}");
    let function = snapshot.speak.here().map_or("FUNCTION", |function| &function.arn);
    let named = format!("sed 's|${{SpeakCode.Arn}}|{function}|'");
    let update = format!("connect update-contact-flow-content --instance-id {instance} --contact-flow-id {flow}");
    format!("{} --content \"$({} | {named})\"", aws_in(region, &update), snapshot.set_up.aws(&content))
}

fn flow_findings(snapshot: &Snapshot, flow: &Flow, own_flow: &str) -> Vec<Finding> {
    let (set_up, put_back) = (&snapshot.set_up, &put_back(snapshot));
    let subject = "Contact flow";
    let mut findings = Vec::new();
    let mut wrong = |word, text: String, fix: &str| findings.push(Finding::wrong(word, subject, text, fix));
    if flow.kind != "CONTACT_FLOW" {
        let text = format!("{} is a {}, which no outbound call runs", flow.name, flow.kind);
        let set = set_up.deploy("ConnectContactFlowArn=ARN");
        wrong("flow-type", text, &format!("make a flow of the type CONTACT_FLOW; then: {set}"));
    }
    if flow.state == "ARCHIVED" {
        let text = format!("{} is archived", flow.name);
        wrong("flow-archived", text, "in the instance's own console: Routing > Flows > View archived > Unarchive");
    }
    if flow.status == "SAVED" {
        let text = format!("{} was never published", flow.name);
        let own = "in the instance's own console: Routing > Flows > the flow > Publish";
        wrong("flow-unpublished", text, if is_own(flow) { put_back } else { own });
    }
    let same = does_the_same(&flow.content, own_flow);
    if !same && is_own(flow) {
        let text = format!("{} does not do what this version's template has", flow.name);
        let fix = format!(
            "if another version is deployed: {}\nif somebody changed it by hand, which no deployment puts back: {put_back}",
            set_up.deploy("")
        );
        wrong("flow-differs", text, &fix);
    }
    if findings.is_empty() {
        let text = if same { "is published, and as in the template" } else { "is published" };
        findings.push(Finding::right(subject, format!("{} {text}", flow.name)));
    }
    if !same && !is_own(flow) {
        let [unjudged, see] = if snapshot.code_by_function() {
            ["only how it gets the code is judged here", "see that it gets the code only once the digit is pressed"]
        } else {
            ["it is not judged here", "see that it turns flow logging off and overwrites VoiceMFA before it speaks"]
        };
        findings.push(Finding::note(
            "flow-own",
            subject,
            format!("{} is a flow of your own: {unjudged}", flow.name),
            see,
        ));
    }
    findings
}

fn number_finding(number: &Number) -> Finding {
    let subject = "Number that calls";
    if number.status != "CLAIMED" {
        return Finding::wrong(
            "number-status",
            subject,
            format!("its status is {}, not CLAIMED", number.status),
            format!("wait; or: {CLAIM}"),
        );
    }
    match number.kind.as_str() {
        "SHORT_CODE" => Finding::wrong("number-type", subject, "it is a short code, which is for text messages", CLAIM),
        // <https://docs.aws.amazon.com/connect/latest/adminguide/uifn-service.html>
        "UIFN" => Finding::wrong(
            "number-type",
            subject,
            "it is an international freephone number (UIFN), which can receive calls but not place them",
            CLAIM,
        ),
        "TOLL_FREE" | "THIRD_PARTY_TF" => Finding::note(
            "number-toll-free",
            subject,
            "it is toll-free: it is not for calls to other countries, and some carriers take no calls from such numbers",
            format!("if calls don't come through: {CLAIM}"),
        ),
        kind => Finding::right(subject, format!("it is claimed, and of the type {kind}")),
    }
}
