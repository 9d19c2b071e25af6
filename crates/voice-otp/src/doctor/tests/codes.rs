//! Ways to break what calls need to speak Cognito's own codes.

use super::set_up::*;
use crate::doctor::{Finding, Verdict};
use crate::snapshot::{Codes, CodesKey, Found, Invocations, SmsSender, Snapshot, TokenTrigger, Trigger};

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/2";

/// Has send-code deployed and attached.
fn with_codes(snapshot: &mut Snapshot) {
    let mut create = environment(&mut snapshot.create).clone();
    let own =
        [("OTP_COGNITO_CODES", "all"), ("OTP_COGNITO_CODES_KEY_ARN", KEY), ("OTP_SMS_ORIGINATION_IDENTITY", "arn:x")];
    create.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let create: Vec<_> = create.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    snapshot.send = function("send", &create);
    configuration(&mut snapshot.send).timeout = 10;
    for (name, value) in &own[..2] {
        set(&mut snapshot.speak, name, value);
    }
    let pool = here(&mut snapshot.pool);
    pool.sms_sender = Some(SmsSender { function: arn("send"), version: "V1_0".to_owned() });
    pool.codes_key = Some(KEY.to_owned());
    let on_failure = Some("arn:aws:sqs:us-east-1:123456789012:failures".to_owned());
    snapshot.codes = Codes {
        sender_is_gone: false,
        invocation: Found::Here(Invocations { retries: 1, max_age: 120, on_failure }),
        key: Found::Here(CodesKey {
            arn: KEY.to_owned(),
            state: "Enabled".to_owned(),
            kind: CodesKey::KIND.to_owned(),
        }),
        is_granted: Found::Here(true),
    };
    snapshot.same_key_to_send = Some(true);
}

/// Breaks something of these codes. Returns the words of all findings that aren't right.
fn broken_codes(how: impl FnOnce(&mut Snapshot)) -> Vec<&'static str> {
    broken(|it| {
        with_codes(it);
        how(it);
    })
}

fn the_one_of_codes(how: impl FnOnce(&mut Snapshot)) -> Finding {
    the_one(|it| {
        with_codes(it);
        how(it);
    })
}

fn fix(finding: &Finding) -> &str {
    finding.fix.as_deref().unwrap()
}

fn no_custom_auth(snapshot: &mut Snapshot) {
    let pool = here(&mut snapshot.pool);
    for trigger in Trigger::ALL {
        pool.triggers.remove(trigger.key());
    }
    pool.token_trigger = None;
    pool.mfa = "ON".to_owned();
}

#[test]
fn codes_that_are_spoken_have_nothing_but_right_lines() {
    assert_eq!(broken_codes(|_| ()), [""; 0]);
}

#[test]
fn a_sender_that_is_not_attached() {
    let attach =
        "voice-otp attach --region us-east-1 --stack voice-code --user-pool us-east-1_Example01 --cognito-codes";
    let finding = the_one_of_codes(|it| here(&mut it.pool).sms_sender = None);
    assert_eq!((finding.verdict, finding.word, fix(&finding)), (Verdict::Note, "codes-off", attach));
    let other = |it: &mut Snapshot| here(&mut it.pool).sms_sender.as_mut().unwrap().function = arn("texts");
    let finding = the_one_of_codes(other);
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "sms-sender-other"));
    assert!(finding.text.starts_with("texts is") && fix(&finding).ends_with(attach), "{finding:?}");
    // Somebody who does not want them hears nothing of them.
    let words = broken(|it| {
        here(&mut it.pool).sms_sender = Some(SmsSender { function: arn("texts"), version: "V1_0".to_owned() });
    });
    assert_eq!(words, [""; 0]);
}

#[test]
fn a_sender_that_is_gone() {
    let detach =
        "voice-otp detach --region us-east-1 --stack voice-code --user-pool us-east-1_Example01 --cognito-codes";
    let gone = |it: &mut Snapshot| {
        here(&mut it.pool).sms_sender.as_mut().unwrap().function = arn("texts");
        it.codes.sender_is_gone = true;
    };
    let finding = the_one_of_codes(gone);
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "sms-sender-gone"));
    assert!(fix(&finding).ends_with(detach), "{finding:?}");
    let words = broken_codes(|it| it.send = Found::Missing { name: arn("send") });
    assert_eq!(words, ["sms-sender-gone", "missing"]);
    // Without a stack, the function is named.
    let finding = the_one_of_codes(|it| {
        gone(it);
        it.set_up.stack = None;
        it.send = Found::Unnamed;
    });
    let by_name = format!(
        "voice-otp detach --cognito-codes --region us-east-1 --user-pool us-east-1_Example01 --send-code {}",
        arn("texts")
    );
    assert!(fix(&finding).ends_with(&by_name), "{finding:?}");
}

