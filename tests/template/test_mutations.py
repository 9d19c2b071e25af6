"""Each invariant can fail: a mistake in the template, of a kind that has happened somewhere, must be caught by it."""

from xml.etree import ElementTree

import call_invariants as call
import flow_invariants as flow
import flow_mutations
import pytest
import role_invariants as roles
import stack_invariants as stack_of
import watch_invariants as watch
import watch_mutations
from mutate import resource, role, setting
from stack import CODES, EXISTING, NEW, OWN_FLOW, PERMITTED, Stack, load


def decrypt_ledger(name):
    """The statement on the team's key for the table."""
    return lambda document: resource(f"{name}Role")(document)["Policies"][-1]["Fn::If"][2]["PolicyDocument"]["Statement"][0]


def without_condition(name):
    return lambda document: document["Resources"][name].pop("Condition")


def variables(name):
    return lambda document: resource(name)(document)["Environment"]["Variables"]


def cycle_through_the_environment(document):
    variables("VerifyChallenge")(document)["POOL"] = {"Ref": "UserPool"}


def cycle_through_a_role(document):
    role("CreateChallenge")(document)["Resource"] = {"Fn::Sub": "${CreateChallenge.Arn}"}


def cycle_through_depends_on(document):
    document["Resources"]["OtpKey"]["DependsOn"] = ["CreateChallengePermission"]


def user_pool_id(document):
    """Of the condition under which codes are decrypted."""
    statement = resource("CognitoCodesPolicy")(document)["PolicyDocument"]["Statement"][0]
    return statement["Condition"]["StringEquals"]


POOL, CLIENT, OWN_KEY = resource("UserPool"), resource("UserPoolClient"), resource("OtpKey")
LEDGER = resource("Ledger")
SEOUL = NEW | {"AWS::Region": "ap-northeast-2"}
BARE_BUT_FOR_THE_GATE = EXISTING | {"TokenGate": "observe"}
GLOBALS = lambda document: document["Globals"]["Function"]  # noqa: E731
PARAMETERS = lambda document: document["Parameters"]  # noqa: E731

