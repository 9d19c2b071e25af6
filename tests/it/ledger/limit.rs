//! Invariant 7: the limits on calls to a user and to a number.

use serde_json::json;

use super::{CALL_ONLY, refused_until, stack_with_user};
use crate::stack::Stack;
use crate::user::{User, challenge, id_token};

/// Each limit, with the calls that it allows, the seconds of its window, and a pause between calls with which no other
/// limit refuses first.
const LIMITS: [(&str, usize, u64, u64); 4] =
    [("pause", 1, 30, 0), ("quarter-hour", 3, 900, 100), ("hour", 5, 3_600, 400), ("day", 10, 86_400, 1_000)];

#[tokio::test]
async fn invariant_7_a_user_is_called_as_often_as_each_limit_allows() {
    let stack = Stack::start(&[CALL_ONLY]).into();
    for (limit, calls, seconds, between) in LIMITS {
        let user = User::new(&stack).await;
        let first = call(&user, calls, between).await;
        let wait = refused_until(&user, &format!("user-{limit}"), first + seconds).await;
        stack.table().await.let_pass(wait).await;
        challenge(user.client.start().await);
        assert_eq!(user.calls().await.len(), calls + 1, "{limit}");
    }
}

#[tokio::test]
async fn invariant_7_users_who_share_a_number_share_its_limits() {
    let stack = Stack::start(&[CALL_ONLY]).into();
    for (limit, calls, seconds, between) in LIMITS {
        let user = User::new(&stack).await;
        let other = User::with(&stack, json!({ "phoneNumber": user.number() })).await;
        let first = call(&user, calls, between).await;
        let wait = refused_until(&other, &format!("number-{limit}"), first + seconds).await;
        stack.table().await.let_pass(wait).await;
        challenge(other.client.start().await);
        assert_eq!(other.calls().await.len(), calls + 1, "{limit}");
    }
}

#[tokio::test]
async fn zero_turns_a_limit_off() {
    let off = [
        CALL_ONLY,
        "OTP_SECONDS_BETWEEN_CALLS=0",
        "OTP_MAX_CALLS_QUARTER_HOUR=0",
        "OTP_MAX_CALLS_HOUR=0",
        "OTP_MAX_CALLS_DAY=0",
        "OTP_MAX_CALLS_COUNTRY_HOUR=0",
        "OTP_MAX_CALLS_ALL_HOUR=0",
        "OTP_MAX_CALLS_ALL_DAY=0",
    ];
    let (stack, user) = stack_with_user(&off).await;
    call(&user, 12, 15).await;
    assert_eq!(user.calls().await.len(), 12);
    let rows = stack.table().await.rows().await;
    assert!(!rows.keys().any(|key| key.starts_with("CALLS#")), "{rows:?}");
}

/// Places this many calls to the user, and uses the last code, so that no sign-in can join. Returns the time of the
/// first call.
async fn call(user: &User, calls: usize, seconds_between: u64) -> u64 {
    let table = user.stack.table().await;
    for _ in 1..calls {
        challenge(user.client.start().await);
        table.let_pass(seconds_between).await;
    }
    let challenge = challenge(user.client.start().await);
    assert_eq!(user.calls().await.len(), calls);
    id_token(user.client.answer(&challenge, &user.code_of_call(calls).await).await);
    table.row(&user.key()).await.calls()[0]
}
