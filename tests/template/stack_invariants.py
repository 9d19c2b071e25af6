"""What must hold for every stack that the template makes."""

import regex  # for \p{L}, which `re` does not know
from stack import PSEUDO, cycle, references

# Function that Cognito or Connect invokes -> its program. The last three are by parameter.
FUNCTIONS = {
    "DefineChallenge": "define-challenge",
    "CreateChallenge": "create-challenge",
    "VerifyChallenge": "verify-challenge",
    "GateTokens": "gate-tokens",
    "SpeakCode": "speak-code",
    "SendCode": "send-code",
}
PROGRAMS = FUNCTIONS | {"AuditForwarder": "forward-audit"}
# The triggers that a sign-in needs. They may be missing in an existing pool.
TRIGGERS = {
    "DefineAuthChallenge": "DefineChallenge",
    "CreateAuthChallenge": "CreateChallenge",
    "VerifyAuthChallengeResponse": "VerifyChallenge",
}
UNLOCK = {"PostConfirmation": "VerifyChallenge"}
GATE = {"PreTokenGeneration": "GateTokens"}
# On its way out of Cognito, a code is encrypted with the pool's one key for it.
SENDER = {"LambdaArn": {"Fn::GetAtt": ["SendCode", "Arn"]}, "LambdaVersion": "V1_0"}

KEY_REFERENCE = {"Fn::Sub": "{{resolve:secretsmanager:${OtpKey}}}"}

# Environment variable -> the parameter that it must come from.
SETTINGS = {
    "OTP_MODE": "OtpMode",
    "OTP_DIGITS": "OtpDigits",
    "OTP_VALIDITY_SECONDS": "OtpValiditySeconds",
    "OTP_MAX_ATTEMPTS": "OtpMaxAttempts",
    "OTP_MAX_CALLS": "OtpMaxCalls",
    "OTP_DEVICE_DAYS": "OtpDeviceDays",
    "OTP_PHONE_ATTRIBUTE": "OtpPhoneAttribute",
    "OTP_BRAND": "OtpBrand",
    "OTP_LANGUAGE": "OtpLanguage",
    "OTP_GATE": "OtpGate",
    "OTP_CODE_DELIVERY": "OtpCodeDelivery",
    "OTP_COUNTRIES": "OtpCountries",
    "OTP_ALLOW_PREFIXES": "OtpAllowPrefixes",
    "OTP_SECONDS_BETWEEN_CALLS": "OtpSecondsBetweenCalls",
    "OTP_MAX_CALLS_QUARTER_HOUR": "OtpMaxCallsQuarterHour",
    "OTP_MAX_CALLS_HOUR": "OtpMaxCallsHour",
    "OTP_MAX_CALLS_DAY": "OtpMaxCallsDay",
    "OTP_MAX_CALLS_COUNTRY_HOUR": "OtpMaxCallsCountryHour",
    "OTP_MAX_CALLS_ALL_HOUR": "OtpMaxCallsAllHour",
    "OTP_MAX_CALLS_ALL_DAY": "OtpMaxCallsAllDay",
    "OTP_LOCKOUT_FAILURES": "OtpLockoutFailures",
    "OTP_LOCKOUT_SECONDS": "OtpLockoutSeconds",
    "OTP_MAX_FAILURES": "OtpMaxFailures",
    "OTP_DENIED_SECONDS": "OtpDeniedSeconds",
    "OTP_REFRESH_TOKEN_DAYS": "RefreshTokenDays",
    "OTP_TOKEN_GATE": "TokenGate",
    "OTP_TOKEN_GATE_EXEMPT_CLIENTS": "TokenGateExemptClients",
    "OTP_TOKEN_GATE_FEDERATED": "TokenGateFederated",
    "OTP_COGNITO_CODES": "CognitoCodes",
    "OTP_SMS_ORIGINATION_IDENTITY": "SmsOriginationIdentity",
    "OTP_TRUST": "OtpTrust",
    "CONNECT_INSTANCE_ARN": "ConnectInstanceArn",
    "CONNECT_SOURCE_PHONE_NUMBER": "ConnectSourcePhoneNumber",
    "CONNECT_QUEUE_ARN": "ConnectQueueArn",
    "CONNECT_RING_TIMEOUT_SECONDS": "ConnectRingTimeoutSeconds",
    "LOG_LEVEL": "LogLevel",
}
# What comes from the stack and its resources.
FROM_STACK = {"OTP_KEY", "OTP_COGNITO_CODES_KEY_ARN", "CONNECT_CONTACT_FLOW_ARN", "LEDGER_TABLE_NAME", "STACK_NAME"}
LOCKS = {"OTP_LOCKOUT_FAILURES", "OTP_LOCKOUT_SECONDS", "OTP_MAX_FAILURES", "OTP_DENIED_SECONDS"}
OF_GATE = {"OTP_TOKEN_GATE", "OTP_TOKEN_GATE_EXEMPT_CLIENTS", "OTP_TOKEN_GATE_FEDERATED"}
OF_CODES = {"OTP_COGNITO_CODES", "OTP_COGNITO_CODES_KEY_ARN"}
OF_LEDGER = {"OTP_TRUST", "LEDGER_TABLE_NAME", "LOG_LEVEL", "STACK_NAME"}
OF_CREATE = (set(SETTINGS) | FROM_STACK) - OF_GATE - OF_CODES - {"OTP_SMS_ORIGINATION_IDENTITY"}
# What only a challenge of ours has.
OF_CHALLENGE = {"OTP_MODE", "OTP_DIGITS", "OTP_MAX_ATTEMPTS", "OTP_MAX_CALLS", "OTP_DEVICE_DAYS", "OTP_PHONE_ATTRIBUTE"}
OF_CHALLENGE |= {"OTP_CODE_DELIVERY", "OTP_REFRESH_TOKEN_DAYS"}
SETTINGS_OF = {
    "DefineChallenge": {"OTP_MODE", "OTP_MAX_ATTEMPTS", "OTP_MAX_CALLS", "LOG_LEVEL", "STACK_NAME"},
    "CreateChallenge": OF_CREATE,
    "VerifyChallenge": OF_LEDGER | LOCKS | {"OTP_KEY", "OTP_REFRESH_TOKEN_DAYS"},
    "GateTokens": OF_LEDGER | OF_GATE | {"OTP_REFRESH_TOKEN_DAYS"},
    "SpeakCode": OF_LEDGER | LOCKS | OF_CODES | {"OTP_KEY", "CONNECT_INSTANCE_ARN"},
    "SendCode": OF_CREATE - OF_CHALLENGE - LOCKS | OF_CODES | {"OTP_SMS_ORIGINATION_IDENTITY"},
}


