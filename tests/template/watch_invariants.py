"""What is seen of a stack, and who is told: alarms, dashboard, logs, audit, traces."""

import json
import re

import metrics
from stack import PSEUDO
from stack_invariants import FUNCTIONS, functions_of, names_of

STACK = PSEUDO["AWS::StackName"]
# Each has a section in docs/operate/runbook.md.
ALARMS = {
    "AuditAlarm",
    "CallBudgetAlarm",
    "CallBusyAlarm",
    "CallRefusedAlarm",
    "CodesNotSentAlarm",
    "FunctionErrorsAlarm",
    "FunctionThrottlesAlarm",
    "LogsAlarm",
    "MisconfiguredAlarm",
    "NoSignInsAlarm",
    "OtherLogsAlarm",
    "SignInDeniedAlarm",
    "SpendAlarm",
    "TokensRefusedAlarm",
    "UnreachableAlarm",
    "UnverifiedCallsAlarm",
}


def alarms_say_where_to_read_on(stack):
    alarms = alarms_of(stack)
    assert set(alarms) == alarms_in(stack)
    for name, alarm in alarms.items():
        assert alarm["AlarmDescription"].endswith(f' See "{name}" in docs/operate/runbook.md.')
        # CloudWatch's limit.
        assert len(alarm["AlarmDescription"]) <= 1024


def alarms_are_told_to_whom_it_was_asked(stack):
    told = [{"Ref": "AlarmTopic"}] if stack.parameters["AlarmEmail"] else []
    told = [stack.parameters["AlarmTopicArn"]] if stack.parameters["AlarmTopicArn"] else told
    for alarm in alarms_of(stack).values():
        assert alarm["AlarmActions"] == told
        assert alarm.get("ActionsEnabled", True) is True


def alarms_watch_metrics_that_there_are(stack):
    watched = [metric for alarm in alarms_of(stack).values() for metric in statistics(alarm)]
    assert watched
    for metric in watched:
        metrics.check(metric["Namespace"], metric["MetricName"], named(metric["Dimensions"]), STACK)


def alarms_keep_to_cloudwatchs_rules(stack):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    for name, alarm in alarms_of(stack).items():
        # A metric without counts is missing. That must not raise an alarm.
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert ("Metrics" in alarm) is not ("MetricName" in alarm), name
        periods = {metric["Period"] for metric in statistics(alarm)}
        assert len(periods) == 1 and periods <= {300, 900, 3600, 86400}, name
        assert periods.pop() * alarm["EvaluationPeriods"] <= 86400, name
        if "Metrics" not in alarm:
            continue
        assert [each["Id"] for each in alarm["Metrics"] if each.get("ReturnData", True)] == [alarm["Metrics"][0]["Id"]]
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
        assert len(statistics(alarm)) <= 10 and len(alarm["Metrics"]) - len(statistics(alarm)) <= 10, name
        expressions = {each["Id"]: each["Expression"] for each in alarm["Metrics"] if "Expression" in each}
        assert alarm["Metrics"][0]["Id"] in expressions, name
        assert "SEARCH" not in str(expressions) and "METRICS" not in str(expressions), name
        text = " ".join(expressions.values())
        ids = {each["Id"] for each in alarm["Metrics"]}
        assert len(ids) == len(alarm["Metrics"]) and all(re.fullmatch("[a-z][A-Za-z0-9_]*", each) for each in ids)
        used = set(re.findall(r"\b[a-z]\w*", text))
        assert used == ids - {alarm["Metrics"][0]["Id"]}, name
        # If an expression uses two metrics, it must have a value even if one of them is missing.
        if len(ids - set(expressions)) > 1:
            zero = {"Id": "zero", "Expression": "TIME_SERIES(0)", "Period": statistics(alarm)[0]["Period"], "ReturnData": False}
            assert zero in alarm["Metrics"], name
            outside = re.sub(r"SUM\(\[zero(, \w+)+\]\)", "", text)
            assert not set(re.findall(r"\b[a-z]\w*", outside)) & (ids - set(expressions)), name


