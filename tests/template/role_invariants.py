"""Who may do what: the functions with AWS, the user pool with the functions."""

from stack import PSEUDO
from stack_invariants import FUNCTIONS, PROGRAMS, codes_key, kms_key, names_of, new_pool

IN_FUNCTION = {
    "ArnLike": {
        "kms:EncryptionContext:aws:lambda:FunctionArn": (
            f"arn:aws:lambda:{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}:function:*"
        )
    }
}
IN_TABLE = {"StringEquals": {"kms:ViaService": f"dynamodb.{PSEUDO['AWS::Region']}.amazonaws.com"}}
OF_USERS = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["USER#*", "UNKNOWN#*"]}}
OF_KNOWN_USERS = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["USER#*"]}}
# Of numbers, for Cognito's own codes. What the sign-in counts for a number has no purpose at its end.
NUMBERS = ["NUMBER#*#reset", "NUMBER#*#sign-in", "NUMBER#*#verification"]
OF_CODES = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["CODE#*", *NUMBERS, "CALLS#*"]}}
OF_HEARD = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["USER#*", "CODE#*", *NUMBERS]}}
TABLE = {"Fn::GetAtt": ["Ledger", "Arn"]}


def roles_allow_this_and_nothing_else(stack):
    roles = stack.of_type("AWS::IAM::Role")
    expected = _expected_statements(stack)
    assert set(roles) == set(expected)
    for name, role in roles.items():
        assert "ManagedPolicyArns" not in role
        policies = [policy["PolicyDocument"] for policy in role["Policies"]]
        assert sorted(map(str, _statements(policies))) == sorted(map(str, expected[name]))
    # Nothing else gives rights, but the topic's policy, which is looked at elsewhere.
    others = {r["Type"] for r in stack.resources.values() if "Policy" in r["Type"] or "IAM" in r["Type"]}
    assert others - {"AWS::SNS::TopicPolicy", "AWS::IAM::Policy"} == {"AWS::IAM::Role"}


def codes_of_this_pool_are_decrypted_by_whom_they_are_for(stack):
    """By speak-code once somebody listens, and by send-code only where it sends text messages."""
    policies = stack.of_type("AWS::IAM::Policy")
    if "SendCode" not in names_of(stack):
        assert policies == {}
        return
    pool = {"Ref": "UserPool"} if new_pool(stack) else stack.parameters["ExistingUserPoolArn"].split("/")[1]
    condition = {"StringEquals": {"kms:EncryptionContext:userpool-id": pool}}
    (policy,) = policies.values()
    assert list(_statements([policy["PolicyDocument"]])) == [("Allow", "kms:Decrypt", codes_key(stack), condition)]
    text = [{"Ref": "SendCodeRole"}] if stack.parameters["SmsOriginationIdentity"] else []
    assert policy["Roles"] == [{"Ref": "SpeakCodeRole"}, *text]
    assert not {"Users", "Groups"} & set(policy)


