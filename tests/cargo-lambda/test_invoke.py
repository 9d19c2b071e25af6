"""Every file of events/ under `cargo lambda watch` and `cargo lambda invoke`, with the settings of events/env.

Needs what `cargo build -p local -p functions` leaves in the target
folder; CARGO_TARGET_DIR is honoured. The telephone and the ledger are those of `local`, on a free port in place of the
one in events/env.
"""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import boto3
import pytest

ROOT = Path(__file__).resolve().parents[2]
EVENTS = ROOT / "events"
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")

# The number in the events.
NUMBER = "+12065550100"

# The user's row in the ledger while the challenge in the events is live.
ROW = json.loads((EVENTS / "ledger-row").read_text(encoding="utf-8"))

ENVIRONMENT = os.environ | {
    # cargo-lambda and cargo's plug-in of it, beside this Python.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    # cargo-lambda runs `rustup target add` for a target that is missing: let that fail at once.
    "RUSTUP_DIST_SERVER": "http://127.0.0.1:9",
    "RUSTUP_MAX_RETRIES": "0",
}

# Runs a command until stdin ends. It does so when this process ends, however that comes about.
UNTIL_STDIN_ENDS = '"$@" & exec >&-; cat > /dev/null; kill $!; wait $!'

PASSWORD = {"challengeName": "PASSWORD_VERIFIER", "issueTokens": False, "failAuthentication": False}
CALL = {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False, "failAuthentication": False}
TOKENS = {"issueTokens": True, "failAuthentication": False}
REFUSED = {"issueTokens": False, "failAuthentication": True}

DEFINED = {
    "define-01-start-with-password": PASSWORD,
    "define-02-password-right": CALL,
    "define-03-code-right": TOKENS,
    "define-04-code-wrong-once": CALL,
    "define-05-code-wrong-three-times": REFUSED,
    "define-06-call-again": CALL,
    "define-07-password-skipped": REFUSED,
    "define-08-password-wrong": REFUSED,
    "define-09-unknown-user": PASSWORD,
    "define-10-unknown-step": REFUSED,
    "define-11-device-signed": TOKENS,
}
# Calls that are placed, attempts left, calls left.
CREATED = {
    "create-01-first-call": (1, "3", "2"),
    "create-02-after-a-wrong-code": (0, "2", "2"),
    "create-03-call-again": (1, "3", "1"),
    "create-07-unknown-user": (0, "3", "2"),
    "create-11-after-another-signature": (1, "3", "2"),
}
ON_DEVICE = "create-10-trusted-device"
NOT_CREATED = {
    "create-04-no-number": "PHONE_MISSING",
    "create-05-number-not-verified": "PHONE_UNVERIFIED",
    "create-06-number-not-valid": "PHONE_INVALID",
    "create-08-country-not-allowed": "PHONE_COUNTRY_NOT_ALLOWED",
    "create-09-type-not-allowed": "PHONE_TYPE_NOT_ALLOWED",
}
# Whether it is right, attempts left, whether the code is used up.
VERIFIED = {
    "verify-01-right": (True, "3", True),
    "verify-02-right-with-spaces": (True, "3", True),
    "verify-03-wrong": (False, "2", False),
    "verify-04-expired": (False, "3", False),
    "verify-05-call-again": (False, "3", False),
    "verify-06-unknown-user": (False, "3", False),
    "verify-07-no-answer": (False, "2", False),
    "verify-09-signature-of-the-device": (True, "3", False),
    "verify-10-another-signature": (False, "3", False),
    "verify-11-right-and-trust-the-device": (True, "3", True),
}
RESET = "verify-08-password-reset"
NO_CODE = {"Result": "none"}
SPOKEN = {
    "speak-01-right-contact": {"Result": "code", "Code": "8, 3, 2, 0, 5, 9"},
    "speak-02-handle-of-another-key": NO_CODE,
    "speak-03-another-number": NO_CODE,
    "speak-04-expired": NO_CODE,
    "speak-05-denied": {"Result": "denied"},
    "speak-06-unknown-wish": NO_CODE,
}
TOKENS_ISSUED = ["gate-01-after-the-call", "gate-02-refresh", "gate-07-known-device", "gate-08-client-credentials"]
NO_TOKENS = [
    "gate-03-another-app-client",
    "gate-04-new-password",
    "gate-05-managed-login",
    "gate-06-identity-provider",
]
# Calls that are placed.
SENT = {
    "send-01-sign-up": 1,
    "send-02-code-again": 1,
    "send-03-forgotten-password": 1,
    "send-04-new-number": 1,
    "send-05-verify-number": 1,
    "send-06-mfa": 1,
    "send-07-number-not-verified": 0,
    "send-08-country-not-allowed": 0,
    "send-09-temporary-password": 0,
    "send-10-unknown-source": 0,
}
FUNCTIONS = {"speak": "speak-code", "gate": "gate-tokens", "send": "send-code"}


