"""`voice-otp attach`, with ministack as Cognito and Lambda: another opinion than that of our own stand-in.

Run by `tests/run ministack`, with ministack's own Python, which has botocore.
"""

import io
import os
import subprocess
import sys
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


def function(name):
    """A function that nobody invokes, and its ARN."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    role = "arn:aws:iam::000000000000:role/none"
    made = client("lambda").create_function(
        FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=role, Code={"ZipFile": code.getvalue()}
    )
    return made["FunctionArn"]


class Attach(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.functions = {name: function(name) for name in ("define", "create", "verify")}

    def setUp(self):
        triggers = {"PreSignUp": self.functions["define"]}
        self.pool = client("cognito-idp").create_user_pool(**SETTINGS, LambdaConfig=triggers)["UserPool"]["Id"]

    def run_program(self, command, *arguments):
        functions = [part for name, arn in self.functions.items() for part in (f"--{name}", arn)]
        line = [PROGRAM, command, "--user-pool", self.pool, *functions, *arguments]
        return subprocess.run(line, env=ACCESS, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

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

    def test_nothing_is_written_where_nobody_can_be_asked(self):
        before = self.described()
        self.assertEqual(self.run_program("attach", "--dry-run").returncode, 0)
        refused = self.run_program("attach")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--yes", refused.stderr)
        self.assertEqual(self.described(), before)


if __name__ == "__main__":
    sys.exit(unittest.main())
