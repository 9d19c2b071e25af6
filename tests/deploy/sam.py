"""The real SAM: build, deploy, delete."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from processes import ROOT

CONFIG = ROOT / "samconfig.toml"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
    # cargo-lambda and cargo's plug-in of it, beside this Python.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    # The machine's own linker, and no zig.
    "CARGO_LAMBDA_COMPILER": "cargo",
    # cargo-lambda runs `rustup target add` for a target that is missing: let that fail at once.
    "RUSTUP_DIST_SERVER": "http://127.0.0.1:9",
    "RUSTUP_MAX_RETRIES": "0",
    "SAM_CLI_TELEMETRY": "0",
    # Of no account. Whatever they are, an account of ministack's takes them.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Failed(Exception):
    """SAM has ended with an error; this is what it said."""


def build(folder):
    """Leaves the built template and functions in a folder. Gives the template's path."""
    _sam("build", "--build-dir", folder)
    return folder / "template.yaml"


def deploy(endpoint, template, stack, parameters, *options):
    """Creates or updates a stack as `sam deploy` with samconfig.toml does, but asks nothing."""
    overrides = [f"ParameterKey={name},ParameterValue={value}" for name, value in parameters.items()]
    _sam(
        *("deploy", "--template-file", template, "--stack-name", stack, "--no-confirm-changeset"),
        # As `sam deploy --guided` sets it, so that deleting one stack leaves what was uploaded for another.
        *("--s3-prefix", stack, "--parameter-overrides", *overrides, *options),
        endpoint=endpoint,
    )


def deploy_guided(endpoint, template, config, answers):
    """Does `sam deploy --guided` with a copy of samconfig.toml, to which it adds, and answers what it asks."""
    _sam("deploy", "--guided", "--template-file", template, endpoint=endpoint, config=config, answers=answers)


def deploy_as_printed(endpoint, template, command, *more):
    """Does a `sam deploy` of a document, which finds template and samconfig.toml by itself, and says yes."""
    sam, deploy, *arguments = shlex.split(command)
    assert (sam, deploy) == ("sam", "deploy")
    _sam("deploy", "--template-file", template, *arguments, *more, endpoint=endpoint, answers=["y"])


def deploy_release(endpoint, folder, path, *arguments):
    """Does a `sam deploy` in the folder of a release, with the programs of this PATH alone, and says yes."""
    config, environment = folder / "samconfig.toml", {"PATH": path}
    _sam("deploy", *arguments, endpoint=endpoint, config=config, answers=["y"], folder=folder, **environment)


def delete(endpoint, stack):
    """Deletes a stack and what was uploaded for it."""
    _sam("delete", "--stack-name", stack, "--no-prompts", endpoint=endpoint)


def _sam(command, *arguments, endpoint="http://127.0.0.1:9", config=CONFIG, answers=(), folder=ROOT, **environment):
    result = subprocess.run(
        [Path(sys.executable).with_name("sam"), command, "--config-file", config, *arguments],
        cwd=folder,
        env=ENVIRONMENT | {"AWS_ENDPOINT_URL": endpoint} | environment,
        input="".join(f"{answer}\n" for answer in answers),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode != 0:
        raise Failed(result.stdout)
