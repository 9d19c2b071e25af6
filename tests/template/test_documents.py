"""README and runbook keep up with what the template watches, and with what that costs."""

import re

import metrics
import pytest
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


def broken_rows(text):
    """Lines of tables that Markdown does not read as a row of as many cells as the header has."""
    broken, cells, fenced = [], None, False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        if fenced or not line.strip() or line.startswith("    "):
            cells = None
        elif line.lstrip().startswith("|") or cells:
            # A pipe in code, or behind a backslash, divides nothing.
            row = re.sub(r"`[^`]*`|\\\|", "", line).strip()
            found = row.count("|") - 1 if row.startswith("|") and row.endswith("|") else 0
            cells = cells or found
            if found != cells or not found:
                broken.append(line)
    return broken


@pytest.mark.parametrize("row", ["| c", "and more |", "more", "| c | d | e |", "| c |"])
def test_a_broken_row_is_seen(row):
    assert broken_rows(f"| a | b |\n|---|---|\n| `x | y` | \\| |\n{row}\n") == [row]


@pytest.mark.parametrize("path", [*ROOT.glob("*.md"), *ROOT.glob("crates/*/*/*.md")], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_row_of_a_table_has_the_cells_of_its_header(path):
    assert not broken_rows(path.read_text(encoding="utf-8"))
