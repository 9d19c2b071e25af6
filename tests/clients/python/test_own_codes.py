"""Cognito's own codes, which the phone speaks: with boto3 and with the AWS CLI as they are.

Needs what `cargo build --workspace` leaves in the target folder; CARGO_TARGET_DIR is honoured.
"""

import json
import re
import time
import urllib.request

import pytest
from clients import Boto3, Cli, Refused
from processes import TARGET, Telephone, local

PASSWORD = "Correct-horse-1"
NEW_PASSWORD = "Correct-horse-2"

# Only turns what would hang into a failure.
LONGEST_WAIT_SECONDS = 600

# As long as they may be, so that no machine is too slow.
PATIENT = ["--set", "CONNECT_RING_TIMEOUT_SECONDS=60", "--set", "OTP_VALIDITY_SECONDS=600"]


class Stack(Telephone):
    def __init__(self, endpoint):
        super().__init__(endpoint)
        self.config = self._request("/local/config")
        self._heard = {}

    def new_user(self, **changes):
        """A user name and a number, of a user who can sign in."""
        name, number = self.new_name()
        self._request("/local/users", {"username": name, "password": PASSWORD, "phoneNumber": number} | changes)
        return name, number

    def new_name(self):
        """A user name and a number that nobody has."""
        number = self.next_number()
        return f"user-{number[-3:]}", number

    def next_call(self, number):
        """The next call to a number and the code that it spoke, once it has. Codes are sent only after Cognito's answer, so the
        latest call may be an earlier one."""
        index = self._heard.get(number, 0)
        self._heard[number] = index + 1
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while time.monotonic() < deadline:
            for call in self.calls(number)[index : index + 1]:
                said = " ".join(line.get("says") or "" for line in call["transcript"])
                if code := re.search(r"\d(?:, \d){3,}", said):
                    return call, code[0].replace(", ", "")
                assert call["state"] != "ended", said
            time.sleep(0.02)
        pytest.fail(f"call {index + 1} to the number that ends in {number[-2:]} spoke no code")

    def _request(self, path, body=None):
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.endpoint + path, body and json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as response:
            return json.load(response)


class User:
    """A user of the pool, with a client. Requests name the app client and the user, or have the user's access token."""

    def __init__(self, cognito, stack, name):
        self._cognito = cognito
        self._client = {"ClientId": stack.config["clientIdPassword"]}
        self.name = name
        self._token = None

    def __call__(self, operation, **parameters):
        return self._cognito(operation, **self._client, Username=self.name, **parameters)

    def signed_in(self, operation, **parameters):
        return self._cognito(operation, AccessToken=self._token, **parameters)

    def start(self, flow, **parameters):
        """Begins a sign-in, and gives Cognito's answer."""
        parameters = {"USERNAME": self.name} | parameters
        return self._take(self._cognito("InitiateAuth", AuthFlow=flow, **self._client, AuthParameters=parameters))

    def respond(self, step, answer, value):
        """Answers a challenge."""
        challenge = {"ChallengeName": step["ChallengeName"], "Session": step["Session"]}
        responses = {"USERNAME": self.name, answer: value}
        return self._take(
            self._cognito("RespondToAuthChallenge", **self._client, **challenge, ChallengeResponses=responses)
        )

    def attributes(self):
        return {attribute["Name"]: attribute["Value"] for attribute in self.signed_in("GetUser")["UserAttributes"]}

    def _take(self, step):
        self._token = step.get("AuthenticationResult", {}).get("AccessToken")
        return step


@pytest.fixture(scope="module")
def stack():
    binaries = TARGET / "debug"
    # Cognito's own MFA is for pools without custom auth, and so without the token gate.
    with local(binaries / "local", "--functions", binaries, "--token-gate", "off", *PATIENT) as endpoint:
        yield Stack(endpoint)


@pytest.fixture(params=[Boto3, Cli])
def cognito(request, stack):
    return request.param(stack.endpoint, stack.config["region"])


