"""The clients: both do an operation of Cognito's by its name, with its parameters as AWS names them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import boto3
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

AWS = Path(sys.executable).with_name("aws")


class Refused(Exception):
    """An error of Cognito's, by its name."""


class Boto3:
    def __init__(self, endpoint, region):
        config = Config(signature_version=UNSIGNED)
        self._client = boto3.client("cognito-idp", endpoint_url=endpoint, region_name=region, config=config)

    def __call__(self, operation, **parameters):
        try:
            return getattr(self._client, xform_name(operation))(**parameters)
        except ClientError as error:
            raise Refused(error.response["Error"]["Code"]) from error


class Cli:
    """The AWS CLI. It takes what is not a string as JSON."""

    def __init__(self, endpoint, region):
        self._place = ["--endpoint-url", endpoint, "--region", region, "--no-sign-request", "--output", "json"]

    def __call__(self, operation, **parameters):
        command = [AWS, "cognito-idp", xform_name(operation, "-"), *self._place]
        for name, value in parameters.items():
            # In one word: a session may begin with a dash.
            command.append(f"--{xform_name(name, '-')}={value if isinstance(value, str) else json.dumps(value)}")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            name = re.search(r"An error occurred \((\w+)\)", done.stderr)
            raise Refused(name[1] if name else done.stderr)
        return json.loads(done.stdout or "{}")
