"""When an alarm sounds. CloudWatch's metric math is read by Python, as far as the alarms use it.

What it makes of a metric that nothing was counted in was seen on AWS (2026-09-14, by others): `m1+1` has no value then,
`TIME_SERIES(0)` has. What `FILL` makes of it was not seen: here it has none, so that no alarm can rest on it.
"""

import operator

import pytest
from stack import CODES, EXISTING, NEW, Stack, load
from watch_invariants import ALARMS, alarms_of

COMPARE = {"GreaterThanThreshold": operator.gt, "GreaterThanOrEqualToThreshold": operator.ge}

# No speak-code, or no gate-tokens, and nothing of it in a formula.
IN_ATTRIBUTE = {name: EXISTING[name] for name in ("OtpCodeDelivery", "ConnectContactFlowArn")}
NO_GATE = {"TokenGate": "off"}

# Alarm, what was counted in the latest period, or in each of several, the latest last (the rest is missing), whether it
# sounds, and parameters.
CASES = [
    ("CallBudgetAlarm", {"countryHour": 1}, True),
    ("CallBudgetAlarm", {"allHour": 1}, True),
    ("CallBudgetAlarm", {"allDay": 1}, True),
    ("CallBusyAlarm", {"": 2}, False),
    ("CallBusyAlarm", {"": 3}, True),
    ("MisconfiguredAlarm", {"call": 1}, True),
    ("MisconfiguredAlarm", {"signIn": 1}, True),
    ("MisconfiguredAlarm", {"ledger": 1}, True),
    ("CallRefusedAlarm", {"": 4}, False),
    ("CallRefusedAlarm", {"": 5}, True),
    ("NoSignInsAlarm", 2 * [{"started": 9}], False),
    ("NoSignInsAlarm", 2 * [{"started": 10}], True),
    # A burst each hour.
    ("NoSignInsAlarm", [{"started": 10}, {}, {}, {}, {"started": 10}], True),
    ("NoSignInsAlarm", [{"started": 10}, *6 * [{}], {"started": 10}], True),
    ("NoSignInsAlarm", [{"started": 10}, *7 * [{}], {"started": 10}], False),
    ("NoSignInsAlarm", 2 * [{"started": 200, "completed": 1}], False),
    # By trusted devices alone, which call nobody.
    ("NoSignInsAlarm", 2 * [{"started": 200, "completed": 5, "byDevice": 5}], True),
    ("NoSignInsAlarm", 2 * [{"started": 200, "completed": 6, "byDevice": 5}], False),
    ("NoSignInsAlarm", 2 * [{"started": 200, "completed": 191, "byDevice": 191}], False),
    # Many at once after a quiet time: the first completes in the next period.
    ("NoSignInsAlarm", [{"started": 200}, {"completed": 190}], False),
    ("LogsAlarm", 2 * [{"define": 5, "create": 5, "verify": 5, "audit": 5, "defineLines": 1, "createLines": 1, "verifyLines": 1}], True),
    ("LogsAlarm", 2 * [{"define": 5, "create": 5, "defineLines": 9, "createLines": 1, "verify": 4}], False),
    ("LogsAlarm", 2 * [{"create": 5, "auditLines": 9}], True),
    ("LogsAlarm", 2 * [{"define": 5}], True),
    ("LogsAlarm", 2 * [{"verify": 5}], True),
    ("LogsAlarm", 2 * [{"speak": 5}], True),
    ("LogsAlarm", 2 * [{"verify": 5}], True, IN_ATTRIBUTE),
    ("LogsAlarm", 2 * [{"speak": 5, "speakLines": 1}], False),
    # After a quiet time the invocations are counted, and their lines not yet.
    ("LogsAlarm", [{}, {"define": 50}], False),
    ("OtherLogsAlarm", 2 * [{"gate": 5}], True),
    ("OtherLogsAlarm", 2 * [{"gate": 4}], False),
    ("OtherLogsAlarm", 2 * [{"gate": 5000, "gateLines": 1}], False),
    ("OtherLogsAlarm", [{}, {"gate": 50}], False),
    ("OtherLogsAlarm", 2 * [{"gate": 2, "send": 3}], True, CODES),
    ("OtherLogsAlarm", 2 * [{"gate": 5, "gateLines": 9, "send": 5}], True, CODES),
    ("OtherLogsAlarm", 2 * [{"send": 5, "sendLines": 1}], False, CODES),
    ("OtherLogsAlarm", 2 * [{"send": 5}], True, CODES | NO_GATE),
    ("UnreachableAlarm", {"call": 1, "ledger": 1}, False),
    ("UnreachableAlarm", {"call": 1, "ledger": 2}, True),
    ("UnreachableAlarm", {"call": 3}, True),
    ("FunctionErrorsAlarm", {"createInvocations": 9, "createErrors": 9}, False),
    ("FunctionErrorsAlarm", {"createInvocations": 10, "createErrors": 5}, False),
    ("FunctionErrorsAlarm", {"createInvocations": 10, "createErrors": 6}, True),
    # Users who mistype their password first have define run more often, and without errors.
    ("FunctionErrorsAlarm", {"defineInvocations": 400, "createInvocations": 100, "createErrors": 100}, True),
    ("FunctionErrorsAlarm", {"defineInvocations": 20, "defineErrors": 10, "verifyInvocations": 9, "verifyErrors": 9}, False),
    ("FunctionErrorsAlarm", {"verifyInvocations": 10, "verifyErrors": 10}, True),
    ("FunctionErrorsAlarm", {"speakInvocations": 10, "speakErrors": 6}, True),
    ("FunctionErrorsAlarm", {"speakInvocations": 10, "speakErrors": 5}, False),
    ("FunctionErrorsAlarm", {"verifyInvocations": 10, "verifyErrors": 10}, True, IN_ATTRIBUTE),
    ("FunctionThrottlesAlarm", {"verify": 1}, True),
    ("FunctionThrottlesAlarm", {"speak": 1}, True),
    ("FunctionThrottlesAlarm", {"gate": 1}, True),
    ("FunctionThrottlesAlarm", {"verify": 1}, True, IN_ATTRIBUTE),
    ("FunctionThrottlesAlarm", {"gate": 1}, True, IN_ATTRIBUTE),
    ("FunctionThrottlesAlarm", {"speak": 1}, True, NO_GATE),
    ("FunctionThrottlesAlarm", {"verify": 1}, True, IN_ATTRIBUTE | NO_GATE),
    ("FunctionThrottlesAlarm", {"send": 1}, True, CODES),
    ("FunctionThrottlesAlarm", {"gate": 1}, True, CODES),
    ("UnverifiedCallsAlarm", 2 * [{"placed": 10}], False),
    ("UnverifiedCallsAlarm", 2 * [{"placed": 11}], True),
    ("UnverifiedCallsAlarm", [{"placed": 11}, {}, {}, {}, {"placed": 11}], True),
    ("UnverifiedCallsAlarm", [{"placed": 11}, *6 * [{}], {"placed": 11}], True),
    ("UnverifiedCallsAlarm", [{"placed": 11}, *7 * [{}], {"placed": 11}], False),
    ("UnverifiedCallsAlarm", 2 * [{"placed": 32, "proven": 21}], True),
    ("UnverifiedCallsAlarm", 2 * [{"placed": 33, "proven": 22}], False),
    ("UnverifiedCallsAlarm", 2 * [{"placed": 1000, "proven": 700}], False),
    ("UnverifiedCallsAlarm", 2 * [{"placed": 1950, "proven": 1000}], True),
    ("UnverifiedCallsAlarm", 2 * [{"proven": 30}], False),
    # Many at once after a quiet time: their codes are spoken in the next period.
    ("UnverifiedCallsAlarm", [{"placed": 200}, {"proven": 190}], False),
    ("UnverifiedCallsAlarm", 2 * [{"placed": 11}], False, {"AlarmUnverifiedCalls": "11"}),
    ("UnverifiedCallsAlarm", 2 * [{"placed": 32, "proven": 21}], True, IN_ATTRIBUTE),
    ("SignInDeniedAlarm", {"": 1}, True),
    ("SignInDeniedAlarm", [{"": 1}, {}, {}, {}], False),
    ("SpendAlarm", {"placed": 166}, False),
    ("SpendAlarm", {"placed": 167}, True),
    ("SpendAlarm", {"placed": 21}, True, {"CallPriceUsd": "1"}),
    ("SpendAlarm", {"placed": 21}, False, {"CallPriceUsd": "1", "AlarmSpendUsd": "21"}),
    ("AuditAlarm", {"errors": 1}, True),
    ("AuditAlarm", {"dropped": 1}, True),
    ("AuditAlarm", {"verify": 1}, True),
    ("AuditAlarm", {"speak": 1}, True),
    ("AuditAlarm", {"gate": 1}, True),
    ("AuditAlarm", {"verify": 1}, True, IN_ATTRIBUTE),
    ("AuditAlarm", {"gate": 1}, True, IN_ATTRIBUTE),
    ("AuditAlarm", {"speak": 1}, True, NO_GATE),
    ("AuditAlarm", {"verify": 1}, True, IN_ATTRIBUTE | NO_GATE),
    ("AuditAlarm", {"send": 1}, True, CODES),
    ("AuditAlarm", {"send": 1}, True, CODES | NO_GATE),
    ("CodesNotSentAlarm", {"errors": 1}, True, CODES),
    ("CodesNotSentAlarm", {"dropped": 1}, True, CODES),
    ("CodesNotSentAlarm", {"unreported": 1}, True, CODES),
    ("CodesNotSentAlarm", {"notForVoice": 1}, True, CODES),
    ("CodesNotSentAlarm", [{"errors": 1}, {}, {}, {}], False, CODES),
    ("TokensRefusedAlarm", {"": 9}, False),
    ("TokensRefusedAlarm", {"": 10}, True),
    ("TokensRefusedAlarm", [{"": 10}, {}], False),
] + [(name, {}, False, CODES) for name in sorted(ALARMS)]


