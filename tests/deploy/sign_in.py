"""A sign-in from Python: boto3, with the password's proof by pycognito."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import jwt
from account import PASSWORD
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWKClient
from pycognito import AWSSRP


class SignIn:
    """One sign-in by CUSTOM_AUTH, from the password on. `challenge` is what a page shows, `tokens` what it ends with."""

    def __init__(self, stack, username, password=PASSWORD, client_id=None, device=None):
        self.client = stack.account.client("cognito-idp")
        pool = stack.outputs["UserPoolId"]
        self.client_id = client_id or stack.outputs["UserPoolClientId"]
        self._pool, self._issuer = pool, f"{stack.account.endpoint}/{pool}"
        srp = AWSSRP(username, password, pool, self.client_id, client=self.client)
        parameters = srp.get_auth_params() | {"CHALLENGE_NAME": "SRP_A"}
        proof = self.client.initiate_auth(AuthFlow="CUSTOM_AUTH", ClientId=self.client_id, AuthParameters=parameters)
        assert proof["ChallengeName"] == "PASSWORD_VERIFIER"
        responses = srp.process_challenge(proof["ChallengeParameters"], parameters)
        # The name that the pool knows, whatever was typed.
        self._username = responses["USERNAME"]
        self._take(self._respond(proof, responses, {"trustedDevice": device.id} if device else None))

    def answer(self, code, device=None):
        metadata = {"rememberDevice": base64url(device.spki)} if device else None
        return self._answer({"USERNAME": self._username, "ANSWER": code}, metadata)

    def sign(self, device):
        """Answers with the signature of a trusted device."""
        # Cognito has the name among the parameters, ministack has not.
        name = self.challenge.get("USERNAME", self._username)
        asked = (self.challenge["nonce"], self._pool, self.client_id, name, device.id)
        return self.answer(device.sign("|".join(["cognito-voice-otp trusted device v1", *asked])))

    def call_again(self):
        # An answer must not be empty. This one isn't looked at.
        return self._answer({"USERNAME": self._username, "ANSWER": "call again"}, {"callAgain": "true"})

    def _answer(self, responses, metadata=None):
        self._take(self._respond(self._step, responses, metadata))
        return self

    def _respond(self, step, responses, metadata=None):
        return self.client.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName=step["ChallengeName"],
            Session=step["Session"],
            ChallengeResponses=responses,
            ClientMetadata=metadata or {},
        )

    def _take(self, step):
        self._step = step
        self.tokens = step.get("AuthenticationResult")
        self.challenge = None if self.tokens else step["ChallengeParameters"]
        assert self.tokens or step["ChallengeName"] == "CUSTOM_CHALLENGE"

    @property
    def claims(self):
        """What the ID token says, once its signature was checked."""
        token = self.tokens["IdToken"]
        key = PyJWKClient(f"{self._issuer}/.well-known/jwks.json").get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=["RS256"], audience=self.client_id)


class Device:
    """A browser with a key of its own."""

    def __init__(self):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.spki = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.id = base64url(sha256(self.spki).digest())

    def sign(self, text):
        signature = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(SHA256())))
        return base64url(b"".join(number.to_bytes(32, "big") for number in signature))


def base64url(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def wrong(code):
    """A code that is not this one."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)
