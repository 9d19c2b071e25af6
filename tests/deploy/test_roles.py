"""The functions with no other rights than their roles have, by ministack's reading of IAM, and with less."""

import json

import pytest
from botocore.exceptions import ClientError
from sign_in import SignIn, wrong


@pytest.fixture(scope="module")
def stack(strict_account):
    return strict_account.deploy("voice-code")


def test_roles_suffice_for_a_sign_in(stack):
    number = stack.new_user("ann")
    sign_in = SignIn(stack, "ann")
    sign_in.answer(wrong(stack.code(number))).call_again()
    assert sign_in.answer(stack.code(number)).claims["cognito:username"] == "ann"


@pytest.fixture
def without(stack):
    """Takes the right to change or read the ledger from a function."""
    iam, taken = stack.account.client("iam"), []

    def take(function, policy_name="count"):
        place = {"RoleName": stack.resources()[f"{function}Role"], "PolicyName": policy_name}
        policy = iam.get_role_policy(**place)["PolicyDocument"]
        iam.delete_role_policy(**place)
        taken.append((place, policy))

    yield take
    for place, policy in taken:
        iam.put_role_policy(**place, PolicyDocument=json.dumps(policy))


def test_nobody_is_called_if_create_may_not_count(stack, without):
    number = stack.new_user("bob")
    without("CreateChallenge")
    with pytest.raises(ClientError, match="SIGN_IN_BUSY"):
        SignIn(stack, "bob")
    assert stack.account.telephone.calls(number) == []


def test_nobody_gets_in_if_verify_may_not_count(stack, without):
    number = stack.new_user("carol")
    sign_in = SignIn(stack, "carol")
    code = stack.code(number)
    without("VerifyChallenge")
    with pytest.raises(ClientError, match="SIGN_IN_BUSY"):
        sign_in.answer(code)


def test_nobody_gets_tokens_if_the_gate_may_not_look(stack, without):
    number = stack.new_user("erin")
    sign_in = SignIn(stack, "erin")
    code = stack.code(number)
    without("GateTokens", "look")
    with pytest.raises(ClientError, match="SIGN_IN_BUSY"):
        sign_in.answer(code)


def test_no_call_gets_a_code_if_speak_code_may_not_note_who_listens(stack, without):
    number = stack.new_user("dave")
    sign_in = SignIn(stack, "dave")
    without("SpeakCode", "hear")
    with pytest.raises(AssertionError, match="SIGN_IN_BUSY"):
        stack.code(number)
    # Nobody has heard it: no answer is compared.
    assert sign_in.answer("000000").challenge["attemptsLeft"] == "2"