#[test]
fn what_cognito_needs_to_ask_the_sender() {
    let words = broken_codes(|it| here(&mut here(&mut it.send).permissions).clear());
    assert_eq!(words, ["permission-missing"]);
    let finding = the_one_of_codes(|it| here(&mut it.pool).sends_texts = false);
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "sms-configuration"));
    assert!(fix(&finding).contains("> us-east-1_Example01 > Authentication methods > SMS"), "{finding:?}");
    let words = broken_codes(|it| here(&mut it.pool).sms_sender.as_mut().unwrap().version = "V2_0".to_owned());
    assert_eq!(words, ["codes-version"]);
}

#[test]
fn a_key_that_is_not_the_functions() {
    let differs = |how: fn(&mut Snapshot, &str)| {
        let finding = the_one_of_codes(|it| how(it, "arn:aws:kms:us-east-1:123456789012:key/3"));
        assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "codes-key-differs"));
        assert!(fix(&finding).ends_with(&format!("CognitoCodesKeyArn={KEY}")), "{finding:?}");
    };
    differs(|it, key| set(&mut it.send, "OTP_COGNITO_CODES_KEY_ARN", key));
    differs(|it, key| set(&mut it.speak, "OTP_COGNITO_CODES_KEY_ARN", key));
    assert_eq!(broken_codes(|it| set(&mut it.speak, "OTP_COGNITO_CODES", "off")), ["codes-setting"]);
    let words = broken_codes(|it| drop(environment(&mut it.send).remove("OTP_COGNITO_CODES")));
    assert_eq!(words, ["codes-setting", "settings"]);
    // Without a key of the pool's there is nothing to compare.
    assert_eq!(broken_codes(|it| here(&mut it.pool).codes_key = None), ["codes-key-missing"]);
}

#[test]
fn a_key_that_cognito_can_not_use() {
    let state = |state: &str| the_one_of_codes(|it| here(&mut it.codes.key).state = state.to_owned());
    let finding = state("Disabled");
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "codes-key-state"));
    assert_eq!(fix(&finding), format!("aws kms enable-key --region us-east-1 --key-id {KEY}"));
    assert!(fix(&state("PendingDeletion")).starts_with("aws kms cancel-key-deletion --region us-east-1 --key-id "));
    assert!(fix(&state("PendingImport")).contains("CognitoCodesKeyArn=ARN"));
    let words = broken_codes(|it| here(&mut it.codes.key).kind = "RSA_2048 ENCRYPT_DECRYPT".to_owned());
    assert_eq!(words, ["codes-key-kind"]);
    assert_eq!(broken_codes(|it| it.codes.key = Found::Missing { name: KEY.to_owned() }), ["missing"]);
    let elsewhere = "arn:aws:kms:us-west-2:123456789012:key/2";
    let words = broken_codes(|it| {
        here(&mut it.pool).codes_key = Some(elsewhere.to_owned());
        set(&mut it.send, "OTP_COGNITO_CODES_KEY_ARN", elsewhere);
        set(&mut it.speak, "OTP_COGNITO_CODES_KEY_ARN", elsewhere);
    });
    assert_eq!(words, ["codes-key-region"]);
    let finding = the_one_of_codes(|it| it.codes.is_granted = Found::Here(false));
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "codes-key-grant"));
    assert!(
        fix(&finding).contains("kms:CreateGrant") && fix(&finding).contains(" && voice-otp attach "),
        "{finding:?}"
    );
}

