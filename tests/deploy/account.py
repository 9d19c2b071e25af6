"""An account in which stacks are deployed: ministack's."""

import itertools
import json
from functools import cache

import boto3
import sam
from processes import ROOT

# What events/env names: the telephone has one instance, one flow and one number.
SETTINGS = dict(
    line.split("=", 1) for line in (ROOT / "events/env").read_text(encoding="utf-8").splitlines() if "=" in line
)
PARAMETERS = {
    "ConnectInstanceArn": SETTINGS["CONNECT_INSTANCE_ARN"],
    # ministack knows no contact flow. With this, the template makes none.
    "ConnectContactFlowArn": SETTINGS["CONNECT_CONTACT_FLOW_ARN"],
    "ConnectSourcePhoneNumber": SETTINGS["CONNECT_SOURCE_PHONE_NUMBER"],
    # Nor does it know an association of a function with an instance.
    "ConnectLambdaAccess": "permission",
    "OtpBrand": "Example",
    # As many calls as a test needs, at once.
    "OtpSecondsBetweenCalls": "0",
    "OtpMaxCallsQuarterHour": "0",
    "OtpMaxCallsHour": "0",
    "OtpMaxCallsDay": "0",
}
PASSWORD = "Correct-horse-1"
# Connect's names of the ends of a call, and the telephone's.
ENDPOINTS = {"CustomerEndpoint": "destination", "SystemEndpoint": "source"}


