"""Two stacks in one account and Region: nothing of one is the other's, and one goes without the other."""

import pytest
from sign_in import SignIn


@pytest.fixture(scope="module")
def stacks(account):
    return [account.deploy(f"voice-code-{name}", UserPoolDeletionProtection="INACTIVE") for name in ("one", "two")]


def signs_in(stack, username):
    number = stack.new_user(username)
    sign_in = SignIn(stack, username)
    return sign_in.answer(stack.code(number)).claims["cognito:username"] == username


def test_two_stacks_have_nothing_in_common(stacks):
    # A filter's name is its log group's matter.
    one, two = (set(stack.resources().values()) - {"audit"} for stack in stacks)
    assert len(one) == len(two)
    assert one.isdisjoint(two)
    assert all(signs_in(stack, "ann") for stack in stacks)


def test_a_stack_is_deleted_whole_and_the_other_stays(account, stacks):
    before = account.inventory()
    stack = account.deploy(
        "voice-code-three", UserPoolDeletionProtection="INACTIVE", AlarmEmail="ops@example.com"
    )
    made, audit = account.inventory() - before, stack.resources()["AuditLog"]
    assert {kind for kind, _ in made} >= {"function", "log group", "role", "secret", "stack", "table", "user pool"}
    assert {kind for kind, _ in made} >= {"alarm", "dashboard", "key", "topic"}
    account.delete("voice-code-three")
    assert account.inventory() == before | {("log group", audit)}, "the audit alone is kept"
    assert all(signs_in(stack, "bob") for stack in stacks)


def test_a_pool_that_exists_is_neither_made_nor_deleted(account, stacks):
    pool, before = stacks[0].outputs["UserPoolId"], account.inventory()
    arn = account.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]["Arn"]
    stack = account.deploy("voice-code-existing", ExistingUserPoolArn=arn)
    assert stack.outputs["UserPoolId"] == pool
    made = {kind for kind, _ in account.inventory() - before}
    assert "function" in made and "user pool" not in made
    audit = stack.resources()["AuditLog"]
    account.delete(stack.name)
    assert account.inventory() == before | {("log group", audit)}
