"""What CloudFormation would make of template.yaml, worked out offline.

`Stack(document, parameters)` translates the SAM template, decides its conditions and puts parameters, mappings and
pseudo parameters in their places. What is left in `resources` and `outputs` are references from resource to resource.
"""

import copy
import json
import re
from functools import cache, cached_property
from pathlib import Path

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "voice-code",
}

INSTANCE = "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555"
ID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"

# Two stacks that differ in every parameter, so that a value which comes from anywhere else shows.
NEW = {
    "ConnectInstanceArn": INSTANCE,
    "ConnectSourcePhoneNumber": "+12065550100",
    "OtpBrand": "Example",
}
EXISTING = {
    "ConnectInstanceArn": INSTANCE.replace("1111", "9999"),
    "ConnectQueueArn": f"{INSTANCE}/queue/{ID}",
    "ConnectContactFlowArn": f"{INSTANCE}/contact-flow/{ID}",
    "ConnectRingTimeoutSeconds": "17",
    "ConnectCallResource": "any",
    "ConnectLambdaAccess": "permission",
    "OtpCodeDelivery": "attribute",
    "ExistingUserPoolArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123",
    "UserPoolDeletionProtection": "INACTIVE",
    "AllowSelfSignUp": "true",
    "RefreshTokenDays": "7",
    "TokenGate": "off",
    "TokenGateExemptClients": "1example23456789,7example98765432",
    "TokenGateFederated": "allow",
    "CognitoCodesKeyArn": f"arn:aws:kms:us-east-1:123456789012:key/{ID.replace('a', 'f')}",
    "SmsOriginationIdentity": "arn:aws:sms-voice:us-east-1:123456789012:sender-id/EXAMPLE/US",
    "OtpMode": "call-only",
    "OtpBrand": "Example, Inc.",
    "OtpLanguage": "de-DE",
    "OtpGate": "off",
    "OtpPhoneAttribute": "custom:YourPhone",
    "OtpDigits": "8",
    "OtpValiditySeconds": "120",
    "OtpMaxAttempts": "4",
    "OtpMaxCalls": "5",
    "OtpDeviceDays": "14",
    "OtpCountries": "CA,GB",
    "OtpAllowPrefixes": "+1357,+44712",
    "OtpSecondsBetweenCalls": "45",
    "OtpMaxCallsQuarterHour": "4",
    "OtpMaxCallsHour": "6",
    "OtpMaxCallsDay": "11",
    "OtpMaxCallsCountryHour": "101",
    "OtpMaxCallsAllHour": "201",
    "OtpMaxCallsAllDay": "1001",
    "OtpLockoutFailures": "12",
    "OtpLockoutSeconds": "901",
    "OtpMaxFailures": "99",
    "OtpDeniedSeconds": "902",
    "LedgerDeletionProtection": "true",
    "Architecture": "arm64",
    "MemorySize": "512",
    "LogLevel": "debug",
    "LogRetentionDays": "7",
    "OtpTrust": "system",
    "KmsKeyArn": f"arn:aws:kms:us-east-1:123456789012:key/{ID}",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms",
    "AlarmUnverifiedCalls": "11",
    "AlarmSpendUsd": "31",
    "CallPriceUsd": "0.07",
    "AuditRetentionDays": "731",
    "XRay": "on",
}
# A stack that leaves the instance as it is, one that speaks Cognito's own codes, and one with these, a token gate and a flow
# that invokes the function, in an instance elsewhere.
PERMITTED = NEW | {"ConnectLambdaAccess": "permission"}
ELSEWHERE = INSTANCE.replace("us-east-1:123456789012", "eu-west-2:210987654321")
CODES = NEW | {"CognitoCodes": "all", "AllowSelfSignUp": "true"}
OWN_FLOW = EXISTING | {
    "OtpCodeDelivery": "function",
    "OtpGate": "on",
    "ConnectInstanceArn": ELSEWHERE,
    "TokenGate": "observe",
    "CognitoCodes": "all",
}
# Replaces AlarmTopicArn.
MAIL = {"AlarmEmail": "ops@example.com"}
# Parameters that only a new pool can have.
NEW_POOL = {"UserPoolTier": "PLUS", "GenerateClientSecret": "true"}

_NO_VALUE = object()


def load():
    """The template as it is written, intrinsic functions in their long form."""
    return copy.deepcopy(_parsed())