def functions_are_ours(stack):
    functions = stack.of_type("AWS::Lambda::Function")
    assert set(functions) == {*names_of(stack), "AuditForwarder"}
    for name, function in functions.items():
        # CloudFormation generates the name, so that two stacks fit into one account and the ARN into an association.
        assert "FunctionName" not in function
        source = stack.document["Resources"][name]
        assert source["Metadata"] == {
            "BuildMethod": "rust-cargolambda",
            "BuildProperties": {"Binary": PROGRAMS[name]},
        }
        assert function["Runtime"] == "provided.al2023"
        assert function["Handler"] == "bootstrap"
        assert function["Architectures"] == [stack.parameters["Architecture"]]
        assert function["MemorySize"] == (stack.parameters["MemorySize"] if name in FUNCTIONS else 128)
        assert "Events" not in source["Properties"]
    assert stack.document["Globals"]["Function"]["CodeUri"] == "."


def functions_stop_when_cognito_gives_up(stack):
    """For send-code it does not wait."""
    asked = {name: function for name, function in functions_of(stack).items() if name != "SendCode"}
    assert all(0 < function["Timeout"] <= 5 for function in asked.values())


def send_code_is_tried_twice_while_a_user_waits(stack):
    """Lambda waits a minute before it tries again. An event that is older than the limit then is not tried again."""
    config = stack.of_type("AWS::Lambda::EventInvokeConfig").get("SendCodeEventInvokeConfig")
    if "SendCode" not in names_of(stack):
        assert config is None
        return
    timeout = functions_of(stack)["SendCode"]["Timeout"]
    assert 0 < timeout <= 10 and 60 + 2 * timeout < config.pop("MaximumEventAgeInSeconds") <= 180
    assert config == {
        "FunctionName": {"Ref": "SendCode"},
        "Qualifier": "$LATEST",
        "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["SendCodeFailures", "Arn"]}}},
        "MaximumRetryAttempts": 1,
    }