@pytest.mark.parametrize(("locale", "greeting"), [("en-US", "confirm your phone number"), ("de-DE", "Bestätigung Ihrer Nummer")])
def test_a_new_user_is_confirmed(cognito, stack, locale, greeting):
    name, number = stack.new_name()
    user = User(cognito, stack, name)
    attributes = [{"Name": "phone_number", "Value": number}, {"Name": "locale", "Value": locale}]
    sent = user("SignUp", Password=PASSWORD, UserAttributes=attributes)
    assert sent["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    call, code = stack.next_call(number)
    assert call["attributes"]["Language"] == locale
    assert greeting in call["transcript"][0]["says"]

    user("ResendConfirmationCode")
    _, second = stack.next_call(number)
    if code != second:
        refused(user, "ConfirmSignUp", ConfirmationCode=code)
    user("ConfirmSignUp", ConfirmationCode=second)
    user.start("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)
    assert user.attributes()["phone_number_verified"] == "true"


def test_a_forgotten_password_is_replaced(cognito, stack):
    # A verified e-mail address would come first.
    name, number = stack.new_user(attributes={"email": None})
    user = User(cognito, stack, name)
    assert user("ForgotPassword")["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    call, code = stack.next_call(number)
    assert "the code for your new password" in call["transcript"][0]["says"]
    refused(user, "ConfirmForgotPassword", ConfirmationCode=wrong(code), Password=NEW_PASSWORD)
    user("ConfirmForgotPassword", ConfirmationCode=code, Password=NEW_PASSWORD)
    assert "AuthenticationResult" in user.start("USER_PASSWORD_AUTH", PASSWORD=NEW_PASSWORD)


def test_a_new_number_is_verified(cognito, stack):
    name, number = stack.new_user()
    _, new_number = stack.new_name()
    user = User(cognito, stack, name)
    user.start("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)
    change = [{"Name": "phone_number", "Value": new_number}]
    user.signed_in("UpdateUserAttributes", UserAttributes=change)
    _, first = stack.next_call(new_number)
    assert user.attributes()["phone_number"] == number

    # GetUserAttributeVerificationCode would call the number that is the user's now.
    user.signed_in("UpdateUserAttributes", UserAttributes=change)
    _, second = stack.next_call(new_number)
    if first != second:
        refused(user.signed_in, "VerifyUserAttribute", AttributeName="phone_number", Code=first)
    user.signed_in("VerifyUserAttribute", AttributeName="phone_number", Code=second)
    assert user.attributes()["phone_number"] == new_number


def test_a_second_factor_is_asked_for(cognito, stack):
    name, number = stack.new_user()
    user = User(cognito, stack, name)
    user.start("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)
    user.signed_in("SetUserMFAPreference", SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    step = user.start("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)
    assert step["ChallengeName"] == "SMS_MFA"
    call, code = stack.next_call(number)
    assert len(code) == 6
    assert "your sign-in code" in call["transcript"][0]["says"]
    with pytest.raises(Refused, match="CodeMismatchException"):
        user.respond(step, "SMS_MFA_CODE", wrong(code))
    user.respond(step, "SMS_MFA_CODE", code)
    assert user.attributes()["phone_number"] == number


def test_a_code_alone_signs_in_and_has_eight_digits(cognito, stack):
    name, number = stack.new_user()
    user = User(cognito, stack, name)
    step = user.start("USER_AUTH")
    assert step["ChallengeName"] == "SELECT_CHALLENGE"
    step = user.respond(step, "ANSWER", "SMS_OTP")
    assert step["ChallengeName"] == "SMS_OTP"
    _, code = stack.next_call(number)
    assert len(code) == 8
    user.respond(step, "SMS_OTP_CODE", code)
    assert user.attributes()["phone_number"] == number


def refused(do, operation, **parameters):
    with pytest.raises(Refused, match="CodeMismatchException"):
        do(operation, **parameters)


def wrong(code):
    """A code that is not this one."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)