def translate(document):
    """The CloudFormation template that SAM makes of it, as after `sam package`."""
    document = copy.deepcopy(document)
    document["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    return Translator({}, Parser(), boto_session=_session()).translate(document, parameter_values={})


@cache
def _parsed():
    return yaml_parse(TEMPLATE.read_text(encoding="utf-8"))


@cache
def _session():
    """Tells the translator its Region, which it would otherwise look for in the environment."""
    return boto3.Session(region_name=PSEUDO["AWS::Region"])


class Stack:
    """One deployment of the template."""

    def __init__(self, document, parameters):
        self.document = document
        self.template = translate(document)
        self.parameters = PSEUDO | {
            name: str(parameter.get("Default", "")) for name, parameter in document["Parameters"].items()
        }
        self.parameters |= parameters

    @cached_property
    def resources(self):
        return self._section("Resources")

    @cached_property
    def outputs(self):
        return self._section("Outputs")

    @cached_property
    def flow(self):
        """The contact flow that the template holds, whether this stack deploys it or not."""
        return json.loads(self.template["Resources"]["VoiceCodeFlow"]["Properties"]["Content"]["Fn::Sub"])

    def of_type(self, kind):
        return {name: r.get("Properties", {}) for name, r in self.resources.items() if r["Type"] == kind}

    def broken_rules(self):
        """The descriptions of the rules that CloudFormation would refuse these parameters for."""
        return [
            assertion["AssertDescription"]
            for rule in self.template.get("Rules", {}).values()
            if self._truth(rule.get("RuleCondition", True))
            for assertion in rule["Assertions"]
            if not self._truth(assertion["Assert"])
        ]

    def _section(self, section):
        return {
            name: {key: self._resolve(value) for key, value in entry.items() if key != "Condition"}
            for name, entry in self.template[section].items()
            if "Condition" not in entry or self._condition(entry["Condition"])
        }

    def _condition(self, name):
        return self._truth(self.template["Conditions"][name])

    def _truth(self, expression):
        if isinstance(expression, bool):
            return expression
        ((function, argument),) = expression.items()
        match function:
            case "Condition":
                return self._condition(argument)
            case "Fn::And":
                return all(self._truth(each) for each in argument)
            case "Fn::Or":
                return any(self._truth(each) for each in argument)
            case "Fn::Not":
                return not self._truth(argument[0])
            case "Fn::Equals":
                left, right = map(self._resolve, argument)
                return left == right
        raise ValueError(f"unknown condition {function}")

    def _resolve(self, value):
        if isinstance(value, list):
            return [each for each in map(self._resolve, value) if each is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            match function:
                case "Ref":
                    if argument == "AWS::NoValue":
                        return _NO_VALUE
                    return self.parameters.get(argument, value)
                case "Fn::If":
                    condition, yes, no = argument
                    return self._resolve(yes if self._condition(condition) else no)
                case "Fn::FindInMap":
                    name, first, second = map(self._resolve, argument)
                    return self.template["Mappings"][name][first][second]
                case "Fn::Split":
                    delimiter, text = map(self._resolve, argument)
                    return text.split(delimiter)
                case "Fn::Select":
                    index, choices = argument
                    return self._resolve(choices)[int(index)]
                case "Fn::GetAtt":
                    return {function: argument.split(".") if isinstance(argument, str) else argument}
                case "Fn::Sub":
                    return self._substitute(argument)
        resolved = {key: self._resolve(each) for key, each in value.items()}
        return {key: each for key, each in resolved.items() if each is not _NO_VALUE}

    def _substitute(self, argument):
        text, variables = argument if isinstance(argument, list) else (argument, {})
        known = self.parameters | {name: self._text(value) for name, value in variables.items()}
        text = re.sub(r"\$\{([^!}]+)\}", lambda m: known.get(m[1], m[0]), text)
        return {"Fn::Sub": text} if "${" in text else text

    def _text(self, value):
        """A value as a part of a text. What it refers to stays a reference there."""
        resolved = self._resolve(value)
        return resolved["Fn::Sub"] if isinstance(resolved, dict) else str(resolved)


def references(value):
    """The resources, parameters and attributes that a value names, by Ref, GetAtt, Sub and DependsOn."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, each in value.items():
        match key:
            case "Ref":
                found.add(each)
            case "Fn::GetAtt":
                found.add(each.split(".")[0] if isinstance(each, str) else each[0])
            case "DependsOn":
                found |= {each} if isinstance(each, str) else set(each)
            case "Fn::Sub":
                text, variables = each if isinstance(each, list) else (each, {})
                found |= {name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text)} - set(variables)
                found |= references(variables)
            case _:
                found |= references(each)
    return found


def cycle(edges):
    """The nodes of one cycle in a graph {node: successors}, or []."""
    done = set()

    def visit(node, path):
        if node in path:
            return path[path.index(node) :]
        if node in done:
            return []
        for successor in sorted(edges.get(node, ())):
            if found := visit(successor, [*path, node]):
                return found
        done.add(node)
        return []

    for start in edges:
        if found := visit(start, []):
            return found
    return []


def reachable(edges, start, without=()):
    """The nodes that a walk from `start` meets, itself included, when some nodes are taken out."""
    seen, todo = set(), [start]
    while todo:
        node = todo.pop()
        if node not in seen and node not in without:
            seen.add(node)
            todo.extend(edges.get(node, ()))
    return seen
