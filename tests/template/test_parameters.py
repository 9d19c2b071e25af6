"""What the parameters accept, alone and together."""

import pytest
from stack import EXISTING, ID, INSTANCE, MAIL, NEW, NEW_POOL, Stack, load
from stack_invariants import FUNCTIONS, SETTINGS, accepts

DOCUMENT = load()

# A queue instead of the number.
QUEUE = {"ConnectSourcePhoneNumber": "", "ConnectQueueArn": EXISTING["ConnectQueueArn"]}
OWN_FLOW = {"ConnectContactFlowArn": EXISTING["ConnectContactFlowArn"]}
OLD_POOL = {"ExistingUserPoolArn": EXISTING["ExistingUserPoolArn"]}

VOICE = "arn:aws:sms-voice:us-east-1:123456789012"

CASES = {
    "ConnectInstanceArn": (
        [INSTANCE, INSTANCE.replace("arn:aws:", "arn:aws-us-gov:").replace("us-east-1", "us-gov-west-1")],
        [
            "",
            f"{INSTANCE}/",
            f"{INSTANCE}/queue/{ID}",
            INSTANCE.split("/")[1],
            INSTANCE.replace("connect", "lambda"),
            "*",
        ],
    ),
    "ConnectSourcePhoneNumber": (
        ["", "+12065550100", "+442079460123"],
        ["12065550100", "+0123456", "+1 206 555 0100", "+1206555010012345", "+", "+1206555010O"],
    ),
    "ConnectQueueArn": (
        ["", f"{INSTANCE}/queue/{ID}"],
        [ID, INSTANCE, f"{INSTANCE}/contact-flow/{ID}", f"{INSTANCE}/queue/*"],
    ),
    "ConnectContactFlowArn": (["", f"{INSTANCE}/contact-flow/{ID}"], [ID, INSTANCE, f"{INSTANCE}/queue/{ID}"]),
    "ConnectRingTimeoutSeconds": (["15", "60"], ["14", "61", "", "-20"]),
    "ConnectLambdaAccess": (["association", "permission"], ["", "none", "Permission"]),
    "ConnectCallResource": (["instance", "any"], ["", "*", "contact"]),
    "ExistingUserPoolArn": (
        ["", EXISTING["ExistingUserPoolArn"]],
        [
            "us-east-1_Abc123",
            "arn:aws:cognito-idp:us-east-1:123456789012:userpool/*",
            EXISTING["ExistingUserPoolArn"] + "/",
        ],
    ),
    "UserPoolTier": (["LITE", "ESSENTIALS", "PLUS"], ["", "lite"]),
    "UserPoolDeletionProtection": (["ACTIVE", "INACTIVE"], ["", "active"]),
    "AllowSelfSignUp": (["true", "false"], ["", "yes"]),
    "GenerateClientSecret": (["true", "false"], ["", "yes"]),
    "RefreshTokenDays": (["1", "3650"], ["0", "3651", ""]),
    "TokenGate": (["on", "observe", "off"], ["", "true", "ON"]),
    "TokenGateExemptClients": (
        ["", "1example23456789", "1example23456789,a+b_C", "x" * 128],
        ["a,", ",a", "a, b", "a b", "a-b", "x" * 129, "*"],
    ),
    "TokenGateFederated": (["refuse", "allow"], ["", "Allow", "on"]),
    "CognitoCodes": (["off", "all"], ["", "on", "All", "false"]),
    "CognitoCodesKeyArn": (
        ["", EXISTING["CognitoCodesKeyArn"], "arn:aws:kms:us-east-1:123456789012:key/mrk-" + "0" * 32],
        [ID, "alias/x", "arn:aws:kms:us-east-1:123456789012:alias/x", "*"],
    ),
    "SmsOriginationIdentity": (
        ["", *(f"{VOICE}:{each}" for each in ("phone-number/phone-0a1b", "pool/pool-0a1b", "sender-id/EXAMPLE/US"))],
        ["+12065550100", "EXAMPLE", "pool-0a1b", f"{VOICE}:*", f"{VOICE}:pool/*", f"{VOICE}:configuration-set/x"],
    ),
    "OtpMode": (["password-then-call", "call-only"], ["", "password", "Call-Only"]),
    "OtpBrand": (
        ["A", "7", "Example, Inc.", "L'Été - Bank", "Müller’s", "A – B", "ООО Пример", "示例銀行", "हिन्दी", "x" * 64],
        ["", " ", " x", "x" * 65, "A & B", "<break/>", 'A "B"', "$.Attributes.VoiceMFA", "a\nb", "a/b", "A™"],
    ),
    "OtpLanguage": (
        """en-US en-GB en-AU en-IN es-ES es-US es-MX fr-FR fr-CA de-DE it-IT pt-BR pt-PT nl-NL sv-SE da-DK nb-NO fi-FI
        pl-PL tr-TR ar-AE hi-IN ja-JP ko-KR cmn-CN""".split(),
        ["", "en", "de-de", "de_DE", "zh-CN", "*"],
    ),
    "OtpCodeDelivery": (["function", "attribute"], ["", "Function", "both"]),
    "OtpGate": (["on", "off"], ["", "true", "True", "ON"]),
    "OtpPhoneAttribute": (
        ["phone_number", "custom:YourPhone"],
        ["", "email", "custom:", "custom:a b", "custom:" + "x" * 21],
    ),
    "OtpDigits": (["4", "6", "10"], ["3", "11", ""]),
    "OtpValiditySeconds": (["120", "300", "600"], ["0", "60", "90", "601", "660", ""]),
    "OtpMaxAttempts": (["1", "10"], ["0", "11"]),
    "OtpMaxCalls": (["1", "10"], ["0", "11"]),
    "OtpDeviceDays": (["0", "30", "365"], ["-1", "366", ""]),
    "OtpCountries": (["", "US", "US,CA"], ["us", "USA", "U", "US, CA", "US,", ",US", "US CA", "*"]),
    "OtpAllowPrefixes": (
        ["", "+1357", "+1357,+44712"],
        ["1357", "+13", "+0357", "+1357,", "+1357, +1457", "+1357;+1457", "+" + "1" * 16, "*"],
    ),
    "OtpSecondsBetweenCalls": (["0", "600"], ["-1", "601"]),
    "OtpMaxCallsQuarterHour": (["0", "100"], ["-1", "101", ""]),
    "OtpMaxCallsHour": (["0", "100"], ["-1", "101", ""]),
    "OtpMaxCallsDay": (["0", "100"], ["-1", "101", ""]),
    "OtpMaxCallsCountryHour": (["0", "100000000"], ["-1", "100000001", ""]),
    "OtpMaxCallsAllHour": (["0", "100000000"], ["-1", "100000001", ""]),
    "OtpMaxCallsAllDay": (["0", "100000000"], ["-1", "100000001", ""]),
    "OtpLockoutFailures": (["0", "100"], ["-1", "101", ""]),
    "OtpLockoutSeconds": (["1", "86400"], ["0", "86401", ""]),
    "OtpMaxFailures": (["0", "100"], ["-1", "101", ""]),
    "OtpDeniedSeconds": (["1", "86400"], ["0", "86401", ""]),
    "LedgerDeletionProtection": (["true", "false"], ["", "yes"]),
    "Architecture": (["x86_64", "arm64"], ["", "amd64"]),
    "MemorySize": (["128", "3008"], ["127", "3009"]),
    "LogLevel": (["error", "warn", "info", "debug"], ["", "trace", "INFO"]),
    "LogRetentionDays": (["1", "30", "3653"], ["0", "2", ""]),
    "OtpTrust": (["amazon", "system"], ["", "Amazon"]),
    "KmsKeyArn": (
        ["", EXISTING["KmsKeyArn"], "arn:aws:kms:us-east-1:123456789012:key/mrk-" + "0" * 32],
        [ID, "alias/x", "arn:aws:kms:us-east-1:123456789012:alias/x", "*"],
    ),
    "AlarmEmail": (["", "ops@example.com", "o.p+s@mail.example"], ["ops", "@example.com", "a b@example.com", "a@b@c"]),
    "AlarmTopicArn": (
        ["", EXISTING["AlarmTopicArn"]],
        ["alarms", EXISTING["AlarmTopicArn"] + ".fifo", EXISTING["AlarmTopicArn"] + ":" + ID, "*"],
    ),
    "AlarmUnverifiedCalls": (["0", "1000000"], ["-1", "1000001", ""]),
    "AlarmSpendUsd": (["0", "20.5", "999999.99"], ["-1", "1000000", ".5", "5.", "020", ""]),
    "CallPriceUsd": (["0", "0.011", "1", "99"], ["-1", "100", ".", ".05", "0.05 USD", "0,05", ""]),
    "AuditRetentionDays": (["1", "400", "3653"], ["0", "2", ""]),
    "XRay": (["on", "off"], ["", "true", "Active"]),
}