def lines_are_missed_of_each_function_in_its_own_log(stack):
    alarms = [alarm for name, alarm in alarms_of(stack).items() if name in ("LogsAlarm", "OtherLogsAlarm")]
    looked_at = {metric["Id"]: named(metric["Dimensions"]) for alarm in alarms for metric in statistics(alarm)}
    expected = {"audit": ("AuditForwarder", "AuditLog")}
    expected |= {re.match("[A-Z][a-z]+", name)[0].lower(): (name, f"{name}Logs") for name in names_of(stack)}
    assert looked_at == {
        id: dimension
        for name, (function, group) in expected.items()
        for id, dimension in ((name, {"FunctionName": function}), (f"{name}Lines", {"LogGroupName": group}))
    }


def refused_tokens_are_errors_of_the_gate(stack):
    """Of Lambda's: while the gate observes, what it would refuse is none."""
    alarms = alarms_of(stack)
    if "GateTokens" in names_of(stack):
        (metric,) = statistics(alarms["TokensRefusedAlarm"])
        assert (metric["MetricName"], named(metric["Dimensions"])) == ("Errors", {"FunctionName": "GateTokens"})


def codes_that_nobody_gets_are_missed(stack):
    """Cognito does not tell the user. So each is an alarm: by Lambda's counts, and by ours of what is not spoken."""
    if "SendCode" in names_of(stack):
        watched = {metric["MetricName"]: named(metric["Dimensions"]) for metric in statistics(alarms_of(stack)["CodesNotSentAlarm"])}
        of_lambda = dict.fromkeys(("Errors", "AsyncEventsDropped", "DestinationDeliveryFailures"), {"FunctionName": "SendCode"})
        assert watched == of_lambda | {"CodesNotSent": {"StackName": STACK}}


def calls_are_proven_by_what_a_person_did(stack):
    """By pressing the digit, where the code comes after it; else by a right answer."""
    after_digit = "SpeakCode" in names_of(stack) and stack.parameters["OtpGate"] == "on"
    (proven,) = [metric for metric in statistics(alarms_of(stack)["UnverifiedCallsAlarm"]) if metric["Id"] == "proven"]
    of_stack = {"StackName": STACK}
    expected = ("CodesSpoken", of_stack) if after_digit else ("Answers", of_stack | {"Outcome": "right"})
    assert (proven["MetricName"], named(proven["Dimensions"])) == expected


def dashboard_shows_what_there_is(stack):
    widgets = dashboard_of(stack)["widgets"]
    shown = set()
    for widget in widgets:
        assert set(widget) == {"type", "x", "y", "width", "height", "properties"}
        properties = widget["properties"]
        if widget["type"] == "alarm":
            assert set(properties["alarms"]) == {f"${{{name}.Arn}}" for name in alarms_in(stack)}
            continue
        assert widget["type"] == "metric" and properties["region"] == PSEUDO["AWS::Region"]
        for metric in properties["metrics"]:
            shown |= _shown(metric)
    counted_by = {"SpeakCode": {"CodesSpoken", "CodesWithheld", "SignInsDenied"}}
    counted_by |= {"GateTokens": {"TokensWithoutCall"}, "SendCode": {"CodesDenied", "CodesNotSent"}}
    uncounted = (names for function, names in counted_by.items() if function not in names_of(stack))
    assert shown == set(metrics.OURS).difference(*uncounted)
    _fits_side_by_side(widgets)


def dashboard_and_alarm_reckon_with_the_given_price(stack):
    price, dollars, calls = (stack.parameters[name] for name in ("CallPriceUsd", "AlarmSpendUsd", "AlarmUnverifiedCalls"))
    spend = alarms_of(stack)["SpendAlarm"]
    assert spend["Metrics"][0]["Expression"] == f"placed * {price}"
    assert float(spend["Threshold"]) == float(dollars)
    assert alarms_of(stack)["UnverifiedCallsAlarm"]["Threshold"] in (calls, int(calls))
    (widget,) = (w["properties"] for w in dashboard_of(stack)["widgets"] if "USD" in w["properties"]["title"])
    assert widget["metrics"][0][0]["expression"] == f"placed * {price}"
    assert widget["annotations"]["horizontal"][0]["value"] == float(dollars)