TEMPLATE_MUTATIONS = [
    # --- functions
    (stack_of.functions_are_ours, setting(GLOBALS, Runtime="provided.al2")),
    (stack_of.functions_are_ours, setting(GLOBALS, Architectures=["x86_64"]), EXISTING),
    (
        stack_of.functions_are_ours,
        lambda d: d["Resources"]["VerifyChallenge"]["Metadata"].update(BuildProperties={"Binary": "define-challenge"}),
    ),
    (stack_of.functions_stop_when_cognito_gives_up, setting(GLOBALS, Timeout=6)),
    (stack_of.functions_stop_when_cognito_gives_up, setting(resource("CreateChallenge"), Timeout=30)),
    (stack_of.functions_stop_when_cognito_gives_up, setting(resource("GateTokens"), Timeout=10), CODES),
    (tried := stack_of.send_code_is_tried_twice_while_a_user_waits, setting(resource("SendCode"), Timeout=60), CODES),
    (tried, lambda d: resource("SendCode")(d)["EventInvokeConfig"].update(MaximumRetryAttempts=0), CODES),
    # The second try would come a minute later.
    (tried, lambda d: resource("SendCode")(d)["EventInvokeConfig"].update(MaximumEventAgeInSeconds=60), CODES),
    (tried, lambda d: resource("SendCode")(d)["EventInvokeConfig"].update(MaximumEventAgeInSeconds=21600), CODES),
    (tried, lambda d: resource("SendCode")(d)["EventInvokeConfig"].pop("DestinationConfig"), CODES),
    (kept := stack_of.events_that_were_given_up_are_kept_for_a_day, setting(resource("SendCodeFailures"), SqsManagedSseEnabled=False), CODES),
    (kept, setting(resource("SendCodeFailures"), MessageRetentionPeriod=1209600), CODES),
    (kept, without_condition("SendCodeFailures")),
    (stack_of.functions_are_ours, setting(resource("SpeakCode"), FunctionName={"Fn::Sub": "${AWS::StackName}-speak-code"})),
    (stack_of.speak_code_can_be_tried_three_times, setting(resource("SpeakCode"), Timeout=3)),
    (stack_of.speak_code_can_be_tried_three_times, flow_mutations.parameters("get-code", InvocationTimeLimitSeconds="6")),
    (whole := stack_of.functions_by_parameter_are_there_whole_or_not_at_all, without_condition("SpeakCodeAudit"), EXISTING),
    (whole, without_condition("SpeakCodeRole"), EXISTING),
    (whole, without_condition("GateTokensPermission"), EXISTING),
    (whole, lambda d: d["Outputs"]["SpeakCodeArn"].pop("Condition"), EXISTING),
    (whole, without_condition("SendCodePermission")),
    (whole, without_condition("SendCodeLogs")),
    (whole, lambda d: d["Resources"].pop("SendCodeAudit"), CODES),
    (whole, lambda d: d["Resources"].pop("SendCodeFailures"), CODES),
    (whole, lambda d: d["Conditions"].update(CognitoCodesDeployed={"Fn::Equals": [{"Ref": "CognitoCodes"}, "off"]})),
    (whole, lambda d: d["Resources"].pop("SpeakCodeAudit")),
    (whole, lambda d: d["Resources"].pop("GateTokensAudit")),
    (whole, lambda d: d["Conditions"].update(SpeakCodeAssociated={"Fn::Equals": ["", "x"]})),
    (whole, lambda d: d["Conditions"].update(CodeByFunction={"Fn::Equals": [{"Ref": "ConnectContactFlowArn"}, ""]}), OWN_FLOW),
    (whole, lambda d: d["Conditions"].update(TokenGateDeployed={"Fn::Equals": [{"Ref": "TokenGate"}, "on"]}), OWN_FLOW),
    (
        three := stack_of.code_in_an_attribute_without_a_gate_takes_three_functions_and_the_forwarder,
        lambda d: d["Resources"].update(Other=d["Resources"]["AuditForwarder"]),
        EXISTING,
    ),
    (three, without_condition("GateTokens"), EXISTING),
    (three, without_condition("SpeakCode"), EXISTING),
    (three, without_condition("SendCode"), EXISTING),
    (three, lambda d: d["Resources"].pop("GateTokens"), BARE_BUT_FOR_THE_GATE),
    (stack_of.environments_are_as_documented, setting(variables("SpeakCode"), OTP_MAX_FAILURES=None)),
    (stack_of.environments_are_as_documented, setting(variables("SpeakCode"), OTP_DIGITS={"Ref": "OtpDigits"})),
    (stack_of.environments_are_as_documented, setting(variables("SpeakCode"), OTP_COGNITO_CODES="all")),
    (stack_of.environments_are_as_documented, setting(variables("SpeakCode"), OTP_COGNITO_CODES_KEY_ARN={"Ref": "CognitoCodesKeyArn"}), CODES),
    (stack_of.environments_are_as_documented, setting(variables("SendCode"), OTP_COGNITO_CODES=None), CODES),
    (stack_of.environments_are_as_documented, setting(variables("SendCode"), OTP_SMS_ORIGINATION_IDENTITY=""), OWN_FLOW),
    (stack_of.environments_are_as_documented, setting(variables("SendCode"), OTP_DIGITS={"Ref": "OtpDigits"}), CODES),
    (stack_of.environments_are_as_documented, setting(variables("SendCode"), OTP_MAX_CALLS_ALL_DAY=None), CODES),
    (stack_of.environments_are_as_documented, setting(variables("CreateChallenge"), OTP_COGNITO_CODES={"Ref": "CognitoCodes"})),
    (stack_of.environments_are_as_documented, setting(variables("GateTokens"), OTP_TOKEN_GATE="on"), OWN_FLOW),
    (stack_of.environments_are_as_documented, setting(variables("GateTokens"), OTP_TOKEN_GATE_EXEMPT_CLIENTS=None)),
    (stack_of.environments_are_as_documented, setting(variables("GateTokens"), OTP_REFRESH_TOKEN_DAYS="30"), OWN_FLOW),
    (stack_of.environments_are_as_documented, setting(variables("VerifyChallenge"), OTP_REFRESH_TOKEN_DAYS=None)),
    (stack_of.environments_are_as_documented, setting(variables("CreateChallenge"), OTP_CODE_DELIVERY=None)),
    (stack_of.environments_are_as_documented, setting(variables("CreateChallenge"), OTP_DEVICE_DAYS=None)),
    (stack_of.environments_are_as_documented, setting(variables("CreateChallenge"), OTP_DEVICE_DAYS="30"), EXISTING),
    (stack_of.environments_are_as_documented, setting(variables("VerifyChallenge"), OTP_DEVICE_DAYS={"Ref": "OtpDeviceDays"})),
    (stack_of.environments_are_as_documented, setting(variables("CreateChallenge"), OTP_CODE_DELIVERY="function"), EXISTING),
    (stack_of.environments_are_as_documented, setting(variables("DefineChallenge"), OTP_MAX_CALLS=None)),
    (stack_of.environments_are_as_documented, setting(variables("DefineChallenge"), OTP_BRAND={"Ref": "OtpBrand"})),
    (
        stack_of.environments_are_as_documented,
        setting(variables("CreateChallenge"), OTP_MAX_ATTEMPTS={"Ref": "OtpMaxCalls"}),
        EXISTING,
    ),
    (
        stack_of.environments_are_as_documented,
        setting(variables("CreateChallenge"), OTP_VALIDITY_SECONDS="300"),
        EXISTING,
    ),
    (
        stack_of.environments_are_as_documented,
        setting(variables("CreateChallenge"), CONNECT_CONTACT_FLOW_ARN={"Ref": "ConnectContactFlowArn"}),
    ),
    (
        stack_of.environments_are_as_documented,
        setting(variables("DefineChallenge"), OTP_SECONDS_BETWEEN_CALLS={"Ref": "OtpSecondsBetweenCalls"}),
    ),
    (stack_of.environments_are_as_documented, setting(variables("VerifyChallenge"), LEDGER_TABLE_NAME=None)),
    (stack_of.environments_are_as_documented, setting(variables("CreateChallenge"), LEDGER_TABLE_NAME="voice-code")),
    (stack_of.environments_are_as_documented, setting(variables("VerifyChallenge"), OTP_LOCKOUT_SECONDS=None)),
    (stack_of.environments_are_as_documented, setting(variables("VerifyChallenge"), OTP_TRUST=None)),
    (
        stack_of.environments_are_as_documented,
        setting(variables("CreateChallenge"), OTP_MAX_CALLS_HOUR={"Ref": "OtpMaxCallsAllHour"}),
        EXISTING,
    ),
    (stack_of.environments_are_as_documented, setting(variables("CreateChallenge"), OTP_GATE=None)),
    (stack_of.environments_are_as_documented, setting(variables("CreateChallenge"), OTP_GATE="on"), EXISTING),
    (stack_of.environments_are_as_documented, setting(variables("CreateChallenge"), OTP_LANGUAGE="en-US"), EXISTING),
    (stack_of.environments_are_as_documented, setting(variables("VerifyChallenge"), OTP_GATE={"Ref": "OtpGate"})),
    # --- key
    (stack_of.key_is_generated_and_known_to_whom_codes_are_made_by, setting(OWN_KEY, SecretString="0" * 64)),
    (
        stack_of.key_is_generated_and_known_to_whom_codes_are_made_by,
        lambda d: OWN_KEY(d)["GenerateSecretString"].update(PasswordLength=31),
    ),
    (
        stack_of.key_is_generated_and_known_to_whom_codes_are_made_by,
        setting(variables("DefineChallenge"), OTP_KEY=stack_of.KEY_REFERENCE),
    ),
    (
        stack_of.key_is_generated_and_known_to_whom_codes_are_made_by,
        lambda d: d["Outputs"].update(Key={"Value": stack_of.KEY_REFERENCE}),
    ),
    (stack_of.environments_are_as_documented, setting(variables("VerifyChallenge"), OTP_KEY={"Ref": "OtpKey"})),
    (stack_of.key_is_generated_and_known_to_whom_codes_are_made_by, setting(variables("SpeakCode"), OTP_KEY=None)),
    (
        stack_of.key_is_generated_and_known_to_whom_codes_are_made_by,
        setting(variables("GateTokens"), OTP_KEY=stack_of.KEY_REFERENCE),
    ),
    (stack_of.key_is_encrypted_with_a_kms_key_of_the_customers, setting(resource("SpeakCode"), KmsKeyArn=None)),
    (stack_of.key_is_encrypted_with_a_kms_key_of_the_customers, setting(resource("SendCode"), KmsKeyArn=None), CODES),
    (
        stack_of.key_is_encrypted_with_a_kms_key_of_the_customers,
        lambda d: resource("CognitoCodesKey")(d)["KeyPolicy"]["Statement"].append(
            {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "kms:CreateGrant", "Resource": "*"}
        ),
        CODES,
    ),
    (stack_of.key_is_encrypted_with_a_kms_key_of_the_customers, setting(resource("CognitoCodesKey"), EnableKeyRotation=False), CODES),
    (apart := stack_of.codes_of_cognito_have_a_key_of_their_own, without_condition("CognitoCodesKey")),
    (apart, without_condition("CognitoCodesKey"), OWN_FLOW),
    (apart, lambda d: POOL(d)["LambdaConfig"].update(KMSKeyID={"Fn::GetAtt": ["KmsKey", "Arn"]}), CODES),
    (apart, setting(variables("SpeakCode"), OTP_COGNITO_CODES_KEY_ARN={"Fn::GetAtt": ["KmsKey", "Arn"]}), CODES),
    (stack_of.key_is_encrypted_with_a_kms_key_of_the_customers, setting(resource("VerifyChallenge"), KmsKeyArn=None), EXISTING),
    (stack_of.key_is_encrypted_with_a_kms_key_of_the_customers, setting(OWN_KEY, KmsKeyId=None), EXISTING),
    (stack_of.key_is_encrypted_with_a_kms_key_of_the_customers, setting(resource("CreateChallenge"), KmsKeyArn=None)),
    (stack_of.key_is_encrypted_with_a_kms_key_of_the_customers, setting(OWN_KEY, KmsKeyId="alias/aws/secretsmanager")),
    (stack_of.key_is_encrypted_with_a_kms_key_of_the_customers, setting(resource("KmsKey"), EnableKeyRotation=False)),
    (
        stack_of.key_is_encrypted_with_a_kms_key_of_the_customers,
        lambda d: resource("KmsKey")(d)["KeyPolicy"]["Statement"][0].update(Principal="*"),
    ),
    (stack_of.key_is_encrypted_with_a_kms_key_of_the_customers, without_condition("KmsKey"), EXISTING),
    (
        stack_of.ledger_is_kept_and_encrypted,
        setting(LEDGER, SSESpecification={"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KmsKey"}}),
    ),
    # --- ledger
    (stack_of.ledger_is_kept_and_encrypted, setting(LEDGER, BillingMode="PROVISIONED")),
    (stack_of.ledger_is_kept_and_encrypted, setting(LEDGER, TableName="ledger")),
    (
        stack_of.ledger_is_kept_and_encrypted,
        lambda d: LEDGER(d)["KeySchema"].append({"AttributeName": "sk", "KeyType": "RANGE"}),
    ),
    (stack_of.ledger_is_kept_and_encrypted, setting(LEDGER, TimeToLiveSpecification=None)),
    (
        stack_of.ledger_is_kept_and_encrypted,
        lambda d: LEDGER(d)["TimeToLiveSpecification"].update(AttributeName="expiresAt"),
    ),
    (stack_of.ledger_is_kept_and_encrypted, setting(LEDGER, PointInTimeRecoverySpecification=None)),
    (stack_of.ledger_is_kept_and_encrypted, setting(LEDGER, SSESpecification=None), EXISTING),
    (
        stack_of.ledger_is_kept_and_encrypted,
        setting(LEDGER, SSESpecification={"SSEEnabled": True, "SSEType": "KMS"}),
        EXISTING,
    ),
    (stack_of.ledger_is_kept_and_encrypted, setting(LEDGER, DeletionProtectionEnabled="false"), EXISTING),
    (stack_of.ledger_is_kept_and_encrypted, lambda d: d["Resources"]["Ledger"].update(DeletionPolicy="Retain")),
    (stack_of.ledger_is_kept_and_encrypted, lambda d: d["Resources"]["Ledger"].update(UpdateReplacePolicy="Delete")),
    # --- roles
    (roles.roles_allow_this_and_nothing_else, setting(role("CreateChallenge", 1), Resource="*")),
    (roles.roles_allow_this_and_nothing_else, setting(role("CreateChallenge", 1), Action="connect:*")),
    (
        roles.roles_allow_this_and_nothing_else,
        setting(role("CreateChallenge", 1), Resource={"Fn::Sub": "${ConnectInstanceArn}/*"}),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: d["Conditions"].update(AnyCallResource={"Fn::Equals": [{"Ref": "ConnectCallResource"}, "instance"]}),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        setting(role("DefineChallenge"), Resource={"Fn::GetAtt": ["CreateChallengeLogs", "Arn"]}),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("VerifyChallenge")(d)["Action"].append("logs:CreateLogGroup"),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: resource("VerifyChallengeRole")(d)["Policies"].pop(),
        EXISTING,
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("VerifyChallenge", 2)(d).pop("Condition"),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: decrypt_ledger("CreateChallenge")(d).pop("Condition"),
        EXISTING,
    ),
    (roles.roles_allow_this_and_nothing_else, setting(decrypt_ledger("VerifyChallenge"), Action="kms:*"), EXISTING),
    (roles.roles_allow_this_and_nothing_else, setting(role("CreateChallenge", 3), Resource="*")),
    (roles.roles_allow_this_and_nothing_else, setting(role("CreateChallenge", 2), Resource="*")),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("CreateChallenge", 2)(d)["Action"].append("dynamodb:DeleteItem"),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("CreateChallenge", 2)(d)["Action"].remove("dynamodb:BatchGetItem"),
    ),
    (roles.roles_allow_this_and_nothing_else, setting(role("VerifyChallenge", 1), Condition=None)),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("VerifyChallenge", 1)(d)["Condition"]["ForAllValues:StringLike"].update(
            {"dynamodb:LeadingKeys": "*"}
        ),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        setting(role("VerifyChallenge", 1), Action=["dynamodb:UpdateItem", "dynamodb:GetItem"]),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("SpeakCode", 1)(d)["Condition"]["ForAllValues:StringLike"].update(
            {"dynamodb:LeadingKeys": ["USER#*", "UNKNOWN#*"]}
        ),
    ),
    (roles.roles_allow_this_and_nothing_else, setting(role("SpeakCode", 1), Action=["dynamodb:UpdateItem", "dynamodb:GetItem"])),
    (roles.roles_allow_this_and_nothing_else, setting(role("SpeakCode", 2), Condition=None)),
    (roles.roles_allow_this_and_nothing_else, setting(decrypt_ledger("SpeakCode"), Condition=None), OWN_FLOW),
    (roles.roles_allow_this_and_nothing_else, without_condition("SpeakCodeRole"), EXISTING),
    (roles.roles_allow_this_and_nothing_else, setting(role("SendCode", 1), Resource="*"), CODES),
    (roles.roles_allow_this_and_nothing_else, setting(role("SendCode", 2), Condition=None), CODES),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("SendCode", 2)(d)["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].append("USER#*"),
        CODES,
    ),
    # The rows in which the sign-in counts the calls to a number.
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("SendCode", 2)(d)["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].append("NUMBER#*"),
        CODES,
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("SpeakCode", 1)(d)["Condition"]["ForAllValues:StringLike"].update(
            {"dynamodb:LeadingKeys": ["USER#*", "CODE#*", "NUMBER#*"]}
        ),
        CODES,
    ),
    (roles.roles_allow_this_and_nothing_else, setting(role("SendCode", 3), Action="sqs:*"), CODES),
    (roles.roles_allow_this_and_nothing_else, setting(role("SendCode", 3), Resource="*"), CODES),
    (roles.roles_allow_this_and_nothing_else, setting(role("SendCode", 4), Condition=None), CODES),
    (roles.roles_allow_this_and_nothing_else, setting(decrypt_ledger("SendCode"), Condition=None), OWN_FLOW),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: resource("SendCodeRole")(d)["Policies"][5]["Fn::If"][1]["PolicyDocument"]["Statement"][0].update(Resource="*"),
        OWN_FLOW,
    ),
    # Text messages, whether they are asked for or not.
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: resource("SendCodeRole")(d)["Policies"].append(resource("SendCodeRole")(d)["Policies"].pop(5)["Fn::If"][1]),
        CODES,
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("SpeakCode", 1)(d)["Condition"]["ForAllValues:StringLike"].update(
            {"dynamodb:LeadingKeys": ["USER#*", "CODE#*", *roles.NUMBERS]}
        ),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("SpeakCode", 1)(d)["Condition"]["ForAllValues:StringLike"].update({"dynamodb:LeadingKeys": ["USER#*"]}),
        CODES,
    ),
    (of_pool := roles.codes_of_this_pool_are_decrypted_by_whom_they_are_for, without_condition("CognitoCodesPolicy")),
    (of_pool, lambda d: d["Resources"].pop("CognitoCodesPolicy"), CODES),
    (of_pool, lambda d: resource("CognitoCodesPolicy")(d)["PolicyDocument"]["Statement"][0].pop("Condition"), CODES),
    (of_pool, lambda d: user_pool_id(d).update({"kms:EncryptionContext:userpool-id": {"Ref": "UserPool"}}), OWN_FLOW),
    (of_pool, lambda d: resource("CognitoCodesPolicy")(d)["PolicyDocument"]["Statement"][0].update(Resource="*"), CODES),
    (of_pool, lambda d: resource("CognitoCodesPolicy")(d)["PolicyDocument"]["Statement"][0].update(Action="kms:*"), CODES),
    (of_pool, setting(resource("CognitoCodesPolicy"), Roles=[{"Ref": "SpeakCodeRole"}, {"Ref": "SendCodeRole"}]), CODES),
    (of_pool, setting(resource("CognitoCodesPolicy"), Roles=[{"Ref": "SpeakCodeRole"}]), OWN_FLOW),
    (roles.roles_allow_this_and_nothing_else, setting(role("GateTokens", 1), Condition=None)),
    (roles.roles_allow_this_and_nothing_else, setting(role("GateTokens", 1), Action=["dynamodb:GetItem", "dynamodb:UpdateItem"])),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: role("GateTokens", 1)(d)["Condition"]["ForAllValues:StringLike"].update({"dynamodb:LeadingKeys": ["*"]}),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: resource("GateTokensRole")(d)["Policies"].append(resource("VerifyChallengeRole")(d)["Policies"][2]),
    ),
    (roles.roles_allow_this_and_nothing_else, setting(decrypt_ledger("GateTokens"), Condition=None), OWN_FLOW),
    (roles.each_role_has_one_bearer, setting(resource("SpeakCode"), Role={"Fn::GetAtt": ["VerifyChallengeRole", "Arn"]})),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: resource("DefineChallengeRole")(d)["Policies"].extend(resource("VerifyChallengeRole")(d)["Policies"]),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        setting(resource("DefineChallengeRole"), ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
    ),
    (
        roles.each_role_has_one_bearer,
        setting(resource("VerifyChallenge"), Role={"Fn::GetAtt": ["CreateChallengeRole", "Arn"]}),
    ),
    (
        roles.roles_allow_this_and_nothing_else,
        lambda d: d["Resources"].update(Other={"Type": "AWS::IAM::ManagedPolicy", "Properties": {}}),
    ),
    (roles.roles_allow_this_and_nothing_else, lambda d: role("Sms")(d).update(Action="sns:*")),
    (
        roles.each_role_has_one_bearer,
        lambda d: resource("SmsRole")(d)["AssumeRolePolicyDocument"]["Statement"][0].pop("Condition"),
    ),
    (roles.only_the_user_pool_connect_and_the_logs_may_invoke, setting(resource("CreateChallengePermission"), SourceArn=None)),
    (roles.only_the_user_pool_connect_and_the_logs_may_invoke, setting(resource("CreateChallengePermission"), SourceAccount=None)),
    (roles.only_the_user_pool_connect_and_the_logs_may_invoke, setting(resource("DefineChallengePermission"), Principal="*")),
    (
        roles.only_the_user_pool_connect_and_the_logs_may_invoke,
        setting(resource("VerifyChallengePermission"), FunctionName={"Ref": "CreateChallenge"}),
    ),
    (roles.only_the_user_pool_connect_and_the_logs_may_invoke, lambda d: d["Resources"].pop("VerifyChallengePermission")),
    (
        roles.only_the_user_pool_connect_and_the_logs_may_invoke,
        setting(resource("CreateChallengePermission"), SourceArn={"Fn::GetAtt": ["UserPool", "Arn"]}),
        EXISTING,
    ),
    (roles.only_the_user_pool_connect_and_the_logs_may_invoke, setting(resource("GateTokensPermission"), SourceAccount=None)),
    (roles.only_the_user_pool_connect_and_the_logs_may_invoke, lambda d: d["Resources"].pop("GateTokensPermission"), OWN_FLOW),
    (roles.only_the_user_pool_connect_and_the_logs_may_invoke, setting(resource("SendCodePermission"), SourceAccount=None), CODES),
    (roles.only_the_user_pool_connect_and_the_logs_may_invoke, setting(resource("SendCodePermission"), Principal="sns.amazonaws.com"), OWN_FLOW),
    (connect := roles.only_the_user_pool_connect_and_the_logs_may_invoke, setting(resource("SpeakCodePermission"), SourceArn=None), PERMITTED),
    (connect, setting(resource("SpeakCodePermission"), SourceAccount=None), PERMITTED),
    (connect, setting(resource("SpeakCodePermission"), SourceAccount={"Ref": "AWS::AccountId"}), OWN_FLOW),
    (connect, setting(resource("SpeakCodePermission"), FunctionName={"Ref": "CreateChallenge"}), PERMITTED),
    (associated := roles.an_association_lets_one_instance_invoke_one_function, without_condition("SpeakCodeAssociation"), PERMITTED),
    (associated, without_condition("SpeakCodeAssociation"), EXISTING),
    (associated, without_condition("SpeakCodePermission")),
    (associated, without_condition("SpeakCodePermission"), EXISTING),
    (associated, lambda d: d["Resources"].pop("SpeakCodeAssociation")),
    (associated, setting(resource("SpeakCodeAssociation"), IntegrationArn={"Fn::GetAtt": ["CreateChallenge", "Arn"]})),
    (associated, setting(resource("SpeakCodeAssociation"), InstanceId={"Ref": "ConnectContactFlowArn"})),
    # --- logs
    (watch.logs_are_kept_for_the_given_days, setting(resource("CreateChallengeLogs"), RetentionInDays=None)),
    (watch.logs_are_kept_for_the_given_days, setting(resource("CreateChallenge"), LoggingConfig=None)),
    (
        watch.logs_are_kept_for_the_given_days,
        setting(resource("DefineChallenge"), LoggingConfig={"LogGroup": {"Ref": "VerifyChallengeLogs"}}),
    ),
    # --- pool and client
    (stack_of.pool_calls_the_functions_and_has_no_mfa, setting(POOL, MfaConfiguration="OPTIONAL")),
    (
        stack_of.pool_calls_the_functions_and_has_no_mfa,
        lambda d: POOL(d)["LambdaConfig"].update(DefineAuthChallenge={"Fn::GetAtt": ["CreateChallenge", "Arn"]}),
    ),
    (
        stack_of.pool_calls_the_functions_and_has_no_mfa,
        lambda d: POOL(d)["LambdaConfig"].update(CreateAuthChallenge={"Ref": "CreateChallenge"}),
    ),
    (
        stack_of.pool_calls_the_functions_and_has_no_mfa,
        lambda d: POOL(d)["LambdaConfig"].update(PreAuthentication={"Fn::GetAtt": ["DefineChallenge", "Arn"]}),
    ),
    (stack_of.pool_calls_the_functions_and_has_no_mfa, lambda d: POOL(d)["LambdaConfig"].pop("PostConfirmation")),
    (stack_of.pool_calls_the_functions_and_has_no_mfa, lambda d: POOL(d)["LambdaConfig"].pop("PreTokenGeneration")),
    (
        stack_of.pool_calls_the_functions_and_has_no_mfa,
        lambda d: POOL(d)["LambdaConfig"].update(PreTokenGeneration={"Fn::GetAtt": ["GateTokens", "Arn"]}),
        NEW | {"TokenGate": "off"},
    ),
    (
        stack_of.pool_calls_the_functions_and_has_no_mfa,
        # A later version of the event takes a dearer plan.
        lambda d: POOL(d)["LambdaConfig"].update(PreTokenGenerationConfig={"LambdaVersion": "V2_0"}),
    ),
    (stack_of.pool_calls_the_functions_and_has_no_mfa, lambda d: POOL(d)["LambdaConfig"].pop("CustomSMSSender"), CODES),
    (stack_of.pool_calls_the_functions_and_has_no_mfa, lambda d: POOL(d)["LambdaConfig"].pop("KMSKeyID"), CODES),
    (
        stack_of.pool_calls_the_functions_and_has_no_mfa,
        lambda d: POOL(d)["LambdaConfig"].update(CustomSMSSender=stack_of.SENDER),
    ),
    (
        stack_of.pool_calls_the_functions_and_has_no_mfa,
        lambda d: POOL(d)["LambdaConfig"]["CustomSMSSender"]["Fn::If"][1].update(LambdaArn={"Fn::GetAtt": ["SpeakCode", "Arn"]}),
        CODES,
    ),
    (stack_of.pool_calls_the_functions_and_has_no_mfa, setting(POOL, UserPoolTier=None)),
    (stack_of.pool_calls_the_functions_and_has_no_mfa, lambda d: d["Resources"]["UserPool"].pop("Condition"), EXISTING),
    (stack_of.pool_protects_the_number, setting(POOL, UserAttributeUpdateSettings=None)),
    (stack_of.pool_protects_the_number, setting(POOL, AutoVerifiedAttributes=["email"])),
    (stack_of.pool_protects_the_number, lambda d: POOL(d)["SmsConfiguration"].pop("SnsRegion"), SEOUL),
    (stack_of.pool_protects_the_number, lambda d: POOL(d)["SmsConfiguration"].update(SnsRegion="ap-northeast-1")),
    (
        stack_of.pool_protects_the_number,
        lambda d: POOL(d)["AccountRecoverySetting"]["RecoveryMechanisms"].append(
            {"Name": "verified_phone_number", "Priority": 2}
        ),
    ),
    (
        stack_of.pool_protects_the_number,
        lambda d: POOL(d)["AdminCreateUserConfig"].update(AllowAdminCreateUserOnly=False),
    ),
    (
        stack_of.client_signs_in_by_our_flow_only,
        lambda d: CLIENT(d)["ExplicitAuthFlows"].append("ALLOW_USER_PASSWORD_AUTH"),
    ),
    (stack_of.client_signs_in_by_our_flow_only, setting(CLIENT, ExplicitAuthFlows=None)),
    (stack_of.client_signs_in_by_our_flow_only, setting(CLIENT, AllowedOAuthFlows=["code"])),
    (stack_of.client_signs_in_by_our_flow_only, setting(CLIENT, AllowedOAuthFlowsUserPoolClient=True)),
    (stack_of.client_signs_in_by_our_flow_only, setting(CLIENT, PreventUserExistenceErrors="LEGACY")),
    (stack_of.client_signs_in_by_our_flow_only, lambda d: CLIENT(d)["WriteAttributes"].append("phone_number")),
    (stack_of.client_signs_in_by_our_flow_only, setting(CLIENT, WriteAttributes=None)),
    (
        stack_of.client_signs_in_by_our_flow_only,
        lambda d: CLIENT(d)["WriteAttributes"].append(CLIENT(d)["WriteAttributes"].pop(0)["Fn::If"][1]),
    ),
    (stack_of.client_signs_in_by_our_flow_only, setting(CLIENT, RefreshTokenValidity=None)),
    (stack_of.client_signs_in_by_our_flow_only, setting(CLIENT, TokenValidityUnits={"RefreshToken": "hours"})),
    (
        stack_of.client_signs_in_by_our_flow_only,
        lambda d: d["Resources"].update(
            Other={"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": {"Ref": "UserPool"}}}
        ),
    ),
    (sign_up := stack_of.users_sign_up_with_a_number_where_no_token_lets_them_change_it, without_condition("SignUpClient"), CODES | {"AllowSelfSignUp": "false"}),
    (sign_up, without_condition("SignUpClient"), NEW | {"AllowSelfSignUp": "true"}),
    (sign_up, without_condition("SignUpClient"), OWN_FLOW),
    (sign_up, lambda d: d["Resources"].pop("SignUpClient"), CODES),
    (sign_up, setting(resource("SignUpClient"), ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]), CODES),
    # Cognito's default has flows that sign in.
    (sign_up, setting(resource("SignUpClient"), ExplicitAuthFlows=None), CODES),
    (sign_up, lambda d: resource("SignUpClient")(d)["WriteAttributes"].remove("phone_number"), CODES),
    (sign_up, setting(POOL, AutoVerifiedAttributes=["email"]), CODES),
    (stack_of.session_outlasts_the_code, lambda d: d["Mappings"]["AuthSessionValidity"]["Minutes"].update({"600": 10})),
    (stack_of.session_outlasts_the_code, lambda d: d["Mappings"]["AuthSessionValidity"]["Minutes"].update({"120": 1})),
    (stack_of.session_outlasts_the_code, lambda d: PARAMETERS(d)["OtpValiditySeconds"]["AllowedValues"].append(660)),
    (stack_of.session_outlasts_the_code, setting(CLIENT, AuthSessionValidity=3)),
    # --- the whole
    (stack_of.nothing_depends_on_itself, cycle_through_the_environment),
    (stack_of.nothing_depends_on_itself, cycle_through_a_role),
    (stack_of.nothing_depends_on_itself, cycle_through_depends_on),
    (
        stack_of.every_reference_exists,
        setting(resource("CreateChallengePermission"), SourceArn={"Fn::GetAtt": ["UserPool", "Arn"]}),
        EXISTING,
    ),
    (stack_of.every_reference_exists, lambda d: d["Outputs"]["UserPoolClientId"].pop("Condition"), EXISTING),
    (stack_of.two_stacks_fit_into_one_account, setting(resource("CreateChallenge"), FunctionName="create-challenge")),
    (stack_of.two_stacks_fit_into_one_account, setting(OWN_KEY, Name="otp-key")),
    (stack_of.flow_is_ours_or_theirs, without_condition("VoiceCodeFlow"), EXISTING),
    (after := stack_of.flow_is_made_once_connect_may_invoke_the_function, lambda d: d["Resources"]["VoiceCodeFlow"].pop("Metadata")),
    (after, lambda d: d["Resources"]["VoiceCodeFlow"]["Metadata"].update(After={"Ref": "SpeakCodeAssociation"}), PERMITTED),
    (after, lambda d: d["Resources"]["VoiceCodeFlow"]["Metadata"].update(After={"Ref": "SpeakCodePermission"})),
    (stack_of.parameters_are_described_and_bounded, lambda d: PARAMETERS(d)["OtpDigits"].pop("MaxValue")),
    (stack_of.parameters_are_described_and_bounded, lambda d: PARAMETERS(d)["OtpBrand"].update(Default="A")),
    (stack_of.parameters_are_described_and_bounded, lambda d: PARAMETERS(d)["OtpCountries"].update(Default="us")),
    (stack_of.parameters_are_described_and_bounded, lambda d: PARAMETERS(d).update(Unused=PARAMETERS(d)["OtpDigits"])),
    (stack_of.what_must_be_answered_comes_first, lambda d: PARAMETERS(d).update(OtpBrand=PARAMETERS(d).pop("OtpBrand"))),
    (stack_of.parameters_are_described_and_bounded, lambda d: PARAMETERS(d).update(XRay=PARAMETERS(d).pop("XRay"))),
    (stack_of.parts_are_in_order, lambda d: d["Resources"].update(Ledger=d["Resources"].pop("Ledger"))),
    (stack_of.limits_are_on_by_default, lambda d: PARAMETERS(d)["OtpMaxCallsAllDay"].update(Default=0)),
    (gates := stack_of.gates_are_on_unless_they_are_turned_off, lambda d: PARAMETERS(d)["OtpGate"].update(Default="off")),
    (gates, lambda d: PARAMETERS(d)["OtpGate"].update(AllowedValues=[True, False])),
    (gates, lambda d: PARAMETERS(d)["CognitoCodes"].update(Default="all")),
    (gates, lambda d: PARAMETERS(d)["CognitoCodes"].update(AllowedValues=[False, "all"])),
    (gates, lambda d: PARAMETERS(d)["TokenGate"].update(Default="observe")),
    (gates, lambda d: PARAMETERS(d)["TokenGate"].update(AllowedValues=["on", "observe", False])),
    (gates, lambda d: PARAMETERS(d)["TokenGateExemptClients"].update(Default="1example23456789")),
    (gates, lambda d: PARAMETERS(d)["TokenGateFederated"].update(Default="allow")),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"].pop("UserPoolClientId")),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"].pop("AttachTriggers"), EXISTING),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"].pop("SpeakCodeArn")),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"].pop("GateTokensArn")),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"].pop("SendCodeArn"), CODES),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"].pop("SignUpClientId"), CODES),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"]["SignUpClientId"].update(Value={"Ref": "UserPoolClient"}), CODES),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"]["CognitoCodesKeyArn"].update(Value={"Ref": "KmsKey"}), CODES),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"].pop("SendCodeFailuresUrl"), OWN_FLOW),
    (stack_of.outputs_are_what_a_client_needs, lambda d: d["Outputs"].pop("AssociateSpeakCode"), PERMITTED),
    (
        stack_of.outputs_are_what_a_client_needs,
        lambda d: d["Outputs"]["AssociateSpeakCode"]["Value"]["Fn::Sub"][1].update(Region={"Ref": "AWS::Region"}),
        OWN_FLOW,
    ),
    (
        stack_of.outputs_are_what_a_client_needs,
        lambda d: d["Outputs"]["AttachClient"]["Value"]["Fn::Sub"][1].update(Email="email "),
        EXISTING | {"AllowSelfSignUp": "false"},
    ),
    (
        stack_of.outputs_are_what_a_client_needs,
        lambda d: d["Outputs"]["AttachClient"]["Value"]["Fn::Sub"][1].update(Email=""),
        EXISTING,
    ),
    (
        stack_of.outputs_are_what_a_client_needs,
        lambda d: d["Outputs"]["LedgerTableName"].update(Value={"Fn::GetAtt": ["Ledger", "Arn"]}),
    ),
]
MUTATIONS = TEMPLATE_MUTATIONS + watch_mutations.MUTATIONS + flow_mutations.MUTATIONS


@pytest.mark.parametrize(
    ("invariant", "mutate", "parameters"),
    [(*mutation, NEW)[:3] for mutation in MUTATIONS],
    ids=[f"{number}-{mutation[0].__name__}" for number, mutation in enumerate(MUTATIONS)],
)
def test_is_caught(invariant, mutate, parameters):
    document = load()
    mutate(document)
    stack = Stack(document, parameters)
    with pytest.raises((AssertionError, KeyError, ValueError, ElementTree.ParseError)):
        invariant(stack)


def test_every_invariant_is_put_to_the_test():
    parts = (stack_of, roles, watch, flow, call)
    invariants = [invariant for part in parts for invariant in part.INVARIANTS]
    assert {mutation[0] for mutation in MUTATIONS} == set(invariants)
