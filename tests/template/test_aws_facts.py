"""What tests/aws/check makes of AWS's answers: as expected, different, or not looked at."""

import importlib.util
import json
import sys
from datetime import datetime, timedelta, timezone
from importlib.machinery import SourceFileLoader

import boto3
import pytest
from botocore.stub import Stubber
from stack import INSTANCE, ROOT

FOLDER = ROOT / "tests/aws"
sys.path.append(str(FOLDER))

import deployed  # noqa: E402
import facts  # noqa: E402

NUMBER = "+12065550142"
KEY = "a-key-that-nobody-may-see-0123456789"
CODE = "7, 7, 7, 7, 7, 7"
GROUPS = ("DefineChallengeLogs", "CreateChallengeLogs", "VerifyChallengeLogs", "GateTokensLogs", "SpeakCodeLogs", "SendCodeLogs", "AuditLog")
ROLES = ("CreateChallengeRole", "VerifyChallengeRole", "GateTokensRole", "SpeakCodeRole")
RESOURCES = [*GROUPS, *ROLES, "CreateChallenge", "GateTokens", "SpeakCode", "SendCode", "UserPool", "SpendAlarm", "AuditAlarm"]
OUTPUTS = {
    "ConnectInstanceArn": INSTANCE,
    "ContactFlowArn": f"{INSTANCE}/contact-flow/flow",
    "LedgerTableName": "ledger",
    "UserPoolId": "us-east-1_Example01",
}
PARAMETERS = {
    "ConnectQueueArn": "",
    "ConnectRingTimeoutSeconds": "25",
    "ConnectSourcePhoneNumber": "+12065550199",
    "OtpBrand": "Example",
}


