"""Programs that run beside the tests: the telephone, and ministack in place of AWS."""

import contextlib
import itertools
import json
import os
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")

# Runs a command until stdin ends. It does so when this process ends, however that comes about.
UNTIL_STDIN_ENDS = '"$@" & exec >&-; cat > /dev/null; kill $!; wait $!'


class Telephone:
    """Where `local` listens. Its telephone stands in for Amazon Connect; the rest of it is not used."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self._serials = itertools.count()

    def next_number(self):
        """A number that no other user has: one of those that the United States keep for fiction."""
        return f"+120655501{next(self._serials):02}"

    def calls(self, number):
        """The calls to a number, oldest first."""
        with urllib.request.urlopen(f"{self.endpoint}/local/calls?to={urllib.parse.quote(number)}") as response:
            return json.load(response)


@contextlib.contextmanager
def telephone():
    """A telephone, meanwhile."""
    binaries = TARGET / "debug"
    with local(binaries / "local", "--functions", binaries) as endpoint:
        yield Telephone(endpoint)


@contextlib.contextmanager
def local(*command, **options):
    """Where the local stack that this command starts listens meanwhile."""
    with _running("sh", "-c", UNTIL_STDIN_ENDS, "sh", *command, "--port", "0", **options) as process:
        ready = next((line for line in process.stdout if line.startswith('{"ready":true')), None)
        assert ready, "local ended before it was ready; is it built?"
        yield json.loads(ready)["endpoint"]


@contextlib.contextmanager
def ministack(telephone, **environment):
    """Where ministack listens meanwhile. The functions that it runs inherit its environment."""
    environment["AWS_ENDPOINT_URL_CONNECT"] = telephone.endpoint
    script = 'echo "$OTP_TEST_DYNAMODB"; cat > /dev/null'
    command = [ROOT / "tests/with-ministack", "sh", "-c", script]
    with _running(*command, env=os.environ | environment) as process:
        endpoint = process.stdout.readline().strip()
        assert endpoint, "ministack did not start"
        yield endpoint


@contextlib.contextmanager
def _running(*command, **options):
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
        finally:
            process.stdin.close()
            process.wait()