def test_every_parameter_has_cases():
    assert set(CASES) == set(DOCUMENT["Parameters"])


@pytest.mark.parametrize(
    ("name", "value", "good"),
    [
        (name, value, good)
        for name, sides in CASES.items()
        for good, side in zip((True, False), sides, strict=True)
        for value in side
    ],
)
def test_accepts_or_refuses(name, value, good):
    assert accepts(DOCUMENT["Parameters"][name], value) is good


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({}, None),
        ({"OtpCountries": "US,CA"}, None),
        (QUEUE | {"OtpCountries": "US"}, None),
        (QUEUE, "Set OtpCountries"),
        ({"ConnectSourcePhoneNumber": ""}, "Set ConnectSourcePhoneNumber or ConnectQueueArn"),
        (QUEUE | {"ConnectSourcePhoneNumber": "+12065550100", "OtpCountries": "US"}, "Set ConnectSourcePhoneNumber or"),
        ({"ConnectLambdaAccess": "permission"}, None),
        ({"OtpCodeDelivery": "attribute"}, "Set ConnectContactFlowArn"),
        (OWN_FLOW | {"OtpCodeDelivery": "attribute"}, None),
        (OWN_FLOW, None),
        ({"OtpPhoneAttribute": "custom:YourPhone"}, "The new user pool has no custom attributes"),
        (NEW_POOL, None),
        (OLD_POOL, None),
        (OLD_POOL | {"UserPoolTier": "PLUS"}, "UserPoolTier is for a new user pool"),
        (OLD_POOL | {"GenerateClientSecret": "true"}, "GenerateClientSecret is for a new app client"),
        (MAIL, None),
        ({"AlarmTopicArn": EXISTING["AlarmTopicArn"]}, None),
        (MAIL | {"AlarmTopicArn": EXISTING["AlarmTopicArn"]}, "Set AlarmEmail or AlarmTopicArn or neither"),
        ({"CognitoCodes": "all"}, None),
        (OLD_POOL | {"CognitoCodes": "all", "AllowSelfSignUp": "true"}, None),
        (OWN_FLOW | {"CognitoCodes": "all"}, None),
        (OWN_FLOW | {"CognitoCodes": "all", "OtpCodeDelivery": "attribute"}, "Set OtpCodeDelivery = function"),
        ({"CognitoCodes": "all", "OtpGate": "off"}, "Set OtpGate = on"),
        ({"OtpGate": "off"}, None),
        (OLD_POOL | {"OtpPhoneAttribute": "custom:YourPhone"}, None),
        ({"TokenGate": "off", "TokenGateExemptClients": "1example23456789", "TokenGateFederated": "allow"}, None),
    ],
)
def test_rules(change, broken):
    found = Stack(DOCUMENT, NEW | change).broken_rules()
    assert [text.startswith(broken) for text in found] == [True] if broken else not found


# The settings that `voice-otp` reads from outputs. All others are parameters.
MADE = {
    "CONNECT_CONTACT_FLOW_ARN": "ContactFlowArn",
    "LEDGER_TABLE_NAME": "LedgerTableName",
    "OTP_COGNITO_CODES_KEY_ARN": "CognitoCodesKeyArn",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_parameters_and_outputs_tell_what_the_functions_are_set_to(function):
    """Whoever looks after a set-up reads them, since a function's configuration has the key."""
    variables = DOCUMENT["Resources"][function]["Properties"]["Environment"]["Variables"]
    assert "LOG_LEVEL" in variables
    for name, value in variables.items():
        if name in MADE:
            assert value == DOCUMENT["Outputs"][MADE[name]]["Value"], name
        elif name == "STACK_NAME":
            assert value == {"Ref": "AWS::StackName"}
        elif name != "OTP_KEY":
            parameter = SETTINGS[name]
            assert value == {"Ref": parameter}, name
            assert not DOCUMENT["Parameters"][parameter].get("NoEcho"), name
