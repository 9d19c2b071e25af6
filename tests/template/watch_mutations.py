"""Mistakes in what is seen of a stack, each with the invariant that must catch it."""

import stack_invariants as stack_of
import watch_invariants as watch
from mutate import resource, role, setting
from role_invariants import roles_allow_this_and_nothing_else
from stack import CODES, EXISTING, MAIL, NEW

MAILED = NEW | MAIL
# No digit is asked for.
UNASKED = NEW | {"OtpGate": "off"}
FORWARDER, AUDIT = resource("AuditForwarder"), resource("AuditLog")


def metric(alarm, place, **changes):
    """Changes a metric of an alarm."""
    return lambda d: resource(alarm)(d)["Metrics"][place]["MetricStat"]["Metric"].update(changes)


def dimension(alarm, place, number, value):
    return lambda d: resource(alarm)(d)["Metrics"][place]["MetricStat"]["Metric"]["Dimensions"][number].update(Value=value)


def expression(alarm, text, place=0):
    return lambda d: resource(alarm)(d)["Metrics"][place].update(Expression=text)


def proven_by(change):
    """Changes what proves a call: by the function, and by an answer."""

    def mutate(document):
        (proven,) = [each for each in resource("UnverifiedCallsAlarm")(document)["Metrics"] if each["Id"] == "proven"]
        condition, *by = proven["MetricStat"]["Metric"]["Fn::If"]
        change(by)
        proven["MetricStat"]["Metric"]["Fn::If"] = [condition, *by]

    return mutate


def dashboard(right, wrong):
    def mutate(document):
        text, parts = resource("Dashboard")(document)["DashboardBody"]["Fn::Sub"]
        resource("Dashboard")(document)["DashboardBody"]["Fn::Sub"][0] = text.replace(right, wrong, 1)
        if right not in text:
            widgets = [parts[f"{name}Widgets"]["Fn::If"][1] for name in ("SpeakCode", "GateTokens", "SendCode")]
            (there,) = [each for each in widgets if right in each["Fn::Sub"]]
            there["Fn::Sub"] = there["Fn::Sub"].replace(right, wrong, 1)

    return mutate


def statement(document):
    (statement,) = resource("AlarmTopicPolicy")(document)["PolicyDocument"]["Statement"]
    return statement


