//! What an update makes of an item.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;

use super::{Bench, get, item, n, put, s, update};

/// `ADD` counts from 0, for an absent attribute and for an absent item.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html>
#[tokio::test]
async fn add_begins_at_nothing() {
    let bench = Bench::start().await;
    let client = bench.client();
    let add = async |key: &str, by: i32| {
        let request = update(&client, key, "SET deleteAfter = :d ADD calls :by");
        let request = request.expression_attribute_values(":by", n(by)).expression_attribute_values(":d", n(7));
        request.send().await.unwrap();
        get(&client, key).await.unwrap()
    };
    assert_eq!(add("absent", 1).await, item("absent", [("calls", n(1)), ("deleteAfter", n(7))]));
    assert_eq!(add("absent", 2).await, item("absent", [("calls", n(3)), ("deleteAfter", n(7))]));
    assert_eq!(add("absent", -1).await, item("absent", [("calls", n(2)), ("deleteAfter", n(7))]));
    put(&client, item("there", [("other", s("x"))])).await;
    assert_eq!(add("there", 1).await, item("there", [("other", s("x")), ("calls", n(1)), ("deleteAfter", n(7))]));
    put(&client, item("text", [("calls", s("1"))])).await;
    let request = update(&client, "text", "ADD calls :by").expression_attribute_values(":by", n(1));
    assert_eq!(request.send().await.unwrap_err().code(), Some("ValidationException"));
}

/// `SET` computes with the values that the item had before, and all of them must exist. `REMOVE` of an absent
/// attribute does nothing:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html>
#[tokio::test]
async fn set_computes_with_what_was_before() {
    let bench = Bench::start().await;
    let client = bench.client();
    put(&client, item("a", [("remaining", n(3)), ("failures", n(0)), ("failedAt", n(1))])).await;
    let expression = "SET remaining = remaining - :one, failures = failures + :one, earlier = remaining \
                      ADD revision :one REMOVE failedAt, nothing";
    update(&client, "a", expression).expression_attribute_values(":one", n(1)).send().await.unwrap();
    let expected = item("a", [("remaining", n(2)), ("failures", n(1)), ("earlier", n(3)), ("revision", n(1))]);
    assert_eq!(get(&client, "a").await, Some(expected.clone()));

    for expression in ["SET remaining = nothing + :one", "SET remaining = remaining - :one, x = nothing - :one"] {
        let request = update(&client, "a", expression).expression_attribute_values(":one", n(1));
        assert_eq!(request.send().await.unwrap_err().code(), Some("ValidationException"), "{expression}");
        assert_eq!(get(&client, "a").await, Some(expected.clone()), "{expression}");
    }
    let request = update(&client, "b", "SET x = if_not_exists(x, :zero) + :one");
    let request = request.expression_attribute_values(":one", n(1)).expression_attribute_values(":zero", n(0));
    request.send().await.unwrap();
    assert_eq!(get(&client, "b").await, Some(item("b", [("x", n(1))])));
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html>
#[tokio::test]
async fn lists_keep_their_order() {
    let bench = Bench::start().await;
    let client = bench.client();
    let list = |numbers: &[u64]| AttributeValue::L(numbers.iter().copied().map(n).collect());
    put(&client, item("a", [("calls", list(&[3, 1, 2])), ("emptyList", list(&[]))])).await;
    let expected = item("a", [("calls", list(&[3, 1, 2])), ("emptyList", list(&[]))]);
    assert_eq!(get(&client, "a").await, Some(expected));
    let request = update(&client, "a", "SET calls = list_append(calls, :new), emptyList = :new");
    request.expression_attribute_values(":new", list(&[9])).send().await.unwrap();
    let expected = item("a", [("calls", list(&[3, 1, 2, 9])), ("emptyList", list(&[9]))]);
    assert_eq!(get(&client, "a").await, Some(expected));
}

/// Numbers have up to 38 digits, and lose zeros at either end.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
#[tokio::test]
async fn numbers_come_back_in_their_normal_form() {
    let bench = Bench::start().await;
    let client = bench.client();
    for (sent, kept) in [
        ("007", "7"),
        ("1.50", "1.5"),
        ("-0", "0"),
        ("100", "100"),
        ("1e3", "1000"),
        ("18446744073709551615", "18446744073709551615"),
        ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
    ] {
        put(&client, item("a", [("x", n(sent))])).await;
        assert_eq!(get(&client, "a").await.unwrap()["x"], n(kept), "{sent}");
    }
    for bad in ["", "x", "1,5", "NaN", "1e126", "999999999999999999999999999999999999999"] {
        let request = client.put_item().table_name("ledger").set_item(Some(item("b", [("x", n(bad))])));
        assert_eq!(request.send().await.unwrap_err().code(), Some("ValidationException"), "{bad}");
    }
    put(&client, item("big", [("x", n(u64::MAX))])).await;
    let request = update(&client, "big", "SET x = x + :one").expression_attribute_values(":one", n(1));
    request.send().await.unwrap();
    assert_eq!(get(&client, "big").await.unwrap()["x"], n("18446744073709551616"), "as exact as that");
}

/// The key must be a string that isn't empty, and all of it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html>
#[tokio::test]
async fn keys_are_as_the_template_says() {
    let bench = Bench::start().await;
    let client = bench.client();
    for key in [n(1), s("")] {
        let request = client.put_item().table_name("ledger").item("pk", key.clone());
        assert_eq!(request.send().await.unwrap_err().code(), Some("ValidationException"), "{key:?}");
    }
    let request = client.get_item().table_name("ledger").key("id", s("a"));
    assert_eq!(request.send().await.unwrap_err().code(), Some("ValidationException"));
    let other = client.get_item().table_name("other").key("pk", s("a")).send().await.unwrap_err();
    assert_eq!(other.code(), Some("ResourceNotFoundException"));

    let described = client.describe_table().table_name("ledger").send().await.unwrap().table.unwrap();
    let keys: Vec<_> =
        described.key_schema().iter().map(|key| (key.attribute_name(), key.key_type().as_str())).collect();
    assert_eq!(keys, [("pk", "HASH")]);
    let described = client.describe_time_to_live().table_name("ledger").send().await.unwrap();
    let described = described.time_to_live_description.unwrap();
    assert_eq!(described.attribute_name(), Some("deleteAfter"));
    assert_eq!(client.list_tables().send().await.unwrap().table_names(), ["ledger"]);
}

/// Not even a row that expired long ago: at AWS it may stay for days.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>
#[tokio::test]
async fn time_to_live_deletes_nothing() {
    let bench = Bench::start().await;
    let client = bench.client();
    put(&client, item("old", [("deleteAfter", n(1))])).await;
    assert!(get(&client, "old").await.is_some());
    assert_eq!(client.scan().table_name("ledger").send().await.unwrap().count(), 1);
}
