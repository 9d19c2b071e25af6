"""The facts that only AWS can prove. To add one, write a function below."""

import json
from datetime import timedelta

from deployed import ATTRIBUTES, NO_KEY_BUT_0, RECENT, NotLookedAt, ago, place_call

# How long lines may take to the audit and into metrics.
LATE = timedelta(minutes=10)
# In which time after a request to Cognito the token gate writes its line.
SOON = timedelta(seconds=10)
# How long the create function waits for Connect, in milliseconds.
ATTEMPT = 1500
FACTS = []


def fact(tried):
    """Registers a function as a fact. It gets the stack, and returns whether all is as expected and what it saw."""

    def register(look):
        FACTS.append((tried, look))
        return look

    return register


@fact("CloudFormation makes every resource")
def whole_stack(stack):
    return stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), f"{stack.status}, {len(stack.resources)} resources"


@fact("Cognito accepts the role that sends text messages")
def sms_role(stack):
    if "UserPool" not in stack.resources:
        return True, "not needed: the pool is not the stack's"
    pool = stack.client("cognito-idp").describe_user_pool(UserPoolId=stack.outputs["UserPoolId"])["UserPool"]
    failure = pool.get("SmsConfigurationFailure", "no failure")
    # The sandbox is the account's, and says nothing of the role.
    return failure in ("no failure", "SNSSandbox"), failure


@fact("IAM's simulation lets the create function start calls")
def may_call(stack):
    decision = stack.decision("CreateChallengeRole", "connect:StartOutboundVoiceContact", f"{stack.instance}/contact/any")
    return decision == "allowed", decision


# What the roles that have no business with counters may do with a row.
ON_ROWS = {"VerifyChallengeRole": "UpdateItem", "SpeakCodeRole": "UpdateItem", "GateTokensRole": "GetItem"}


@fact("IAM's simulation lets verify, speak-code and gate-tokens at rows of users alone")
def rows_of_users(stack):
    table = stack.client("dynamodb").describe_table(TableName=stack.outputs["LedgerTableName"])["Table"]["TableArn"]

    def on(role, row):
        key = {"ContextKeyName": "dynamodb:LeadingKeys", "ContextKeyType": "stringList", "ContextKeyValues": [row]}
        return stack.decision(role, f"dynamodb:{ON_ROWS[role]}", table, [key])

    roles = [role for role in ON_ROWS if role in stack.resources]
    found = {role: (on(role, "USER#pool#sub"), on(role, "NUMBER#0123456789abcdef")) for role in roles}
    seen = "; ".join(f"{role}: a user's row {user}, the sign-in's row of a number {number}" for role, (user, number) in found.items())
    return set(found.values()) == {("allowed", "implicitDeny")}, seen


def why(failed):
    """The error words of calls, with their causes, and when the last one failed."""
    words = sorted({f"{line['outcome']} ({line.get('cause')})" for line in failed})
    return f"{', '.join(words)}, the last at {max(line['at'] for line in failed):%H:%M} UTC"


@fact("Connect takes the calls of the create function")
def calls_taken(stack):
    """The function was started with its decrypted settings then, and has written to the ledger."""
    taken, failed = stack.calls()
    if failed:
        return False, f"{len(taken)} taken, {len(failed)} not: {why(failed)}"
    if not taken:
        raise NotLookedAt("nobody was called: sign in once, by voice-otp sign-in USER --stack NAME")
    return True, f"{len(taken)} taken"


@fact(f"Connect answers the create function within {ATTEMPT} ms")
def latency(stack):
    taken, failed = stack.calls()
    # Such a call has no latency.
    if late := [line for line in failed if line["outcome"] == "CALL_UNREACHABLE"]:
        return False, f"{len(late)} of {len(taken) + len(failed)} calls got no answer: {why(late)}"
    took = [line["CallLatency"] for line in taken]
    if not took:
        raise NotLookedAt("Connect has taken no call")
    return max(took) < ATTEMPT, f"{min(took)} to {max(took)} ms in {len(took)} calls"


@fact("speak-code gives codes to calls")
def codes_spoken(stack):
    """So Connect may invoke it, and hands over the attribute with the handle. That the flow speaks the answer, a sign-in shows."""
    if "SpeakCode" not in stack.resources:
        return True, "not needed: the code is in an attribute"
    lines = [line for line in stack.lines("SpeakCodeLogs") if line.get("trigger") == "speak"]
    took = [line["milliseconds"] for line in lines if line["outcome"] == "spoken"]
    # Other reasons are part of normal sign-ins, and test calls have no handle that opens. A fault may pass.
    odd = [line for line in lines if line["outcome"] in ("instance", "channel", "initiation", "number", "other-contact")]
    if not took:
        odd += [line for line in lines if line["message"] == "fault"]
    if odd:
        reasons = sorted({line["outcome"] for line in odd})
        return False, f"not given: {', '.join(reasons)}, the last at {max(line['at'] for line in odd):%H:%M} UTC"
    if not took:
        raise NotLookedAt("nobody has heard a code: sign in once, by voice-otp sign-in USER --stack NAME")
    return True, f"{len(took)} given, in {min(took)} to {max(took)} ms"


