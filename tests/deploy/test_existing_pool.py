"""A pool that is there already: `voice-otp` says what is missing, attaches the functions, and finds all in order."""

import json
import shlex
import subprocess

import pytest
from account import PASSWORD
from botocore.exceptions import ClientError
from processes import TARGET
from sam import ENVIRONMENT
from sign_in import Device, SignIn

# ministack has no Connect. The telephone's instance is of another account than its own, so the doctor doesn't ask which
# functions that lists.
UNSEEN = {"Connect instance", "Contact flow", "Number that calls"}
# ministack's IAM simulator reads no context keys. So for the doctor these roles may update any row.
OF_SOME_ROWS = {"VerifyAuthChallengeResponse role", "speak-code role"}
# The doctor calls it wrong if nothing limits the calls to a user, as in the other tests.
LIMITED = {"OtpMaxCallsDay": "10"}
CLOSED = {
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
    "AutoVerifiedAttributes": ["phone_number"],
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["phone_number"]},
}


@pytest.fixture(scope="module")
def pool(account):
    return account.client("cognito-idp").create_user_pool(PoolName="team", **CLOSED)["UserPool"]


@pytest.fixture(scope="module")
def stack(account, pool):
    stack = account.deploy("voice-code-for-a-pool", ExistingUserPoolArn=pool["Arn"], **LIMITED)
    heed_time_to_live(stack)
    return stack


@pytest.fixture(scope="module")
def new_pool(account):
    stack = account.deploy("voice-code-all-right", **LIMITED)
    heed_time_to_live(stack)
    return stack


def heed_time_to_live(stack):
    """ministack's CloudFormation makes the table without."""
    stack.account.client("dynamodb").update_time_to_live(
        TableName=stack.outputs["LedgerTableName"],
        TimeToLiveSpecification={"AttributeName": "deleteAfter", "Enabled": True},
    )


def voice_otp(account, *arguments):
    """Its exit code, and what it said."""
    environment = ENVIRONMENT | {"AWS_ENDPOINT_URL": account.endpoint}
    command = [TARGET / "debug/voice-otp", *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def findings(stack):
    """What the doctor finds. All that it can't look at is what ministack doesn't have."""
    code, said = voice_otp(stack.account, "doctor", "--stack", stack.name, "--region", "us-east-1", "--json")
    found = json.loads(said)["findings"]
    assert {each["subject"] for each in found if each["verdict"] == "unread"} == UNSEEN, said
    assert code == (1 if any(each["verdict"] == "wrong" for each in found) else 2), said
    return [each for each in found if not of_some_rows(each)]


def of_some_rows(finding):
    excess = "it may do what the function does not need: dynamodb:UpdateItem"
    return finding["subject"] in OF_SOME_ROWS and finding["word"] == "role-exceeds" and finding["text"] == excess


def wrong(stack):
    """What the doctor finds wrong: the words."""
    return [each["word"] for each in findings(stack) if each["verdict"] == "wrong"]


def attach(stack, *options):
    return voice_otp(stack.account, *shlex.split(stack.outputs["AttachTriggers"])[1:], *options)


def test_a_device_is_trusted_and_forgotten(new_pool):
    number, device = new_pool.new_user("eve"), Device()
    SignIn(new_pool, "eve").answer(new_pool.code(number), device)

    def devices(*options):
        code, said = voice_otp(new_pool.account, "devices", "eve", "--stack", new_pool.name, "--region", "us-east-1", *options)
        assert code == 0, said
        return said

    assert f"\n{device.id}  until " in devices()
    assert SignIn(new_pool, "eve", device=device).challenge["delivery"] == "DEVICE"
    assert "Forgot one device." in devices("--forget", device.id)
    assert "This user trusts no device." in devices()
    assert SignIn(new_pool, "eve", device=device).challenge["delivery"] == "VOICE"


def test_a_new_pool_is_all_right(new_pool):
    assert wrong(new_pool) == []
    # speak-code is looked at like the others.
    right = {each["subject"] for each in findings(new_pool) if each["verdict"] == "right"}
    assert {f"speak-code {look}" for look in ("function", "settings", "permission")} <= right


def test_a_function_that_connect_may_not_invoke_is_found(account, new_pool):
    function, client = new_pool.resources()["SpeakCode"], account.client("lambda")
    (statement,) = json.loads(client.get_policy(FunctionName=function)["Policy"])["Statement"]
    client.remove_permission(FunctionName=function, StatementId=statement["Sid"])
    assert wrong(new_pool) == ["permission-missing"]


def test_a_pool_is_attached_and_its_users_sign_in_by_call(account, pool, stack):
    cognito = account.client("cognito-idp")
    assert wrong(stack) == ["trigger-missing", "trigger-missing", "trigger-missing", "no-client"]

    code, said = attach(stack, "--dry-run")
    assert code == 0 and said.count("none -> arn:aws:lambda:") == 3, said
    assert wrong(stack)[0] == "trigger-missing"
    code, said = attach(stack, "--yes")
    assert code == 0, said
    client = stack.run(shlex.split(stack.outputs["AttachClient"]))["UserPoolClient"]["ClientId"]
    assert wrong(stack) == []

    number = account.telephone.next_number()
    attributes = {"phone_number": number, "phone_number_verified": "true"}
    attributes = [{"Name": name, "Value": value} for name, value in attributes.items()]
    cognito.admin_create_user(UserPoolId=pool["Id"], Username="ann", UserAttributes=attributes)
    cognito.admin_set_user_password(UserPoolId=pool["Id"], Username="ann", Password=PASSWORD, Permanent=True)
    sign_in = SignIn(stack, "ann", client_id=client)
    assert sign_in.answer(stack.code(number)).claims["cognito:username"] == "ann"


def test_a_way_around_the_call_is_found(account, pool, stack):
    cognito = account.client("cognito-idp")
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="old", ExplicitAuthFlows=flows)
    assert wrong(stack)[:1] == ["client-flow"]


def test_the_token_gate_is_attached_and_taken_off(account, pool, stack):
    client, who = stack.new_client("USER_PASSWORD_AUTH"), {"USERNAME": "ann", "PASSWORD": PASSWORD}
    request = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client, "AuthParameters": who}
    cognito = account.client("cognito-idp")
    assert cognito.initiate_auth(**request)["AuthenticationResult"] and "client-flow" in wrong(stack)

    code, said = attach(stack, "--token-gate", "observe", "--yes")
    assert code == 1 and "TokenGate=observe" in said, said
    code, said = attach(stack, "--token-gate", "on", "--yes")
    assert code == 0 and client in said, said
    assert "client-flow" not in wrong(stack)
    with pytest.raises(ClientError, match=r"\[SIGN_IN_NOT_CALLED\]"):
        cognito.initiate_auth(**request)

    code, said = voice_otp(account, "detach", "--region", "us-east-1", "--stack", stack.name, "--token-gate", "--yes")
    assert code == 0, said
    assert cognito.initiate_auth(**request)["AuthenticationResult"]


def test_it_is_detached_before_the_stack_is_deleted(account, pool, stack):
    code, said = voice_otp(account, "detach", "--region", "us-east-1", "--stack", stack.name, "--yes")
    assert code == 0, said
    account.delete(stack.name)
    # Else the pool would ask functions that are gone.
    assert not account.client("cognito-idp").describe_user_pool(UserPoolId=pool["Id"])["UserPool"].get("LambdaConfig")
