//! How the code reaches the call: speak-code, who may invoke it, and the contact flow that does. With the delivery
//! `attribute` there is no such function, and the flow speaks an attribute.

use super::connect::{is_own, put_back};
use super::permissions::Wanted;
use super::setting;
use crate::doctor::Finding;
use crate::doctor::fix::aws_in;
use crate::snapshot::{Course, Flow, Found, Function, Invocation, Invoker, Logging, Program, Snapshot, Wish};

const DELIVERY: &str = "OTP_CODE_DELIVERY";
const FLOW: &str = "Contact flow";
/// The attribute with the code, as the published recipe has it.
const CODE: &str = "VoiceMFA";
/// The attribute that only speak-code can open.
const HANDLE: &str = "Handle";

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    if snapshot.settings().is_none() {
        // How the code is delivered is not known. Another finding reports that.
        return;
    }
    let flow = snapshot.connect.flow.here().map(|flow| (flow, flow.course()));
    if !snapshot.code_by_function() {
        by_attribute(snapshot, flow.map(|(_, course)| course), findings);
        return;
    }
    unnamed(snapshot, findings);
    if let (Some(function), Some(instance)) = (snapshot.speak.here(), setting(snapshot, "CONNECT_INSTANCE_ARN")) {
        permission(instance).check(&snapshot.set_up, function, findings);
        listed(snapshot, instance, function, findings);
    }
    if let Some((flow, course)) = flow {
        findings.extend(by_function(snapshot, flow, &course));
    }
}

fn by_attribute(snapshot: &Snapshot, course: Option<Course>, findings: &mut Vec<Finding>) {
    findings.push(Finding::note(
        "code-in-record",
        DELIVERY,
        "the code is an attribute of the contact, which Connect keeps for 24 months, unless the flow overwrites it; if \
         nobody answers, no flow does",
        format!("unless that is what you want: {}", snapshot.set_up.deploy("OtpCodeDelivery=function")),
    ));
    // A flow may serve both deliveries, so that a change from one to the other is no outage.
    let wants_function = |Course { reads, goes_on_elsewhere, .. }: Course| {
        reads.contains(HANDLE) && !reads.contains(CODE) && !goes_on_elsewhere
    };
    if course.is_some_and(wants_function) {
        findings.push(Finding::wrong(
            "flow-wants-function",
            FLOW,
            format!(
                "it reads the attribute {HANDLE}, which no call has while {DELIVERY} is attribute: calls say no code"
            ),
            format!(
                "in the instance's own console, have it speak $.Attributes.{CODE}; or: {}",
                snapshot.set_up.deploy("OtpCodeDelivery=function")
            ),
        ));
    }
}

/// The finding that nothing names the function.
fn unnamed(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    if !matches!(snapshot.speak, Found::Unnamed) {
        return;
    }
    let subject = format!("{} function", Program::Speak.subject());
    if snapshot.set_up.stack.is_some() {
        let text = "the stack has none, so calls say no code: it is of an older version, or its outputs were changed";
        let fix = format!("deploy this version: {}", snapshot.set_up.deploy(""));
        findings.push(Finding::wrong("unnamed", subject, text, fix));
    } else if snapshot.connect.flow.here().is_none() {
        let text = "it is not looked at: without a stack, the contact flow names it";
        let fix = format!("name the stack: voice-otp doctor --region {} --stack STACK", snapshot.set_up.region);
        findings.push(Finding { fix: Some(fix), ..Finding::unread(subject, text) });
    }
    // A flow that is here and invokes no function has a finding of its own.
}

fn permission(instance: &str) -> Wanted<'_> {
    Wanted {
        subject: format!("{} permission", Program::Speak.subject()),
        invoker: Invoker::instance(instance),
        service: "Connect",
        resource: "instance",
        without: "calls say no code",
        misuse: "with the handle of a call that nobody has heard yet gets its code",
        beside: ["permission-instance", "which never gets a code from it"],
        statement: "connect".to_owned(),
        admit: None,
    }
}

/// Whether the instance lists the function. Calls do without; the console offers only what is listed.
fn listed(snapshot: &Snapshot, instance: &str, function: &Function, findings: &mut Vec<Finding>) {
    let subject = format!("{} association", Program::Speak.subject());
    let Some(listed) = &snapshot.speak_listed else { return };
    findings.extend(Finding::of_absence(listed, &subject, ["", ""], "check --region"));
    findings.extend(listed.here().map(|is_listed| {
        if *is_listed {
            return Finding::right(&subject, "the instance lists it");
        }
        let region = instance.split(':').nth(3).unwrap_or(&snapshot.set_up.region);
        let associate = "connect associate-lambda-function";
        Finding::note(
            "association-missing",
            &subject,
            "the instance does not list it, so its console doesn't offer it to whoever edits a flow",
            aws_in(region, &format!("{associate} --instance-id {instance} --function-arn {}", function.arn)),
        )
    }));
}

