//! Counting users.

use super::*;
use crate::snapshot::{Obstacle, Users};

fn user(number: &str) -> Value {
    json!({
        "Username": "ann", "Enabled": true, "UserStatus": "CONFIRMED", "Attributes": [
            { "Name": "phone_number", "Value": number }, { "Name": "phone_number_verified", "Value": "true" },
        ],
    })
}

/// The services with three pages of users. The second page is throttled at first.
async fn with_users() -> (StandIn, Aws) {
    let mut throttles = 1;
    StandIn::start(move |asked| match asked.what.as_str() {
        "DescribeStacks" => (200, stack()),
        "SimulatePrincipalPolicy" => (200, decisions(&asked.body)),
        "ListUsers" if asked.body["Filter"].is_string() => {
            let user = |status: &str| json!({ "UserStatus": status });
            let users = [user("FORCE_CHANGE_PASSWORD"), user("FORCE_CHANGE_PASSWORD"), user("CONFIRMED")];
            (200, json!({ "Users": users }).to_string())
        }
        "ListUsers" => {
            assert_eq!(asked.body["Limit"], 60);
            let page = match asked.body["PaginationToken"].as_str() {
                None => json!({ "Users": vec![user(NUMBER); 60], "PaginationToken": "second" }),
                Some("second") if throttles > 0 => {
                    throttles -= 1;
                    return (
                        400,
                        json!({ "__type": "TooManyRequestsException", "message": "Rate exceeded" }).to_string(),
                    );
                }
                // Cognito may give an empty page in between.
                Some("second") => json!({ "Users": [], "PaginationToken": "third" }),
                Some(_) => json!({ "Users": [user(""), user("+4930123456")] }),
            };
            (200, page.to_string())
        }
        _ => (200, right(asked).to_string()),
    })
    .await
}

#[tokio::test]
async fn all_users_are_counted_a_page_at_a_time() {
    let (stand_in, aws) = with_users().await;
    let said = std::sync::Mutex::new(Vec::new());
    let progress = |what: &str| said.lock().unwrap().push(what.to_owned());
    let reader = Reader::new(&aws, &progress);
    let names = reader.names(&by_stack()).await.unwrap();
    let snapshot = reader.read(&names, true).await;
    let obstacles = [(Obstacle::NoNumber, 1), (Obstacle::CountryNotAllowed, 1)].into();
    assert_eq!(snapshot.users, Some(Found::Here(Users { all: 62, ready: 60, obstacles })));
    assert!(said.lock().unwrap().contains(&"the users (60 so far)".to_owned()), "{said:?}");
    // No number and no name is kept.
    let kept = serde_json::to_string(&snapshot.users).unwrap();
    assert!(!kept.contains("ann") && !kept.contains("206555"), "{kept}");
    // Four requests for pages, since one was throttled, and one for the users with a temporary password.
    assert_eq!(stand_in.operations().iter().filter(|what| *what == "ListUsers").count(), 5);
}

#[tokio::test]
async fn without_being_asked_those_with_a_temporary_password_alone_are_counted() {
    let (stand_in, aws) = with_users().await;
    let snapshot = read(&aws, &by_stack()).await;
    assert_eq!((snapshot.temporary_passwords, snapshot.users), (Found::Here(2), None));
    let asked = stand_in.asked().into_iter().find(|asked| asked.what == "ListUsers").unwrap();
    assert_eq!(asked.body["Filter"], "cognito:user_status = \"FORCE_CHANGE_PASSWORD\"");
}

#[tokio::test]
async fn users_that_may_not_be_listed_are_said() {
    let denied = (400, json!({ "__type": "AccessDeniedException", "Message": "no" }));
    let (_, aws) = services([("ListUsers", denied)].into()).await;
    let findings = examine(&read(&aws, &by_stack()).await, &own_flow().unwrap());
    assert_eq!(exit_code(&findings), 2);
    let unread = findings.iter().find(|finding| finding.verdict == Verdict::Unread).unwrap();
    assert_eq!(unread.fix.as_deref(), Some("allow cognito-idp:ListUsers to whoever runs this"));
}
