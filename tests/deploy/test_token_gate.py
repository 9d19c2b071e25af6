"""The token gate: no tokens for a user who was not called, whichever way the user signs in."""

import pytest
from account import PASSWORD
from botocore.exceptions import ClientError
from pycognito import AWSSRP
from sign_in import SignIn
from test_watch import lines

FLOWS = ("USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_SRP_AUTH", "REFRESH_TOKEN_AUTH")
NEW_PASSWORD = "Another-horse-2"


@pytest.fixture(scope="module")
def stack(account):
    return account.deploy("voice-code-gate")


@pytest.fixture(scope="module")
def other(stack):
    """An app client that signs in without the call."""
    return stack.new_client(*FLOWS)


def by_call(stack, username):
    number = stack.new_user(username)
    sign_in = SignIn(stack, username)
    return sign_in.answer(stack.code(number)).tokens


def by_password(stack, client, username, password=PASSWORD):
    cognito, who = stack.account.client("cognito-idp"), {"USERNAME": username, "PASSWORD": password}
    return cognito.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters=who)


def by_admin(stack, client, username):
    cognito, who = stack.account.client("cognito-idp"), {"USERNAME": username, "PASSWORD": PASSWORD}
    where = {"UserPoolId": stack.outputs["UserPoolId"], "ClientId": client}
    return cognito.admin_initiate_auth(**where, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=who)


def by_srp(stack, client, username):
    cognito, pool = stack.account.client("cognito-idp"), stack.outputs["UserPoolId"]
    return AWSSRP(username, PASSWORD, pool, client, client=cognito).authenticate_user()


def test_a_sign_in_by_call_gets_tokens_and_new_ones(stack):
    cognito, client, tokens = stack.account.client("cognito-idp"), stack.outputs["UserPoolClientId"], by_call(stack, "ann")
    refresh = {"REFRESH_TOKEN": tokens["RefreshToken"]}
    assert cognito.initiate_auth(AuthFlow="REFRESH_TOKEN_AUTH", ClientId=client, AuthParameters=refresh)["AuthenticationResult"]
    assert cognito.get_tokens_from_refresh_token(RefreshToken=tokens["RefreshToken"], ClientId=client)["AuthenticationResult"]


@pytest.mark.parametrize("sign_in", [by_password, by_admin, by_srp])
def test_a_sign_in_without_a_call_gets_none(stack, other, sign_in):
    username = sign_in.__name__
    stack.new_user(username)
    with pytest.raises(ClientError, match=r"\[SIGN_IN_NOT_CALLED\]"):
        sign_in(stack, other, username)


def test_a_call_on_one_app_client_is_none_on_another(stack, other):
    assert by_call(stack, "bob")
    with pytest.raises(ClientError, match=r"\[SIGN_IN_NOT_CALLED\]"):
        by_password(stack, other, "bob")


def test_a_new_password_gets_none(stack, other):
    stack.new_user("carol")
    cognito, who = stack.account.client("cognito-idp"), {"UserPoolId": stack.outputs["UserPoolId"], "Username": "carol"}
    cognito.admin_set_user_password(**who, Password=PASSWORD, Permanent=False)
    step = by_password(stack, other, "carol")
    assert step["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with pytest.raises(ClientError, match=r"\[SIGN_IN_NOT_CALLED\]"):
        cognito.respond_to_auth_challenge(
            ClientId=other,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=step["Session"],
            ChallengeResponses={"USERNAME": "carol", "NEW_PASSWORD": NEW_PASSWORD},
        )


def test_a_gate_that_observes_an_exempt_app_client_and_no_gate(account, stack, other):
    """One after the other, since each is a deployment of the same stack."""
    stack.new_user("dave")
    account.deploy(stack.name, TokenGate="observe")
    assert by_password(stack, other, "dave")["AuthenticationResult"]
    seen = [line for line in lines(stack, stack.resources()["GateTokensLogs"]) if line.get("outcome") == "observed"]
    assert [(line["client"], line["Reason"], line["TokensWithoutCall"]) for line in seen] == [(other, "no-pass", 1)]

    account.deploy(stack.name, TokenGate="on", TokenGateExemptClients=other)
    assert by_password(stack, other, "dave")["AuthenticationResult"]
    with pytest.raises(ClientError, match=r"\[SIGN_IN_NOT_CALLED\]"):
        by_password(stack, stack.new_client(*FLOWS), "dave")

    account.deploy(stack.name, TokenGate="off")
    assert not {"GateTokens", "GateTokensRole"} & set(stack.resources())
    assert by_password(stack, other, "dave")["AuthenticationResult"]