class Value:
    """What an expression has at a time: a number, or None if it is missing, as is what is reckoned with it."""

    def __init__(self, number):
        self.number = number

    @staticmethod
    def of(value):
        return value if isinstance(value, Value) else Value(value)


def _operation(function):
    def apply(*operands):
        numbers = [Value.of(each).number for each in operands]
        return Value(None if None in numbers else function(*numbers))

    return apply


for name in ("add", "sub", "mul", "gt"):
    setattr(Value, f"__{name}__", _operation(getattr(operator, name)))
Value.__rmul__ = Value.__mul__


def _sum(values):
    there = [each.number for each in values if each.number is not None]
    return Value(sum(there) if there else None)


def _if(condition, yes, no):
    return Value(None) if condition.number is None else Value.of(yes if condition.number else no)


FUNCTIONS = {"TIME_SERIES": Value, "SUM": _sum, "IF": _if, "FILL": lambda value, other: value}


class Counted(dict):
    """Expressions by their ids, and metrics. What nothing was counted in is missing."""

    def __init__(self, alarm, counted):
        super().__init__(FUNCTIONS)
        queries = alarm.get("Metrics", [{"Id": "", "ReturnData": False}])
        self.expressions = {each["Id"]: each["Expression"] for each in queries if "Expression" in each}
        assert set(counted) <= {each["Id"] for each in queries} - set(self.expressions)
        self.counted = counted

    def __missing__(self, name):
        if text := self.expressions.get(name):
            return eval(text, {"__builtins__": {}}, self)
        return Value(self.counted.get(name))


def breaches(alarm, counted):
    value = Counted(alarm, counted)[alarm["Metrics"][0]["Id"] if "Metrics" in alarm else ""].number
    return value is not None and COMPARE[alarm["ComparisonOperator"]](value, float(alarm["Threshold"]))


def sounds(alarm, counted):
    periods = counted if isinstance(counted, list) else [counted]
    evaluated = periods[-alarm["EvaluationPeriods"] :]
    enough = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])
    return sum(breaches(alarm, each) for each in evaluated) >= enough


@pytest.mark.parametrize(("name", "counted", "expected", "parameters"), [(*case, {})[:4] for case in CASES])
def test_sounds(name, counted, expected, parameters):
    assert sounds(alarms_of(Stack(load(), NEW | parameters))[name], counted) is expected


def test_every_alarm_can_sound():
    assert {name for name, _, expected, *_ in CASES if expected} == ALARMS
