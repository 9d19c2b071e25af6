"""Each invariant on a stack with all defaults, on one that brings its own pool, flow and key, and on others between."""

import call_invariants
import flow_invariants
import pytest
import role_invariants
import stack_invariants
import watch_invariants
from stack import CODES, EXISTING, MAIL, NEW, NEW_POOL, OWN_FLOW, PERMITTED, Stack, load

PARTS = (stack_invariants, role_invariants, watch_invariants, flow_invariants, call_invariants)
INVARIANTS = [invariant for part in PARTS for invariant in part.INVARIANTS]

# A new pool with every other parameter changed, and mail instead of a topic.
LEFT_OUT = ("AlarmTopicArn", "ExistingUserPoolArn", "OtpPhoneAttribute")
CHANGED = {name: value for name, value in EXISTING.items() if name not in LEFT_OUT} | MAIL | NEW_POOL


STACKS = {
    "new": NEW,
    "permitted": PERMITTED,
    "codes": CODES,
    "gate-off": NEW | {"OtpGate": "off"},
    "changed": CHANGED,
    "existing": EXISTING,
    "own-flow": OWN_FLOW,
}


@pytest.fixture(scope="module", params=STACKS)
def stack(request):
    return Stack(load(), STACKS[request.param])


def test_breaks_no_rule(stack):
    assert stack.broken_rules() == []


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.__name__)
def test_holds(invariant, stack):
    invariant(stack)
