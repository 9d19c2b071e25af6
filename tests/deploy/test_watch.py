"""What is seen of a sign-in: alarms, a dashboard and the audit, which the functions' logs are forwarded to."""

import base64
import gzip
import json
import time

import metrics
import pytest
from account import PASSWORD
from botocore.exceptions import ClientError
from sign_in import Device, SignIn, wrong

FUNCTIONS = ("DefineChallenge", "CreateChallenge", "SpeakCode", "VerifyChallenge", "GateTokens")
# All that the audit may hold.
FIELDS = {
    *("timestamp", "requestId", "trigger", "outcome", "limit", "destination", "userPool", "sub", "client", "source", "device"),
    "logGroup",
}
# How long a line may be on its way before a test gives up on it, in seconds.
PATIENCE = 60


@pytest.fixture(scope="module")
def stack(account):
    return account.deploy("voice-code-watched", AlarmEmail="ops@example.com", XRay="on")


@pytest.fixture(scope="module")
def logical(stack):
    """Physical id -> logical id."""
    return {physical: name for name, physical in stack.resources().items()}


def lines(stack, group):
    """The JSON lines of a log group."""
    pages = stack.account.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    messages = [event["message"] for page in pages for event in page["events"]]
    return [json.loads(message) for message in messages if message.startswith("{")]


