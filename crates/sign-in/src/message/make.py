"""Makes messages with AWS's own Encryption SDK, for the tests of crates/sign-in/src/message.rs.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install aws-encryption-sdk==4.0.7
    /tmp/venv/bin/python make.py > messages.json
"""

import base64
import json
import secrets

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import AlgorithmSuite, CommitmentPolicy
from aws_encryption_sdk.key_providers.base import MasterKey, MasterKeyConfig
from aws_encryption_sdk.structures import DataKey, MasterKeyInfo

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
POOL = "us-east-1_Example01"


class Config(MasterKeyConfig):
    provider_id = "aws-kms"

    def __init__(self):
        super().__init__(key_id=KEY.encode())


class Kms(MasterKey):
    """Gives data keys as KMS does, and keeps the latest."""

    provider_id = "aws-kms"
    _config_class = Config

    def _generate_data_key(self, algorithm, encryption_context):
        self.latest = secrets.token_bytes(algorithm.data_key_len)
        info = MasterKeyInfo(self.provider_id, KEY.encode())
        return DataKey(key_provider=info, data_key=self.latest, encrypted_data_key=secrets.token_bytes(184))

    def _encrypt_data_key(self, data_key, algorithm, encryption_context):
        raise NotImplementedError

    def _decrypt_data_key(self, encrypted_data_key, algorithm, encryption_context):
        raise NotImplementedError


def main():
    text = lambda data: base64.b64encode(data).decode()
    messages = []
    for suite, policy in [
        (AlgorithmSuite.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384, CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT),
        (AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT),
    ]:
        client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)
        # Of Cognito's codes: six digits, eight for a first factor. And a temporary password.
        for plain in ["123456", "00000000", "aB3&lt;x9-Q", "", "4071", *(str(secrets.randbelow(10**6)).zfill(6) for _ in range(7))]:
            kms = Kms(config=Config())
            message, _ = client.encrypt(
                source=plain.encode(), key_provider=kms, encryption_context={"userpool-id": POOL}, algorithm=suite
            )
            messages.append({"text": plain, "key": text(kms.latest), "message": text(message)})
    print(json.dumps({"keyArn": KEY, "userPool": POOL, "messages": messages}, indent=1))


main()
