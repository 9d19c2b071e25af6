"""`voice-otp attach` and `add-user`, with ministack as Cognito and Lambda: another opinion than that of our own stand-in.

Run by `tests/run ministack`, with ministack's own Python, which has botocore.
"""

import io
import json
import os
import pty
import subprocess
import sys
import termios
import time
import unittest
import zipfile

import botocore.session

ENDPOINT = os.environ["OTP_TEST_DYNAMODB"]
PROGRAM = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "debug", "voice-otp")
# Nothing that this machine knows of AWS is used, so that nothing can reach a real account.
ACCESS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    "AWS_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": ENDPOINT,
}
# The points of two devices' public keys, and their ids.
DEVICES = (
    (
        "BEnTFDwCkVWqvCeSTnX6CahBOv0iGzjh-bjtyY7PBoHBXLEgmOaoWU4ukkxQ0-7fSsRRVg4wd9tRKaH1ZxxlfLU",
        "I7bAvU-bHipwYg4ILVOkDfkMo05OeXWvdzu1ISzcVkQ",
    ),
    (
        "BBfYHslEVAWrhbByXy2BT6UGmV-T5MOl7BlOf8bjMGBwW89tb47QnmqoEyLNrK0UwSbPb-6aSYS6VfTZY_svurE",
        "7McVg0Eb8I_z_4k0VENqzip4en1kjzqB2tpUY-ODu_I",
    ),
)
SETTINGS = {
    "PoolName": "team",
    "Policies": {"PasswordPolicy": {"MinimumLength": 12, "TemporaryPasswordValidityDays": 3}},
    "DeletionProtection": "ACTIVE",
    "AutoVerifiedAttributes": ["email"],
    "EmailVerificationSubject": "Hello",
    "UserPoolTags": {"team": "identity"},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "UserPoolTier": "PLUS",
}


def client(service):
    return botocore.session.Session().create_client(
        service, "us-east-1", endpoint_url=ENDPOINT, aws_access_key_id="test", aws_secret_access_key="test"
    )