#[test]
fn events_that_are_lost_or_tried_too_often() {
    let finding = |how: fn(&mut Invocations)| the_one_of_codes(|it| how(here(&mut it.codes.invocation)));
    let lost = finding(|how| how.on_failure = None);
    assert_eq!((lost.verdict, lost.word), (Verdict::Wrong, "codes-lost"));
    for (often, is_never) in [
        (finding(|how| how.retries = 2), false),
        (finding(|how| how.max_age = 21_600), false),
        (finding(|how| how.retries = 0), true),
        (finding(|how| how.max_age = 60), true),
    ] {
        assert_eq!((often.verdict, often.word), (Verdict::Wrong, "codes-retries"));
        assert_eq!(often.text.contains("does not try again"), is_never, "{often:?}");
        assert!(
            fix(&often).starts_with("aws lambda update-function-event-invoke-config --region us-east-1 "),
            "{often:?}"
        );
    }
    assert_eq!(broken_codes(|it| here(&mut it.codes.invocation).max_age = 61), [""; 0]);
}

#[test]
fn temporary_passwords_that_nobody_sends() {
    let finding = the_one_of_codes(|it| set(&mut it.send, "OTP_SMS_ORIGINATION_IDENTITY", ""));
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "origination-identity"));
    assert!(fix(&finding).ends_with("SmsOriginationIdentity=ARN"), "{finding:?}");
}

#[test]
fn other_settings_or_another_key_than_creates() {
    assert_eq!(broken_codes(|it| set(&mut it.send, "OTP_COUNTRIES", "US,CA")), ["settings-differ"]);
    assert_eq!(broken_codes(|it| it.same_key_to_send = Some(false)), ["keys-differ"]);
    assert_eq!(broken_codes(|it| configuration(&mut it.send).timeout = 3), ["timeout"]);
    assert_eq!(broken_codes(|it| configuration(&mut it.send).kms_key = None), ["key-readable"]);
}

/// In a pool without the sign-in by call, Cognito's MFA and flows of all kinds are what the codes are for.
#[test]
fn a_pool_whose_codes_alone_are_spoken() {
    let finding = the_one_of_codes(|it| {
        no_custom_auth(it);
        client(it).flows = Some(owned(&["ALLOW_USER_SRP_AUTH"]));
    });
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "codes-alone"));
    // A pool that the stack made has lost its triggers.
    let words = broken_codes(|it| {
        no_custom_auth(it);
        it.made_pool = true;
    });
    assert!(words.contains(&"trigger-missing") && !words.contains(&"codes-alone"), "{words:?}");
    // Without the sender, that pool is one that lacks its triggers.
    let words = broken_codes(|it| {
        no_custom_auth(it);
        here(&mut it.pool).sms_sender = None;
    });
    assert!(words.contains(&"trigger-missing") && words.contains(&"mfa-on"), "{words:?}");
}

/// No sign-in of that pool has a call, so the gate refuses each.
#[test]
fn a_token_trigger_in_a_pool_whose_codes_alone_are_spoken() {
    let beside_note = |function: &str, is_gone: bool| {
        let findings = findings(|it| {
            with_codes(it);
            no_custom_auth(it);
            let function = arn(function);
            here(&mut it.pool).token_trigger = Some(TokenTrigger { function, version: "V1_0".to_owned() });
            it.token_trigger_is_gone = is_gone;
        });
        findings.into_iter().filter(|finding| finding.word != "codes-alone").collect::<Vec<_>>()
    };
    for (function, is_gone, word) in [("gate", false, "token-gate-alone"), ("old", true, "token-trigger-gone")] {
        let findings = beside_note(function, is_gone);
        assert_eq!(words(&findings), [word]);
        assert_eq!(findings[0].verdict, Verdict::Wrong);
        assert!(fix(&findings[0]).contains("voice-otp detach --token-gate "), "{findings:?}");
    }
    assert_eq!(beside_note("claims", false), []);
}

#[test]
fn cognitos_mfa_beside_the_sign_in_by_call() {
    let mfa = |it: &mut Snapshot| here(&mut it.pool).mfa = "OPTIONAL".to_owned();
    let finding = the_one_of_codes(mfa);
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "mfa-on"));
    let instead =
        "voice-otp attach --region us-east-1 --stack voice-code --user-pool us-east-1_Example01 --cognito-codes";
    assert!(fix(&finding).ends_with(instead) && fix(&finding).contains("voice-otp detach "), "{finding:?}");
    assert!(!fix(&the_one(mfa)).contains("--cognito-codes"));
}