def each_role_has_one_bearer(stack):
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        assert function["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    trust = {f"{name}Role": {"Principal": {"Service": "lambda.amazonaws.com"}} for name in PROGRAMS}
    ours = {"aws:SourceAccount": PSEUDO["AWS::AccountId"], "sts:ExternalId": PSEUDO["AWS::StackName"]}
    trust["SmsRole"] = {
        "Principal": {"Service": "cognito-idp.amazonaws.com"},
        "Condition": {"StringEquals": ours},
    }
    for name, role in stack.of_type("AWS::IAM::Role").items():
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole"} | trust[name]
        assert role["AssumeRolePolicyDocument"]["Statement"] == [statement]


def only_the_user_pool_connect_and_the_logs_may_invoke(stack):
    """The pool the triggers, the one Connect instance speak-code, and each function's log the forwarder."""
    pool = stack.parameters["ExistingUserPoolArn"] or {"Fn::GetAtt": ["UserPool", "Arn"]}
    instance = stack.parameters["ConnectInstanceArn"]
    by = {name: ("cognito-idp.amazonaws.com", name, pool) for name in names_of(stack) if name != "SpeakCode"}
    by |= {
        f"{name}Audit": ("logs.amazonaws.com", "AuditForwarder", {"Fn::GetAtt": [f"{name}Logs", "Arn"]})
        for name in names_of(stack)
    }
    if "SpeakCodePermission" in stack.resources:
        by |= {"SpeakCode": ("connect.amazonaws.com", "SpeakCode", instance)}
    assert stack.of_type("AWS::Lambda::Permission") == {
        f"{name}Permission": {
            "FunctionName": {"Ref": function},
            "Action": "lambda:InvokeFunction",
            "Principal": principal,
            "SourceAccount": instance.split(":")[4] if source == instance else PSEUDO["AWS::AccountId"],
            "SourceArn": source,
        }
        for name, (principal, function, source) in by.items()
    }


def an_association_lets_one_instance_invoke_one_function(stack):
    function = {"Fn::GetAtt": ["SpeakCode", "Arn"]}
    properties = {"InstanceId": stack.parameters["ConnectInstanceArn"], "IntegrationType": "LAMBDA_FUNCTION", "IntegrationArn": function}
    wanted = "SpeakCode" in names_of(stack) and stack.parameters["ConnectLambdaAccess"] == "association"
    assert stack.of_type("AWS::Connect::IntegrationAssociation") == ({"SpeakCodeAssociation": properties} if wanted else {})
    # Else the permission does.
    assert ("SpeakCodePermission" in stack.resources) is ("SpeakCode" in names_of(stack) and not wanted)


INVARIANTS = [
    roles_allow_this_and_nothing_else,
    codes_of_this_pool_are_decrypted_by_whom_they_are_for,
    each_role_has_one_bearer,
    only_the_user_pool_connect_and_the_logs_may_invoke,
    an_association_lets_one_instance_invoke_one_function,
]


def _expected_statements(stack):
    """Role -> every (effect, action, resource, condition) that it has."""
    instance = stack.parameters["ConnectInstanceArn"]
    expected = {}
    for name in [*names_of(stack), "AuditForwarder"]:
        group = {"Fn::GetAtt": [f"{name}Logs" if name in FUNCTIONS else "AuditLog", "Arn"]}
        actions = ("logs:CreateLogStream", "logs:PutLogEvents")
        expected[f"{name}Role"] = [("Allow", action, group, None) for action in actions]
    anywhere = stack.parameters["ConnectCallResource"] == "any"
    call = ["*"] if anywhere else [instance, f"{instance}/*"]
    call = [("Allow", "connect:StartOutboundVoiceContact", resource, None) for resource in call]
    expected["CreateChallengeRole"] += [
        *call,
        ("Allow", "dynamodb:BatchGetItem", TABLE, None),
        ("Allow", "dynamodb:PutItem", TABLE, None),
        ("Allow", "dynamodb:UpdateItem", TABLE, None),
    ]
    expected["VerifyChallengeRole"] += [("Allow", "dynamodb:UpdateItem", TABLE, OF_USERS)]
    # The table is encrypted with a key of the team's, and not with one of the stack's.
    encrypted = [IN_FUNCTION, IN_TABLE] if stack.parameters["KmsKeyArn"] else [IN_FUNCTION]
    decrypt = [("Allow", "kms:Decrypt", kms_key(stack), condition) for condition in encrypted]
    expected["CreateChallengeRole"] += decrypt
    expected["VerifyChallengeRole"] += decrypt
    if "GateTokens" in names_of(stack):
        read = [("Allow", "dynamodb:GetItem", TABLE, OF_KNOWN_USERS)]
        # It has no key, so no encrypted settings either.
        expected["GateTokensRole"] += read + [each for each in decrypt if each[3] == IN_TABLE]
    if "SpeakCode" in names_of(stack):
        rows = OF_HEARD if "SendCode" in names_of(stack) else OF_KNOWN_USERS
        expected["SpeakCodeRole"] += [("Allow", "dynamodb:UpdateItem", TABLE, rows), *decrypt]
    if "SendCode" in names_of(stack):
        actions = ("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        expected["SendCodeRole"] += [*call, *decrypt, *(("Allow", action, TABLE, OF_CODES) for action in actions)]
        failures = {"Fn::GetAtt": ["SendCodeFailures", "Arn"]}
        expected["SendCodeRole"] += [("Allow", "sqs:SendMessage", failures, None)]
        if identity := stack.parameters["SmsOriginationIdentity"]:
            expected["SendCodeRole"] += [("Allow", "sms-voice:SendTextMessage", identity, None)]
    if stack.parameters["XRay"] == "on":
        for name in names_of(stack):
            actions = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
            expected[f"{name}Role"] += [("Allow", action, "*", None) for action in actions]
    if new_pool(stack):
        # A phone number is no resource: all but topics.
        expected["SmsRole"] = [("Allow", "sns:Publish", {"not": "arn:aws:sns:*:*:*"}, None)]
    return expected


def _statements(policies):
    """Every (effect, action, resource, condition), one by one. A statement with anything else fails."""
    for statement in (statement for policy in policies for statement in policy["Statement"]):
        resources = {"NotResource"} & set(statement) or {"Resource"}
        assert set(statement) - {"Condition"} == {"Effect", "Action"} | resources
        resource = {"not": statement["NotResource"]} if "NotResource" in statement else statement["Resource"]
        for action in _list(statement["Action"]):
            for resource in _list(resource):
                yield statement["Effect"], action, resource, statement.get("Condition")


def _list(value):
    return value if isinstance(value, list) else [value]