def topic_takes_alarms_of_this_account_alone(stack):
    topics, policies = stack.of_type("AWS::SNS::Topic"), stack.of_type("AWS::SNS::TopicPolicy")
    mail = stack.parameters["AlarmEmail"]
    assert set(topics) == ({"AlarmTopic"} if mail else set())
    assert set(policies) == ({"AlarmTopicPolicy"} if mail else set())
    assert stack.of_type("AWS::SNS::Subscription") == (
        {"AlarmSubscription": {"TopicArn": {"Ref": "AlarmTopic"}, "Protocol": "email", "Endpoint": mail}} if mail else {}
    )
    if not mail:
        return
    # A key whose policy leaves CloudWatch out would lose the alarms, and alias/aws/sns is such a one.
    assert "KmsMasterKeyId" not in topics["AlarmTopic"]
    account = PSEUDO["AWS::AccountId"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "AlarmTopic"},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{PSEUDO['AWS::Region']}:{account}:alarm:*"},
        },
    }
    policy = policies["AlarmTopicPolicy"]
    assert (policy["Topics"], policy["PolicyDocument"]["Statement"]) == ([{"Ref": "AlarmTopic"}], [statement])


def traces_are_taken_only_if_asked_for(stack):
    mode = "Active" if stack.parameters["XRay"] == "on" else "PassThrough"
    for function in functions_of(stack).values():
        assert function["TracingConfig"] == {"Mode": mode}
    assert "TracingConfig" not in stack.of_type("AWS::Lambda::Function")["AuditForwarder"]


def logs_are_kept_for_the_given_days(stack):
    groups = stack.of_type("AWS::Logs::LogGroup")
    assert set(groups) == {f"{name}Logs" for name in names_of(stack)} | {"AuditLog"}
    for name in names_of(stack):
        group = groups[f"{name}Logs"]
        assert group["RetentionInDays"] == stack.parameters["LogRetentionDays"]
        assert group["LogGroupName"] == f"/aws/lambda/voice-code-{FUNCTIONS[name]}"
        function = stack.of_type("AWS::Lambda::Function")[name]
        assert function["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}Logs"}}


def audit_is_kept_when_the_stack_goes(stack):
    resource = stack.template["Resources"]["AuditLog"]
    # On creation it must go, or a first deployment that failed could not be taken back.
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    # No name: what was kept would be in the way of the next stack.
    assert stack.of_type("AWS::Logs::LogGroup")["AuditLog"] == {
        "RetentionInDays": stack.parameters["AuditRetentionDays"]
    }


def forwarder_writes_the_audit_and_nothing_else_does(stack):
    forwarder = stack.of_type("AWS::Lambda::Function")["AuditForwarder"]
    assert "Environment" not in forwarder and "ReservedConcurrentExecutions" not in forwarder
    assert forwarder["Timeout"] == 30
    assert forwarder["LoggingConfig"] == {
        "LogGroup": {"Ref": "AuditLog"},
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        # Else Lambda's own lines would be most of the audit.
        "SystemLogLevel": "WARN",
    }
    assert stack.of_type("AWS::Lambda::EventInvokeConfig")["AuditForwarderEventInvokeConfig"] == {
        "FunctionName": {"Ref": "AuditForwarder"},
        "Qualifier": "$LATEST",
        "DestinationConfig": {},
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 21600,
    }
    users = {name for name, r in stack.resources.items() if {"Ref": "AuditLog"} in _values(r["Properties"])}
    assert users == {"AuditForwarder", "LogsAlarm"}


