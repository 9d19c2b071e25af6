"""The rules of AWS Control Tower ("proactive controls"), by CloudFormation Guard, on what CloudFormation makes of the
template. Each exception has its reason, and goes when it is needed no more.

    python -m pytest tests/template/guard_test.py

tests/run guard installs both.
"""

import json
import platform
import re
import subprocess

import pytest
from reasons import BY_PARAMETER, NO_CODE, NOTHING_PRIVATE
from stack import CODES, EXISTING, ROOT, Stack, load
from stack_invariants import names_of
from watch_invariants import ALARMS

PACKAGE = ROOT / "tests/guard/node_modules/@cdklabs/cdk-validator-cfnguard"
SYSTEM = {"Linux": "ubuntu", "Darwin": "macos"}
MACHINE = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}

TELLS_NOBODY = "whom an alarm tells is a parameter"
BY_IAM = "who may use the key, or let others use it, is left to IAM; whether Lambda's own grant would pass is not known"
IS_ONE = "it is where lost events go, and an alarm says that there are any"
BY_OPERATOR = "LogRetentionDays is short by choice; what must last is in the audit"



def always(parameters):
    names = names_of(Stack(load(), parameters))
    return (
        {("CT.LAMBDA.PR.3", name): NOTHING_PRIVATE for name in [*names, "AuditForwarder"]}
        | {("CT.CLOUDWATCH.PR.2", f"{name}Logs"): BY_OPERATOR for name in names}
        | {("CT.CLOUDWATCH.PR.3", f"{name}Logs"): NO_CODE for name in names}
        | {("CT.CLOUDWATCH.PR.3", "AuditLog"): NO_CODE}
    )


BY_DEFAULT = (
    {("CT.CLOUDWATCH.PR.1", name): TELLS_NOBODY for name in ALARMS}
    | {("CT.DYNAMODB.PR.2", "Ledger"): BY_PARAMETER}
    | {("CT.KMS.PR.3", key): BY_IAM for key in ("KmsKey", "CognitoCodesKey")}
    | {("CT.SQS.PR.1", "SendCodeFailures"): IS_ONE}
)


def failures(folder, document, parameters):
    """What Guard finds in a stack: (control, resource)."""
    resources = Stack(document, parameters).resources
    for resource in resources.values():
        # A parameter's text, of which CloudFormation makes a number.
        if "RetentionInDays" in resource.get("Properties", {}):
            resource["Properties"]["RetentionInDays"] = int(resource["Properties"]["RetentionInDays"])
    data = folder / "stack.json"
    data.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}), encoding="utf-8")
    guard = PACKAGE / "bin" / SYSTEM[platform.system()] / MACHINE[platform.machine()] / "cfn-guard"
    arguments = ["--rules", PACKAGE / "rules", "--data", data, "--structured", "--show-summary", "none", "--output-format", "json"]
    result = subprocess.run([guard, "validate", *arguments], stdout=subprocess.PIPE, check=False, text=True)
    (report,) = json.loads(result.stdout)
    assert len(report["compliant"]) + len(report["not_applicable"]) > 200
    found = set()
    for rule in map(json.dumps, report["not_compliant"]):
        (control,) = set(re.findall(r"\[(CT\.\w+\.PR\.\d+)\]", rule))
        resources = set(re.findall(r'"/Resources/(\w+)', rule))
        assert resources, control
        found |= {(control, resource) for resource in resources}
    return found


@pytest.mark.parametrize(("parameters", "exceptions"), [(CODES, BY_DEFAULT), (EXISTING, {})], ids=["codes", "existing"])
def test_every_finding_is_an_exception_with_a_reason(tmp_path, parameters, exceptions):
    assert failures(tmp_path, load(), parameters) == {*always(parameters), *exceptions}


@pytest.mark.parametrize(
    ("resource", "wrong", "control"),
    [
        ("Ledger", {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}, "CT.DYNAMODB.PR.1"),
        ("AuditLog", {"RetentionInDays": 90}, "CT.CLOUDWATCH.PR.2"),
        ("SendCodeFailures", {"SqsManagedSseEnabled": False}, "CT.SQS.PR.2"),
    ],
)
def test_guard_sees_what_is_wrong(tmp_path, resource, wrong, control):
    document = load()
    document["Resources"][resource]["Properties"] |= wrong
    assert (control, resource) in failures(tmp_path, document, CODES)
