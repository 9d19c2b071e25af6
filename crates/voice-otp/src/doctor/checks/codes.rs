//! Cognito's own codes: whether send-code is the pool's custom SMS sender, and what it needs there.

use super::permissions::Wanted;
use super::{attached_sender, name};
use crate::attach::statement_id;
use crate::doctor::Finding;
use crate::snapshot::{CodesKey, Found, Function, Invocations, Invoker, Pool, SetUp, SmsSender, Snapshot, Trigger};

const SUBJECT: &str = "Cognito's own codes";
const KEY: &str = "Cognito's own codes, key";
const ATTACH: &str = " --cognito-codes";

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let Some(pool) = snapshot.pool.here() else { return };
    let set_up = &snapshot.set_up;
    let Some(function) = attached_sender(snapshot) else {
        findings.extend(not_attached(snapshot, pool));
        return;
    };
    findings.push(attached(set_up, pool));
    if are_alone(snapshot) {
        findings.push(Finding::note(
            "codes-alone",
            "User pool",
            "it has no sign-in by call: calls speak Cognito's own codes alone. Its app clients and users are not looked at",
            format!("unless that is what you want: {}", set_up.attach("")),
        ));
    }
    wanted(set_up, pool).check(set_up, function, findings);
    findings.push(Finding::of(
        pool.sends_texts,
        "sms-configuration",
        "Text messages",
        [
            "the pool has an SmsConfiguration, without which Cognito asks no sender",
            "the pool has no SmsConfiguration: Cognito sends no code by phone, and asks no sender",
            &set_up.in_console("Authentication methods > SMS > Edit: choose or make an IAM role"),
        ],
    ));
    settings(snapshot, pool, findings);
    key(snapshot, pool, findings);
    findings.extend(Finding::of_absence(&snapshot.codes.invocation, "send-code invocation", ["", ""], ""));
    findings.extend(snapshot.codes.invocation.here().map(|how| invocation(set_up, function, how)));
}

/// Whether send-code is attached to a pool that has no function of the sign-in by call. Cognito's own MFA is then as it should
/// be, and so are app clients with other flows. A pool that the stack made has lost those functions.
pub(in super::super) fn are_alone(snapshot: &Snapshot) -> bool {
    let is_attached = |pool: &Pool| Trigger::ALL.iter().any(|trigger| pool.triggers.contains_key(trigger.key()));
    !snapshot.made_pool && attached_sender(snapshot).is_some() && !snapshot.pool.here().is_some_and(is_attached)
}

fn attached(set_up: &SetUp, pool: &Pool) -> Finding {
    let version = pool.sms_sender.as_ref().map_or("", |sender| sender.version.as_str());
    Finding::of(
        version == SmsSender::VERSION,
        "codes-version",
        SUBJECT,
        [
            "send-code is the custom SMS sender: calls speak them",
            &format!("send-code gets events of {version}, and knows those of {} alone", SmsSender::VERSION),
            &set_up.attach(ATTACH),
        ],
    )
}

/// The finding about a pool that has another sender, or none.
fn not_attached(snapshot: &Snapshot, pool: &Pool) -> Option<Finding> {
    let set_up = &snapshot.set_up;
    let attach = set_up.attach(ATTACH);
    let Some(SmsSender { function, .. }) = &pool.sms_sender else {
        snapshot.send.here()?;
        let text = "send-code is deployed and not attached: Cognito sends them as text messages, or not at all";
        return Some(Finding::note("codes-off", SUBJECT, text, attach));
    };
    let is_missing = matches!(&snapshot.send, Found::Missing { name } if name == function);
    if is_missing || snapshot.codes.sender_is_gone {
        let detach = match &set_up.stack {
            Some(_) => set_up.detach(ATTACH),
            None => format!("{} --send-code {function}", set_up.voice_otp(&format!("detach{ATTACH}"))),
        };
        return Some(Finding::wrong(
            "sms-sender-gone",
            SUBJECT,
            format!("{} is the custom SMS sender and does not exist: no code goes by phone", name(function)),
            format!("this takes it off: {detach}"),
        ));
    }
    snapshot.send.here()?;
    Some(Finding::note(
        "sms-sender-other",
        SUBJECT,
        format!("{} is the custom SMS sender: send-code is deployed and not attached", name(function)),
        format!("take that one off by what attached it, then: {attach}"),
    ))
}

/// The settings that send-code and speak-code have for these codes.
fn settings(snapshot: &Snapshot, pool: &Pool, findings: &mut Vec<Finding>) {
    let set_up = &snapshot.set_up;
    for (function, subject) in [(&snapshot.send, "send-code settings"), (&snapshot.speak, "speak-code settings")] {
        let Some(environment) = function.here().and_then(Function::environment) else { continue };
        let value = |name: &str| environment.get(name).map_or("", String::as_str);
        if value("OTP_COGNITO_CODES") != "all" {
            findings.push(Finding::wrong(
                "codes-setting",
                subject,
                "OTP_COGNITO_CODES is not all: no code of Cognito's is spoken",
                set_up.deploy("CognitoCodes=all"),
            ));
            continue;
        }
        // A pool without a key is another fault, and has its own finding.
        let Some(of_pool) = &pool.codes_key else { continue };
        let own = value("OTP_COGNITO_CODES_KEY_ARN");
        findings.push(Finding::of(
            own == *of_pool,
            "codes-key-differs",
            subject,
            [
                "the key of Cognito's codes is the pool's",
                &format!("OTP_COGNITO_CODES_KEY_ARN is {own}, and the pool's KMSKeyID is {of_pool}: no code of Cognito's is spoken"),
                &format!("to take the pool's: {}", set_up.deploy(&format!("CognitoCodesKeyArn={of_pool}"))),
            ],
        ));
    }
    let environment = snapshot.send.here().and_then(Function::environment);
    if environment.is_some_and(|own| own.get("OTP_SMS_ORIGINATION_IDENTITY").is_none_or(String::is_empty)) {
        findings.push(Finding::note(
            "origination-identity",
            "OTP_SMS_ORIGINATION_IDENTITY",
            "there is none, so what is not spoken is not sent: the temporary passwords of AdminCreateUser",
            format!("to send them as text messages: {}", set_up.deploy("SmsOriginationIdentity=ARN")),
        ));
    }
}

