"""The stack that was deployed: what it is made of, what its functions have logged, and a test call with its flow."""

import json
import re
import time
from datetime import datetime, timedelta, timezone

# How far back logs and events are read.
RECENT = timedelta(hours=3)
# The longest test call, ringing included, and how long a line may take to be found in a log, in seconds.
LONGEST, LATE = 300, 15
# The error words of a call that Connect has not taken, or of which it has not said so in time.
NOT_TAKEN = re.compile("CALL_(BUSY|MISCONFIGURED|REFUSED|UNREACHABLE)")
# The attributes of a test call, besides the brand. No code belongs to this handle: the flow says sorry.
ATTRIBUTES = {"Handle": "test-call", "Greeting": "This is a test call.", "Sorry": "It has no code, and ends now."}
ATTRIBUTES |= {"Language": "en-US", "Voice": "Joanna", "Gate": "off"}
# Those of one in which no key but 0 leads to the function.
NO_KEY_BUT_0 = {"Gate": "on", "GateDigit": "none", "GatePrompt": "This is a test call.", "DenyPrompt": "Press 0 now."}
NO_KEY_BUT_0 |= {"Denied": "It is stopped.", "Goodbye": "It ends now."}


class NotLookedAt(Exception):
    """Why a fact was not looked at."""


def ago(span):
    return datetime.now(timezone.utc) - span


class Stack:
    """The stack that was deployed, and clients for the services that it uses."""

    def __init__(self, name, session, reader=None, number=None):
        self.name, self.session, self.reader, self.number = name, session, reader, number
        cloudformation = session.client("cloudformation")
        (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        self.status = found["StackStatus"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
        self.parameters = {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}
        resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        self.resources = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}

    @property
    def instance(self):
        return self.outputs["ConnectInstanceArn"]

    def client(self, service):
        return self.session.client(service)

    def in_connects_region(self, service):
        return self.session.client(service, region_name=self.instance.split(":")[3])

    def lines(self, resource, since=None):
        """The JSON lines of a log group, each with the time that it came as `at`: the recent ones, or those since a time."""
        pages = self.client("logs").get_paginator("filter_log_events")
        since = int((since or ago(RECENT)).timestamp() * 1000)
        for page in pages.paginate(logGroupName=self.resources[resource], startTime=since):
            for event in page["events"]:
                if event["message"].startswith("{"):
                    at = datetime.fromtimestamp(event["timestamp"] / 1000, timezone.utc)
                    yield json.loads(event["message"]) | {"at": at}

    def calls(self):
        """The lines of the create function's calls: those that Connect has taken, and those that it has not."""
        lines = list(self.lines("CreateChallengeLogs"))
        taken = [line for line in lines if "CallsPlaced" in line]
        return taken, [line for line in lines if NOT_TAKEN.fullmatch(line.get("outcome", ""))]

    def decision(self, role, action, resource, context=()):
        """What IAM's simulation says of a role's right."""
        iam = self.client("iam")
        arn = iam.get_role(RoleName=self.resources[role])["Role"]["Arn"]
        found = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource], ContextEntries=list(context)
        )
        return found["EvaluationResults"][0]["EvalDecision"]


def place_call(stack, what_to_do, attributes=ATTRIBUTES):
    """Places a call whose handle has no code, and follows it to its end. Returns whether its flow had asked speak-code for the code
    while it rang (`None` if that was not seen), whether an answer was recorded, and whether the flow asked at all."""
    if "SpeakCode" not in stack.resources:
        raise NotLookedAt("the code is in an attribute, and the flow is not the stack's")
    if not stack.number:
        raise NotLookedAt("no --call +NUMBER")
    connect, flow = stack.in_connects_region("connect"), stack.outputs["ContactFlowArn"].rpartition("/")[2]
    instance = stack.instance.rpartition("/")[2]
    request = {"InstanceId": instance, "ContactFlowId": flow, "DestinationPhoneNumber": stack.number}
    request["Attributes"] = attributes | {"Brand": stack.parameters["OtpBrand"]}
    request["RingTimeoutInSeconds"] = int(stack.parameters["ConnectRingTimeoutSeconds"])
    if queue := stack.parameters["ConnectQueueArn"]:
        request["QueueId"] = queue.rpartition("/")[2]
    else:
        request["SourcePhoneNumber"] = stack.parameters["ConnectSourcePhoneNumber"]
    # Lines of an earlier call are older.
    placed = datetime.now(timezone.utc)
    contact = connect.start_outbound_voice_contact(**request)["ContactId"]

    def asked():
        # The handles of sign-ins open.
        return any(line.get("outcome") == "handle" for line in stack.lines("SpeakCodeLogs", placed))

    early, until = None, time.monotonic() + LONGEST
    while time.monotonic() < until:
        # In this order: if nobody had answered then, nobody had before.
        had = asked()
        try:
            state = connect.describe_contact(InstanceId=instance, ContactId=contact)["Contact"]
        except connect.exceptions.ResourceNotFoundException:
            # A new contact is not visible at once.
            state = {}
        answered = "ConnectedToSystemTimestamp" in state
        if "DisconnectTimestamp" in state:
            return early, answered, any(asked() or time.sleep(1) for _ in range(LATE))
        if state and not answered:
            if early is None:
                print(f"        the number that ends with {stack.number[-2:]} is called: {what_to_do}", flush=True)
            early = had
        time.sleep(1)
    raise NotLookedAt("the call lasted longer than a call can")
