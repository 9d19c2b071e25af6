"""A stack is updated while users sign in, and an update that fails leaves it as it was."""

import re
import threading

import pytest
import sam
from sam import Failed
from sign_in import SignIn

# Waits a second for a signal that nobody sends, once the functions are updated.
FAILS = """
  Nobody:
    Type: AWS::CloudFormation::WaitConditionHandle
  Signal:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: [DefineChallenge, CreateChallenge, VerifyChallenge]
    Properties: { Handle: !Ref Nobody, Timeout: "1" }
"""
CHANGED = {"OtpDigits": "8", "OtpMaxAttempts": "5", "LogLevel": "debug"}


@pytest.fixture
def stack(account, request):
    return account.deploy(f"voice-code-{request.node.name.replace('_', '-')}")


@pytest.fixture(scope="module")
def failing_template(account):
    text = account.template.read_text(encoding="utf-8")
    assert text.count("\nResources:\n") == 1
    path = account.template.with_name("fails.yaml")
    path.write_text(text.replace("\nResources:\n", f"\nResources:{FAILS}"), encoding="utf-8")
    return path


class Regular(threading.Thread):
    """A user who has signed in once, and does so again and again until `stop`. No sign-in may fail."""

    def __init__(self, account, stack):
        super().__init__()
        self._number = stack.new_user("regular")
        self._account, self._stack = account, stack
        self._began, self._stopped = threading.Event(), threading.Event()
        self._failure = None
        self.start()
        self._began.wait()

    def run(self):
        try:
            while not self._stopped.is_set():
                sign_in = SignIn(self._stack, "regular")
                assert sign_in.answer(self._stack.code(self._number)).claims
                self._began.set()
        except Exception as failure:
            self._failure = failure
            self._began.set()

    def stop(self):
        self._stopped.set()
        self.join()
        if self._failure:
            raise self._failure


def test_update(account, stack):
    number = stack.new_user("ann")
    sign_in = SignIn(stack, "ann")
    code = stack.code(number)
    resources, key = stack.resources(), stack.environment("CreateChallenge")["OTP_KEY"]

    regular = Regular(account, stack)
    account.deploy(stack.name, **CHANGED)
    regular.stop()

    assert (stack.status, stack.resources()) == ("UPDATE_COMPLETE", resources)
    assert stack.environment("CreateChallenge")["OTP_KEY"] == key, "the same key"
    # A challenge from before the update can be answered after it. A new challenge has the new settings.
    assert sign_in.answer(code).claims["cognito:username"] == "ann"
    assert SignIn(stack, "ann").challenge["codeLength"] == "8"


def test_rollback(account, stack, failing_template):
    number = stack.new_user("ann")
    sign_in = SignIn(stack, "ann")
    code = stack.code(number)
    functions = ("DefineChallenge", "CreateChallenge", "VerifyChallenge")
    resources, environments = stack.resources(), [stack.environment(name) for name in functions]

    regular = Regular(account, stack)
    with pytest.raises(Failed, match="UPDATE_ROLLBACK_COMPLETE"):
        account.deploy(stack.name, template=failing_template, **CHANGED)
    regular.stop()

    events = stack.events()
    turn = events.index((stack.name, "UPDATE_ROLLBACK_IN_PROGRESS"))
    assert {(name, "UPDATE_COMPLETE") for name in functions} <= set(events[:turn]), "updated, and then set back"
    assert (stack.status, stack.resources()) == ("UPDATE_ROLLBACK_COMPLETE", resources)
    assert [stack.environment(name) for name in functions] == environments, "as they were"
    assert sign_in.answer(code).claims["cognito:username"] == "ann"
    assert SignIn(stack, "ann").challenge["codeLength"] == "6"


def test_going_back(account, stack):
    number = stack.new_user("ann")
    resources, environments = stack.resources(), stack.environment("CreateChallenge")
    text = account.template.read_text(encoding="utf-8")
    later = account.template.with_name("later.yaml")
    # What SAM has built writes references out.
    text, replaced = re.subn(r"OTP_DIGITS:\s+(!Ref|Ref:) OtpDigits", 'OTP_DIGITS: "8"', text)
    assert replaced == 1
    later.write_text(text, encoding="utf-8")
    account.deploy(stack.name, template=later)
    sign_in = SignIn(stack, "ann")
    assert sign_in.challenge["codeLength"] == "8"
    code = stack.code(number)

    # No parameter is named, as in the runbook.
    command = f"sam deploy --stack-name {stack.name} --s3-prefix {stack.name}"
    sam.deploy_as_printed(account.endpoint, account.template, command)
    assert (stack.resources(), stack.environment("CreateChallenge")) == (resources, environments)
    assert sign_in.answer(code).claims["cognito:username"] == "ann"


def test_a_first_deployment_that_fails_leaves_nothing(account, failing_template):
    before = account.inventory()
    with pytest.raises(Failed, match="ROLLBACK_COMPLETE"):
        account.deploy("voice-code-fails", template=failing_template)
    account.delete("voice-code-fails")
    assert account.inventory() == before