/// The findings about a flow that has to get the code from the function.
fn by_function(snapshot: &Snapshot, flow: &Flow, course: &Course) -> Vec<Finding> {
    let mut findings = Vec::new();
    let fix = |by_hand: &str| {
        if is_own(flow) {
            let (deploy, put_back) = (snapshot.set_up.deploy(""), put_back(snapshot));
            format!("deploy this version: {deploy}\nif the flow stays as it is: {put_back}")
        } else {
            format!("in the instance's own console: Routing > Flows > {by_hand}")
        }
    };
    let wrong = |word, text: String, by_hand: &str| Finding::wrong(word, FLOW, text, fix(by_hand));
    let function = snapshot.speak.here().map(|function| function.arn.as_str());
    let is_of = |invocation: &Invocation| function.and_then(|arn| invocation.is_of(arn));
    let for_code = || course.invocations.iter().filter(|invocation| invocation.wish == Wish::Code);
    let own: Vec<_> = for_code().filter(|invocation| is_of(invocation) == Some(true)).collect();
    let gets_code = own.iter().any(|invocation| invocation.has_handle == Some(true));
    // What a reference leads to is not known here.
    let may_be_with_handle =
        |invocation: &Invocation| is_of(invocation) != Some(false) && invocation.has_handle != Some(false);
    let may_get_code = for_code().any(may_be_with_handle);
    // A flow may serve both deliveries, so that a change from one to the other is no outage.
    if course.reads.contains(CODE) && !may_get_code && !course.goes_on_elsewhere {
        let text =
            format!("it speaks the attribute {CODE}, which no call has while {DELIVERY} is function: it says nothing");
        let by_hand = "have it invoke speak-code and speak $.External.Code instead";
        findings.push(wrong("flow-wants-attribute", text, by_hand));
    }
    let arn = function.unwrap_or("speak-code");
    if may_get_code && !gets_code {
        findings.extend(is_known(snapshot).then(|| by_reference(arn)));
    } else if own.is_empty() {
        findings.extend(not_invoked(snapshot, course, arn, fix));
    } else if !gets_code {
        let text = format!("it invokes {arn} without the handle, so calls say no code");
        findings.push(wrong("flow-handle", text, "give the function the parameter handle = $.Attributes.Handle"));
    }
    let log_off = "begin with \"Set logging behavior\", off";
    match own.iter().map(|invocation| invocation.logging).max() {
        Some(Logging::On) => {
            let text = format!("it invokes {arn} with flow logging on, and the log then has the code");
            findings.push(wrong("flow-logs-code", text, log_off));
        }
        Some(Logging::Unset) => findings.push(Finding::note(
            "flow-log-unset",
            FLOW,
            format!(
                "it does not set flow logging on every path to {arn}: should it ever be on there, the log has the code"
            ),
            fix(log_off),
        )),
        Some(Logging::Off) | None => (),
    }
    if gets_code && findings.is_empty() {
        findings.push(Finding::right(FLOW, format!("it gets the code from {arn}, and no log has it")));
    }
    // The template's flow is compared as a whole.
    let may_deny = course
        .invocations
        .iter()
        .any(|each| matches!(each.wish, Wish::Deny | Wish::Reference) && may_be_with_handle(each));
    let is_gated = setting(snapshot, "OTP_GATE") != Some("off");
    if gets_code && is_gated && !may_deny && !course.goes_on_elsewhere && !is_own(flow) {
        findings.push(no_denial(arn, fix));
    }
    findings
}

/// The finding about a flow that does not ask whether it is the user who is signing in.
fn no_denial(arn: &str, fix: impl Fn(&str) -> String) -> Finding {
    Finding::note(
        "flow-no-denial",
        FLOW,
        "in a call that a user did not ask for, no key stops the sign-in",
        fix(&format!(
            "beside $.Attributes.GatePrompt say $.Attributes.DenyPrompt, and have the key 0 invoke {arn} with the \
             parameters handle = $.Attributes.Handle and wish = deny; say $.Attributes.Denied if $.External.Result is \
             denied"
        )),
    )
}

/// Whether a flow can be judged. Where the function is not known, other findings say so; a pool's is known by the flow
/// alone.
fn is_known(snapshot: &Snapshot) -> bool {
    let is_unnamed = matches!(snapshot.speak, Found::Unnamed);
    snapshot.speak.here().is_some() || snapshot.set_up.stack.is_none() && is_unnamed
}

fn by_reference(arn: &str) -> Finding {
    Finding::note(
        "flow-reference",
        FLOW,
        "a reference says which function it invokes, or with which handle: whether calls say the code is not judged here",
        format!("see that it invokes {arn} with the handle of the call, and with flow logging off"),
    )
}

/// The finding about a flow that does not invoke the function.
fn not_invoked(snapshot: &Snapshot, course: &Course, wanted: &str, fix: impl Fn(&str) -> String) -> Option<Finding> {
    if !is_known(snapshot) {
        return None;
    }
    if course.goes_on_elsewhere {
        return Some(Finding::note(
            "flow-unseen",
            FLOW,
            format!(
                "it goes on in another flow or a module, and only there can it invoke {wanted}: that is not judged here"
            ),
            "see that logging is off there, and that it gives the function the handle",
        ));
    }
    let mut others: Vec<_> = course.invocations.iter().map(|invocation| invocation.function.as_str()).collect();
    others.sort_unstable();
    others.dedup();
    let text = match &others[..] {
        [] => format!("it does not invoke {wanted}, so calls say no code"),
        others => format!("it invokes {} and not {wanted}, so calls say no code", others.join(", ")),
    };
    Some(Finding::wrong(
        "flow-function",
        FLOW,
        text,
        fix(&format!("have it invoke {wanted} once the digit is pressed")),
    ))
}