@contextlib.contextmanager
def running(*command, **options):
    """A program that runs meanwhile."""
    arguments = ["sh", "-c", UNTIL_STDIN_ENDS, "sh", *command]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, text=True, **options)
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait()


@pytest.fixture(scope="module")
def local():
    """Where telephone and ledger are."""
    binaries = TARGET / "debug"
    command = [binaries / "local", "--port", "0", "--functions", binaries]
    with running(*command, stdout=subprocess.PIPE) as process:
        ready = next((line for line in process.stdout if line.startswith('{"ready":true')), None)
        assert ready, "local ended before it was ready; is it built?"
        yield json.loads(ready)["endpoint"]


class Ledger:
    """The table, as its operator sees it."""

    def __init__(self, config):
        self.client = boto3.client(
            "dynamodb",
            endpoint_url=config["dynamodbEndpoint"],
            region_name=config["region"],
            aws_access_key_id=config["accessKeyId"],
            aws_secret_access_key=config["secretAccessKey"],
        )
        self.table = {"TableName": config["ledgerTableName"]}

    def row(self):
        return self.client.get_item(**self.table, Key={"pk": ROW["pk"]}, ConsistentRead=True)["Item"]

    def put(self, row):
        self.client.put_item(**self.table, Item=row)

    def clear(self):
        for row in self.client.scan(**self.table)["Items"]:
            self.client.delete_item(**self.table, Key={"pk": row["pk"]})


@pytest.fixture
def ledger(local):
    """With nothing in it, so that no test is kept from calling by those before it."""
    ledger = Ledger(get(f"{local}/local/config"))
    ledger.clear()
    return ledger


@pytest.fixture(scope="module")
def watch(local, tmp_path_factory):
    """The options of `cargo lambda invoke` that find what `cargo lambda watch` runs."""
    settings = (EVENTS / "env").read_text(encoding="utf-8")
    settings, replaced = re.subn("(?m)^AWS_ENDPOINT_URL=.*$", f"AWS_ENDPOINT_URL={local}", settings)
    assert replaced == 1
    env_file = tmp_path_factory.mktemp("watch") / "env"
    env_file.write_text(settings, encoding="utf-8")

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = ["--invoke-address", "127.0.0.1", "--invoke-port", str(port)]
    command = ["cargo", "lambda", "watch", "--ignore-changes", *address, "--env-file", env_file]
    # It builds with the features of the functions alone. In the workspace's folder these would take the place of its own.
    environment = ENVIRONMENT | {"CARGO_TARGET_DIR": str(TARGET / "watch")}
    with running(*command, cwd=ROOT, env=environment) as process:
        wait_for(port, process)
        yield address


def wait_for(port, process):
    """Returns when something listens on the port."""
    # Only turns a test that would hang into one that fails.
    deadline = time.monotonic() + 600
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline and process.poll() is None, "cargo lambda watch doesn't listen"
            time.sleep(0.05)


def invoke(watch, event):
    """What `cargo lambda invoke` ends with. The first time, cargo builds the function meanwhile."""
    trigger = event.split("-")[0]
    function = FUNCTIONS.get(trigger, f"{trigger}-challenge")
    command = ["cargo", "lambda", "invoke", function, *watch, "--data-file", EVENTS / f"{event}.json"]
    return subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)


def answer(watch, event):
    """The response part of the answer, which has everything else as the event had it."""
    result = invoke(watch, event)
    assert result.returncode == 0, result.stderr
    answered = json.loads(result.stdout)
    response = answered.pop("response")
    sent = json.loads((EVENTS / f"{event}.json").read_text(encoding="utf-8"))
    del sent["response"]
    assert answered == sent
    return response


