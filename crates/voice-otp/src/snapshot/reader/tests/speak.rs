//! speak-code.

use super::*;

fn list() -> &'static str {
    "GET /instance/11111111-2222-3333-4444-555555555555/lambda-functions"
}

/// The stack with another output, parameter or ARN.
async fn changed(what: &str, with: &str) -> (StandIn, Aws) {
    let changed = stack().replace(what, with);
    assert_ne!(changed, stack());
    StandIn::start(move |asked| match asked.what.as_str() {
        "DescribeStacks" => (200, changed.clone()),
        "SimulatePrincipalPolicy" => (200, decisions(&asked.body)),
        _ => (200, right(asked).to_string()),
    })
    .await
}

#[tokio::test]
async fn all_pages_of_the_instances_functions_are_read() {
    let (stand_in, aws) = services(Others::new()).await;
    assert_eq!(read(&aws, &by_stack()).await.speak_listed, Some(Found::Here(true)));
    let asked: Vec<_> =
        stand_in.asked().into_iter().filter(|asked| asked.what == list()).map(|asked| asked.body).collect();
    let first = json!({ "maxResults": "25" });
    assert_eq!(asked, [first, json!({ "maxResults": "25", "nextToken": "more%2B1" })]);
    let others = Others::from([(list(), (200, json!({ "LambdaFunctions": [arn("other")] })))]);
    let (_, aws) = services(others).await;
    assert_eq!(read(&aws, &by_stack()).await.speak_listed, Some(Found::Here(false)));
}

#[tokio::test]
async fn a_reader_who_may_not_list_the_functions_says_so() {
    let denied = (403, json!({ "__type": "AccessDeniedException", "Message": "no" }));
    let (_, aws) = services(Others::from([(list(), denied)])).await;
    let findings = examine(&read(&aws, &by_stack()).await, &own_flow().unwrap());
    let [finding] = &findings.iter().filter(|finding| finding.verdict == Verdict::Unread).collect::<Vec<_>>()[..]
    else {
        panic!("{findings:?}")
    };
    assert_eq!(finding.subject, "speak-code association");
    assert_eq!(finding.fix.as_deref(), Some("allow connect:ListLambdaFunctions to whoever runs this"));
}

#[tokio::test]
async fn an_instance_elsewhere_is_not_asked_for_its_functions() {
    let here = instance();
    for elsewhere in [here.replace("us-east-1", "us-west-2"), here.replace(ACCOUNT, "999999999999")] {
        let (stand_in, aws) = services(Others::new()).await;
        let reader = Reader::new(&aws, &|_| ());
        assert_eq!(connect::is_listed(&reader, &elsewhere, &arn("speak")).await, None);
        assert_eq!(stand_in.operations(), [""; 0]);
    }
}

#[tokio::test]
async fn without_its_output_the_function_is_the_one_that_the_flow_gives_the_handle() {
    let (_, aws) = changed("SpeakCodeArn", "Other").await;
    let snapshot = read(&aws, &by_stack()).await;
    assert_eq!(snapshot.speak.here().map(|speak| speak.arn.clone()), Some(arn("speak")));
}

#[tokio::test]
async fn no_function_is_looked_for_where_the_code_is_an_attribute() {
    let mut environment = environment("create");
    environment["OTP_CODE_DELIVERY"] = json!("attribute");
    let create = json!({ "FunctionArn": arn("create"), "Environment": { "Variables": environment } });
    let of_create =
        "GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Acreate/configuration";
    let (stand_in, aws) = services(Others::from([(of_create, (200, create))])).await;
    let snapshot = read(&aws, &by_stack()).await;
    assert_eq!((&snapshot.speak, &snapshot.speak_listed), (&Found::Unnamed, &None));
    assert!(stand_in.operations().iter().all(|what| !what.contains("speak") && what != list()));
}
