"""The documents keep up with what the template watches, with what that costs, and with each other."""

import re

import metrics
import pytest
from documents import DOCUMENTS, commands, phrases, read
from stack import CODES, ROOT, Stack, load
from watch_invariants import alarms_of, statistics

DOCUMENT = load()
COST, MONITORING, RUNBOOK = (read(f"docs/operate/{name}.md") for name in ("cost", "monitoring", "runbook"))
# Assumed, for no particular country. The first minute is billed whole.
TELEPHONY = float(re.search(r"\| Connect, telephony \|[^\n]*at (0\.\d+) a minute", COST)[1])
CUSTOMER, BASIC = (float(price) for price in re.findall(r"plan Customer[^|]*\| (0\.\d+) a minute", COST))


def sections(title):
    """Heading -> text, of what stands below a title of the runbook."""
    text = RUNBOOK.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL))


ALARMS = sections("Alarms")


def test_the_runbook_has_every_alarm():
    assert sorted(ALARMS) == sorted(alarms_of(Stack(DOCUMENT, CODES)))


def test_the_runbook_has_every_error_word():
    words = re.findall(r"^## ([A-Z_]+)$", read("docs/reference/error-words.md"), re.MULTILINE)
    assert len(words) > 10
    assert sorted(", ".join(sections("Error words")).split(", ")) == sorted(words)


@pytest.mark.parametrize(
    ("head", "words"),
    [("\n## Limits\n", metrics.LIMITS), ("| `Reason` | why the code was withheld |\n", metrics.OURS["CodesWithheld"][1])],
    ids=["limit", "reason for which a code is withheld"],
)
def test_the_runbook_has_every_word(head, words):
    table = RUNBOOK.partition(head)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} == words


def actions(text):
    """Parameters to set and commands to run that a text names after "Do"."""
    _, _, text = text.partition("**Do**")
    named = [*phrases(text), *commands(text)]
    return [each for each in named if each in DOCUMENT["Parameters"] or each.startswith(("aws ", "sam ", "voice-otp "))]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_has_an_action(name):
    assert actions(ALARMS[name])


@pytest.mark.parametrize("text", ["**Look** at `CallsPlaced`.", "Run `sam build`.", "**Do** what [the word](#call_busy) says, by `advice`."])
def test_a_section_without_an_action_is_seen(text):
    assert not actions(text)


def watching():
    """What watching costs a month, at most."""
    looked_at = sum(len(statistics(alarm)) for alarm in alarms_of(Stack(DOCUMENT, CODES)).values())
    return looked_at, looked_at * 0.10, metrics.count(), metrics.count() * 0.30


def test_what_watching_costs():
    looked_at, alarms, counted, price = watching()
    number = len(alarms_of(Stack(DOCUMENT, CODES)))
    assert f"{number} alarms" in MONITORING
    assert f"{number} alarms look at {looked_at} metrics. With the dashboard and the functions' {counted} metrics" in COST
    assert f"| {alarms:.2f} for {looked_at} metrics |" in COST
    assert f"| at most {price:.2f}, if all {counted} were counted" in COST
    assert f"that is at most {alarms + 3 + price:.2f} USD a month" in COST


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
    calls = DOCUMENT["Parameters"][calls]["Default"] if isinstance(calls, str) else calls
    voice, telephony = [minutes * price for price in (CUSTOMER, BASIC)], max(1, minutes) * TELEPHONY
    amounts = [calls * amount for amount in (*voice, *(each + telephony for each in voice))]
    amounts = [f"{amount:.{digits}f}" for amount in amounts]
    (found,) = re.findall(rf"\| {row}[^|]*\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) or ([\d.]+) \|", COST)
    assert list(found) == amounts


def test_the_average_call_costs_what_the_default_says():
    """35 s by the dearer plan, and telephony."""
    default = f"{35 / 60 * CUSTOMER + TELEPHONY:.2f}"
    assert DOCUMENT["Parameters"]["CallPriceUsd"]["Default"] == default
    assert f"is {default} by default" in COST


def test_the_example_follows_from_the_prices():
    """50,000 users, once a month, with 1.09 calls each."""
    calls = 50_000 * 1.09
    minutes = calls * 35 / 60
    _, alarms, _, price = watching()
    rest = [calls * TELEPHONY, 40_000 * 0.0055, 50 * (0.002 + 0.008), 1.40, alarms + 3 + price]
    example = COST.partition("\n## An example: 50,000 users\n")[2].partition("\n## ")[0]
    assert f"| {calls:,.0f} calls (1.09 a visit), {minutes:,.0f} minutes |" in example
    assert f"This is {calls / 30:,.0f} calls a day" in example
    rows = re.findall(r"^\| .+ \| \**([\d,.]+)\** \| \**([\d,.]+)\** \|$", example, re.MULTILINE)
    found = [[float(amount.replace(",", "")) for amount in column] for column in zip(*rows)]
    for column, voice in zip(found, (CUSTOMER, BASIC), strict=True):
        amounts = [minutes * voice, *rest]
        assert column == pytest.approx([*amounts, sum(amounts)], abs=0.51)


def test_the_prices_of_what_a_sign_in_takes_stand_in_one_place():
    """Of the voice service, Lambda and DynamoDB."""
    prices = r"\b0\.0(18|38) (USD )?a minute|\b0\.0000166667\b|\b0\.(20|625|125) (for )?a million"
    found = {str(path.relative_to(ROOT)) for path in DOCUMENTS if re.search(prices, path.read_text(encoding="utf-8"))}
    assert found == {"docs/operate/cost.md"}
