"""Clients sign in through a pool that `sam deploy` has made."""

import json
import subprocess
from pathlib import Path

import pytest
from account import PASSWORD
from botocore.exceptions import ClientError
from sign_in import Device, SignIn, wrong


@pytest.fixture(scope="module")
def stack(account):
    return account.deploy("voice-code")


def test_python_signs_in_with_a_wrong_code_another_call_and_the_right_code(account, stack):
    number = stack.new_user("ann")
    sign_in = SignIn(stack, "ann")
    assert sign_in.challenge["destination"] == f"+1********{number[-2:]}"
    code = stack.code(number)
    sign_in.answer(wrong(code))
    assert sign_in.challenge["attemptsLeft"] == "2"
    sign_in.call_again()
    assert len(account.telephone.calls(number)) == 2
    sign_in.answer(stack.code(number))
    assert sign_in.claims["cognito:username"] == "ann"


@pytest.mark.parametrize("library", ["amazon-cognito-identity-js", "aws-amplify", "@aws-sdk/client-cognito-identity-provider"])
def test_javascript_signs_in_with_a_wrong_code_another_call_and_the_right_code(account, stack, library):
    username = library.rpartition("/")[2]
    number = stack.new_user(username)
    client = Path(__file__).with_name("sign-in.mjs")
    with subprocess.Popen(["node", client], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(message):
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        outputs = stack.outputs
        where = {"region": outputs["Region"], "userPoolId": outputs["UserPoolId"], "clientId": outputs["UserPoolClientId"]}
        who = {"username": username, "password": PASSWORD}
        first = ask({"library": library, "endpoint": account.endpoint} | where | who)["challenge"]
        assert first["destination"] == f"+1••••••••{number[-2:]}"
        code = stack.code(number)
        assert ask(wrong(code))["challenge"]["attemptsLeft"] == 2
        assert ask(None)["challenge"]["callsLeft"] == 1
        assert list(ask(stack.code(number))) == ["token"]


def test_a_trusted_device_signs_in_without_a_call(account, stack):
    number, device = stack.new_user("eve"), Device()
    sign_in = SignIn(stack, "eve", device=device)
    assert (sign_in.challenge["delivery"], sign_in.challenge["deviceDays"]) == ("VOICE", "30")
    assert sign_in.answer(stack.code(number), device).tokens
    sign_in = SignIn(stack, "eve", device=device)
    assert sign_in.challenge["delivery"] == "DEVICE"
    assert sign_in.sign(device).claims["cognito:username"] == "eve"
    assert len(account.telephone.calls(number)) == 1


def test_a_user_denies_a_sign_in(account, stack):
    number = stack.new_user("dan")
    sign_in = SignIn(stack, "dan")
    code = stack.code(number)
    assert stack.speak_code(number, wish="deny") == {"Result": "denied"}
    assert sign_in.answer(code).tokens is None
    with pytest.raises(ClientError, match=r"\[SIGN_IN_DENIED \d+\]"):
        SignIn(stack, "dan")
    assert len(account.telephone.calls(number)) == 1


def test_three_wrong_codes_end_it(account, stack):
    number = stack.new_user("bob")
    sign_in = SignIn(stack, "bob")
    code = stack.code(number)
    sign_in.answer(wrong(code)).answer(wrong(code))
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        sign_in.answer(wrong(code))
    with pytest.raises(ClientError):
        sign_in.answer(code)


def test_a_wrong_password_calls_nobody(account, stack):
    number = stack.new_user("carol")
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        SignIn(stack, "carol", "Wrong-horse-1")
    assert account.telephone.calls(number) == []
