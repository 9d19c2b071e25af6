use serde_json::{Value, json};

use super::*;
use crate::{connect, dynamodb, kms, sms};

fn faults() -> FaultInjection {
    FaultInjection::new([
        (Service::Connect, connect::catalogue()),
        (Service::DynamoDb, dynamodb::catalogue()),
        (Service::Kms, kms::catalogue()),
        (Service::Sms, sms::catalogue()),
        (Service::Lambda, connect::invocations_catalogue()),
    ])
}

fn inject(faults: &FaultInjection, fault: Value) -> Result<(), String> {
    faults.inject(serde_json::from_value(fault).map_err(|error| error.to_string())?)
}

fn take(faults: &FaultInjection) -> Effect {
    faults.take(Service::Connect, "StartOutboundVoiceContact")
}

#[test]
fn the_next_requests_fail_and_no_more() {
    let faults = faults();
    inject(&faults, json!({ "next": 2, "error": "ThrottlingException", "delayMs": 7 })).unwrap();
    for left in [1, 0] {
        let Effect { delay, ending: Ending::Refused(kind), afterwards: false } = take(&faults) else { panic!() };
        assert_eq!((delay, kind.name), (Duration::from_millis(7), "ThrottlingException"));
        assert_eq!(faults.show().connect.next, left);
    }
    assert_eq!(take(&faults), Effect::default());
}

#[test]
fn a_new_fault_replaces_the_one_before_and_clearing_removes_it() {
    let faults = faults();
    inject(&faults, json!({ "next": 9, "error": "drop" })).unwrap();
    inject(&faults, json!({ "next": 1, "error": "timeout" })).unwrap();
    assert_eq!(take(&faults).ending, Ending::Silent);
    assert_eq!(take(&faults).ending, Ending::Carried);
    inject(&faults, json!({ "next": 9, "error": "drop" })).unwrap();
    faults.clear();
    assert_eq!(take(&faults).ending, Ending::Carried);
}

#[test]
fn each_service_has_its_own_fault() {
    let faults = faults();
    inject(&faults, json!({ "next": 1, "error": "drop" })).unwrap();
    inject(&faults, json!({ "next": 1, "error": "timeout", "service": "dynamodb", "afterwards": true })).unwrap();
    inject(&faults, json!({ "next": 2, "error": "Unhandled", "service": "lambda" })).unwrap();
    inject(&faults, json!({ "next": 3, "error": "KMSInternalException", "service": "kms" })).unwrap();
    inject(&faults, json!({ "next": 4, "error": "InternalServerException", "service": "sms" })).unwrap();
    let shown = json!(faults.show());
    let expected = json!({
        "next": 1, "error": "drop",
        "dynamodb": { "next": 1, "error": "timeout", "afterwards": true },
        "kms": { "next": 3, "error": "KMSInternalException" },
        "sms": { "next": 4, "error": "InternalServerException" },
        "lambda": { "next": 2, "error": "Unhandled" },
    });
    assert_eq!(shown, expected);
    let Ending::Refused(kind) = faults.take(Service::Kms, "Decrypt").ending else { panic!() };
    assert_eq!(kind.name, "KMSInternalException");
    let Ending::Refused(kind) = faults.take(Service::Lambda, "Invoke").ending else { panic!() };
    assert_eq!(kind.name, "Unhandled");
    let effect = faults.take(Service::DynamoDb, "PutItem");
    assert_eq!(effect, Effect { ending: Ending::Silent, afterwards: true, ..Effect::default() });
    assert_eq!(take(&faults).ending, Ending::Dropped);
    inject(&faults, json!({ "next": 1, "error": "drop", "service": "dynamodb" })).unwrap();
    faults.clear();
    let none = json!({ "next": 0 });
    let expected = json!({ "next": 0, "dynamodb": none, "kms": none, "sms": none, "lambda": none });
    assert_eq!(json!(faults.show()), expected);
}

#[test]
fn a_fault_for_one_operation_waits_for_it() {
    let faults = faults();
    let one = json!({ "next": 1, "error": "drop", "service": "dynamodb", "operation": "TransactWriteItems" });
    inject(&faults, one).unwrap();
    assert_eq!(faults.take(Service::DynamoDb, "BatchGetItem"), Effect::default());
    assert_eq!(faults.take(Service::DynamoDb, "TransactWriteItems").ending, Ending::Dropped);
    assert_eq!(faults.take(Service::DynamoDb, "TransactWriteItems").ending, Ending::Carried);
}

#[test]
fn another_dynamodb_can_not_be_made_to_fail() {
    let faults = FaultInjection::new([(Service::Connect, connect::catalogue())]);
    inject(&faults, json!({ "next": 1, "error": "drop" })).unwrap();
    assert!(inject(&faults, json!({ "next": 1, "error": "drop", "service": "dynamodb" })).is_err());
}

#[test]
fn refuses_what_it_can_not_do() {
    for bad in [
        json!({}),
        json!({ "next": 1 }),
        json!({ "next": 0, "error": "drop" }),
        json!({ "next": -1, "error": "drop" }),
        json!({ "next": 1_000_001, "error": "drop" }),
        json!({ "next": "1", "error": "drop" }),
        json!({ "error": "drop" }),
        json!({ "next": 1, "error": "NoSuchException" }),
        json!({ "next": 1, "error": "" }),
        json!({ "next": 1, "error": "TransactionCanceledException" }),
        json!({ "next": 1, "error": "LimitExceededException", "service": "dynamodb" }),
        json!({ "next": 1, "error": "LimitExceededException", "service": "lambda" }),
        json!({ "next": 1, "error": "drop", "service": "lambda", "operation": "InvokeAsync" }),
        json!({ "next": 1, "error": "drop", "service": "cognito" }),
        json!({ "next": 1, "error": "drop", "operation": "UpdateItem" }),
        json!({ "next": 1, "delayMs": 600_001 }),
        json!({ "next": 1, "delayMs": 1, "afterwards": true }),
        json!({ "next": 1, "error": "drop", "delay": 5 }),
    ] {
        let faults = faults();
        assert!(inject(&faults, bad.clone()).is_err(), "{bad}");
        assert_eq!(take(&faults), Effect::default(), "{bad}");
    }
}
