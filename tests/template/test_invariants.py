"""Each invariant on a stack with all defaults, and on one that brings its own pool, flow and key."""

import call_invariants
import flow_invariants
import pytest
import role_invariants
import stack_invariants
from stack import EXISTING, NEW, Stack, load

INVARIANTS = (
    stack_invariants.INVARIANTS + role_invariants.INVARIANTS + flow_invariants.INVARIANTS + call_invariants.INVARIANTS
)

# A new pool with every other parameter changed.
CHANGED = {name: value for name, value in EXISTING.items() if name not in ("ExistingUserPoolArn", "OtpPhoneAttribute")}


@pytest.fixture(scope="module", params=[NEW, CHANGED, EXISTING], ids=["new", "changed", "existing"])
def stack(request):
    return Stack(load(), request.param)


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.__name__)
def test_holds(invariant, stack):
    invariant(stack)