def events_that_were_given_up_are_kept_for_a_day(stack):
    """They hold a user's attributes."""
    queue = {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 86400}
    assert stack.of_type("AWS::SQS::Queue") == ({"SendCodeFailures": queue} if "SendCode" in names_of(stack) else {})


def speak_code_can_be_tried_three_times(stack):
    """As Connect does, while the flow waits."""
    invocations = [action for action in stack.flow["Actions"] if action["Type"] == "InvokeLambdaFunction"]
    limit = min(int(each["Parameters"]["InvocationTimeLimitSeconds"]) for each in invocations)
    functions = functions_of(stack)
    assert "SpeakCode" not in functions or 3 * functions["SpeakCode"]["Timeout"] < limit


def functions_by_parameter_are_there_whole_or_not_at_all(stack):
    """A function with all that belongs to it, by name. The alarms are looked at elsewhere."""
    access = stack.parameters["ConnectLambdaAccess"].capitalize()
    own = {"SpeakCode": {access}, "GateTokens": {"Permission"}}
    own["SendCode"] = {"Permission", "EventInvokeConfig", "Failures", "FailuresUrl"}
    for name, further in own.items():
        parts = {"", "Arn", "Audit", "AuditPermission", "Logs", "Role"} | further if name in names_of(stack) else set()
        made = {each for each in [*stack.resources, *stack.outputs] if name in each} - {"AssociateSpeakCode"}
        assert made == {f"{name}{part}" for part in parts}


def code_in_an_attribute_without_a_gate_takes_three_functions_and_the_forwarder(stack):
    functions = set(stack.of_type("AWS::Lambda::Function"))
    least = {"DefineChallenge", "CreateChallenge", "VerifyChallenge", "AuditForwarder"}
    by = ("OtpCodeDelivery", "TokenGate", "CognitoCodes")
    bare = [stack.parameters[name] for name in by] == ["attribute", "off", "off"]
    assert (functions == least) if bare else (functions > least)


def environments_are_as_documented(stack):
    flow = stack.parameters["ConnectContactFlowArn"] or {"Fn::GetAtt": ["VoiceCodeFlow", "ContactFlowArn"]}
    values = {name: stack.parameters[parameter] for name, parameter in SETTINGS.items()}
    values |= {"STACK_NAME": PSEUDO["AWS::StackName"]}
    values |= {"OTP_KEY": KEY_REFERENCE, "CONNECT_CONTACT_FLOW_ARN": flow, "LEDGER_TABLE_NAME": {"Ref": "Ledger"}}
    values |= {"OTP_COGNITO_CODES_KEY_ARN": codes_key(stack)}
    for name, function in functions_of(stack).items():
        assert function["Environment"]["Variables"] == {key: values[key] for key in SETTINGS_OF[name]}


def key_is_generated_and_known_to_whom_codes_are_made_by(stack):
    secrets = stack.of_type("AWS::SecretsManager::Secret")
    assert set(secrets) == {"OtpKey"}
    assert "SecretString" not in secrets["OtpKey"]
    generate = secrets["OtpKey"]["GenerateSecretString"]
    # 62 letters and digits, 5.95 bits each: 64 of them are more than the 32 bytes of HMAC-SHA-256's strength.
    assert generate == {"PasswordLength": 64, "ExcludePunctuation": True}
    everything = stack.resources | {f"output {name}": output for name, output in stack.outputs.items()}
    users = {name for name, entry in everything.items() if "OtpKey" in references(entry)}
    assert users == set(names_of(stack)) - {"DefineChallenge", "GateTokens"}


def key_is_encrypted_with_a_kms_key_of_the_customers(stack):
    key = kms_key(stack)
    keys = stack.of_type("AWS::KMS::Key")
    assert ("KmsKey" in keys) is not bool(stack.parameters["KmsKeyArn"])
    for new in keys.values():
        assert (new["EnableKeyRotation"], new["PendingWindowInDays"]) == (True, 30)
        # To IAM, and to no service and no other account.
        account = f"arn:aws:iam::{PSEUDO['AWS::AccountId']}:root"
        statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
        assert new["KeyPolicy"]["Statement"] == [statement]
    assert stack.of_type("AWS::SecretsManager::Secret")["OtpKey"].get("KmsKeyId") == key
    for function in stack.of_type("AWS::Lambda::Function").values():
        holds_it = "OTP_KEY" in function.get("Environment", {}).get("Variables", {})
        assert function.get("KmsKeyArn") == (key if holds_it else None)