def calls(local):
    """How many calls the number in the events has got."""
    return len(get(f"{local}/local/calls?to={urllib.parse.quote(NUMBER)}"))


def get(url):
    with urllib.request.urlopen(url) as response:
        return json.load(response)


def test_every_event_is_here():
    assert {path.stem for path in EVENTS.glob("*.json")} == {
        *DEFINED,
        *CREATED,
        ON_DEVICE,
        *NOT_CREATED,
        *VERIFIED,
        RESET,
        *SPOKEN,
        *TOKENS_ISSUED,
        *NO_TOKENS,
        *SENT,
    }


@pytest.mark.parametrize("event", DEFINED)
def test_define(watch, event):
    assert answer(watch, event) == DEFINED[event]


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("event", CREATED)
def test_create(watch, local, event):
    before = calls(local)
    response = answer(watch, event)
    public = response["publicChallengeParameters"]
    placed = calls(local) - before
    assert (placed, public["attemptsLeft"], public["callsLeft"]) == CREATED[event]
    assert response["challengeMetadata"]


def test_create_on_a_trusted_device(watch, local, ledger):
    point, number, _, seal = ROW["devices"]["SS"][0].split(".")
    # No device is trusted for as long as the one in the file. Create does not look at the seal.
    device = f"{point}.{number}.{int(time.time()) + 86400}.{seal}"
    ledger.put(ROW | {"devices": {"SS": [device]}})
    before = calls(local)
    response = answer(watch, ON_DEVICE)
    assert response["publicChallengeParameters"]["delivery"] == "DEVICE"
    assert response["privateChallengeParameters"]["device"] == device
    assert calls(local) == before


@pytest.mark.parametrize("event", NOT_CREATED)
def test_create_fails(watch, local, event):
    before = calls(local)
    result = invoke(watch, event)
    assert result.returncode != 0
    assert f"[{NOT_CREATED[event]}]" in result.stdout + result.stderr
    assert calls(local) == before


@pytest.mark.parametrize("event", VERIFIED)
def test_verify(watch, ledger, event):
    ledger.put(ROW)
    correct = answer(watch, event)["answerCorrect"]
    row = ledger.row()
    assert (correct, row["attemptsLeft"]["N"], "usedBy" in row) == VERIFIED[event]


def test_a_code_needs_its_challenge_in_the_ledger(watch, ledger):
    assert answer(watch, "verify-01-right") == {"answerCorrect": False}


def test_reset(watch, ledger):
    ledger.put(ROW | {"failures": {"N": "7"}, "failedAt": {"N": "1"}})
    assert answer(watch, RESET) == {}
    assert ledger.row()["failures"] == {"N": "0"}


@pytest.mark.parametrize("event", SPOKEN)
def test_speak(watch, ledger, event):
    nobody_yet = {name: value for name, value in ROW.items() if name != "heardContact"} | {"heardCall": {"N": "0"}}
    ledger.put(nobody_yet)
    result = invoke(watch, event)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == SPOKEN[event]
    row = ledger.row()
    assert ("deniedAt" in row) is (SPOKEN[event]["Result"] == "denied")
    denied = nobody_yet | {"revision": {"N": "2"}, "attemptsLeft": {"N": "0"}, "deniedAt": row.get("deniedAt")}
    after = {"none": nobody_yet, "code": ROW | {"revision": {"N": "2"}}, "denied": denied}
    assert row == after[SPOKEN[event]["Result"]]


@pytest.mark.parametrize("event", TOKENS_ISSUED)
def test_tokens(watch, ledger, event):
    ledger.put(ROW)
    result = invoke(watch, event)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == json.loads((EVENTS / f"{event}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("event", NO_TOKENS)
def test_no_tokens(watch, ledger, event):
    ledger.put(ROW)
    result = invoke(watch, event)
    assert result.returncode != 0
    assert "[SIGN_IN_NOT_CALLED]" in result.stdout + result.stderr


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("event", SENT)
def test_send(watch, local, event):
    before = calls(local)
    result = invoke(watch, event)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) is None
    assert calls(local) - before == SENT[event]
