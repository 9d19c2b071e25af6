"""Commands of the documents, as they stand there."""

import re
import shlex
import time

import jmespath
import pytest
import sam
from account import PARAMETERS, Stack
from processes import ROOT
from sign_in import SignIn
from test_watch import PATIENCE, lines

NAME = "voice-code-as-printed"
DEPLOY, RUNBOOK = ((ROOT / "docs/operate" / name).read_text(encoding="utf-8") for name in ("deploy.md", "runbook.md"))
# Beside voice-code, which another file deploys.
ELSEWHERE = ("--stack-name", NAME, "--s3-prefix", NAME)


def printed(document, pattern):
    """The one command of a document that begins so, on a line of its own."""
    (command,) = set(re.findall(rf"^ +({pattern}.*)$", document, re.MULTILINE))
    return command


@pytest.fixture(scope="module")
def stack(account):
    command = printed(DEPLOY, "sam deploy --parameter-overrides ConnectInstanceArn=")
    given = dict(word.split("=", 1) for word in shlex.split(command) if "=" in word)
    assert set(given) == {"ConnectInstanceArn", "ConnectSourcePhoneNumber", "OtpBrand"}
    # The telephone's instance and number for those of the document, its flow, and no association: ministack has no Connect.
    for name in ("ConnectInstanceArn", "ConnectSourcePhoneNumber"):
        command = command.replace(f"{name}={given[name]}", f"{name}={PARAMETERS[name]}")
    command += "".join(f" {name}={PARAMETERS[name]}" for name in ("ConnectContactFlowArn", "ConnectLambdaAccess"))
    sam.deploy_as_printed(account.endpoint, account.template, command, *ELSEWHERE)
    return Stack(account, NAME)


def parameters(stack):
    found = stack.account.describe(stack.name)["Parameters"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in found}


def test_one_line_deploys_what_users_sign_in_to(account, stack):
    assert parameters(stack)["OtpBrand"] == "Example Shop"
    number = stack.new_user("ann")
    sign_in = SignIn(stack, "ann")
    assert sign_in.answer(stack.code(number)).claims["cognito:username"] == "ann"


def test_denied_calls_are_allowed_by_one_parameter_and_the_others_stay(account, stack):
    def allowed():
        place = {"RoleName": stack.resources()["CreateChallengeRole"], "PolicyName": "call"}
        (statement,) = account.client("iam").get_role_policy(**place)["PolicyDocument"]["Statement"]
        return statement["Action"], statement["Resource"]

    instance, before = PARAMETERS["ConnectInstanceArn"], parameters(stack)
    assert allowed() == ("connect:StartOutboundVoiceContact", [instance, f"{instance}/*"])
    command = printed(RUNBOOK, "sam deploy --parameter-overrides ConnectCallResource")
    sam.deploy_as_printed(account.endpoint, account.template, command, *ELSEWHERE)
    assert allowed() == ("connect:StartOutboundVoiceContact", "*")
    assert parameters(stack) == before | {"ConnectCallResource": "any"}


def test_a_setting_is_set_back_and_the_others_stay(account, stack):
    before = parameters(stack)
    command = printed(RUNBOOK, "sam deploy --stack-name NAME --parameter-overrides OtpDigits").replace("NAME", NAME)
    changed = command.replace("OtpDigits=6", "OtpDigits=8")
    for each, digits in ((changed, "8"), (command, "6")):
        sam.deploy_as_printed(account.endpoint, account.template, each, *ELSEWHERE)
        assert parameters(stack) == before | {"OtpDigits": digits}


def test_an_output_is_printed_whole(account, stack):
    command = printed(DEPLOY, "aws cloudformation describe-stacks").replace("AttachClient", "FirstUser")
    words = shlex.split(command)
    query = words[words.index("--query") + 1]
    (found,) = jmespath.search(query, {"Stacks": [account.describe(NAME)]})
    assert found == stack.outputs["FirstUser"]


def test_a_repair_keeps_every_parameter(account, stack):
    (query,) = re.findall(r'--query "(Stacks\[0\]\.Parameters.*)" --output text\)', RUNBOOK)
    found = jmespath.search(query, {"Stacks": [account.describe(NAME)]})
    assert set(found) == {f"ParameterKey={name},UsePreviousValue=true" for name in parameters(stack)}


def test_a_deleted_log_group_is_made_again(account, stack):
    """Its lines reach the audit then, as before."""
    group = stack.resources()["DefineChallengeLogs"]
    logs = account.client("logs")
    logs.delete_log_group(logGroupName=group)
    values = {"NAME": NAME, "create-challenge": "define-challenge", "ARN": stack.outputs["AuditForwarderArn"]}
    for command in re.findall(r"^    (aws logs .*)$", RUNBOOK, re.MULTILINE):
        for placeholder, value in values.items():
            command = re.sub(rf"\b{placeholder}\b", value, command)
        stack.run(shlex.split(command))
    (found,) = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    assert found["destinationArn"] == stack.outputs["AuditForwarderArn"]

    def audited():
        return sum(line.get("logGroup") == group for line in lines(stack, stack.outputs["AuditLogGroup"]))

    stack.new_user("bob")
    before, deadline = audited(), time.monotonic() + PATIENCE
    SignIn(stack, "bob")
    while audited() == before:
        assert time.monotonic() < deadline, "the audit lacks lines"
        time.sleep(0.1)
