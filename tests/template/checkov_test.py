"""checkov's policies on the template, offline. Each exception has its reason, and goes when it is needed no more.

    python -m pytest tests/template/checkov_test.py

tests/run checkov installs it.
"""

import json
import subprocess

import pytest
from reasons import BY_PARAMETER, NO_CODE, NOTHING_PRIVATE
from stack import ROOT, TEMPLATE
from stack_invariants import FUNCTIONS, PROGRAMS

CHECKOV = ROOT / ".tools/checkov/bin/checkov"

NOTHING_LOST = "Cognito or Connect waits for the answer; only events that nobody waits for can go to a dead-letter queue"
DESTINATION = "what it gives up goes to a queue by an on-failure destination, with the reason"
NO_SHARE = "a fixed share of the account's concurrency would refuse sign-ins; what bounds the calls is the ledger"
NO_SECRET = "no secret is in its environment"
STAYS = "what it could not forward stays in the other functions' own logs, and an alarm says so"
MAILED = "it carries what goes out as plain mail; a KMS key whose policy leaves CloudWatch out loses every alarm"
FOR_A_DAY = "SQS's own key encrypts it, for a day; the code in it is encrypted with the pool's key"

EXCEPTIONS = (
    {("CKV_AWS_116", f"AWS::Serverless::Function.{name}"): NOTHING_LOST for name in FUNCTIONS if name != "SendCode"}
    | {("CKV_AWS_116", "AWS::Serverless::Function.SendCode"): DESTINATION}
    | {("CKV_AWS_117", f"AWS::Serverless::Function.{name}"): NOTHING_PRIVATE for name in PROGRAMS}
    | {("CKV_AWS_115", f"AWS::Serverless::Function.{name}"): NO_SHARE for name in PROGRAMS}
    | {("CKV_AWS_116", "AWS::Serverless::Function.AuditForwarder"): STAYS}
    | {("CKV_AWS_173", f"AWS::Serverless::Function.{name}"): NO_SECRET for name in ("DefineChallenge", "GateTokens")}
    | {("CKV_AWS_158", f"AWS::Logs::LogGroup.{name}Logs"): NO_CODE for name in FUNCTIONS}
    | {("CKV_AWS_158", "AWS::Logs::LogGroup.AuditLog"): NO_CODE}
    | {("CKV_AWS_26", "AWS::SNS::Topic.AlarmTopic"): MAILED}
    | {("CKV_AWS_27", "AWS::SQS::Queue.SendCodeFailures"): FOR_A_DAY}
    | {("CKV_AWS_119", "AWS::DynamoDB::Table.Ledger"): BY_PARAMETER}
)


# checkov leaves out what the defaults leave out.
CODES_OFF = 'CognitoCodes:\n    Type: String\n    Default: "off"\n'


def with_codes(text):
    assert CODES_OFF in text
    return text.replace(CODES_OFF, CODES_OFF.replace('"off"', "all"))


def failures(path):
    """What checkov finds in a template: (policy, resource)."""
    arguments = ["--framework", "cloudformation", "--file", path, "--skip-download", "--output", "json"]
    result = subprocess.run([CHECKOV, *arguments], stdout=subprocess.PIPE, check=False, text=True)
    report = json.loads(result.stdout)
    assert report["summary"]["passed"] > 40 and report["summary"]["parsing_errors"] == 0
    return {(each["check_id"], each["resource"]) for each in report["results"]["failed_checks"]}


def test_every_finding_is_an_exception_with_a_reason(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(with_codes(TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
    assert failures(path) == set(EXCEPTIONS)


@pytest.mark.parametrize(
    ("right", "wrong", "finding"),
    [
        ("PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false", ("CKV_AWS_28", "Ledger")),
        ("Action: sns:Publish", 'Action: "*"', ("CKV_AWS_107", "SmsRole")),
    ],
)
def test_checkov_sees_what_is_wrong(tmp_path, right, wrong, finding):
    text = with_codes(TEMPLATE.read_text(encoding="utf-8"))
    assert right in text
    path = tmp_path / "template.yaml"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    policy, resource = finding
    assert (policy, resource) in {(policy, name.split(".")[-1]) for policy, name in failures(path)}