def function(name, **variables):
    """A function that nobody invokes, and its ARN."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    role = "arn:aws:iam::000000000000:role/none"
    made = client("lambda").create_function(
        FunctionName=name,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=role,
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": variables},
    )
    return made["FunctionArn"]


def program(*arguments, typed=""):
    """What became of a command whose standard input is no terminal."""
    return subprocess.run([PROGRAM, *arguments], env=ACCESS, input=typed, capture_output=True, text=True, check=False)


class Attach(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.functions = {name: function(name) for name in ("define", "create", "verify")}
        cls.gate = function("gate", OTP_TOKEN_GATE="on", LEDGER_TABLE_NAME="ledger")
        cls.others = {name: function(f"old-{name}") for name in ("PostConfirmation", "DefineAuthChallenge")}

    def setUp(self):
        triggers = {"PreSignUp": self.functions["define"]}
        self.pool = client("cognito-idp").create_user_pool(**SETTINGS, LambdaConfig=triggers)["UserPool"]["Id"]

    def run_program(self, command, *arguments):
        functions = [part for name, arn in self.functions.items() for part in (f"--{name}", arn)]
        return program(command, "--user-pool", self.pool, *functions, *arguments)

    def described(self):
        pool = client("cognito-idp").describe_user_pool(UserPoolId=self.pool)["UserPool"]
        del pool["LastModifiedDate"]
        return pool

    def test_all_settings_are_kept_and_detaching_leaves_no_trace(self):
        before = self.described()
        attached = self.run_program("attach", "--yes", "--post-confirmation")
        self.assertEqual(attached.returncode, 0, attached.stderr)
        after = self.described()
        own = {"DefineAuthChallenge": "define", "CreateAuthChallenge": "create", "VerifyAuthChallengeResponse": "verify"}
        for trigger, name in {**own, "PostConfirmation": "verify"}.items():
            self.assertEqual(after["LambdaConfig"].pop(trigger), self.functions[name])
        self.assertEqual(after, before)
        policy = client("lambda").get_policy(FunctionName="verify")["Policy"]
        self.assertIn(f"voice-otp-{self.pool}", policy)

        detached = self.run_program("detach", "--yes")
        self.assertEqual(detached.returncode, 0, detached.stderr)
        self.assertEqual(self.described(), before)

    def test_functions_of_others_are_replaced_if_that_is_wanted_and_put_back(self):
        settings = {name: value for name, value in SETTINGS.items() if name != "PoolName"}
        client("cognito-idp").update_user_pool(UserPoolId=self.pool, **settings, LambdaConfig=self.others)
        before = self.described()
        refused = self.run_program("attach", "--yes", "--post-confirmation")
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn("--replace", refused.stderr)
        for arn in self.others.values():
            self.assertIn(f"note: {arn} is at ", refused.stdout)
        self.assertEqual(self.described(), before)
        attached = self.run_program("attach", "--yes", "--replace", "--post-confirmation")
        self.assertEqual(attached.returncode, 0, attached.stderr)
        self.assertEqual(self.described()["LambdaConfig"]["PostConfirmation"], self.functions["verify"])
        detached = self.run_program("detach", "--yes")
        self.assertEqual(detached.returncode, 0, detached.stderr)
        self.assertEqual(self.described(), before)

    def make_client(self, name, *flows):
        made = client("cognito-idp").create_user_pool_client(
            UserPoolId=self.pool, ClientName=name, ExplicitAuthFlows=[f"ALLOW_{flow}" for flow in flows]
        )
        return made["UserPoolClient"]["ClientId"]

    def run_gate(self, command, *arguments):
        return self.run_program(command, "--gate-tokens", self.gate, "--yes", *arguments)

    def test_the_token_gate_is_attached_and_taken_off_alone(self):
        self.make_client("app", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH")
        old = self.make_client("old", "USER_SRP_AUTH", "REFRESH_TOKEN_AUTH")
        without = self.run_gate("attach")
        self.assertEqual(without.returncode, 0, without.stderr)
        before = self.described()
        self.assertNotIn("PreTokenGeneration", before["LambdaConfig"])
        attached = self.run_gate("attach", "--token-gate", "on")
        self.assertEqual(attached.returncode, 0, attached.stderr)
        self.assertIn(f"note: app client old ({old}) gets no tokens", attached.stdout)
        after = self.described()
        self.assertEqual(after["LambdaConfig"].pop("PreTokenGeneration"), self.gate)
        self.assertEqual(after, before)
        self.assertIn(f"voice-otp-{self.pool}", client("lambda").get_policy(FunctionName="gate")["Policy"])
        detached = self.run_gate("detach", "--token-gate")
        self.assertEqual(detached.returncode, 0, detached.stderr)
        self.assertEqual(self.described(), before)

    def test_the_token_gate_is_not_attached_where_it_would_not_do_what_it_says(self):
        self.run_gate("attach")
        before = self.described()
        observe = self.run_gate("attach", "--token-gate", "observe")
        self.assertIn("--parameter-overrides TokenGate=observe", observe.stderr)
        mixed = self.make_client("mixed", "CUSTOM_AUTH", "USER_PASSWORD_AUTH")
        refused = self.run_gate("attach", "--token-gate", "on")
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn(f"app client mixed ({mixed}) allows CUSTOM_AUTH and ALLOW_USER_PASSWORD_AUTH", refused.stdout)
        details = {"client_id": "a", "authorize_scopes": "openid", "oidc_issuer": "https://idp.example.com"}
        provider = {"ProviderName": "Example", "ProviderType": "OIDC", "ProviderDetails": details}
        client("cognito-idp").create_identity_provider(UserPoolId=self.pool, **provider)
        refused = self.run_gate("attach", "--token-gate", "on")
        self.assertIn("identity providers (Example)", refused.stderr)
        self.assertEqual(self.described(), before)

    def test_another_function_for_tokens_is_never_replaced(self):
        theirs = {"LambdaArn": self.others["PostConfirmation"], "LambdaVersion": "V2_0"}
        triggers = {"PreTokenGenerationConfig": theirs}
        client("cognito-idp").update_user_pool(UserPoolId=self.pool, LambdaConfig=triggers)
        before = self.described()
        refused = self.run_gate("attach", "--token-gate", "on", "--replace")
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn(f"Invoke {self.gate} by Lambda's Invoke", refused.stdout)
        self.assertEqual(self.described(), before)

    def test_nothing_is_written_where_nobody_can_be_asked(self):
        before = self.described()
        self.assertEqual(self.run_program("attach", "--dry-run").returncode, 0)
        refused = self.run_program("attach")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--yes", refused.stderr)
        self.assertEqual(self.described(), before)


class AddUser(unittest.TestCase):
    def setUp(self):
        self.pool = client("cognito-idp").create_user_pool(**SETTINGS)["UserPool"]["Id"]

    def add(self, password, name="ann", phone="+12065550100"):
        arguments = ("--user-pool", self.pool, "--phone", phone, "--email", "ann@example.com")
        return program("add-user", name, *arguments, typed=password)

    def user(self, name="ann"):
        user = client("cognito-idp").admin_get_user(UserPoolId=self.pool, Username=name)
        return user["UserStatus"], {each["Name"]: each["Value"] for each in user["UserAttributes"]}

    def test_a_user_is_made_and_left_alone_from_then_on(self):
        made = self.add("Correct-Horse-7\n", name="-ann")
        self.assertEqual(made.returncode, 0, made.stderr)
        status, attributes = self.user("-ann")
        del attributes["sub"]
        own = {"phone_number": "+12065550100", "email": "ann@example.com"}
        self.assertEqual((status, attributes), ("CONFIRMED", own | {f"{name}_verified": "true" for name in own}))
        again = self.add("Another-Horse-7\n", name="-ann")
        self.assertEqual(again.returncode, 1, again.stdout)
        self.assertIn("exists and is confirmed", again.stderr)

    def test_a_user_without_a_password_is_finished(self):
        attributes = [{"Name": "phone_number", "Value": "+12065550100"}]
        cognito = client("cognito-idp")
        cognito.admin_create_user(UserPoolId=self.pool, Username="ann", UserAttributes=attributes)
        for password, code in (("short\n", 1), ("Correct-Horse-7\n", 0)):
            self.assertEqual(self.user()[0], "FORCE_CHANGE_PASSWORD")
            self.assertEqual(self.add(password).returncode, code)
        status, attributes = self.user()
        self.assertEqual((status, attributes["phone_number_verified"]), ("CONFIRMED", "true"))

    def test_the_password_is_asked_for_until_it_is_the_same_twice(self):
        line = [PROGRAM, "add-user", "ann", "--user-pool", self.pool, "--phone", "+12065550100"]
        child, terminal = pty.fork()
        if child == 0:
            os.execve(line[0], line, ACCESS)
        said = ""
        first, second = "Password of ann: ", "The same again: "
        for prompt, typed in (
            (first, "short"),
            (first, "Correct-Horse-7"),
            (second, "Another-Horse-7"),
            (first, "Correct-Horse-7"),
            (second, "Correct-Horse-7"),
        ):
            before = len(said)
            while not said[before:].endswith(prompt):
                said += os.read(terminal, 1024).decode()
            # The prompt is there before the terminal stops to show what is typed.
            while termios.tcgetattr(terminal)[3] & termios.ECHO:
                time.sleep(0.01)
            os.write(terminal, f"{typed}\n".encode())
        _, status = os.waitpid(child, 0)
        self.assertEqual((os.waitstatus_to_exitcode(status), self.user()[0]), (0, "CONFIRMED"), said)
        for part in ("The password must have at least 12 characters.", "The two are not the same."):
            self.assertIn(part, said)
        self.assertNotIn("Horse", said)


class FromStack(unittest.TestCase):
    """Where the settings of a set-up are found. A part of the template's parameters and outputs is enough for that."""

    def test_a_row_is_found_by_the_stack_and_by_the_pool(self):
        pool = client("cognito-idp").create_user_pool(**SETTINGS)["UserPool"]["Id"]
        client("cognito-idp").admin_create_user(UserPoolId=pool, Username="ann")
        role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
        code = {"Handler": "index.handler", "Runtime": "nodejs22.x", "Code": {"ZipFile": " "}}
        create = {"Type": "AWS::Lambda::Function", "Properties": code | {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}}
        key = {"AttributeName": "pk"}
        table = {
            "AttributeDefinitions": [key | {"AttributeType": "S"}],
            "KeySchema": [key | {"KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        ledger = {"Type": "AWS::DynamoDB::Table", "Properties": table}
        outputs = {"UserPoolId": pool, "LedgerTableName": {"Ref": "Ledger"}, "Create": {"Fn::GetAtt": ["Create", "Arn"]}}
        template = {
            # The limit that is not the functions' default is a default of the template.
            "Parameters": {"OtpMaxFailures": {"Type": "Number", "Default": 5}, "OtpMode": {"Type": "String", "Default": ""}},
            "Resources": {"Create": create, "Ledger": ledger, "Role": role},
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
        cloudformation = client("cloudformation")
        cloudformation.create_stack(StackName="voice-code", TemplateBody=json.dumps(template))
        cloudformation.get_waiter("stack_create_complete").wait(StackName="voice-code", WaiterConfig={"Delay": 1})
        (stack,) = cloudformation.describe_stacks(StackName="voice-code")["Stacks"]
        made = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        triggers = {"CreateAuthChallenge": made["Create"]}
        client("cognito-idp").update_user_pool(UserPoolId=pool, LambdaConfig=triggers)
        attributes = client("cognito-idp").admin_get_user(UserPoolId=pool, Username="ann")["UserAttributes"]
        (sub,) = [each["Value"] for each in attributes if each["Name"] == "sub"]
        numbers = {"failures": "5", "failedAt": "900", "revision": "0"}
        row = {"pk": {"S": f"USER#{pool}#{sub}"}, "calls": {"L": []}} | {name: {"N": n} for name, n in numbers.items()}
        client("dynamodb").put_item(TableName=made["LedgerTableName"], Item=row)
        for target in (("--stack", "voice-code"), ("--user-pool", pool)):
            shown = program("ledger", "ann", *target)
            self.assertIn("until somebody clears it", shown.stdout, shown.stderr)
        self.devices_are_forgotten(made["LedgerTableName"], row)
        missing = program("ledger", "ann", "--stack", "voice-cod")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("looked in us-east-1, account 000000000000: check --stack", missing.stderr)

    def devices_are_forgotten(self, table, row):
        """By updates of a set of texts, in which one device may be twice."""
        first, second = DEVICES
        of = lambda point, expires: f"{point}.{'0' * 16}.{expires}.{'0' * 32}"
        trusted = [of(first[0], 4000000000), of(first[0], 4000086400), of(second[0], 4000000000)]
        client("dynamodb").put_item(TableName=table, Item=row | {"devices": {"SS": trusted}})

        def kept():
            item = client("dynamodb").get_item(TableName=table, Key={"pk": row["pk"]}, ConsistentRead=True)["Item"]
            return item.get("devices", {}).get("SS", [])

        listed = program("devices", "ann", "--stack", "voice-code")
        for _, name in DEVICES:
            self.assertIn(f"{name}  until 2096-10-0", listed.stdout, listed.stderr)
        forgotten = program("devices", "ann", "--forget", first[1], "--stack", "voice-code")
        self.assertEqual((forgotten.returncode, kept()), (0, trusted[2:]), forgotten.stderr)
        forgotten = program("devices", "ann", "--forget-all", "--stack", "voice-code")
        self.assertEqual((forgotten.returncode, kept()), (0, []), forgotten.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
