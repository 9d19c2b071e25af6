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
    ("LedgerAlarm", {"create": 1, "verify": 1}, False),
    ("LedgerAlarm", {"create": 2, "verify": 1}, True),
    ("FunctionErrorsAlarm", {"createInvocations": 19, "createErrors": 19}, False),
    ("FunctionErrorsAlarm", {"createInvocations": 20, "createErrors": 4}, False),
    ("FunctionErrorsAlarm", {"createInvocations": 20, "createErrors": 5}, True),
    ("FunctionErrorsAlarm", {"defineInvocations": 10, "createInvocations": 5, "verifyInvocations": 5}, False),
    ("FunctionErrorsAlarm", {"defineInvocations": 20, "defineErrors": 3, "verifyInvocations": 2, "verifyErrors": 2}, True),
    ("FunctionThrottlesAlarm", {"verify": 1}, True),
    ("UnverifiedCallsAlarm", {"placed": 20}, False),
    ("UnverifiedCallsAlarm", {"placed": 21}, True),
    ("UnverifiedCallsAlarm", {"placed": 41, "right": 20}, True),
    ("UnverifiedCallsAlarm", {"placed": 42, "right": 21}, False),
    ("UnverifiedCallsAlarm", {"placed": 1000, "right": 600}, False),
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
        super().__init__(FILL=lambda value, other: other if value is None else value, IF=lambda a, b, c: b if a else c)
        queries = alarm.get("Metrics", [{"Id": "", "ReturnData": False}])
        self.expressions = {each["Id"]: each["Expression"] for each in queries if "Expression" in each}
        assert set(counted) <= {each["Id"] for each in queries} - set(self.expressions)
        self.counted = counted

    def __missing__(self, name):
        if text := self.expressions.get(name):
            text = text if isinstance(text, str) else text["Fn::Sub"]
            # Where Python would reckon what IF does not choose, and divide by 0, CloudWatch has a missing value.
            return eval(text.replace("/ invocations", "/ (invocations or 1)"), {"__builtins__": {}}, self)
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