@fact("A sign-in ends with tokens")
def tokens(stack):
    ended = [line for line in stack.lines("DefineChallengeLogs") if line.get("outcome") == "tokens"]
    if not ended:
        raise NotLookedAt("no sign-in was completed")
    return True, f"{len(ended)} completed"


def no_devices(stack):
    return stack.parameters.get("OtpDeviceDays") == "0" or stack.parameters.get("OtpMode") == "call-only"


@fact("The metadata with the proof of the password reach the first create")
def wish_of_the_client(stack):
    """AWS documents it for answers to challenges, without an exception for this one. A trusted device is asked for no other way."""
    if no_devices(stack):
        return True, "not needed: no device is trusted"
    created = [line for line in stack.lines("CreateChallengeLogs") if line.get("outcome") in ("called", "device")]
    if asked := [line for line in created if line["outcome"] == "device"]:
        return True, f"{len(asked)} devices were asked for"
    answers = [line for line in stack.lines("VerifyChallengeLogs") if line.get("outcome") == "right"]
    enrolled = [line for line in answers if line.get("device")]
    if any(line.get("sub") == each["sub"] and line["at"] > each["at"] for line in created for each in enrolled):
        return False, "a user was called again after a device was trusted: with that device?"
    raise NotLookedAt("no trusted device was asked: sign in by call, trust the device, and sign in again")


@fact("A trusted device signs the user name that the verify function gets")
def signed_name(stack):
    """The client signs USERNAME of the challenge's parameters, which Cognito adds."""
    if no_devices(stack):
        return True, "not needed: no device is trusted"
    lines = [line for line in stack.lines("VerifyChallengeLogs") if line.get("outcome") in ("device", "device-refused")]
    if not lines:
        raise NotLookedAt("no trusted device has signed")
    accepted = [line for line in lines if line["outcome"] == "device"]
    return bool(accepted), f"{len(accepted)} of {len(lines)} signatures were accepted"


@fact("The token gate is asked at a sign-in by call, and lets it through")
def gated(stack):
    if "GateTokens" not in stack.resources:
        return True, "not needed: there is no token gate"
    if not any(line.get("outcome") == "tokens" for line in stack.lines("DefineChallengeLogs")):
        raise NotLookedAt("no sign-in was completed")
    lines = [line for line in stack.lines("GateTokensLogs") if line.get("trigger") == "gate"]
    if not lines and "UserPool" not in stack.resources:
        raise NotLookedAt("it was not asked: voice-otp attach --token-gate attaches it")
    seen = sorted({(line["outcome"], line.get("Reason", "")) for line in lines})
    seen = ", ".join(" ".join(words).strip() for words in seen) or "it was not asked"
    return any(line["outcome"] == "pass" for line in lines), seen


def sent(stack):
    """The lines of send-code, if calls speak Cognito's own codes."""
    if "SendCode" not in stack.resources:
        return None
    return [line for line in stack.lines("SendCodeLogs") if line.get("trigger") == "send"]


@fact("A code of Cognito's own is read, decrypted and spoken")
def codes_of_cognito(stack):
    """So Cognito invokes send-code with the message that it reads, by its grant on the key, and KMS lets speak-code open it."""
    lines = sent(stack)
    if lines is None:
        return True, "not needed: CognitoCodes is off"
    if odd := [line for line in lines if line["outcome"] in ("SIGN_IN_UNAVAILABLE", "message")]:
        return False, f"send-code could not read {len(odd)}: {why(odd)}"
    heard = [line for line in stack.lines("SpeakCodeLogs") if line.get("trigger") == "speak"]
    if odd := [line for line in heard if line["outcome"] in ("message", "not-a-code") or line.get("cause") == "AccessDeniedException"]:
        return False, f"speak-code could not open {len(odd)}, the last at {max(line['at'] for line in odd):%H:%M} UTC"
    called = [line for line in lines if line["outcome"] == "called"]
    if not called:
        raise NotLookedAt("Cognito has sent no code: sign a user up, or reset a password by phone, and listen to the call")
    of = {line.get("sub") for line in called}
    spoken = [line for line in heard if line["outcome"] == "spoken" and line.get("sub") in of]
    if not spoken:
        raise NotLookedAt("nobody has listened to a code of Cognito's yet")
    return True, f"{len(called)} called, and {len(spoken)} spoken to these users"