@pytest.fixture(scope="module")
def check():
    loader = SourceFileLoader("check", str(FOLDER / "check"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", loader))
    loader.exec_module(module)
    return module


class Session:
    """Gives these answers, in their order for each service. botocore checks each against the service's model."""

    def __init__(self, answers):
        self.answers, self.clients = answers, {}

    def client(self, service, region_name="us-east-1"):
        if service not in self.clients:
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            client = self.clients[service] = boto3.client(service, region_name=region_name, **keys)
            stubber = Stubber(client)
            for _, operation, answer in [each for each in self.answers if each[0] == service]:
                if isinstance(answer, str):
                    # As in a real one, the message has what was asked for.
                    stubber.add_client_error(operation, answer, f"{answer} for {NUMBER}")
                else:
                    stubber.add_response(operation, answer)
            stubber.activate()
        return self.clients[service]


class Stack(deployed.Stack):
    def __init__(self, *answers, reader=None, number=None, without="", status="CREATE_COMPLETE", parameters=PARAMETERS):
        self.name, self.session, self.reader, self.number = "voice-code", Session(answers), reader and Session(reader), number
        self.status, self.outputs, self.parameters = status, OUTPUTS, parameters
        self.resources = {name: f"{name}-1" for name in RESOURCES if not (without and name.startswith(without))}


def log(*lines, minutes=20):
    """The lines of a log group, so many minutes old."""
    at = int((datetime.now(timezone.utc) - timedelta(minutes=minutes)).timestamp() * 1000)
    texts = ["START RequestId: 1", *map(json.dumps, lines)]
    return ("logs", "filter_log_events", {"events": [{"message": text, "timestamp": at} for text in texts]})


CALLED = {"message": "answered", "requestId": "1", "sub": "1", "outcome": "called", "CallsPlaced": 1, "CallLatency": 212}
DENIED = {"message": "fault", "requestId": "1", "outcome": "CALL_MISCONFIGURED", "cause": "AccessDeniedException"}
BUSY = DENIED | {"outcome": "CALL_BUSY", "cause": "ThrottlingException"}
REFUSED = DENIED | {"outcome": "CALL_REFUSED", "cause": "DestinationNotAllowedException"}
UNREACHABLE = DENIED | {"outcome": "CALL_UNREACHABLE", "cause": "Timeout"}
# These have placed no call, by no fault of Connect's.
LIMITED, UNVERIFIED = DENIED | {"outcome": "CALL_LIMIT"}, DENIED | {"outcome": "PHONE_UNVERIFIED"}
TABLE = ("dynamodb", "describe_table", {"Table": {"TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/ledger"}})


def simulated(*decisions):
    role = {"Path": "/", "RoleName": "role", "RoleId": "AROAEXAMPLEEXAMPLE", "CreateDate": datetime.now(timezone.utc)}
    for decision in decisions:
        yield "iam", "get_role", {"Role": role | {"Arn": "arn:aws:iam::123456789012:role/role"}}
        results = [{"EvalActionName": "any", "EvalDecision": decision}]
        yield "iam", "simulate_principal_policy", {"EvaluationResults": results}


def pool(**settings):
    return ("cognito-idp", "describe_user_pool", {"UserPool": settings})


def points(count):
    return ("cloudwatch", "get_metric_statistics", {"Datapoints": [{"Sum": float(count)}] if count else []})


def metric_data(values, status="Complete"):
    each = {"StatusCode": status, "Values": values, "Timestamps": [datetime.now(timezone.utc)] * len(values)}
    results = [{"Id": "sum"} | each, {"Id": "fill", "StatusCode": status, "Values": []}]
    return ("cloudwatch", "get_metric_data", {"MetricDataResults": results})


def alarms(*states):
    found = [{"AlarmName": f"alarm-{number}", "StateValue": state} for number, state in enumerate(states)]
    return ("cloudwatch", "describe_alarms", {"MetricAlarms": found})


def settings(environment):
    return [("lambda", "get_function_configuration", {"Environment": environment})]


def trail(*attributes):
    events = [{"CloudTrailEvent": json.dumps({"requestParameters": {"attributes": each}})} for each in attributes]
    return ("cloudtrail", "lookup_events", {"Events": events})


def asked_of_cognito(minutes=20, **event):
    """A request that CloudTrail has."""
    at = datetime.now(timezone.utc) - timedelta(minutes=minutes, seconds=2)
    return ("cloudtrail", "lookup_events", {"Events": [{"EventTime": at, "CloudTrailEvent": json.dumps(event)}]})


ENROLLED = {"message": "answered", "sub": "1", "outcome": "right", "device": "A"}
IN_POOL, ON_CLIENT = {"userPoolId": OUTPUTS["UserPoolId"]}, {"client_id": ["1example23456789"]}
RINGS, ENDS = {"Id": "c"}, {"Id": "c", "DisconnectTimestamp": datetime.now(timezone.utc)}
ANSWERED = ENDS | {"ConnectedToSystemTimestamp": datetime.now(timezone.utc)}
ASKED = {"message": "answered", "requestId": "3", "trigger": "speak", "outcome": "handle", "milliseconds": 3}
SPOKEN = ASKED | {"outcome": "spoken"}
SENT = CALLED | {"trigger": "send", "requestId": "5"}
HEARD = SPOKEN | {"sub": "1"}
NOT_SENT = {"message": "fault", "requestId": "6", "trigger": "send", "outcome": "SIGN_IN_BUSY", "cause": "Timeout"}
PASSED = {"message": "answered", "requestId": "4", "trigger": "gate", "outcome": "pass", "client": "1example23456789"}
HOSTED = PASSED | {"message": "fault", "outcome": "SIGN_IN_NOT_CALLED", "Reason": "hosted"}
NEW_PASSWORD = HOSTED | {"Reason": "new-password"}
NO_PASS = PASSED | {"message": "fault", "outcome": "SIGN_IN_NOT_CALLED", "Reason": "no-pass"}


def call(*states, asked):
    """A call whose contact is in these states, each after this answer of the log; the last one is its end. `asked` is what the
    log says then, for as long as it is looked at."""
    yield "connect", "start_outbound_voice_contact", {"ContactId": "c"}
    for state, lines in states:
        yield log(*lines, minutes=0)
        yield "connect", "describe_contact", {"Contact": state}
    for _ in range(1 if asked else deployed.LATE):
        yield log(*([SPOKEN, ASKED] if asked else [SPOKEN]), minutes=0)


CASES = [
    (facts.whole_stack, Stack(), "ok"),
    (facts.whole_stack, Stack(status="UPDATE_ROLLBACK_COMPLETE"), "DIFFERS"),
    (facts.sms_role, Stack(pool()), "ok"),
    (facts.sms_role, Stack(pool(SmsConfigurationFailure="SNSSandbox")), "ok"),
    (facts.sms_role, Stack(pool(SmsConfigurationFailure="InvalidSmsRoleAccessPolicyException")), "DIFFERS"),
    (facts.sms_role, Stack(without="UserPool"), "ok"),
    (facts.may_call, Stack(*simulated("allowed")), "ok"),
    (facts.may_call, Stack(*simulated("implicitDeny")), "DIFFERS"),
    (facts.may_call, Stack(("iam", "get_role", "AccessDenied")), "?"),
    (facts.rows_of_users, Stack(TABLE, *simulated(*3 * ["allowed", "implicitDeny"])), "ok"),
    (facts.rows_of_users, Stack(TABLE, *simulated(*2 * ["allowed", "implicitDeny"]), without="SpeakCode"), "ok"),
    (facts.rows_of_users, Stack(TABLE, *simulated(*2 * ["allowed", "implicitDeny"]), without="GateTokens"), "ok"),
    (facts.rows_of_users, Stack(TABLE, *simulated("allowed", "allowed", *2 * ["allowed", "implicitDeny"])), "DIFFERS"),
    (facts.rows_of_users, Stack(TABLE, *simulated(*2 * ["allowed", "implicitDeny"], "allowed", "allowed")), "DIFFERS"),
    (facts.rows_of_users, Stack(TABLE, *simulated(*6 * ["implicitDeny"])), "DIFFERS"),
    (facts.calls_taken, Stack(log(CALLED)), "ok"),
    *[(facts.calls_taken, Stack(log(failed)), "DIFFERS") for failed in (BUSY, DENIED, REFUSED, UNREACHABLE)],
    (facts.calls_taken, Stack(log(CALLED, BUSY, CALLED)), "DIFFERS"),
    (facts.calls_taken, Stack(log(CALLED, LIMITED, UNVERIFIED)), "ok"),
    (facts.calls_taken, Stack(log(LIMITED, UNVERIFIED)), "?"),
    (facts.calls_taken, Stack(log()), "?"),
    (facts.latency, Stack(log(CALLED)), "ok"),
    (facts.latency, Stack(log(CALLED | {"CallLatency": 1900})), "DIFFERS"),
    (facts.latency, Stack(log(UNREACHABLE)), "DIFFERS"),
    (facts.latency, Stack(log(CALLED, UNREACHABLE)), "DIFFERS"),
    (facts.latency, Stack(log(CALLED, BUSY)), "ok"),
    (facts.latency, Stack(log(BUSY)), "?"),
    (facts.latency, Stack(log()), "?"),
    (facts.tokens, Stack(log({"outcome": "tokens"})), "ok"),
    (facts.tokens, Stack(log({"outcome": "call"})), "?"),
    (facts.wish_of_the_client, Stack(log(CALLED, CALLED | {"outcome": "device"})), "ok"),
    (facts.wish_of_the_client, Stack(parameters={"OtpDeviceDays": "0"}), "ok"),
    (facts.signed_name, Stack(parameters={"OtpMode": "call-only"}), "ok"),
    (facts.wish_of_the_client, Stack(log(CALLED, minutes=9), log(ENROLLED, minutes=10)), "DIFFERS"),
    (facts.wish_of_the_client, Stack(log(CALLED, minutes=11), log(ENROLLED, minutes=10)), "?"),
    (facts.wish_of_the_client, Stack(log(CALLED, minutes=9), log(ENROLLED | {"sub": "other"}, minutes=10)), "?"),
    (facts.wish_of_the_client, Stack(log(CALLED), log({"outcome": "right", "sub": "1"})), "?"),
    (facts.signed_name, Stack(log({"outcome": "device-refused"}, {"outcome": "device"})), "ok"),
    (facts.signed_name, Stack(log({"outcome": "right"}, {"outcome": "device-refused"})), "DIFFERS"),
    (facts.signed_name, Stack(log({"outcome": "right"})), "?"),
    (facts.codes_of_cognito, Stack(without="SendCode"), "ok"),
    (facts.codes_of_cognito, Stack(log(SENT), log(HEARD)), "ok"),
    (facts.codes_of_cognito, Stack(log(SENT), log(HEARD | {"sub": "2"})), "?"),
    (facts.codes_of_cognito, Stack(log(NOT_SENT), log()), "?"),
    (facts.codes_of_cognito, Stack(log(SENT, NOT_SENT | {"outcome": "SIGN_IN_UNAVAILABLE"})), "DIFFERS"),
    (facts.codes_of_cognito, Stack(log(SENT, CALLED | {"trigger": "send", "outcome": "message"})), "DIFFERS"),
    (facts.codes_of_cognito, Stack(log(SENT), log(HEARD, HEARD | {"outcome": "message"})), "DIFFERS"),
    (facts.codes_of_cognito, Stack(log(SENT), log(HEARD | {"cause": "AccessDeniedException"})), "DIFFERS"),
    (facts.sent_again, Stack(without="SendCode"), "ok"),
    (facts.sent_again, Stack(log(SENT)), "?"),
    (facts.sent_again, Stack(log(NOT_SENT, SENT | {"requestId": "6"})), "ok"),
    (facts.sent_again, Stack(log(NOT_SENT, SENT)), "DIFFERS"),
    (facts.gated, Stack(log({"outcome": "tokens"}), log(PASSED)), "ok"),
    (facts.gated, Stack(log({"outcome": "tokens"}), log(NO_PASS, PASSED)), "ok"),
    (facts.gated, Stack(log({"outcome": "tokens"}), log(NO_PASS)), "DIFFERS"),
    (facts.gated, Stack(log({"outcome": "tokens"}), log()), "DIFFERS"),
    (facts.gated, Stack(log({"outcome": "tokens"}), log(), without="UserPool"), "?"),
    (facts.gated, Stack(log({"outcome": "call"})), "?"),
    (facts.gated, Stack(without="GateTokens"), "ok"),
    (facts.managed_login, Stack(asked_of_cognito(**ON_CLIENT), log(NO_PASS)), "ok"),
    (facts.managed_login, Stack(asked_of_cognito(**ON_CLIENT), log(NO_PASS, HOSTED)), "DIFFERS"),
    (facts.managed_login, Stack(asked_of_cognito(client_id=["other"]), log(HOSTED)), "?"),
    (facts.managed_login, Stack(asked_of_cognito(minutes=21, **ON_CLIENT), log(HOSTED)), "?"),
    (facts.managed_login, Stack(trail(), log(HOSTED)), "?"),
    (facts.managed_login, Stack(without="GateTokens"), "ok"),
    (facts.creates_users, Stack(asked_of_cognito(**IN_POOL), log(PASSED)), "ok"),
    (facts.creates_users, Stack(asked_of_cognito(**IN_POOL), log(NEW_PASSWORD)), "DIFFERS"),
    (facts.creates_users, Stack(asked_of_cognito(minutes=19, **IN_POOL), log(NEW_PASSWORD)), "ok"),
    (facts.creates_users, Stack(trail(), log(NEW_PASSWORD)), "?"),
    (facts.creates_users, Stack(asked_of_cognito(userPoolId="another"), log(NEW_PASSWORD)), "?"),
    (facts.creates_users, Stack(without="GateTokens"), "ok"),
    (facts.audited, Stack(log(CALLED), log(), log(), log(), log(SPOKEN), log(SENT), log(*({"requestId": each} for each in "135"))), "ok"),
    (facts.audited, Stack(log(CALLED), log(), log(), log(PASSED), log(), log({"requestId": "1"}, {"requestId": "4"}), without="SpeakCode"), "ok"),
    (facts.audited, Stack(log(CALLED), log(), log(), log(), log(SPOKEN), log(), log({"requestId": "1"})), "DIFFERS"),
    (facts.audited, Stack(log(CALLED), log(), log(), log(PASSED), log(), log(SENT), log({"requestId": "1"}, {"requestId": "4"})), "DIFFERS"),
    (facts.audited, Stack(log(CALLED, minutes=1), log(), log(), log(), log(), log(), log()), "?"),
    (facts.audited, Stack(log(), log(), log(), log(), log(), log(), log()), "?"),
    (facts.codes_spoken, Stack(log(SPOKEN, ASKED)), "ok"),
    (facts.codes_spoken, Stack(without="SpeakCode"), "ok"),
    (facts.codes_spoken, Stack(log(SPOKEN, ASKED | {"outcome": "number"})), "DIFFERS"),
    (facts.codes_spoken, Stack(log(SPOKEN, ASKED | {"outcome": "expired"})), "ok"),
    (facts.codes_spoken, Stack(log(SPOKEN, ASKED | {"message": "fault", "outcome": "SIGN_IN_BUSY"})), "ok"),
    (facts.codes_spoken, Stack(log(ASKED | {"message": "fault", "outcome": "SIGN_IN_BUSY"})), "DIFFERS"),
    (facts.codes_spoken, Stack(log(ASKED)), "?"),
    (facts.counted, Stack(log(CALLED), points(1)), "ok"),
    (facts.counted, Stack(log(CALLED), points(0)), "DIFFERS"),
    (facts.counted, Stack(log(CALLED, minutes=1)), "?"),
    (facts.never_counted, Stack(metric_data([0.0, 0.0])), "ok"),
    (facts.never_counted, Stack(metric_data([])), "DIFFERS"),
    (facts.never_counted, Stack(metric_data([], "InternalError")), "?"),
    (facts.alarms, Stack(alarms("OK", "OK")), "ok"),
    (facts.alarms, Stack(alarms("OK", "ALARM")), "DIFFERS"),
    (facts.alarms, Stack(alarms("OK")), "DIFFERS"),
    (facts.alarms, Stack(alarms("OK", "INSUFFICIENT_DATA")), "?"),
    (facts.hidden_settings, Stack(reader=settings({"Error": {"ErrorCode": "AccessDeniedException"}})), "ok"),
    (facts.hidden_settings, Stack(reader=settings({"Variables": {"OTP_KEY": KEY}})), "DIFFERS"),
    (facts.hidden_settings, Stack(), "?"),
    (facts.recorded, Stack(trail(None, "***", {"Gate": "on"}, {"VoiceMFA": "***"}), without="SpeakCode"), "ok"),
    (facts.recorded, Stack(trail({"VoiceMFA": "HIDDEN_DUE_TO_SECURITY_REASONS"}), without="SpeakCode"), "ok"),
    (facts.recorded, Stack(trail({"VoiceMFA": CODE}), without="SpeakCode"), "DIFFERS"),
    (facts.recorded, Stack(trail(), without="SpeakCode"), "?"),
    (facts.recorded, Stack(), "ok"),
    (facts.answered_call, Stack(*call((RINGS, []), (ANSWERED, []), asked=True), number=NUMBER), "ok"),
    (facts.answered_call, Stack(*call((RINGS, [SPOKEN]), (ANSWERED, []), asked=True), number=NUMBER), "ok"),
    (facts.answered_call, Stack(*call((RINGS, [ASKED]), (ANSWERED, [ASKED]), asked=True), number=NUMBER), "DIFFERS"),
    (facts.answered_call, Stack(*call((RINGS, []), (ANSWERED, []), asked=False), number=NUMBER), "DIFFERS"),
    (facts.answered_call, Stack(*call((RINGS, []), (ENDS, []), asked=True), number=NUMBER), "DIFFERS"),
    (facts.answered_call, Stack(*call((RINGS, []), (ENDS, []), asked=False), number=NUMBER), "?"),
    (facts.answered_call, Stack(*call((ANSWERED, []), asked=True), number=NUMBER), "?"),
    (facts.answered_call, Stack(), "?"),
    (facts.answered_call, Stack(number=NUMBER, without="SpeakCode"), "?"),
    (facts.answered_call, Stack(("connect", "start_outbound_voice_contact", "InvalidParameterException"), number=NUMBER), "?"),
    (facts.declined_call, Stack(*call((RINGS, []), (ENDS, []), asked=False), number=NUMBER), "ok"),
    (facts.declined_call, Stack(*call((RINGS, []), (ENDS, []), asked=True), number=NUMBER), "DIFFERS"),
    (facts.declined_call, Stack(*call((RINGS, []), (ANSWERED, []), asked=True), number=NUMBER), "?"),
    (facts.declined_call, Stack(), "?"),
    (facts.denied_call, Stack(*call((RINGS, []), (ANSWERED, []), asked=True), number=NUMBER), "ok"),
    (facts.denied_call, Stack(*call((RINGS, []), (ANSWERED, []), asked=False), number=NUMBER), "DIFFERS"),
    (facts.denied_call, Stack(*call((RINGS, []), (ENDS, []), asked=False), number=NUMBER), "?"),
]


@pytest.mark.parametrize(("look", "stack", "mark"), CASES, ids=[f"{look.__name__} {mark}" for look, _, mark in CASES])
def test_an_answer_is_judged_and_no_secret_is_shown(check, monkeypatch, capsys, look, stack, mark):
    monkeypatch.setattr(deployed.time, "sleep", lambda _: None)
    found, seen = check.look_at(look, stack)
    assert found == mark, seen
    shown = seen + capsys.readouterr().out
    assert not any(secret in shown for secret in (NUMBER, KEY, CODE)), shown


def test_a_call_that_was_not_taken_is_shown_with_its_word_and_cause():
    stack = Stack(log(CALLED, BUSY, DENIED, REFUSED, UNREACHABLE, BUSY))
    expected, seen = facts.calls_taken(stack)
    words = ("CALL_BUSY (ThrottlingException)", "CALL_MISCONFIGURED (AccessDeniedException)")
    words += ("CALL_REFUSED (DestinationNotAllowedException)", "CALL_UNREACHABLE (Timeout)")
    assert not expected and seen.startswith(f"1 taken, 5 not: {', '.join(words)}, the last at "), seen
    expected, seen = facts.latency(Stack(log(CALLED, BUSY, UNREACHABLE)))
    assert not expected and seen.startswith("1 of 3 calls got no answer: CALL_UNREACHABLE (Timeout), the last at "), seen


def test_every_fact_has_cases():
    for _, look in facts.FACTS:
        marks = {mark for fact, _, mark in CASES if fact is look}
        assert "ok" in marks and len(marks) > 1, look.__name__


def test_what_differs_counts_before_what_was_not_looked_at(check, monkeypatch, capsys):
    seen = {"ok": lambda _: (True, "so"), "DIFFERS": lambda _: (False, "not so"), "?": lambda _: {}["no such key"]}

    def ends(*marks):
        monkeypatch.setattr(check, "FACTS", [("it", seen[mark]) for mark in marks])
        monkeypatch.setattr(check, "Stack", lambda *_: None)
        monkeypatch.setattr(sys, "argv", ["check", "--stack", "voice-code"])
        return check.main()

    assert [ends("ok"), ends("ok", "?"), ends("?", "DIFFERS", "ok")] == [0, 2, 1]
    assert "?       it: not looked at: KeyError\nDIFFERS it: not so\nok      it: so\n" in capsys.readouterr().out
