//! DynamoDB deletes expired rows at any time within days, and operators may delete rows too. No decision depends on it.

use super::{CALL_ONLY, refused_until, stack_with_user};
use crate::stack::now;
use crate::table::{Row, Table, number};
use crate::user::{User, another, challenge, id_token};

#[tokio::test]
async fn a_row_that_could_be_deleted_counts_as_long_as_it_is_there() {
    let (stack, user) = stack_with_user(&[CALL_ONLY, "OTP_MAX_CALLS_ALL_DAY=1"]).await;
    let table = stack.table().await;
    let first = challenge(user.client.start().await);
    let code = user.code().await;
    overdue(&table).await;
    // The live challenge is joined and its code works, once.
    let second = challenge(user.client.start().await);
    id_token(user.client.answer(&second, &code).await);
    overdue(&table).await;
    challenge(user.client.answer(&first, &code).await);
    // The calls count.
    let called_at = table.row(&user.key()).await.calls()[0];
    refused_until(&user, "user-pause", called_at + 30).await;
    table.let_pass(30).await;
    let day = 24 * 60 * 60;
    refused_until(&user, "all-day", now() / day * day + day).await;
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn a_challenge_that_has_expired_is_not_joined_though_its_row_is_there() {
    let (stack, user) = stack_with_user(&[CALL_ONLY]).await;
    let table = stack.table().await;
    challenge(user.client.start().await);
    let before = table.row(&user.key()).await;
    table.let_pass(300).await;
    challenge(user.client.start().await);
    let after = table.row(&user.key()).await;
    assert_ne!(after.text("challengeId"), before.text("challengeId"));
    assert!(after.number("expiresAt") >= before.number("expiresAt"));
    assert_eq!((after.number("challengeCalls"), after.calls().len()), (1, 2));
}

#[tokio::test]
async fn without_its_row_a_code_is_wrong() {
    let (stack, user) = stack_with_user(&[CALL_ONLY]).await;
    let table = stack.table().await;
    let first = challenge(user.client.start().await);
    let code = user.code().await;
    table.delete(&user.key()).await;
    challenge(user.client.answer(&first, &code).await);
    assert!(!table.rows().await.contains_key(&user.key()), "an answer makes no row");
}

/// Otherwise a user who waits long enough would get as many guesses again.
#[tokio::test]
async fn wrong_codes_are_kept_without_end_except_an_unknown_users() {
    let (stack, user) = stack_with_user(&[CALL_ONLY]).await;
    let table = stack.table().await;
    let days = |row: &Row| (row.number("deleteAfter") - now() + 3_600) / (24 * 60 * 60);
    let first = challenge(user.client.start().await);
    let code = user.code().await;
    assert_eq!(days(&table.row(&user.key()).await), 2);
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    assert!(!table.row(&user.key()).await.has("deleteAfter"));
    // Another call keeps them.
    table.let_pass(30).await;
    challenge(user.client.start().await);
    assert!(!table.row(&user.key()).await.has("deleteAfter"));
    id_token(user.client.answer(&second, &code).await);
    // With its pass, which is good for 30 days. Another call keeps that.
    assert_eq!(days(&table.row(&user.key()).await), 32);
    table.let_pass_since_calls(30).await;
    challenge(user.client.start().await);
    assert_eq!(days(&table.row(&user.key()).await), 32);

    let unknown = User::unknown(&stack, "nobody").await;
    let first = challenge(unknown.client.start().await);
    challenge(unknown.client.answer(&first, "wrong").await);
    for (key, row) in table.rows().await.into_iter().filter(|(key, _)| *key != user.key()) {
        let counts_a_day = key.contains("#DAY#");
        let expected = if counts_a_day { 2..=3 } else { 2..=2 };
        assert!(expected.contains(&days(&row)), "{row:?}");
    }
}

/// Makes all rows wait to be deleted.
async fn overdue(table: &Table) {
    for row in table.rows().await.into_values() {
        table.put(row.with("deleteAfter", number(now() - 1))).await;
    }
}