@fact("An event that send-code fails at is delivered once more")
def sent_again(stack):
    """Lambda waits a minute before it delivers again, and drops an event that is older than MaximumEventAgeInSeconds by then."""
    lines = sent(stack)
    if lines is None:
        return True, "not needed: CognitoCodes is off"
    failed = [line["requestId"] for line in lines if line.get("message") == "fault"]
    if not failed:
        raise NotLookedAt("send-code has not failed")
    again = {request for request in failed if sum(line["requestId"] == request for line in lines) > 1}
    return bool(again), f"{len(again)} of {len(set(failed))} failed events were delivered again"


def requests(cloudtrail, name):
    """What CloudTrail has of the recent requests of this name."""
    request = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}]}
    pages = cloudtrail.get_paginator("lookup_events").paginate(**request, StartTime=ago(RECENT))
    return [event for page in pages for event in page["Events"]]


def gate_after(stack, name, whose):
    """The gate's lines right after a request of this name. `whose` gives the id that the request must have for a line."""
    asked = requests(stack.client("cloudtrail"), name)

    def follows(line, event):
        return timedelta() <= line["at"] - event["EventTime"] < SOON and whose(line) in event["CloudTrailEvent"]

    lines = [line for line in stack.lines("GateTokensLogs") if line.get("trigger") == "gate"]
    return asked, [line for line in lines if any(follows(line, event) for event in asked)]


@fact("Managed login names a sign-in of a user of the pool as one")
def managed_login(stack):
    """So a pass is good there. Users of identity providers send no password to it."""
    if "GateTokens" not in stack.resources:
        return True, "not needed: there is no token gate"
    _, lines = gate_after(stack, "Login_POST", lambda line: line.get("client", "no client"))
    if not lines:
        raise NotLookedAt("the token gate was not asked after a password on managed login, or CloudTrail does not have it yet")
    hosted = [line for line in lines if line.get("Reason") == "hosted"]
    return not hosted, f"{len(hosted)} of {len(lines)} have the source of identity providers"


@fact("AdminCreateUser does not run the token gate")
def creates_users(stack):
    """AWS's guide names it with the source of a new password, which the gate refuses."""
    if "GateTokens" not in stack.resources:
        return True, "not needed: there is no token gate"
    pool = stack.outputs["UserPoolId"]
    asked, lines = gate_after(stack, "AdminCreateUser", lambda _: pool)
    users = [event for event in asked if pool in event["CloudTrailEvent"]]
    if not users:
        raise NotLookedAt("no user was made, or CloudTrail does not have it yet")
    refused = [line for line in lines if line.get("Reason") == "new-password"]
    return not refused, f"the gate was asked for {len(refused)} of {len(users)}"


@fact("Lines of the log reach the audit")
def audited(stack):
    groups = ("DefineChallengeLogs", "CreateChallengeLogs", "VerifyChallengeLogs", "GateTokensLogs", "SpeakCodeLogs", "SendCodeLogs")
    groups = [group for group in groups if group in stack.resources]
    lines = [line for group in groups for line in stack.lines(group) if line.get("message") in ("answered", "fault")]
    audit = {line.get("requestId") for line in stack.lines("AuditLog")}
    missing = [line for line in lines if line["requestId"] not in audit]
    if not lines:
        raise NotLookedAt("no function has run")
    if any(line["at"] > ago(LATE) for line in missing):
        raise NotLookedAt(f"{len(missing)} of {len(lines)} lines are not there yet: wait {LATE.seconds // 60} minutes")
    return not missing, f"{len(missing)} of {len(lines)} lines are missing"


def metric(stack, name):
    return {
        "Namespace": "VoiceOtp",
        "MetricName": name,
        "Dimensions": [{"Name": "StackName", "Value": stack.name}],
    }


@fact("CloudWatch makes metrics of the lines")
def counted(stack):
    """By the embedded metric format."""
    taken, _ = stack.calls()
    calls = [line for line in taken if line["at"] < ago(LATE)]
    if not calls:
        raise NotLookedAt(f"Connect has taken no call more than {LATE.seconds // 60} minutes ago")
    period = {"StartTime": ago(RECENT + LATE), "EndTime": ago(timedelta()), "Period": 300, "Statistics": ["Sum"]}
    points = stack.client("cloudwatch").get_metric_statistics(**metric(stack, "CallsPlaced"), **period)["Datapoints"]
    found = sum(point["Sum"] for point in points)
    return found >= len(calls), f"{found:.0f} counted of {len(calls)} lines"


