"""AWS's own Encryption SDK opens the messages in events/, which the local pool has encrypted, with the local KMS."""

import base64
import json
import urllib.request

import aws_encryption_sdk
import botocore.session
import pytest
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.identifiers import AlgorithmSuite, CommitmentPolicy
from cryptography.exceptions import InvalidSignature
from processes import ROOT, TARGET, local

EVENTS = sorted((ROOT / "events").glob("send-*.json"))
KEY = dict(line.split("=", 1) for line in (ROOT / "events/env").read_text().splitlines() if line.startswith("OTP_"))[
    "OTP_COGNITO_CODES_KEY_ARN"
]


@pytest.fixture(scope="module")
def opened():
    """Opens a message: its text and its header."""
    binaries = TARGET / "debug"
    with local(binaries / "local", "--functions", binaries) as endpoint, pytest.MonkeyPatch.context() as patch:
        with urllib.request.urlopen(f"{endpoint}/local/config") as answer:
            config = json.load(answer)
        patch.setenv("AWS_ENDPOINT_URL_KMS", endpoint)
        session = botocore.session.Session()
        session.set_credentials(config["accessKeyId"], config["secretAccessKey"])
        keys = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[KEY], botocore_session=session)
        # Cognito's messages commit to no key.
        client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
        yield lambda message: client.decrypt(source=message, key_provider=keys)


@pytest.mark.parametrize("event", EVENTS, ids=lambda path: path.stem)
def test_the_sdk_reads_what_the_pool_encrypts(opened, event):
    request = json.loads(event.read_text())
    message = base64.b64decode(request["request"]["code"])
    text, header = opened(message)
    assert header.algorithm is AlgorithmSuite.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384
    assert header.encryption_context["userpool-id"] == request["userPoolId"]
    assert text.decode().isdigit() or "temporary-password" in event.stem
    changed = bytearray(message)
    changed[-20] ^= 1
    with pytest.raises((InvalidSignature, AWSEncryptionSDKClientError)):
        opened(bytes(changed))