MUTATIONS = [
    # --- alarms
    (watch.alarms_say_where_to_read_on, lambda d: d["Resources"].pop("UnreachableAlarm")),
    (watch.alarms_say_where_to_read_on, lambda d: d["Resources"]["SignInDeniedAlarm"].pop("Condition"), EXISTING),
    (watch.alarms_say_where_to_read_on, lambda d: d["Resources"]["TokensRefusedAlarm"].pop("Condition"), EXISTING),
    (watch.alarms_say_where_to_read_on, lambda d: d["Resources"].pop("OtherLogsAlarm")),
    (watch.alarms_say_where_to_read_on, lambda d: d["Resources"]["OtherLogsAlarm"].update(Condition="TokenGateDeployed"), CODES | {"TokenGate": "off"}),
    (watch.alarms_say_where_to_read_on, lambda d: d["Resources"]["CodesNotSentAlarm"].pop("Condition")),
    (watch.alarms_say_where_to_read_on, lambda d: d["Resources"].pop("CodesNotSentAlarm"), CODES),
    (watch.alarms_say_where_to_read_on, setting(resource("SpendAlarm"), AlarmDescription="Look at the bill.")),
    (
        watch.alarms_say_where_to_read_on,
        lambda d: resource("SpendAlarm")(d).update(AlarmDescription='It is dear. See "CallBusyAlarm" in docs/operate/runbook.md.'),
    ),
    (watch.alarms_are_told_to_whom_it_was_asked, setting(resource("AuditAlarm"), AlarmActions=[]), EXISTING),
    (watch.alarms_are_told_to_whom_it_was_asked, setting(resource("AuditAlarm"), AlarmActions=[]), MAILED),
    (
        watch.alarms_are_told_to_whom_it_was_asked,
        setting(resource("AuditAlarm"), AlarmActions=[{"Ref": "AlarmTopicArn"}]),
        NEW,
    ),
    (watch.alarms_are_told_to_whom_it_was_asked, setting(resource("CallBusyAlarm"), ActionsEnabled=False)),
    (watch.alarms_watch_metrics_that_there_are, metric("CallBudgetAlarm", 2, MetricName="CallsDenied")),
    (watch.alarms_watch_metrics_that_there_are, metric("CallBudgetAlarm", 2, Namespace="VoiceOTP")),
    (watch.alarms_watch_metrics_that_there_are, dimension("CallBudgetAlarm", 2, 1, "country-day")),
    (watch.alarms_watch_metrics_that_there_are, dimension("CallBudgetAlarm", 2, 0, {"Ref": "CreateChallenge"})),
    (
        watch.alarms_watch_metrics_that_there_are,
        lambda d: resource("CallBusyAlarm")(d)["Dimensions"].pop(),
    ),
    (
        watch.alarms_watch_metrics_that_there_are,
        lambda d: resource("AuditAlarm")(d)["Metrics"][4]["MetricStat"]["Metric"]["Dimensions"].pop(),
    ),
    (watch.lines_are_missed_of_each_function_in_its_own_log, dimension("LogsAlarm", 3, 0, {"Ref": "AuditLog"})),
    (watch.lines_are_missed_of_each_function_in_its_own_log, lambda d: resource("OtherLogsAlarm")(d)["Metrics"].pop(2)),
    (watch.lines_are_missed_of_each_function_in_its_own_log, lambda d: resource("OtherLogsAlarm")(d)["Metrics"].pop(), CODES),
    (missed := watch.codes_that_nobody_gets_are_missed, metric("CodesNotSentAlarm", 2, MetricName="Invocations"), CODES),
    (missed, dimension("CodesNotSentAlarm", 3, 0, {"Ref": "AuditForwarder"}), CODES),
    (missed, lambda d: resource("CodesNotSentAlarm")(d)["Metrics"].pop(4), CODES),
    (missed, metric("CodesNotSentAlarm", 5, MetricName="CallsRefused"), CODES),
    (watch.alarms_watch_metrics_that_there_are, dimension("CodesNotSentAlarm", 5, 0, "another"), CODES),
    (refused := watch.refused_tokens_are_errors_of_the_gate, setting(resource("TokensRefusedAlarm"), MetricName="Invocations")),
    (
        refused,
        lambda d: resource("TokensRefusedAlarm")(d)["Dimensions"][0].update(Value={"Ref": "VerifyChallenge"}),
    ),
    (watch.calls_are_proven_by_what_a_person_did, proven_by(lambda by: by.reverse())),
    (watch.calls_are_proven_by_what_a_person_did, proven_by(lambda by: by.reverse()), EXISTING),
    (watch.calls_are_proven_by_what_a_person_did, proven_by(lambda by: by[1]["Dimensions"].pop()), EXISTING),
    (watch.calls_are_proven_by_what_a_person_did, lambda d: d["Conditions"].update(CodeAfterDigit={"Condition": "CodeByFunction"}), UNASKED),
    (
        watch.alarms_keep_to_cloudwatchs_rules,
        expression("NoSignInsAlarm", "IF(completed > SUM([zero, byDevice]), 0, SUM([zero, started]))"),
    ),
    (watch.alarms_keep_to_cloudwatchs_rules, setting(resource("CallBusyAlarm"), TreatMissingData=None)),
    (watch.alarms_keep_to_cloudwatchs_rules, setting(resource("SpendAlarm"), EvaluationPeriods=2)),
    (watch.alarms_keep_to_cloudwatchs_rules, setting(resource("SpendAlarm"), MetricName="CallsPlaced")),
    (
        watch.alarms_keep_to_cloudwatchs_rules,
        lambda d: resource("CallBudgetAlarm")(d)["Metrics"][1].pop("ReturnData"),
    ),
    (
        watch.alarms_keep_to_cloudwatchs_rules,
        lambda d: resource("CallBudgetAlarm")(d)["Metrics"][2]["MetricStat"].update(Period=60),
    ),
    (
        watch.alarms_keep_to_cloudwatchs_rules,
        expression("CallBudgetAlarm", "FILL(countryHour, 0) + SUM([zero, allHour, allDay])"),
    ),
    (watch.alarms_keep_to_cloudwatchs_rules, expression("CallBudgetAlarm", "SUM([countryHour, allHour, allDay])")),
    (watch.alarms_keep_to_cloudwatchs_rules, expression("CallBudgetAlarm", "SUM([zero, countryHour, allHour])")),
    (watch.alarms_keep_to_cloudwatchs_rules, expression("CallBudgetAlarm", "0", 1)),
    (
        watch.alarms_keep_to_cloudwatchs_rules,
        expression("MisconfiguredAlarm", "SUM(SEARCH('{VoiceOtp,StackName,Kind}', 'Sum', 300))"),
    ),
    (
        watch.alarms_keep_to_cloudwatchs_rules,
        lambda d: resource("FunctionErrorsAlarm")(d)["Metrics"].extend(resource("MisconfiguredAlarm")(d)["Metrics"][2:]),
    ),
    (watch.dashboard_and_alarm_reckon_with_the_given_price, setting(resource("SpendAlarm"), Threshold=20), EXISTING),
    (
        watch.dashboard_and_alarm_reckon_with_the_given_price,
        setting(resource("UnverifiedCallsAlarm"), Threshold=20),
        EXISTING,
    ),
    (watch.dashboard_and_alarm_reckon_with_the_given_price, expression("SpendAlarm", "placed * 0.05"), EXISTING),
    (watch.dashboard_and_alarm_reckon_with_the_given_price, dashboard("* ${CallPriceUsd}", "* 0.05"), EXISTING),
    (watch.dashboard_and_alarm_reckon_with_the_given_price, dashboard("${AlarmSpendUsd}", "20"), EXISTING),
    # --- dashboard
    (watch.dashboard_shows_what_there_is, dashboard('"SignInsStarted"', '"SignIns"')),
    (watch.dashboard_shows_what_there_is, dashboard('"p50"}],', '"p50"}]')),
    (watch.dashboard_shows_what_there_is, dashboard("StackName,Outcome}", "StackName,Reason}")),
    (watch.dashboard_shows_what_there_is, dashboard('"SignInsCompleted"', '"SignInsStarted"')),
    (watch.dashboard_shows_what_there_is, dashboard('"SignInsByDevice"', '"SignInsCompleted"')),
    (watch.dashboard_shows_what_there_is, dashboard("${AWS::Region}", "us-west-2")),
    (watch.dashboard_shows_what_there_is, dashboard('"x": 8, "y": 9', '"x": 0, "y": 9')),
    (watch.dashboard_shows_what_there_is, dashboard('"${UnreachableAlarm.Arn}",', "")),
    (watch.dashboard_shows_what_there_is, dashboard('"StackName", "${AWS::StackName}", {"label": "placed"}', '{}')),
    (watch.dashboard_shows_what_there_is, dashboard('"CodesSpoken"', '"CodesHeard"')),
    (watch.dashboard_shows_what_there_is, dashboard('"SignInsDenied"', '"CodesSpoken"')),
    (watch.dashboard_shows_what_there_is, dashboard("${SpeakCodeAlarms}", "")),
    (watch.dashboard_shows_what_there_is, dashboard("${GateTokensAlarms}", "")),
    (watch.dashboard_shows_what_there_is, dashboard('MetricName=\\"TokensWithoutCall\\"', 'MetricName=\\"CallsRefused\\"')),
    (watch.dashboard_shows_what_there_is, dashboard('"x": 8, "y": 39', '"x": 0, "y": 39')),
    (watch.dashboard_shows_what_there_is, dashboard('"x": 8, "y": 45', '"x": 0, "y": 45'), CODES),
    (watch.dashboard_shows_what_there_is, dashboard('"CodesDenied"', '"CodesNotSent"'), CODES),
    (watch.dashboard_shows_what_there_is, dashboard("${SendCodeAlarms}", ""), CODES),
    (watch.dashboard_shows_what_there_is, dashboard("${OtherLogsAlarms}", "")),
    (watch.dashboard_shows_what_there_is, dashboard('MetricName=\\"CodesWithheld\\"', 'MetricName=\\"CallsRefused\\"')),
    (watch.dashboard_shows_what_there_is, dashboard('"x": 8, "y": 33', '"x": 0, "y": 33')),
    (stack_of.two_stacks_fit_into_one_account, setting(resource("Dashboard"), DashboardName="sign-ins")),
    (stack_of.two_stacks_fit_into_one_account, setting(resource("UnreachableAlarm"), AlarmName="unreachable")),
    # --- topic
    (topic := watch.topic_takes_alarms_of_this_account_alone, lambda d: statement(d).pop("Condition"), MAILED),
    (topic, lambda d: statement(d).update(Principal="*"), MAILED),
    (topic, lambda d: statement(d).update(Action="sns:*"), MAILED),
    (topic, lambda d: statement(d)["Condition"].pop("StringEquals"), MAILED),
    (topic, lambda d: d["Resources"].pop("AlarmTopicPolicy"), MAILED),
    (topic, lambda d: d["Resources"]["AlarmTopic"].pop("Condition"), EXISTING),
    (topic, setting(resource("AlarmTopic"), KmsMasterKeyId="alias/aws/sns"), MAILED),
    (topic, setting(resource("AlarmSubscription"), Protocol="email-json"), MAILED),
    # --- traces
    (watch.traces_are_taken_only_if_asked_for, setting(resource("VerifyChallenge"), Tracing=None), EXISTING),
    (watch.traces_are_taken_only_if_asked_for, setting(resource("VerifyChallenge"), Tracing="Active"), NEW),
    (watch.traces_are_taken_only_if_asked_for, setting(FORWARDER, Tracing="Active"), NEW),
    (
        roles_allow_this_and_nothing_else,
        # Whether it is on or off.
        lambda d: resource("DefineChallengeRole")(d)["Policies"].append(
            resource("DefineChallengeRole")(d)["Policies"].pop()["Fn::If"][1]
        ),
        NEW,
    ),
    (roles_allow_this_and_nothing_else, lambda d: resource("DefineChallengeRole")(d)["Policies"].pop(), EXISTING),
    (roles_allow_this_and_nothing_else, lambda d: role("AuditForwarder")(d)["Action"].append("logs:CreateLogGroup")),
    (
        roles_allow_this_and_nothing_else,
        setting(role("AuditForwarder"), Resource={"Fn::GetAtt": ["VerifyChallengeLogs", "Arn"]}),
    ),
    # --- audit
    (watch.audit_is_kept_when_the_stack_goes, lambda d: d["Resources"]["AuditLog"].update(DeletionPolicy="Retain")),
    (watch.audit_is_kept_when_the_stack_goes, lambda d: d["Resources"]["AuditLog"].update(DeletionPolicy="Delete")),
    (watch.audit_is_kept_when_the_stack_goes, setting(AUDIT, LogGroupName={"Fn::Sub": "${AWS::StackName}-audit"})),
    (watch.audit_is_kept_when_the_stack_goes, setting(AUDIT, RetentionInDays={"Ref": "LogRetentionDays"}), EXISTING),
    (watch.logs_are_kept_for_the_given_days, lambda d: d["Resources"].pop("AuditLog")),
    (written := watch.forwarder_writes_the_audit_and_nothing_else_does, setting(FORWARDER, Timeout=900)),
    (written, lambda d: FORWARDER(d)["LoggingConfig"].pop("SystemLogLevel")),
    (written, lambda d: FORWARDER(d)["LoggingConfig"].update(LogFormat="Text")),
    (written, lambda d: FORWARDER(d)["LoggingConfig"].update(ApplicationLogLevel="WARN")),
    (written, lambda d: FORWARDER(d)["EventInvokeConfig"].update(MaximumRetryAttempts=0)),
    (written, setting(FORWARDER, EventInvokeConfig=None)),
    (written, setting(FORWARDER, Environment={"Variables": {"LOG_LEVEL": "debug"}})),
    (written, setting(resource("VerifyChallenge"), LoggingConfig={"LogGroup": {"Ref": "AuditLog"}})),
    (watch.each_function_is_audited, lambda d: d["Resources"].pop("DefineChallengeAudit")),
    (watch.each_function_is_audited, lambda d: d["Resources"]["VerifyChallengeAudit"].pop("DependsOn")),
    (watch.each_function_is_audited, setting(resource("CreateChallengeAudit"), FilterPattern="")),
    (watch.each_function_is_audited, setting(resource("CreateChallengeAudit"), FilterName=None)),
    (
        watch.each_function_is_audited,
        # Without end.
        setting(resource("CreateChallengeAudit"), LogGroupName={"Ref": "AuditLog"}),
    ),
]