@fact("An alarm's sum has a value where nothing was counted")
def never_counted(stack):
    never = {"Metric": metric(stack, "NeverCounted"), "Period": 300, "Stat": "Sum"}
    queries = [
        {"Id": "never", "MetricStat": never, "ReturnData": False},
        {"Id": "zero", "Expression": "TIME_SERIES(0)", "Period": 300, "ReturnData": False},
        {"Id": "sum", "Expression": "SUM([zero, never])"},
        # No alarm rests on this one.
        {"Id": "fill", "Expression": "FILL(never, 0)"},
    ]
    period = {"StartTime": ago(RECENT), "EndTime": ago(timedelta())}
    found = stack.client("cloudwatch").get_metric_data(MetricDataQueries=queries, **period)["MetricDataResults"]
    found = {each["Id"]: each for each in found}
    if found["sum"]["StatusCode"] != "Complete":
        raise NotLookedAt(found["sum"]["StatusCode"])
    values, filled = found["sum"]["Values"], found["fill"]["Values"]
    seen = f"SUM([TIME_SERIES(0), m]) has {len(values)} values, FILL(m, 0) has {len(filled)}"
    return bool(values) and not any(values), seen


@fact("Every alarm is evaluated")
def alarms(stack):
    names = [name for resource, name in stack.resources.items() if resource.endswith("Alarm")]
    found = stack.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    ringing = [each["AlarmName"] for each in found if each["StateValue"] == "ALARM"]
    waiting = [each for each in found if each["StateValue"] == "INSUFFICIENT_DATA"]
    if ringing:
        return False, f"in alarm: {', '.join(ringing)}"
    if waiting:
        raise NotLookedAt(f"{len(waiting)} of {len(found)} have no state yet: wait half an hour")
    return len(found) == len(names), f"{len(found)} are OK"


@fact("Lambda hides settings from a caller who may not decrypt them")
def hidden_settings(stack):
    if not stack.reader:
        raise NotLookedAt("no --reader PROFILE, with ReadOnlyAccess and without kms:Decrypt")
    function = stack.resources["CreateChallenge"]
    found = stack.reader.client("lambda").get_function_configuration(FunctionName=function).get("Environment", {})
    seen = found.get("Error", {}).get("ErrorCode", "no settings and no error")
    return "Variables" not in found, "they are shown" if "Variables" in found else f"they are not shown: {seen}"


@fact("CloudTrail does not record what a call says")
def recorded(stack):
    if "SpeakCode" in stack.resources:
        return True, "not needed: no call carries its code"
    found = requests(stack.in_connects_region("cloudtrail"), "StartOutboundVoiceContact")
    events = [json.loads(event["CloudTrailEvent"]) for event in found]
    if not events:
        raise NotLookedAt("no call is recorded yet: CloudTrail takes some 15 minutes")
    attributes = [(event.get("requestParameters") or {}).get("attributes") for event in events]
    codes = [each.get("VoiceMFA", "") if isinstance(each, dict) else each or "" for each in attributes]
    shown = [code for code in codes if code.strip("*") and "HIDDEN" not in code]
    return not shown, f"{len(shown)} of {len(events)} events have the code"


@fact("The flow runs after the answer, and invokes speak-code then")
def answered_call(stack):
    early, answered, asked = place_call(stack, "answer it, and listen until it hangs up")
    if early is None:
        raise NotLookedAt("the call was not seen while it rang")
    if not answered and not asked:
        raise NotLookedAt("neither an answer nor an invocation was recorded: was the call answered?")
    seen = f"while it rang, speak-code was {'invoked' if early else 'not invoked'}; {'an' if answered else 'no'} answer was recorded; "
    return answered and asked and not early, seen + f"at the end speak-code was {'invoked' if asked else 'not invoked'}"


@fact("A call that nobody answers asks for no code")
def declined_call(stack):
    _, answered, asked = place_call(stack, "decline it")
    if answered:
        raise NotLookedAt("the call was answered")
    return not asked, f"speak-code was {'invoked' if asked else 'not invoked'}"


@fact("The key 0 at the gate leads to speak-code")
def denied_call(stack):
    """AWS's guide names 1 to 9, # and * for menus. Without 0, nobody can deny a sign-in."""
    _, answered, asked = place_call(stack, "answer it, and press 0 when the voice says so", ATTRIBUTES | NO_KEY_BUT_0)
    if not answered and not asked:
        raise NotLookedAt("neither an answer nor an invocation was recorded: was the call answered?")
    return asked, f"after the key, speak-code was {'invoked' if asked else 'not invoked: was 0 pressed?'}"