def each_function_is_audited(stack):
    assert stack.of_type("AWS::Logs::SubscriptionFilter") == {
        f"{name}Audit": {
            "LogGroupName": {"Ref": f"{name}Logs"},
            "FilterName": "audit",
            "FilterPattern": '{ ($.message = "answered") || ($.message = "fault") }',
            "DestinationArn": {"Fn::GetAtt": ["AuditForwarder", "Arn"]},
        }
        for name in names_of(stack)
    }
    for name in names_of(stack):
        # CloudWatch Logs tries the function out when it gets the filter.
        assert stack.template["Resources"][f"{name}Audit"]["DependsOn"] == f"{name}AuditPermission"


INVARIANTS = [
    alarms_say_where_to_read_on,
    alarms_are_told_to_whom_it_was_asked,
    alarms_watch_metrics_that_there_are,
    alarms_keep_to_cloudwatchs_rules,
    lines_are_missed_of_each_function_in_its_own_log,
    refused_tokens_are_errors_of_the_gate,
    codes_that_nobody_gets_are_missed,
    calls_are_proven_by_what_a_person_did,
    dashboard_shows_what_there_is,
    dashboard_and_alarm_reckon_with_the_given_price,
    topic_takes_alarms_of_this_account_alone,
    traces_are_taken_only_if_asked_for,
    logs_are_kept_for_the_given_days,
    audit_is_kept_when_the_stack_goes,
    forwarder_writes_the_audit_and_nothing_else_does,
    each_function_is_audited,
]


def alarms_of(stack):
    return stack.of_type("AWS::CloudWatch::Alarm")


def alarms_in(stack):
    """The names of those that this stack should have: none of a function that it lacks."""
    by_function = {"SpeakCode": {"SignInDeniedAlarm"}, "GateTokens": {"TokensRefusedAlarm"}, "SendCode": {"CodesNotSentAlarm"}}
    missing = [alarms for function, alarms in by_function.items() if function not in names_of(stack)]
    missing += [] if {"GateTokens", "SendCode"} & set(names_of(stack)) else [{"OtherLogsAlarm"}]
    return ALARMS.difference(*missing)


def dashboard_of(stack):
    (dashboard,) = stack.of_type("AWS::CloudWatch::Dashboard").values()
    # ${!x} is Fn::Sub's way to say ${x}.
    return json.loads(dashboard["DashboardBody"]["Fn::Sub"].replace("${!", "${"))


def statistics(alarm):
    """The metrics that an alarm looks at, each with its period, and its id if it has one."""
    if "MetricName" in alarm:
        return [{key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions", "Period")}]
    found = [each for each in alarm["Metrics"] if "MetricStat" in each]
    return [each["MetricStat"]["Metric"] | {"Period": each["MetricStat"]["Period"], "Id": each["Id"]} for each in found]


def named(dimensions):
    return {each["Name"]: _logical(each["Value"]) for each in dimensions}


def _logical(value):
    """What a reference refers to. A text stays as it is."""
    return value["Ref"] if isinstance(value, dict) else re.sub(r"^\$\{(\w+)\}$", r"\1", value)


def _shown(metric):
    """The metrics of ours that a line of a widget shows. Fails for one that there isn't."""
    if isinstance(metric[0], dict):
        search = re.fullmatch(
            rf"SEARCH\('\{{VoiceOtp,StackName,(\w+)\}} MetricName=\"(\w+)\" StackName=\"{STACK}\"', 'Sum', 300\)",
            metric[0]["expression"],
        )
        if search is None:
            assert re.fullmatch(r"placed \* [\d.]+", metric[0]["expression"])
            return set()
        dimension, name = search.groups()
        assert metrics.OURS[name][0] == dimension
        return {name}
    namespace, name, *rest = [each for each in metric if isinstance(each, str)]
    dimensions = {key: _logical(value) for key, value in zip(rest[::2], rest[1::2], strict=True)}
    metrics.check(namespace, name, dimensions, STACK)
    return {name} if namespace == metrics.NAMESPACE else set()


def _fits_side_by_side(widgets):
    taken = set()
    for w in widgets:
        cells = {(x, y) for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])}
        assert not cells & taken and max(x for x, _ in cells) < 24
        taken |= cells


def _values(value):
    """Every part of a value, itself included."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value, *(part for each in parts for part in _values(each))]
