"""README and runbook keep up with what the template watches, and with what that costs."""

import re

import metrics
import pytest
from stack import NEW, ROOT, Stack, load
from watch_invariants import alarms_of, statistics

DOCUMENT = load()
README = (ROOT / "README.md").read_text(encoding="utf-8")
WATCH, COST = (
    README.partition(f"\n## {title}\n")[2].partition("\n## ")[0].replace("\n", " ") for title in ("Watch it", "Cost")
)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
# What a minute is taken to cost, by no country's price.
TELEPHONY = float(re.search(r"\| Connect, telephony \|[^\n]*at (0\.\d+) a minute", COST)[1])


def test_every_parameter_has_its_row_and_default():
    groups = DOCUMENT["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    (names,) = [group["Parameters"] for group in groups if group["Label"]["default"] == "Watching"]
    rows = dict(re.findall(r"\| `(\w+)` \| [^|]+ \| (?:`?([^|`]*)`? )?\|", WATCH))
    assert rows == {name: str(DOCUMENT["Parameters"][name]["Default"]) for name in ["AlarmEmail", *names]}


RUNBOOK = (ROOT / "RUNBOOK.md").read_text(encoding="utf-8")
# Alarm -> what the runbook says of it.
SECTIONS = dict(
    re.findall(r"^### (\w+)$(.*?)(?=^### |\Z)", RUNBOOK.partition("\n## Alarms\n")[2].partition("\n## ")[0], re.M | re.S)
)


def test_the_runbook_has_every_alarm():
    assert sorted(SECTIONS) == sorted(alarms_of(Stack(DOCUMENT, NEW)))


def actions(text):
    """Parameters to set and commands to run that a text names after "Do"."""
    named = re.findall(r"`([^`]+)`|^ {4}(\S.*)$", text.partition("**Do**")[2], re.MULTILINE)
    named = [code or line for code, line in named]
    return [each for each in named if each in DOCUMENT["Parameters"] or each.startswith(("aws ", "sam ", "voice-otp "))]


@pytest.mark.parametrize("name", SECTIONS)
def test_an_alarm_has_an_action(name):
    assert actions(SECTIONS[name])


@pytest.mark.parametrize("text", ["**Look** at `CallsPlaced`.", "Run `sam build`.", "**Do** what [the word](#call_busy) says, by `advice`."])
def test_a_section_without_an_action_is_seen(text):
    assert not actions(text)


def test_what_watching_costs():
    alarms = alarms_of(Stack(DOCUMENT, NEW))
    looked_at = sum(len(statistics(alarm)) for alarm in alarms.values())
    assert f"- {len(alarms)} **alarms**" in WATCH
    assert f"| {looked_at * 0.10:.2f} for {looked_at} metrics |" in COST
    assert f"| at most {metrics.count() * 0.30:.2f}, if all {metrics.count()} were counted" in COST


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


@pytest.mark.parametrize("path", [*DOCUMENTS, *ROOT.glob("crates/*/*/*.md")], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_row_of_a_table_has_the_cells_of_its_header(path):
    assert not broken_rows(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("row", "calls", "minutes", "digits"),
    [
        ("a call of 35 s", 1, 35 / 60, 3),
        ("1000 such calls", 1000, 35 / 60, 2),
        ("10 calls of two minutes", "OtpMaxCallsDay", 2, 2),
        ("1000 calls of two minutes", "OtpMaxCallsAllDay", 2, 2),
    ],
)
def test_what_calls_cost_follows_from_the_prices(row, calls, minutes, digits):
    customer, basic = (float(price) for price in re.findall(r"plan Customer[^|]*\| (0\.\d+) a minute", COST))
    calls = DOCUMENT["Parameters"][calls]["Default"] if isinstance(calls, str) else calls
    amounts = [calls * minutes * price for price in (customer, basic, customer + TELEPHONY, basic + TELEPHONY)]
    amounts = [f"{amount:.{digits}f}" for amount in amounts]
    (found,) = re.findall(rf"\| {row}[^|]*\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) or ([\d.]+) \|", COST)
    assert list(found) == amounts


def test_the_average_call_costs_what_the_default_says():
    """35 s by the dearer plan, and telephony."""
    default = f"{35 / 60 * (0.038 + TELEPHONY):.2f}"
    assert DOCUMENT["Parameters"]["CallPriceUsd"]["Default"] == default
    assert f"telephony at {TELEPHONY:.2f} a minute | {default} |" in WATCH


def test_the_prices_of_what_a_sign_in_takes_stand_in_one_place():
    """Of the voice service, Lambda and DynamoDB."""
    documents = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
    prices = r"\b0\.0(18|38) (USD )?a minute|\b0\.0000166667\b|\b0\.(20|625|125) (for )?a million"
    found = {path.name for path, text in documents.items() if re.search(prices, text)}
    # And how it changed.
    assert found == {"README.md", "CHANGELOG.md"}
