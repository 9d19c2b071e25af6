//! Toll fraud: whom sign-ups have called, and how often. Strangers' numbers can be given there.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::sent;
use crate::cognito::Cognito;
use crate::ledger::at_once;
use crate::stack::{Stack, now, wait_for};
use crate::user::heard;

const SIGN_UPS: usize = 200;
const HOUR: u64 = 60 * 60;
/// In the line about a message that no try has handled.
const LOST: &str = "this event is lost";

#[tokio::test]
async fn invariant_7_parallel_sign_ups_call_one_number_twice_at_most() {
    let pool = start(&[]).await;
    let number = "+12065550101";
    sign_up_at_once(&pool, |_| number.to_owned()).await;
    let calls = pool.stack.calls().await.len();
    assert!(calls <= 2 && pool.stack.calls_to(number).await.len() == calls, "{calls}");
    assert!(calls == 2 || has_lost_messages(&pool).await, "{calls}");
    // What else could have refused the others?
    let rows = pool.stack.table().await.rows().await;
    let (_, row) = rows.iter().find(|(key, _)| key.starts_with("NUMBER#")).unwrap();
    assert_eq!(row.calls().len(), 2, "{row:?}");
    // Nor later, with one request after the other.
    let handled = sent(&pool.stack, 0).await.len();
    for name in ["stranger-0", "stranger-1"] {
        pool.send_again(name).await.unwrap();
    }
    sent(&pool.stack, handled + 2).await;
    assert!(pool.stack.calls().await.len() <= 2);
}

/// The other half is for those who have an account.
#[tokio::test]
async fn invariant_7_parallel_sign_ups_call_no_more_numbers_than_half_of_the_budget_allows() {
    for limit in ["OTP_MAX_CALLS_COUNTRY_HOUR=14", "OTP_MAX_CALLS_ALL_HOUR=14"] {
        let pool = start(&[limit]).await;
        let begun = now() / HOUR;
        sign_up_at_once(&pool, fictional_number).await;
        let hours = usize::try_from(now() / HOUR - begun + 1).unwrap();
        let calls = pool.stack.calls().await.len();
        assert!(calls <= 7 * hours, "{limit}: {calls}");
        assert!(calls >= 7 || has_lost_messages(&pool).await, "{limit}: {calls}");
        let user = json!({ "phoneNumber": "+14155550101", "attributes": { "email": null } });
        pool.forget(&pool.stack.add_user(user).await.user.username).await.unwrap();
        heard(&pool.stack, "+14155550101", 1).await;
    }
}

/// To Cognito it is no error either: it would only be delivered again.
#[tokio::test]
async fn invariant_7_a_number_of_another_country_or_type_is_not_called() {
    let pool = start(&[]).await;
    for (name, number) in [("abroad", "+442071838750"), ("toll-free", "+18002345678")] {
        pool.sign_up(name, number, "en-US").await.unwrap();
    }
    let lines = sent(&pool.stack, 2).await;
    for line in &lines {
        assert_eq!((&line["outcome"], &line["level"]), (&"code-refused".into(), &"WARN".into()), "{line}");
    }
    let causes: BTreeSet<_> = lines.iter().map(|line| line["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, BTreeSet::from(["PHONE_COUNTRY_NOT_ALLOWED", "PHONE_TYPE_NOT_ALLOWED"]));
    assert!(pool.stack.calls().await.is_empty() && pool.stack.table().await.rows().await.is_empty());
}

async fn start(settings: &[&str]) -> Arc<Cognito> {
    Arc::new(Cognito::of(Arc::new(Stack::start(settings))).await)
}

/// Strangers sign up at the same time. Returns once nothing more comes of it.
async fn sign_up_at_once(pool: &Arc<Cognito>, number: impl Fn(usize) -> String) {
    at_once((0..SIGN_UPS).map(|index| {
        let (pool, number) = (pool.clone(), number(index));
        async move { pool.sign_up(&format!("stranger-{index}"), &number, "en-US").await.unwrap() }
    }))
    .await;
    wait_for("all messages to be handled or lost", async || {
        let log = pool.stack.log().await;
        let lost = log.iter().filter(|line| line.contains(LOST)).count();
        let handled =
            log.iter().filter(|line| ["\"called\"", "\"code-refused\""].iter().any(|word| line.contains(word)));
        (handled.count() + lost >= SIGN_UPS).then_some(())
    })
    .await;
}

/// Whether both tries of a message have failed: on a busy machine they may be too slow. Then there may be fewer calls. After
/// one such try, the other has to place the call that was counted.
async fn has_lost_messages(pool: &Cognito) -> bool {
    pool.stack.log().await.iter().any(|line| line.contains(LOST))
}

/// A number of the United States' range for fiction.
fn fictional_number(index: usize) -> String {
    let area = ["206", "212"][index / 100];
    format!("+1{area}55501{:02}", index % 100)
}