def codes_of_cognito_have_a_key_of_their_own(stack):
    """It is the pool's, and of the functions that may decrypt them: no other key opens the settings, and none of them the codes."""
    key = codes_key(stack)
    made = "SendCode" in names_of(stack) and not stack.parameters["CognitoCodesKeyArn"]
    keys = {"KmsKey"} & set(stack.of_type("AWS::KMS::Key")) | ({"CognitoCodesKey"} if made else set())
    assert set(stack.of_type("AWS::KMS::Key")) == keys and key != kms_key(stack)
    users = {name for name, entry in stack.resources.items() if "CognitoCodesKey" in references(entry)}
    pool = {"UserPool"} & set(stack.resources)
    assert users == ({"CognitoCodesPolicy", "SendCode", "SpeakCode"} | pool if made else set())


def ledger_is_kept_and_encrypted(stack):
    tables = stack.of_type("AWS::DynamoDB::Table")
    assert set(tables) == {"Ledger"}
    key = stack.parameters["KmsKeyArn"]
    # A table without it is encrypted with a key of DynamoDB's own.
    encryption = {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}} if key else {}
    assert tables["Ledger"] == encryption | {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "TimeToLiveSpecification": {"AttributeName": "deleteAfter", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": stack.parameters["LedgerDeletionProtection"],
    }
    resource = stack.template["Resources"]["Ledger"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Delete", "Retain")


def pool_calls_the_functions_and_has_no_mfa(stack):
    pools = stack.of_type("AWS::Cognito::UserPool")
    assert set(pools) == ({"UserPool"} if new_pool(stack) else set())
    for pool in pools.values():
        assert pool["MfaConfiguration"] == "OFF"
        triggers = TRIGGERS | UNLOCK | (GATE if "GateTokens" in names_of(stack) else {})
        sender = {"CustomSMSSender": SENDER, "KMSKeyID": codes_key(stack)} if "SendCode" in names_of(stack) else {}
        of_sign_in = {trigger: {"Fn::GetAtt": [name, "Arn"]} for trigger, name in triggers.items()}
        assert pool["LambdaConfig"] == of_sign_in | sender
        assert stack.template["Resources"]["UserPool"]["UpdateReplacePolicy"] == "Retain"
        assert pool["DeletionProtection"] == stack.parameters["UserPoolDeletionProtection"]
        assert pool["UserPoolTier"] == stack.parameters["UserPoolTier"]


def pool_protects_the_number(stack):
    for pool in stack.of_type("AWS::Cognito::UserPool").values():
        verified_first = set(pool["UserAttributeUpdateSettings"]["AttributesRequireVerificationBeforeUpdate"])
        assert "phone_number" in verified_first
        # Else UpdateUserPool answers InvalidParameterException.
        assert verified_first <= set(pool["AutoVerifiedAttributes"])
        seoul = stack.parameters["AWS::Region"] == "ap-northeast-2"
        assert pool["SmsConfiguration"] == ({"SnsRegion": "ap-northeast-1"} if seoul else {}) | {
            "SnsCallerArn": {"Fn::GetAtt": ["SmsRole", "Arn"]},
            "ExternalId": PSEUDO["AWS::StackName"],
        }
        assert [each["Name"] for each in pool["AccountRecoverySetting"]["RecoveryMechanisms"]] == ["verified_email"]
        admin_only = pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]
        assert admin_only is (stack.parameters["AllowSelfSignUp"] == "false")


def client_signs_in_by_our_flow_only(stack):
    clients = stack.of_type("AWS::Cognito::UserPoolClient")
    assert set(clients) - {"SignUpClient"} == ({"UserPoolClient"} if new_pool(stack) else set())
    for client in (client for name, client in clients.items() if name != "SignUpClient"):
        assert sorted(client["ExplicitAuthFlows"]) == ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        # On managed login a password is enough, and the token gate can't tell it from the call.
        assert not any("OAuth" in name for name in client)
        assert client["PreventUserExistenceErrors"] == "ENABLED"
        assert client["EnableTokenRevocation"] is True
        assert client["GenerateSecret"] == stack.parameters["GenerateClientSecret"]
        assert client["RefreshTokenValidity"] == stack.parameters["RefreshTokenDays"]
        # Another unit would make other times of it.
        assert "TokenValidityUnits" not in client
        assert client["WriteAttributes"] == written_by_users(stack)
    # Managed login cannot run the triggers, and offers the flows that do without them.
    assert not stack.of_type("AWS::Cognito::UserPoolDomain")


def users_sign_up_with_a_number_where_no_token_lets_them_change_it(stack):
    """By a client that has no way to sign in."""
    wanted = new_pool(stack) and "SendCode" in names_of(stack) and stack.parameters["AllowSelfSignUp"] == "true"
    client = {
        "UserPoolId": {"Ref": "UserPool"},
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": True,
        "GenerateSecret": stack.parameters["GenerateClientSecret"],
        "WriteAttributes": [*written_by_users(stack), "phone_number"],
    }
    found = {name: each for name, each in stack.of_type("AWS::Cognito::UserPoolClient").items() if name != "UserPoolClient"}
    assert found == ({"SignUpClient": client} if wanted else {})
    # The code goes to the number, and the user is confirmed by it.
    assert all("phone_number" in pool["AutoVerifiedAttributes"] for pool in stack.of_type("AWS::Cognito::UserPool").values())


def session_outlasts_the_code(stack):
    minutes = stack.template["Mappings"]["AuthSessionValidity"]["Minutes"]
    allowed = stack.document["Parameters"]["OtpValiditySeconds"]["AllowedValues"]
    assert sorted(map(int, minutes)) == sorted(allowed)
    assert min(allowed) >= 1 and max(allowed) <= 600
    for seconds, session in minutes.items():
        assert 3 <= session <= 15
        assert session * 60 > int(seconds)
    for client in stack.of_type("AWS::Cognito::UserPoolClient").values():
        if "ALLOW_CUSTOM_AUTH" not in client["ExplicitAuthFlows"]:
            continue
        assert client["AuthSessionValidity"] == minutes[stack.parameters["OtpValiditySeconds"]]


def nothing_depends_on_itself(stack):
    """Over all resources at once, also those of conditions that exclude each other."""
    resources = stack.template["Resources"]
    edges = {name: references(resource) & set(resources) for name, resource in resources.items()}
    assert cycle(edges) == []


def every_reference_exists(stack):
    known = set(stack.resources)
    for name, entry in (stack.resources | stack.outputs).items():
        assert references(entry) <= known, f"{name} needs what this stack does not have"


def two_stacks_fit_into_one_account(stack):
    """A fixed physical name would stop the second."""
    for name, resource in stack.resources.items():
        for key, value in resource.get("Properties", {}).items():
            # A filter's name is its log group's matter, a policy's its role's, and a DisplayName is in the mails alone.
            if key.endswith("Name") and key not in ("MetricName", "FilterName", "PolicyName", "DisplayName"):
                assert isinstance(value, dict) or PSEUDO["AWS::StackName"] in value, f"{name}.{key}"


def flow_is_ours_or_theirs(stack):
    flows = stack.of_type("AWS::Connect::ContactFlow")
    assert set(flows) == (set() if stack.parameters["ConnectContactFlowArn"] else {"VoiceCodeFlow"})
    assert all(flow["InstanceArn"] == stack.parameters["ConnectInstanceArn"] for flow in flows.values())


def flow_is_made_once_connect_may_invoke_the_function(stack):
    access = f"SpeakCode{stack.parameters['ConnectLambdaAccess'].capitalize()}"
    for name in stack.of_type("AWS::Connect::ContactFlow"):
        assert references(stack.resources[name]) >= {access, "SpeakCode"}


def parameters_are_described_and_bounded(stack):
    parameters = stack.document["Parameters"]
    groups = stack.document["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert [name for group in groups for name in group["Parameters"]] == list(parameters)
    for name, parameter in parameters.items():
        assert parameter["Description"].endswith((".", ")")) and parameter["ConstraintDescription"], name
        assert ("Default" in parameter) is (name not in ("ConnectInstanceArn", "OtpBrand")), name
        assert accepts(parameter, str(parameter.get("Default", stack.parameters[name]))), name
        bounds = set(parameter) & {"AllowedPattern", "AllowedValues", "MinValue", "MaxValue"}
        assert bounds in ({"AllowedPattern"}, {"AllowedValues"}, {"MinValue", "MaxValue"}), name
    used = references([stack.document[part] for part in ("Resources", "Globals", "Conditions", "Outputs")])
    assert set(parameters) <= used


def what_must_be_answered_comes_first(stack):
    first = ["ConnectInstanceArn", "ConnectSourcePhoneNumber", "OtpBrand", "ExistingUserPoolArn", "AlarmEmail"]
    assert list(stack.document["Parameters"])[:5] == first


def parts_are_in_order(stack):
    """Who signs in, what they count and may do, the call, what watches it: each in one place."""
    parts = [_part(name, resource["Type"]) for name, resource in stack.document["Resources"].items()]
    assert parts == sorted(parts)


def limits_are_on_by_default(stack):
    """0 is off."""
    limits = {name: each for name, each in stack.document["Parameters"].items() if each.get("MinValue") == 0}
    assert limits and all(limit["Default"] > 0 for limit in limits.values())


def gates_are_on_unless_they_are_turned_off(stack):
    """As texts: on and off without quotes are booleans in YAML, and the functions read neither true nor false."""
    for name, values in (("OtpGate", ["on", "off"]), ("TokenGate", ["on", "observe", "off"])):
        gate = stack.document["Parameters"][name]
        assert (gate["Default"], gate["AllowedValues"]) == ("on", values)
    codes = stack.document["Parameters"]["CognitoCodes"]
    assert (codes["Default"], codes["AllowedValues"]) == ("off", ["off", "all"])
    assert stack.document["Parameters"]["TokenGateExemptClients"]["Default"] == ""
    assert stack.document["Parameters"]["TokenGateFederated"]["Default"] == "refuse"


def outputs_are_what_a_client_needs(stack):
    common = {"Region", "UserPoolId", "ConnectInstanceArn", "ContactFlowArn", "LedgerTableName", "KmsKeyArn"}
    common |= {"Dashboard", "AuditLogGroup"}
    common |= {f"{name}Arn" for name in [*names_of(stack), "AuditForwarder"]}
    if "SpeakCodePermission" in stack.resources:
        common |= {"AssociateSpeakCode"}
        instance = stack.parameters["ConnectInstanceArn"]
        command = "aws connect associate-lambda-function"
        command += f" --region {instance.split(':')[3]} --instance-id {instance} --function-arn ${{SpeakCode.Arn}}"
        assert stack.outputs["AssociateSpeakCode"]["Value"] == {"Fn::Sub": command}
    if "SendCode" in names_of(stack):
        common |= {"SendCodeFailuresUrl", "CognitoCodesKeyArn"}
        assert stack.outputs["SendCodeFailuresUrl"]["Value"] == {"Ref": "SendCodeFailures"}
        assert stack.outputs["CognitoCodesKeyArn"]["Value"] == codes_key(stack)
    assert stack.outputs["LedgerTableName"]["Value"] == {"Ref": "Ledger"}
    assert stack.outputs["KmsKeyArn"]["Value"] == kms_key(stack)
    assert stack.outputs["ConnectInstanceArn"]["Value"] == stack.parameters["ConnectInstanceArn"]
    if not new_pool(stack):
        pool = stack.parameters["ExistingUserPoolArn"].split("/")[1]
        assert set(stack.outputs) == common | {"AttachTriggers", "AttachClient"}
        assert stack.outputs["UserPoolId"]["Value"] == pool
        assert stack.outputs["AttachTriggers"]["Value"] == "voice-otp attach --region us-east-1 --stack voice-code"
        client = stack.outputs["AttachClient"]["Value"]
        assert "--explicit-auth-flows ALLOW_CUSTOM_AUTH ALLOW_REFRESH_TOKEN_AUTH --prevent-user-existence" in client
        assert f" --refresh-token-validity {stack.parameters['RefreshTokenDays']} " in client
        assert client.endswith(f" --write-attributes {' '.join(written_by_users(stack))}")
        return
    secret = {"ClientSecret"} if stack.parameters["GenerateClientSecret"] == "true" else set()
    sign_up = {"SignUpClientId"} if "SignUpClient" in stack.resources else set()
    assert set(stack.outputs) == common | {"UserPoolClientId", "FirstUser"} | secret | sign_up
    assert all(stack.outputs[name]["Value"] == {"Ref": "SignUpClient"} for name in sign_up)
    assert stack.outputs["UserPoolId"]["Value"] == {"Ref": "UserPool"}
    first_user = stack.outputs["FirstUser"]["Value"]
    assert first_user == "voice-otp add-user NAME --phone TEL --region us-east-1 --stack voice-code"
    # SAM wraps the value at 80 characters, and after hyphens.
    assert len(first_user) < 80


INVARIANTS = [
    functions_are_ours,
    functions_stop_when_cognito_gives_up,
    send_code_is_tried_twice_while_a_user_waits,
    events_that_were_given_up_are_kept_for_a_day,
    speak_code_can_be_tried_three_times,
    functions_by_parameter_are_there_whole_or_not_at_all,
    code_in_an_attribute_without_a_gate_takes_three_functions_and_the_forwarder,
    environments_are_as_documented,
    key_is_generated_and_known_to_whom_codes_are_made_by,
    key_is_encrypted_with_a_kms_key_of_the_customers,
    codes_of_cognito_have_a_key_of_their_own,
    ledger_is_kept_and_encrypted,
    pool_calls_the_functions_and_has_no_mfa,
    pool_protects_the_number,
    client_signs_in_by_our_flow_only,
    users_sign_up_with_a_number_where_no_token_lets_them_change_it,
    session_outlasts_the_code,
    nothing_depends_on_itself,
    every_reference_exists,
    two_stacks_fit_into_one_account,
    flow_is_ours_or_theirs,
    flow_is_made_once_connect_may_invoke_the_function,
    parameters_are_described_and_bounded,
    what_must_be_answered_comes_first,
    parts_are_in_order,
    limits_are_on_by_default,
    gates_are_on_unless_they_are_turned_off,
    outputs_are_what_a_client_needs,
]


def _part(name, kind):
    if "Audit" in name or kind.startswith(("AWS::Logs::", "AWS::SNS::", "AWS::CloudWatch::")):
        return 4
    if kind.startswith(("AWS::DynamoDB::", "AWS::IAM::", "AWS::KMS::", "AWS::SecretsManager::")):
        return 2
    return 3 if "SpeakCode" in name or kind.startswith("AWS::Connect::") else 1


def accepts(parameter, value):
    """Whether CloudFormation would take this value for a parameter. The ASCII patterns of Java and Python agree."""
    if "AllowedValues" in parameter:
        return value in map(str, parameter["AllowedValues"])
    if "MinValue" in parameter:
        is_number = regex.fullmatch(r"\d+(\.\d+)?", value) is not None
        return is_number and parameter["MinValue"] <= float(value) <= parameter["MaxValue"]
    return regex.fullmatch(parameter["AllowedPattern"], value) is not None


def names_of(stack):
    """The functions that this stack has beside the forwarder."""
    left_out = {"SpeakCode"} if stack.parameters["OtpCodeDelivery"] == "attribute" else set()
    left_out |= {"GateTokens"} if stack.parameters["TokenGate"] == "off" else set()
    left_out |= {"SendCode"} if stack.parameters["CognitoCodes"] == "off" else set()
    return [name for name in FUNCTIONS if name not in left_out]


def functions_of(stack):
    return {name: each for name, each in stack.of_type("AWS::Lambda::Function").items() if name in FUNCTIONS}


def kms_key(stack):
    return stack.parameters["KmsKeyArn"] or {"Fn::GetAtt": ["KmsKey", "Arn"]}


def codes_key(stack):
    """Of the codes that Cognito makes."""
    made = stack.parameters["CognitoCodes"] == "all" and not stack.parameters["CognitoCodesKeyArn"]
    return {"Fn::GetAtt": ["CognitoCodesKey", "Arn"]} if made else stack.parameters["CognitoCodesKeyArn"]


def written_by_users(stack):
    """Not phone_number, where the call goes, nor custom attributes, which may be what OtpPhoneAttribute names."""
    email = ["email"] if stack.parameters["AllowSelfSignUp"] == "true" else []
    return [*email, "family_name", "given_name", "locale", "name"]


def new_pool(stack):
    return not stack.parameters["ExistingUserPoolArn"]
