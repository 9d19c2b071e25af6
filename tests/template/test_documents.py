"""README and runbook keep up with what the template watches, and with what that costs."""

import re

import metrics
from stack import NEW, ROOT, Stack, load
from watch_invariants import alarms_of, statistics

DOCUMENT = load()
_, _, WATCH = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Watch it\n")
WATCH = WATCH.partition("\n## ")[0].replace("\n", " ")


def test_every_parameter_has_its_row_and_default():
    groups = DOCUMENT["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    (names,) = [group["Parameters"] for group in groups if group["Label"]["default"] == "Watching"]
    rows = dict(re.findall(r"\| `(\w+)` \| [^|]+ \| (?:`?([^|`]*)`? )?\|", WATCH))
    assert rows == {name: str(DOCUMENT["Parameters"][name]["Default"]) for name in names}


def test_the_runbook_has_every_alarm():
    runbook = (ROOT / "RUNBOOK.md").read_text(encoding="utf-8")
    _, _, alarms = runbook.partition("\n## Alarms\n")
    sections = re.findall(r"^### (\w+)$", alarms.partition("\n## ")[0], re.MULTILINE)
    assert sorted(sections) == sorted(alarms_of(Stack(DOCUMENT, NEW)))


def test_what_it_costs():
    alarms = alarms_of(Stack(DOCUMENT, NEW))
    looked_at = sum(len(statistics(alarm)) for alarm in alarms.values())
    assert f"- {len(alarms)} **alarms**" in WATCH
    assert f"| {looked_at * 0.10:.2f} for {looked_at} metrics |" in WATCH
    assert f"| at most {metrics.count() * 0.30:.2f}, if all {metrics.count()} were counted" in WATCH