/// The pool's key, and Cognito's right to use it.
fn key(snapshot: &Snapshot, pool: &Pool, findings: &mut Vec<Finding>) {
    let set_up = &snapshot.set_up;
    let another = set_up.deploy("CognitoCodesKeyArn=ARN");
    let Some(arn) = &pool.codes_key else {
        let text = "the pool has no KMSKeyID, so Cognito can't encrypt codes for send-code";
        findings.push(Finding::wrong("codes-key-missing", KEY, text, set_up.attach(ATTACH)));
        return;
    };
    if arn.split(':').nth(3) != Some(&set_up.region) {
        let text = format!("{arn} is not in the pool's Region {}", set_up.region);
        findings.push(Finding::wrong("codes-key-region", KEY, text, format!("name one that is: {another}")));
        return;
    }
    let missing = format!("name another: {another}\nthen: {}", set_up.attach(ATTACH));
    findings.extend(Finding::of_absence(&snapshot.codes.key, KEY, ["", ""], &missing));
    let Some(CodesKey { state, kind, .. }) = snapshot.codes.key.here() else { return };
    let enable = set_up.aws(&format!("kms enable-key --key-id {arn}"));
    let fix = match state.as_str() {
        "Disabled" => enable,
        "PendingDeletion" => {
            format!("{} && {enable}", set_up.aws(&format!("kms cancel-key-deletion --key-id {arn}")))
        }
        _ => missing.clone(),
    };
    let without = "so no code of Cognito's is spoken";
    findings.push(Finding::of(
        state == "Enabled",
        "codes-key-state",
        KEY,
        ["it is enabled", &format!("its state is {state}, {without}"), &fix],
    ));
    if kind != CodesKey::KIND {
        let text = format!("it is {kind} and not {}, {without}", CodesKey::KIND);
        findings.push(Finding::wrong("codes-key-kind", KEY, text, missing));
    }
    findings.extend(Finding::of_absence(&snapshot.codes.is_granted, KEY, ["", ""], ""));
    findings.extend(snapshot.codes.is_granted.here().map(|is_granted| {
        if *is_granted {
            return Finding::right(KEY, "a grant lets Cognito use it");
        }
        Finding::note(
            "codes-key-grant",
            KEY,
            "none of its grants shows that it is Cognito's. How Cognito's looks is not proven, and without one it sends no code",
            format!(
                "if no code comes, as somebody who may kms:CreateGrant on it: {} && {}",
                set_up.detach(ATTACH),
                set_up.attach(ATTACH)
            ),
        )
    }));
}

/// What becomes of an event that send-code fails on. Cognito does not wait for it, so nobody else hears of it.
fn invocation(set_up: &SetUp, function: &Function, how: &Invocations) -> Finding {
    let subject = "send-code invocation";
    let Invocations { retries, max_age, on_failure } = how;
    if on_failure.is_none() {
        let text = "events that it fails on are lost, and no alarm says so";
        return Finding::wrong("codes-lost", subject, text, set_up.restore());
    }
    // The first try more comes after a minute.
    if *retries == 1 && (61..=120).contains(max_age) {
        return Finding::right(subject, "Lambda tries once more, and keeps what fails then");
    }
    let update = format!(
        "lambda update-function-event-invoke-config --function-name {} --maximum-retry-attempts 1 \
         --maximum-event-age-in-seconds 120",
        name(&function.arn)
    );
    let text = if *retries == 0 || *max_age <= 60 {
        format!(
            "Lambda does not try again: it may {retries} times, for {max_age} s, and waits a minute first. One error costs the code"
        )
    } else {
        format!(
            "Lambda tries {retries} more times, for {max_age} s: a code is good for minutes, and one try more is enough"
        )
    };
    Finding::wrong("codes-retries", subject, text, set_up.aws(&update))
}

/// Cognito, which has to be able to invoke the attached sender.
fn wanted<'a>(set_up: &SetUp, pool: &'a Pool) -> Wanted<'a> {
    Wanted {
        subject: "send-code permission".to_owned(),
        invoker: Invoker::pool(&pool.arn),
        service: "Cognito",
        resource: "pool",
        without: "no code of Cognito's goes by phone",
        misuse: "has any allowed number called",
        beside: ["permission-pool", "whose calls use up the same budget"],
        statement: statement_id(&pool.id),
        admit: Some(set_up.attach(ATTACH)),
    }
}