class Account:
    """Where AWS is, and the telephone."""

    def __init__(self, endpoint, telephone, template):
        self.endpoint = endpoint
        self.telephone = telephone
        self.template = template

    @cache
    def client(self, service):
        names = {"AWS_ACCESS_KEY_ID": "aws_access_key_id", "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key"}
        credentials = {argument: sam.ENVIRONMENT[name] for name, argument in names.items()}
        return boto3.client(service, region_name="us-east-1", endpoint_url=self.endpoint, **credentials)

    def deploy(self, name, *options, template=None, **parameters):
        """Creates a stack, or updates it; the parameters are those to add to PARAMETERS."""
        sam.deploy(self.endpoint, template or self.template, name, PARAMETERS | parameters, *options)
        return Stack(self, name)

    def delete(self, name):
        sam.delete(self.endpoint, name)

    def describe(self, name):
        (stack,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        return stack

    def inventory(self):
        """Everything that a stack of ours can make, as (kind, name)."""
        found = {
            "function": _listed(self.client("lambda"), "list_functions", "Functions", "FunctionName"),
            "role": _listed(self.client("iam"), "list_roles", "Roles", "RoleName"),
            "table": self.client("dynamodb").list_tables()["TableNames"],
            "log group": _listed(self.client("logs"), "describe_log_groups", "logGroups", "logGroupName"),
            "alarm": _listed(self.client("cloudwatch"), "describe_alarms", "MetricAlarms", "AlarmName"),
            "dashboard": _listed(self.client("cloudwatch"), "list_dashboards", "DashboardEntries", "DashboardName"),
            "queue": self.client("sqs").list_queues().get("QueueUrls", []),
            "topic": _listed(self.client("sns"), "list_topics", "Topics", "TopicArn"),
            "secret": _listed(self.client("secretsmanager"), "list_secrets", "SecretList", "Name"),
            "key": self._keys(),
            "user pool": [
                pool["Id"] for pool in self.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
            ],
            "stack": _listed(self.client("cloudformation"), "describe_stacks", "Stacks", "StackName"),
        }
        s3 = self.client("s3")
        buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        objects = [s3.list_objects_v2(Bucket=bucket).get("Contents", []) for bucket in buckets]
        found["upload"] = [each["Key"] for each in itertools.chain(*objects)]
        # SAM's own, with the bucket that it uploads to: made at the first deployment in a Region, and kept.
        kept = {("stack", "aws-sam-cli-managed-default")}
        return {(kind, name) for kind, names in found.items() for name in names} - kept

    def _keys(self):
        """Those of KMS that can be used. A deleted one is there for some days more."""
        kms = self.client("kms")
        keys = [each["KeyId"] for each in kms.list_keys()["Keys"]]
        metadata = [kms.describe_key(KeyId=key)["KeyMetadata"] for key in keys]
        return [each["KeyId"] for each in metadata if each["KeyState"] == "Enabled" and each["KeyManager"] == "CUSTOMER"]


class Stack:
    """A deployed stack, as its owner sees it."""

    def __init__(self, account, name):
        self.account = account
        self.name = name

    @property
    def outputs(self):
        return {each["OutputKey"]: each["OutputValue"] for each in self.account.describe(self.name)["Outputs"]}

    @property
    def status(self):
        return self.account.describe(self.name)["StackStatus"]

    def resources(self):
        """Logical id -> physical id."""
        found = self.account.client("cloudformation").describe_stack_resources(StackName=self.name)
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found["StackResources"]}

    def events(self):
        """(Logical id, status), oldest first."""
        found = self.account.client("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]
        return [(each["LogicalResourceId"], each["ResourceStatus"]) for each in reversed(found)]

    def environment(self, function):
        name = self.resources()[function]
        configuration = self.account.client("lambda").get_function_configuration(FunctionName=name)
        return configuration["Environment"]["Variables"]

    def new_user(self, username):
        """Makes a user as the command that the output FirstUser is. Gives the user's number."""
        number = self.account.telephone.next_number()
        attributes = {"email": f"{username}@example.com", "email_verified": "true"}
        attributes |= {"phone_number": number, "phone_number_verified": "true"}
        attributes = [{"Name": name, "Value": value} for name, value in attributes.items()]
        cognito, who = self.account.client("cognito-idp"), {"UserPoolId": self.outputs["UserPoolId"], "Username": username}
        cognito.admin_create_user(**who, MessageAction="SUPPRESS", UserAttributes=attributes)
        cognito.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)
        return number

    def new_client(self, *flows):
        """The id of a further app client, which allows these flows."""
        request = {"UserPoolId": self.outputs["UserPoolId"], "ClientName": "-".join(flows)[:128]}
        flows = [f"ALLOW_{flow}" for flow in flows]
        made = self.account.client("cognito-idp").create_user_pool_client(**request, ExplicitAuthFlows=flows)
        return made["UserPoolClient"]["ClientId"]

    def code(self, number):
        """The code of the latest call to a number."""
        answer = self.speak_code(number)
        assert answer.get("Result") == "code", answer
        return answer["Code"].replace(", ", "")

    def speak_code(self, number, **wish):
        """What speak-code answers to the latest call to a number. The flow of the telephone invokes a function of its own,
        which knows other keys. So the stack's is invoked here, as the flow would."""
        call = self.account.telephone.calls(number)[-1]
        endpoints = {name: {"Address": call[key], "Type": "TELEPHONE_NUMBER"} for name, key in ENDPOINTS.items()}
        contact = {
            "Attributes": call["attributes"],
            "Channel": "VOICE",
            "ContactId": call["contactId"],
            "InitiationMethod": "API",
            "InstanceARN": PARAMETERS["ConnectInstanceArn"],
        }
        details = {"ContactData": contact | endpoints, "Parameters": {"handle": call["attributes"]["Handle"]} | wish}
        answer = self.account.client("lambda").invoke(
            FunctionName=self.outputs["SpeakCodeArn"],
            Payload=json.dumps({"Name": "ContactFlowEvent", "Details": details}),
        )
        return json.load(answer["Payload"])

    def run(self, words):
        """Does what a command of the AWS CLI does. The CLI asks for another botocore than SAM does."""
        aws, service, operation, *options = words
        assert aws == "aws"
        client, operation = self.account.client(service), operation.replace("-", "_")
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        request = {}
        for option in options:
            if option.startswith("--"):
                words = "".join(part.capitalize() for part in option[2:].split("-"))
                # The service's own name of it, such as logGroupName.
                name = next((name for name in model.input_shape.members if name.lower() == words.lower()), words)
                values = request.setdefault(name, [])
            else:
                values.append(option)
        assert request.pop("Region", ["us-east-1"]) == ["us-east-1"]
        for name, values in request.items():
            match model.input_shape.members[name].type_name:
                case "list":
                    request[name] = values
                case "integer":
                    request[name] = int(*values)
                case "boolean":
                    request[name] = True
                case _:
                    (request[name],) = values
        return getattr(client, operation)(**request)


def _listed(client, operation, key, name):
    return [each[name] for page in client.get_paginator(operation).paginate() for each in page[key]]
