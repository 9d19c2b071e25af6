"""A sign-in from Python: boto3, with the password's proof by pycognito."""

import jwt
from account import PASSWORD
from jwt import PyJWKClient
from pycognito import AWSSRP


class SignIn:
    """One sign-in by CUSTOM_AUTH, from the password on. `challenge` is what a page shows, `tokens` what it ends with."""

    def __init__(self, stack, username, password=PASSWORD, client_id=None):
        self.client = stack.account.client("cognito-idp")
        pool = stack.outputs["UserPoolId"]
        self.client_id = client_id or stack.outputs["UserPoolClientId"]
        self._issuer = f"{stack.account.endpoint}/{pool}"
        srp = AWSSRP(username, password, pool, self.client_id, client=self.client)
        parameters = srp.get_auth_params() | {"CHALLENGE_NAME": "SRP_A"}
        proof = self.client.initiate_auth(AuthFlow="CUSTOM_AUTH", ClientId=self.client_id, AuthParameters=parameters)
        assert proof["ChallengeName"] == "PASSWORD_VERIFIER"
        responses = srp.process_challenge(proof["ChallengeParameters"], parameters)
        # The name that the pool knows, whatever was typed.
        self._username = responses["USERNAME"]
        self._take(self._respond(proof, responses))

    def answer(self, code):
        return self._answer({"USERNAME": self._username, "ANSWER": code})

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


def wrong(code):
    """A code that is not this one."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)
