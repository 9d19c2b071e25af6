//! While a code is live, a limit on calls refuses the call and not the sign-in.

use client::cognito::Challenge;

use super::{CALL_ONLY, stack_with_user};
use crate::stack::now;
use crate::user::{User, another, challenge, id_token, parameter, refusal};

#[tokio::test]
async fn a_sign_in_whose_call_a_limit_refuses_goes_on_with_the_code_that_the_phone_has_said() {
    let (stack, user) = stack_with_user(&[]).await;
    let table = stack.table().await;
    for seconds in [31, 31, 32] {
        user.start().await;
        table.let_pass_since_calls(seconds).await;
    }
    let code = user.code_of_call(3).await;
    let first_call = table.row(&user.key()).await.calls()[0];
    let before = now();
    let fourth = user.start().await;
    refused(&user, &fourth, "user-quarter-hour").await;
    let seconds: u64 = parameter(&fourth, "callAgainInSeconds").parse().unwrap();
    assert!((first_call + 900 - now()..=first_call + 900 - before).contains(&seconds), "{seconds}");
    for (name, value) in [("attemptsLeft", "3"), ("callsLeft", "2")] {
        assert_eq!(parameter(&fourth, name), value, "{name}");
    }
    assert_eq!(user.calls().await.len(), 3);
    id_token(user.client.answer(&fourth, &code).await);
}

/// The limits on the user and the number, and those on all calls.
#[tokio::test]
async fn whichever_limit_on_calls_it_is() {
    for (setting, limit) in [
        ("OTP_MAX_CALLS_QUARTER_HOUR=1", "user-quarter-hour"),
        ("OTP_MAX_CALLS_COUNTRY_HOUR=1", "country-hour"),
        ("OTP_MAX_CALLS_ALL_DAY=1", "all-day"),
    ] {
        let (stack, user) = stack_with_user(&[CALL_ONLY, setting]).await;
        challenge(user.client.start().await);
        let code = user.code().await;
        stack.table().await.let_pass_since_calls(31).await;
        let rows = stack.table().await.rows().await;
        let second = challenge(user.client.start().await);
        refused(&user, &second, limit).await;
        assert_ne!(parameter(&second, "callAgainInSeconds"), "0", "{limit}");
        assert_eq!(stack.table().await.rows().await, rows, "{limit}");
        id_token(user.client.answer(&second, &code).await);
    }
}

/// This gives no additional guesses: the attempts belong to the code, and the next code needs a call.
#[tokio::test]
async fn invariant_2_who_goes_on_with_a_code_shares_its_attempts() {
    let (stack, user) = stack_with_user(&[CALL_ONLY, "OTP_MAX_CALLS_QUARTER_HOUR=1"]).await;
    challenge(user.client.start().await);
    let wrong = another(&user.code().await);
    stack.table().await.let_pass_since_calls(31).await;
    for attempts_left in ["3", "2", "1"] {
        let joined = challenge(user.client.start().await);
        refused(&user, &joined, "user-quarter-hour").await;
        assert_eq!(parameter(&joined, "attemptsLeft"), attempts_left);
        let _ = user.client.answer(&joined, &wrong).await;
    }
    assert!(refusal(user.client.start().await).contains("[CALL_LIMIT "));
    let row = stack.table().await.row(&user.key()).await;
    assert_eq!((row.number("attemptsLeft"), row.number("failures")), (0, 3));
    assert_eq!(user.calls().await.len(), 1);
}

/// A refused call leaves the current code, and nothing else: the client must not ask for a code that is not valid.
#[tokio::test]
async fn a_call_again_that_a_limit_refuses_ends_a_sign_in_whose_code_another_one_has_used_up() {
    let settings = [CALL_ONLY, "OTP_MAX_CALLS_QUARTER_HOUR=2", "OTP_SECONDS_BETWEEN_CALLS=0"];
    let (stack, user) = stack_with_user(&settings).await;
    let first = challenge(user.client.start().await);
    let wrong = another(&user.code().await);
    stack.table().await.let_pass_since_calls(16).await;
    for _ in 0..3 {
        let other = challenge(user.client.start().await);
        let _ = user.client.answer(&other, &wrong).await;
    }
    assert_eq!(user.calls().await.len(), 2);
    assert!(refusal(user.client.call_again(&first).await).contains("[CALL_LIMIT "));
    assert_eq!(user.calls().await.len(), 2);
}

/// The user has a code and gets no call. The client's parameters say so, and the log names the limit.
async fn refused(user: &User, challenge: &Challenge, limit: &str) {
    assert_eq!(parameter(challenge, "callRefused"), "CALL_LIMIT", "{limit}");
    let lines = user.stack.log_of("answered").await;
    let line = lines.into_iter().rfind(|line| line["trigger"] == "create").unwrap();
    assert_eq!((&line["outcome"], &line["limit"]), (&"call-refused".into(), &limit.into()), "{line}");
    assert_eq!((&line["CallsRefused"], &line["Reason"]), (&1.into(), &limit.into()), "{line}");
}