def audit(stack, awaited):
    """The audit, once it has the lines of these requests."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = lines(stack, stack.resources()["AuditLog"])
        if awaited <= {line["requestId"] for line in found}:
            return found
        assert time.monotonic() < deadline, "the audit lacks lines"
        time.sleep(0.1)


def test_alarms_watch_metrics_of_this_stack_and_tell_its_topic(account, stack, logical):
    resources = stack.resources()
    names = [name for name in resources.values() if logical[name].endswith("Alarm")]
    alarms = account.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == set(names) and len(names) == 15
    for alarm in alarms:
        assert alarm["AlarmActions"] == [resources["AlarmTopic"]]
        watched = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
        for metric in watched or [alarm]:
            dimensions = {each["Name"]: logical.get(each["Value"], each["Value"]) for each in metric["Dimensions"]}
            metrics.check(metric["Namespace"], metric["MetricName"], dimensions, stack.name)


def test_the_dashboard_shows_this_stack(account, stack):
    body = account.client("cloudwatch").get_dashboard(DashboardName=stack.outputs["Dashboard"])["DashboardBody"]
    widgets = json.loads(body)["widgets"]
    shown = [metric for widget in widgets for metric in widget["properties"].get("metrics", [])]
    ours = [metric for metric in shown if metric[0] == metrics.NAMESPACE]
    for namespace, name, dimension, value, *_ in ours:
        metrics.check(namespace, name, {dimension: value}, stack.name)
    searches = [metric[0]["expression"] for metric in shown if isinstance(metric[0], dict)]
    assert ours and sum("SEARCH" in each for each in searches) == 6
    assert all(f'StackName="{stack.name}"' in each for each in searches if "SEARCH" in each)


def test_the_topic_mails_and_takes_alarms_alone(account, stack):
    topic = stack.resources()["AlarmTopic"]
    sns = account.client("sns")
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert [each["Principal"] for each in policy["Statement"]] == [{"Service": "cloudwatch.amazonaws.com"}]
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")


def test_a_sign_in_is_in_the_audit(account, stack):
    number = stack.new_user("ann")
    sign_in, device = SignIn(stack, "ann"), Device()
    code = stack.code(number)
    assert sign_in.answer(wrong(code)).answer(code, device).tokens

    resources = stack.resources()
    logged = {
        line["requestId"]: (line, group)
        for group in (resources[f"{name}Logs"] for name in FUNCTIONS)
        for line in lines(stack, group)
        if line["message"] in ("answered", "fault")
    }
    # Twice define for the password, and once for each answer; create before each; speak once; verify after each answer; the gate.
    assert len(logged) == 10
    records = audit(stack, set(logged))
    assert {record["trigger"] for record in records} == {"create", "define", "gate", "speak", "verify"}
    for record in records:
        line, group = logged[record["requestId"]]
        assert set(record) <= FIELDS
        assert record.pop("logGroup") == group
        assert record == {key: value for key, value in line.items() if key in FIELDS}
    assert [record["device"] for record in records if "device" in record] == [device.id]
    assert number not in json.dumps(records)


def test_what_the_functions_count_is_what_is_watched(account, stack):
    number = stack.new_user("bob")
    sign_in, device = SignIn(stack, "bob"), Device()
    code = stack.code(number)
    assert sign_in.answer(code, device).tokens
    assert SignIn(stack, "bob", device=device).sign(device).tokens
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        again = SignIn(stack, "bob")
        code = stack.code(number)
        again.answer(wrong(code)).answer(wrong(code)).answer(wrong(code))
    with pytest.raises(ClientError, match="SIGN_IN_NOT_CALLED"):
        account.client("cognito-idp").initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=stack.new_client("USER_PASSWORD_AUTH"),
            AuthParameters={"USERNAME": "bob", "PASSWORD": PASSWORD},
        )
    with pytest.raises(AssertionError, match="none"):
        stack.code(number)
    assert stack.speak_code(number, wish="deny") == {"Result": "denied"}
    account.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=stack.outputs["UserPoolId"],
        Username="bob",
        UserAttributes=[{"Name": "phone_number_verified", "Value": "false"}],
    )
    with pytest.raises(ClientError, match="PHONE_UNVERIFIED"):
        SignIn(stack, "bob")

    counted = set()
    groups = (stack.resources()[f"{name}Logs"] for name in FUNCTIONS)
    for line in (line for group in groups for line in lines(stack, group) if "_aws" in line):
        for directive in line["_aws"]["CloudWatchMetrics"]:
            (dimensions,), (metric,) = directive["Dimensions"], directive["Metrics"]
            values = {name: line[name] for name in dimensions}
            metrics.check(directive["Namespace"], metric["Name"], values, stack.name)
            counted.add(metric["Name"])
    # Failures too, in tests/it. Those of Cognito's own codes are counted there and in test_cognito_codes.py.
    assert counted == set(metrics.OURS) - {"CodesDenied", "CodesNotSent", "Failures"}


def test_an_event_of_cloudwatch_logs_is_in_the_audit_and_another_is_an_error(account, stack):
    function = stack.resources()["AuditForwarder"]

    def invoke(event):
        return account.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))

    record = {"timestamp": "2026-11-25T17:24:25.120934Z", "message": "fault", "requestId": "0-8-15", "_aws": {}}
    record |= {"trigger": "create", "outcome": "CALL_LIMIT", "limit": "all-day", "destination": "+1********07"}
    batch = {
        **{"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "group", "logStream": "stream"},
        **{"subscriptionFilters": ["audit"], "logEvents": [{"id": "1", "timestamp": 1, "message": json.dumps(record)}]},
    }
    data = base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()
    assert "FunctionError" not in invoke({"awslogs": {"data": data}})
    (found,) = [line for line in audit(stack, {"0-8-15"}) if line["requestId"] == "0-8-15"]
    expected = {key: value for key, value in record.items() if key in FIELDS} | {"logGroup": "group"}
    assert found == expected

    refused = invoke({"awslogs": {"data": data[:40]}})
    assert refused["FunctionError"] and json.load(refused["Payload"])["errorType"] == "DataNotGzip"


def test_traces_are_taken(account, stack):
    lambda_ = account.client("lambda")
    for name in FUNCTIONS:
        configuration = lambda_.get_function_configuration(FunctionName=stack.resources()[name])
        assert configuration["TracingConfig"] == {"Mode": "Active"}


def test_what_is_not_forwarded_is_tried_twice_more(account, stack):
    function = stack.resources()["AuditForwarder"]
    found = account.client("lambda").get_function_event_invoke_config(FunctionName=function, Qualifier="$LATEST")
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (2, 21600)
