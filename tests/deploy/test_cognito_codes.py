"""Cognito's own codes, as far as ministack goes, whose Cognito invokes no custom SMS sender. The functions have no other rights than
their roles have. What becomes of a code, the tests of the local stack say."""

import base64
import json

import pytest
from account import SETTINGS
from processes import ROOT
from test_watch import lines


@pytest.fixture(scope="module")
def stack(strict_account):
    return strict_account.deploy("voice-code-codes", CognitoCodes="all", AllowSelfSignUp="true")


def triggers(stack):
    found = stack.account.client("cognito-idp").describe_user_pool(UserPoolId=stack.outputs["UserPoolId"])
    return found["UserPool"]["LambdaConfig"]


def test_the_pool_has_the_sender_and_its_key(stack):
    found = triggers(stack)
    assert found["CustomSMSSender"] == {"LambdaVersion": "V1_0", "LambdaArn": stack.outputs["SendCodeArn"]}
    assert found["KMSKeyID"] == stack.outputs["CognitoCodesKeyArn"] != stack.outputs["KmsKeyArn"]


def renamed(message, names):
    """A message with other names in its header, each with its length before it. No tag of it is right any more."""
    message = bytearray(base64.b64decode(message))
    # The length of all names in the encryption context stands after format, type, suite and id.
    context = slice(20, 22)
    for old, new in names.items():
        old, new = (len(name).to_bytes(2, "big") + name.encode() for name in (old, new))
        place = message.index(old)
        message[place : place + len(old)] = new
        if place < context.stop + int.from_bytes(message[context], "big"):
            length = int.from_bytes(message[context], "big") + len(new) - len(old)
            message[context] = length.to_bytes(2, "big")
    return base64.b64encode(message).decode()


def send(stack, sample, number):
    """What send-code makes of a sample event, with this number. It does not decrypt the message, so this one need only name the
    stack's pool and key."""
    event = json.loads((ROOT / f"events/{sample}.json").read_text(encoding="utf-8"))
    pool, key = stack.outputs["UserPoolId"], stack.outputs["CognitoCodesKeyArn"]
    names = {event["userPoolId"]: pool, SETTINGS["OTP_COGNITO_CODES_KEY_ARN"]: key}
    event["request"]["code"] = renamed(event["request"]["code"], names)
    event["userPoolId"] = pool
    event["request"]["userAttributes"]["phone_number"] = number
    answer = stack.account.client("lambda").invoke(FunctionName=stack.outputs["SendCodeArn"], Payload=json.dumps(event))
    assert "FunctionError" not in answer and json.load(answer["Payload"]) is None
    *_, line = (each for each in lines(stack, stack.resources()["SendCodeLogs"]) if each["message"] == "answered")
    assert number not in json.dumps(line)
    return line


def test_a_sign_up_is_called_once(stack):
    number = stack.account.telephone.next_number()
    assert send(stack, "send-01-sign-up", number)["outcome"] == "called"
    # Lambda may deliver an event twice.
    send(stack, "send-01-sign-up", number)
    (call,) = stack.account.telephone.calls(number)
    assert "Handle" in call["attributes"]


def test_a_temporary_password_is_not_spoken(stack):
    number = stack.account.telephone.next_number()
    line = send(stack, "send-09-temporary-password", number)
    assert (line["outcome"], line["CodesNotSent"]) == ("not-for-voice", 1)
    assert stack.account.telephone.calls(number) == []


def test_they_can_be_turned_off(strict_account, stack):
    """The last test: it changes the stack."""
    before = triggers(stack)
    strict_account.deploy(stack.name, CognitoCodes="off")
    assert triggers(stack) == {name: value for name, value in before.items() if name not in ("CustomSMSSender", "KMSKeyID")}
    parts = ("CognitoCodes", "CodesNotSent", "SendCode", "SignUpClient")
    assert not [name for name in stack.resources() if name.startswith(parts)]
    assert stack.status == "UPDATE_COMPLETE"
