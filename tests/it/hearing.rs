//! The code at call time: it is given to one listener, once somebody listens, and compared only then.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::phone::{Phone, code_in, last_words};
use crate::stack::{Stack, wait_for};
use crate::table::{Row, number};
use crate::user::{User, another, challenge, id_token};

/// The instance that these tests' stacks call with.
const INSTANCE: &str = "arn:aws:connect:us-east-1:111122223333:instance/11111111-2222-4333-8444-555555555555";
const CONTACT: &str = "99999999-2222-4333-8444-555555555555";

pub(crate) fn stack() -> Arc<Stack> {
    Arc::new(Stack::start(&[&format!("CONNECT_INSTANCE_ARN={INSTANCE}"), "OTP_SECONDS_BETWEEN_CALLS=0"]))
}

/// What Connect sends to `speak-code` in a call, with one change.
pub(crate) fn event(call: &Value, pointer: &str, value: Value) -> Value {
    let endpoint = |number: &Value| json!({ "Address": number, "Type": "TELEPHONE_NUMBER" });
    let mut event = json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": call["attributes"],
                "Channel": "VOICE",
                "ContactId": call["contactId"],
                "CustomerEndpoint": endpoint(&call["destination"]),
                "InitialContactId": call["contactId"],
                "InitiationMethod": "API",
                "InstanceARN": INSTANCE,
                "SystemEndpoint": endpoint(&call["source"]),
            },
            "Parameters": { "handle": call["attributes"]["Handle"] },
        },
    });
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

