"""When an alarm sounds. CloudWatch's metric math is read by Python, as far as the alarms use it."""

import operator

import pytest
from stack import NEW, Stack, load
from watch_invariants import ALARMS, alarms_of

COMPARE = {"GreaterThanThreshold": operator.gt, "GreaterThanOrEqualToThreshold": operator.ge}

# Alarm, what was counted (the rest is missing), whether it sounds, and parameters.
CASES = [
    ("CallBudgetAlarm", {"countryHour": 1}, True),
    ("CallBudgetAlarm", {"allHour": 1}, True),
    ("CallBudgetAlarm", {"allDay": 1}, True),
    ("CallBusyAlarm", {"": 2}, False),
    ("CallBusyAlarm", {"": 3}, True),
    ("CallUnreachableAlarm", {"": 2}, False),
    ("CallUnreachableAlarm", {"": 3}, True),
    ("MisconfiguredAlarm", {"call": 1}, True),
    ("MisconfiguredAlarm", {"define": 1}, True),
    ("MisconfiguredAlarm", {"create": 1}, True),
    ("MisconfiguredAlarm", {"verify": 1}, True),
    ("MisconfiguredAlarm", {"createLedger": 1}, True),
    ("MisconfiguredAlarm", {"verifyLedger": 1}, True),
    ("CallRefusedAlarm", {"": 4}, False),
    ("CallRefusedAlarm", {"": 5}, True),
    ("NoSignInsAlarm", {"started": 19}, False),
    ("NoSignInsAlarm", {"started": 20}, True),
    ("NoSignInsAlarm", {"started": 200, "completed": 1}, False),
    ("LogsAlarm", {"define": 5, "create": 5, "verify": 5, "audit": 5, "defineLines": 1, "createLines": 1, "verifyLines": 1}, True),
    ("LogsAlarm", {"define": 5, "create": 5, "defineLines": 9, "createLines": 1, "verify": 4}, False),
    ("LogsAlarm", {"create": 5, "auditLines": 9}, True),
    ("LogsAlarm", {"define": 5}, True),
    ("LogsAlarm", {"verify": 5}, True),
    ("LedgerAlarm", {"create": 1, "verify": 1}, False),
    ("LedgerAlarm", {"create": 2, "verify": 1}, True),
    ("FunctionErrorsAlarm", {"createInvocations": 9, "createErrors": 9}, False),
    ("FunctionErrorsAlarm", {"createInvocations": 10, "createErrors": 5}, False),
    ("FunctionErrorsAlarm", {"createInvocations": 10, "createErrors": 6}, True),
    # Users who mistype their password first have define run more often, and without errors.
    ("FunctionErrorsAlarm", {"defineInvocations": 400, "createInvocations": 100, "createErrors": 100}, True),
    ("FunctionErrorsAlarm", {"defineInvocations": 20, "defineErrors": 10, "verifyInvocations": 9, "verifyErrors": 9}, False),
    ("FunctionErrorsAlarm", {"verifyInvocations": 10, "verifyErrors": 10}, True),
    ("FunctionThrottlesAlarm", {"verify": 1}, True),
    ("UnverifiedCallsAlarm", {"placed": 20}, False),
    ("UnverifiedCallsAlarm", {"placed": 21}, True),
    ("UnverifiedCallsAlarm", {"placed": 62, "right": 41}, True),
    ("UnverifiedCallsAlarm", {"placed": 63, "right": 42}, False),
    ("UnverifiedCallsAlarm", {"placed": 1000, "right": 700}, False),
    ("UnverifiedCallsAlarm", {"placed": 1950, "right": 1000}, True),
    ("UnverifiedCallsAlarm", {"right": 30}, False),
    ("UnverifiedCallsAlarm", {"placed": 21}, False, {"AlarmUnverifiedCalls": "21"}),
    ("SpendAlarm", {"placed": 400}, False),
    ("SpendAlarm", {"placed": 401}, True),
    ("SpendAlarm", {"placed": 21}, True, {"CallPriceUsd": "1"}),
    ("SpendAlarm", {"placed": 21}, False, {"CallPriceUsd": "1", "AlarmSpendUsd": "21"}),
    ("AuditAlarm", {"errors": 1}, True),
    ("AuditAlarm", {"dropped": 1}, True),
    ("AuditAlarm", {"verify": 1}, True),
] + [(name, {}, False) for name in sorted(ALARMS)]


class Counted(dict):
    """Expressions by their ids, and metrics. What nothing was counted in is missing: None."""

    def __init__(self, alarm, counted):
        super().__init__(FILL=lambda value, other: other if value is None else value, IF=lambda a, b, c: b if a else c, MAX=max)
        queries = alarm.get("Metrics", [{"Id": "", "ReturnData": False}])
        self.expressions = {each["Id"]: each["Expression"] for each in queries if "Expression" in each}
        assert set(counted) <= {each["Id"] for each in queries} - set(self.expressions)
        self.counted = counted

    def __missing__(self, name):
        if text := self.expressions.get(name):
            text = text if isinstance(text, str) else text["Fn::Sub"]
            return eval(text, {"__builtins__": {}}, self)
        return self.counted.get(name)


def sounds(alarm, counted):
    values = Counted(alarm, counted)
    value = values[alarm["Metrics"][0]["Id"] if "Metrics" in alarm else ""]
    return value is not None and COMPARE[alarm["ComparisonOperator"]](value, float(alarm["Threshold"]))


@pytest.mark.parametrize(("name", "counted", "expected", "parameters"), [(*case, {})[:4] for case in CASES])
def test_sounds(name, counted, expected, parameters):
    assert sounds(alarms_of(Stack(load(), NEW | parameters))[name], counted) is expected


def test_every_alarm_can_sound():
    assert {name for name, _, expected, *_ in CASES if expected} == ALARMS
