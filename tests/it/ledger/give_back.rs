//! Calls that Connect does not place.

use serde_json::json;

use super::{CALL_ONLY, for_client, refused_until, stack_with_user};
use crate::stack::Stack;
use crate::table::{Row, Rows, Table};
use crate::user::{User, challenge, refusal};

/// Errors with which Connect refuses a call.
const NOT_TAKEN: [&str; 10] = [
    "AccessDeniedException",
    "DestinationNotAllowedException",
    "ExpiredTokenException",
    "InvalidParameterException",
    "InvalidRequestException",
    "LimitExceededException",
    "OutboundContactNotPermittedException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// These tests are not about the pause.
const AT_ONCE: &str = "OTP_SECONDS_BETWEEN_CALLS=0";

const UNREACHABLE: &str = "The call may not have been placed, try again in a minute [CALL_UNREACHABLE]";

#[tokio::test]
async fn a_call_that_connect_has_not_taken_takes_nothing() {
    let (stack, user) = stack_with_user(&[CALL_ONLY, AT_ONCE, "OTP_MAX_CALLS_QUARTER_HOUR=2"]).await;
    let table = stack.table().await;
    challenge(user.client.start().await);
    // Who hears the code changes the row.
    user.code().await;
    table.let_pass(30).await;
    let before = counted(&table).await;
    for error in NOT_TAKEN {
        fails(&user, error).await;
        assert_eq!(counted(&table).await, before, "{error}");
    }
    // As many calls are left as before, and the next is possible at once.
    challenge(user.client.start().await);
    assert_eq!(user.calls().await.len(), 2);
}

#[tokio::test]
async fn a_first_call_that_connect_has_not_taken_leaves_nothing_counted() {
    let limits = ["OTP_MAX_CALLS_DAY=1", "OTP_MAX_CALLS_ALL_DAY=1"];
    let (stack, user) = stack_with_user(&[&[CALL_ONLY, AT_ONCE][..], &limits].concat()).await;
    let table = stack.table().await;
    for error in NOT_TAKEN {
        fails(&user, error).await;
        for (key, row) in table.rows().await {
            let nothing = if key.starts_with("CALLS#") { row.number("calls") == 0 } else { row.calls().is_empty() };
            assert!(nothing, "{error}: {row:?}");
        }
    }
    challenge(user.client.start().await);
    assert_eq!(user.calls().await.len(), 1);
}

/// Otherwise anyone with one password could send requests to Connect as fast as Cognito allows.
#[tokio::test]
async fn sign_ins_whose_number_connect_refuses_reach_it_once_in_a_pause() {
    let (stack, user) = stack_with_user(&[CALL_ONLY, "OTP_SECONDS_BETWEEN_CALLS=600"]).await;
    let table = stack.table().await;
    let other = User::with(&stack, json!({ "phoneNumber": user.number() })).await;
    // Only one refusal: a second request would be accepted, and the phone would ring.
    stack.inject_fault(json!({ "next": 1, "error": "DestinationNotAllowedException" })).await;
    let refusal = refusal(user.client.start().await);
    assert!(refusal.contains("[CALL_REFUSED]"), "{refusal}");
    let until = table.row(&user.key()).await.number("callRefusedAt") + 600;
    for _ in 0..38 {
        refused_until(&user, "user-pause", until).await;
    }
    refused_until(&other, "number-pause", until).await;
    assert!(user.calls().await.is_empty());
    table.let_pass(600).await;
    challenge(other.client.start().await);
    assert_eq!(user.calls().await.len(), 1);
}

/// The phone may ring nevertheless, so the call counts, and no second one is placed.
#[tokio::test]
async fn a_call_that_connect_may_have_taken_stays_counted() {
    let stack = Stack::start(&[CALL_ONLY]).into();
    for (error, afterwards) in [
        ("InternalServiceException", false),
        ("ServiceUnavailableException", false),
        ("drop", false),
        ("timeout", false),
        ("InternalServiceException", true),
        ("drop", true),
        ("timeout", true),
    ] {
        let user = User::new(&stack).await;
        let placed = usize::from(afterwards);
        stack.inject_fault(json!({ "next": 9, "error": error, "afterwards": afterwards })).await;
        assert_eq!(refusal(user.client.start().await), for_client(UNREACHABLE), "{error}");
        stack.clear_faults().await;
        let table = stack.table().await;
        let row = table.row(&user.key()).await;
        assert_eq!((row.calls().len(), row.number("challengeCalls")), (1, 1), "{error}");
        assert_eq!(user.calls().await.len(), placed, "{error}");

        // Within the pause, another sign-in joins: if the phone rings, that is its call.
        challenge(user.client.start().await);
        assert_eq!(user.calls().await.len(), placed, "{error}");
        table.let_pass(30).await;
        challenge(user.client.start().await);
        assert_eq!(user.calls().await.len(), placed + 1, "{error}");
    }
}

/// A sign-in that ends with an error of Connect that is not a limit.
async fn fails(user: &User, error: &str) {
    let stack = &user.stack;
    stack.inject_fault(json!({ "next": 9, "error": error })).await;
    let refusal = refusal(user.client.start().await);
    stack.clear_faults().await;
    assert!(refusal.contains("[CALL_") && !refusal.contains("CALL_LIMIT"), "{error}: {refusal}");
}

/// All rows, without the attributes that every write changes.
async fn counted(table: &Table) -> Rows {
    let rows = table.rows().await.into_iter();
    // A call's number is never used again, so the counter keeps increasing. A refused call counts only for the pause.
    let uncounted = ["revision", "deleteAfter", "challengeCalls", "challengeCallsRefused", "callRefusedAt"];
    rows.map(|(key, row)| (key, uncounted.into_iter().fold(row, Row::without))).collect()
}