/// The outcomes that a function has logged, oldest first.
pub(crate) async fn outcomes(stack: &Stack, trigger: &str) -> Vec<String> {
    let lines = stack.log_of("answered").await;
    let lines = lines.iter().filter(|line| line["trigger"] == trigger);
    lines.map(|line| line["outcome"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_answer_before_anybody_has_heard_the_code_is_not_compared() {
    let stack = stack();
    let user = User::new(&stack).await;
    let phone = Phone::of(&user).await;
    let first = user.start().await;
    phone.ring(1).await;
    let table = stack.table().await;
    let before = table.row(&user.key()).await;
    assert_eq!(before.number("heardCall"), 0);

    let second = challenge(user.client.answer(&first, "123456").await);
    assert_eq!(outcomes(&stack, "verify").await, ["not-heard"]);
    assert_eq!(table.row(&user.key()).await, before, "nothing is counted");

    let code = code_in(&phone.take(1).await).unwrap();
    assert_eq!(table.row(&user.key()).await.number("heardCall"), 1);
    id_token(user.client.answer(&second, &code).await);
}

#[tokio::test]
async fn not_even_the_right_code_is_compared_if_nobody_has_heard_it() {
    let stack = stack();
    let user = User::new(&stack).await;
    let first = user.start().await;
    let code = user.code().await;
    let table = stack.table().await;
    let heard = table.row(&user.key()).await;
    assert!(heard.has("heardContact"));
    let unheard = heard.clone().with("heardCall", number(0)).without("heardContact");
    table.put(unheard.clone()).await;

    let second = challenge(user.client.answer(&first, &code).await);
    assert_eq!(outcomes(&stack, "verify").await, ["not-heard"]);
    assert_eq!(table.row(&user.key()).await, unheard);

    table.put(heard).await;
    id_token(user.client.answer(&second, &code).await);
}

#[tokio::test]
async fn another_contact_gets_no_code() {
    let stack = stack();
    let user = User::new(&stack).await;
    let asked = user.start().await;
    let code = user.code().await;
    let call = user.calls().await.remove(0);
    let table = stack.table().await;
    let row = table.row(&user.key()).await;
    for (pointer, value, outcome) in [
        ("/Details/ContactData/ContactId", json!(CONTACT), "other-contact"),
        ("/Details/ContactData/CustomerEndpoint/Address", json!("+12065550123"), "number"),
        ("/Details/ContactData/InstanceARN", json!(format!("{INSTANCE}6")), "instance"),
        ("/Details/ContactData/Channel", json!("CHAT"), "channel"),
        ("/Details/ContactData/InitiationMethod", json!("INBOUND"), "initiation"),
        ("/Details/Parameters/handle", json!("another"), "handle"),
    ] {
        let answer = stack.invoke("speak-code", &event(&call, pointer, value)).await.answer();
        assert_eq!(answer, json!({ "Result": "none" }), "{outcome}");
        assert_eq!(outcomes(&stack, "speak").await.last().map(String::as_str), Some(outcome));
    }
    assert_eq!(table.row(&user.key()).await, row);
    id_token(user.client.answer(&asked, &code).await);

    // A used code is said to nobody, not even to its listener.
    let answer = stack.invoke("speak-code", &event(&call, "/Name", json!("ContactFlowEvent"))).await.answer();
    assert_eq!(answer, json!({ "Result": "none" }));
    assert_eq!(outcomes(&stack, "speak").await.last().map(String::as_str), Some("used"));
}

#[tokio::test]
async fn a_repeated_invocation_of_the_same_contact_gets_the_same_code() {
    let stack = stack();
    let user = User::new(&stack).await;
    let asked = user.start().await;
    let code = user.code().await;
    let call = user.calls().await.remove(0);
    let table = stack.table().await;
    let listener = |row: &Row| (row.number("heardCall"), row.text("heardContact").to_owned());
    let before = listener(&table.row(&user.key()).await);
    assert_eq!(before.1, call["contactId"].as_str().unwrap().replace('-', ""));
    let digits: Vec<_> = code.chars().map(String::from).collect();
    for _ in 0..3 {
        let answer = stack.invoke("speak-code", &event(&call, "/Name", json!("ContactFlowEvent"))).await.answer();
        assert_eq!(answer, json!({ "Result": "code", "Code": digits.join(", ") }));
    }
    assert_eq!(listener(&table.row(&user.key()).await), before);
    id_token(user.client.answer(&asked, &code).await);
}

/// Invariant 4: Connect may repeat an invocation whose answer it did not get.
#[tokio::test]
async fn invariant_4_three_invocations_speak_one_code() {
    let stack = stack();
    let user = User::new(&stack).await;
    let lost = json!({ "service": "lambda", "next": 2, "error": "Unhandled", "afterwards": true });
    stack.inject_fault(lost).await;
    let asked = user.start().await;
    let code = user.code().await;
    assert_eq!(outcomes(&stack, "speak").await, ["spoken"; 3]);
    let row = stack.table().await.row(&user.key()).await;
    assert_eq!((row.number("heardCall"), row.number("attemptsLeft")), (1, 3));
    assert_eq!(user.calls().await.len(), 1);
    id_token(user.client.answer(&asked, &code).await);
}

#[tokio::test]
async fn a_call_whose_code_can_not_be_had_says_so_and_the_next_one_says_it() {
    let stack = stack();
    for fault in [
        json!({ "service": "lambda", "next": 3, "error": "TooManyRequestsException" }),
        json!({ "service": "lambda", "next": 3, "error": "ServiceException" }),
        json!({ "service": "lambda", "next": 3, "error": "Unhandled" }),
        json!({ "service": "lambda", "next": 3, "error": "timeout" }),
        // The write of who listens is an operation of its own.
        json!({ "service": "dynamodb", "next": 99, "operation": "UpdateItem", "error": "ThrottlingException" }),
    ] {
        let user = User::new(&stack).await;
        stack.inject_fault(fault.clone()).await;
        let first = user.start().await;
        let call = wait_for("the call to end", async || {
            user.calls().await.into_iter().next().filter(|call| call["state"] == "ended")
        })
        .await;
        stack.clear_faults().await;
        assert_eq!((last_words(&call), &call["endedBy"]), (sorry(&call), &json!("flow")), "{fault}");
        let second = challenge(user.client.call_again(&first).await);
        id_token(user.client.answer(&second, &user.code_of_call(2).await).await);
    }
}

#[tokio::test]
async fn an_older_call_says_nothing_once_a_later_one_was_heard() {
    let stack = stack();
    let user = User::new(&stack).await;
    let phone = Phone::of(&user).await;
    let first = user.start().await;
    phone.ring(1).await;
    let second = challenge(user.client.call_again(&first).await);
    let code = code_in(&phone.take(2).await).unwrap();
    let older = phone.take(1).await;
    assert_eq!(last_words(&older), sorry(&older));
    assert_eq!(outcomes(&stack, "speak").await, ["spoken", "older-call"]);
    let third = challenge(user.client.answer(&second, &another(&code)).await);
    id_token(user.client.answer(&third, &code).await);
}

fn sorry(call: &Value) -> &str {
    call["attributes"]["Sorry"].as_str().unwrap()
}
