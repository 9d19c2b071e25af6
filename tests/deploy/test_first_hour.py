"""tests/aws/check, as far as ministack and the telephone go: what a first deployer sees."""

import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pytest
from processes import ROOT
from sam import ENVIRONMENT
from sign_in import SignIn
from test_watch import PATIENCE, lines

# ministack knows neither a condition on rows nor an encrypted setting. It computes no metric and evaluates no alarm.
MARKS = {
    "CloudFormation makes every resource": "ok",
    "Cognito accepts the role that sends text messages": "ok",
    "IAM's simulation lets the create function start calls": "ok",
    "IAM's simulation lets verify, speak-code and gate-tokens at rows of users alone": "DIFFERS",
    "Connect takes the calls of the create function": "ok",
    "speak-code gives codes to calls": "ok",
    "A code of Cognito's own is read, decrypted and spoken": "ok",
    "An event that send-code fails at is delivered once more": "ok",
    "A sign-in ends with tokens": "ok",
    "The token gate is asked at a sign-in by call, and lets it through": "ok",
    "Lines of the log reach the audit": "ok",
    "CloudWatch makes metrics of the lines": "?",
    "An alarm's sum has a value where nothing was counted": "?",
    "Every alarm is evaluated": "?",
    "Lambda hides settings from a caller who may not decrypt them": "DIFFERS",
    "CloudTrail does not record what a call says": "ok",
    "The flow runs after the answer, and invokes speak-code then": "ok",
    "A call that nobody answers asks for no code": "ok",
    "The key 0 at the gate leads to speak-code": "ok",
}
# By how busy this machine is.
EITHER = "Connect answers the create function within 1500 ms"


@pytest.fixture(scope="module")
def stack(account):
    stack = account.deploy("voice-code-first-hour")
    number = stack.new_user("ann")
    assert SignIn(stack, "ann").answer(stack.code(number)).tokens
    resources, deadline = stack.resources(), time.monotonic() + PATIENCE
    groups = ("DefineChallengeLogs", "CreateChallengeLogs", "VerifyChallengeLogs", "GateTokensLogs", "SpeakCodeLogs")
    awaited = {line["requestId"] for group in groups for line in lines(stack, resources[group])}
    while not awaited <= {line.get("requestId") for line in lines(stack, resources["AuditLog"])}:
        assert time.monotonic() < deadline, "the audit lacks lines"
        time.sleep(0.1)
    return stack


class Phone:
    """A phone in somebody's hand: a call to its number rings until it is answered or declined."""

    def __init__(self, telephone, number):
        self.telephone, self.number = telephone, number
        query = urllib.parse.urlencode({"number": number})
        # In hand as long as this is open.
        self.events = urllib.request.urlopen(f"{telephone.endpoint}/local/phone?{query}")

    def call(self):
        return self.telephone.calls(self.number)[-1]

    def post(self, what, data=b""):
        request = urllib.request.Request(f"{self.telephone.endpoint}/local/calls/{self.call()['contactId']}/{what}", data=data)
        request.add_header("Content-Type", "application/json")
        urllib.request.urlopen(request).close()

    def listen(self):
        """Hears each line until the call ends, and presses 0 where a line says so."""
        while (call := self.call())["state"] != "ended":
            if len(call["transcript"]) > call["heard"]:
                if "Press 0 now." in call["transcript"][-1].get("says", ""):
                    self.post("keys", json.dumps({"keys": "0"}).encode())
                self.post("heard", json.dumps({"lines": len(call["transcript"])}).encode())
            time.sleep(0.02)


def test_facts_are_looked_at_and_no_secret_is_shown(account, stack, tmp_path):
    telephone, number = account.telephone, account.telephone.next_number()
    with urllib.request.urlopen(f"{telephone.endpoint}/local/config") as response:
        operator = json.load(response)
    keys = {"AWS_ACCESS_KEY_ID": operator["accessKeyId"], "AWS_SECRET_ACCESS_KEY": operator["secretAccessKey"]}
    reader = tmp_path / "config"
    reader.write_text("[profile reader]\naws_access_key_id = test\naws_secret_access_key = test\n", encoding="utf-8")
    endpoints = {"AWS_ENDPOINT_URL": account.endpoint, "AWS_ENDPOINT_URL_CONNECT": telephone.endpoint}
    environment = ENVIRONMENT | keys | endpoints | {"AWS_CONFIG_FILE": str(reader)}
    command = [sys.executable, ROOT / "tests/aws/check", "--stack", stack.name, "--reader", "reader", "--call", number]

    phone, marks, shown = Phone(telephone, number), {}, ""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            shown += line
            if "is called: answer it" in line:
                phone.post("answer")
                # No code belongs to the call's handle.
                wish = {"wish": "deny"} if "press 0" in line else {}
                assert stack.speak_code(number, **wish) == {"Result": "none"}
                phone.listen()
            elif "is called: decline it" in line:
                phone.post("decline")
            else:
                mark, _, rest = line.partition(" ")
                marks[rest.strip().partition(": ")[0]] = mark
    assert marks.pop(EITHER) in ("ok", "DIFFERS")
    assert {tried: marks.get(tried) for tried in MARKS} == MARKS, shown
    assert process.returncode == 1, shown

    key = stack.environment("CreateChallenge")["OTP_KEY"]
    assert not any(secret in shown for secret in (number, key)), shown
