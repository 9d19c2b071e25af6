"""The commands of the documents and of the outputs are commands that there are, with options that they have.

A document's indented blocks are command lines, and nothing else. RUN names those that a test runs, with that test. The
others are not run: what can be known about them offline is checked.
"""

import os
import re
import shlex
import tomllib
from functools import cache

import boto3
import click
import pytest
from botocore import xform_name
from documents import DOCUMENTS, commands, files, parts, phrases, read, sections
from samcli.cli.main import cli
from samcli.cli.types import CfnParameterOverridesType
from stack import EXISTING, NEW, NEW_POOL, ROOT, Stack, load

# The beginning of a command -> the file that runs it, and what that file has of it.
RUN = {
    "sam build": ("tests/deploy/sam.py", '_sam("build"'),
    "sam delete": ("tests/deploy/sam.py", '_sam("delete"'),
    "sam deploy --guided": ("tests/deploy/sam.py", '_sam("deploy", "--guided"'),
    "sam deploy --parameter-overrides ConnectInstanceArn=": ("tests/deploy/test_as_printed.py", None),
    "sam deploy --parameter-overrides ConnectCallResource": ("tests/deploy/test_as_printed.py", None),
    "sam deploy --stack-name NAME --parameter-overrides OtpDigits": ("tests/deploy/test_as_printed.py", None),
    "aws cloudformation describe-stacks": ("tests/deploy/test_as_printed.py", None),
    "aws logs ": ("tests/deploy/test_as_printed.py", None),
    "curl http://127.0.0.1:9229/local/": ("tests/clients/javascript/documents.test.mjs", r"curl .*\/local\/"),
    "cargo lambda watch --env-file events/env": ("tests/cargo-lambda/test_invoke.py", '"watch"'),
    "cargo lambda invoke create-challenge --data-file events/": ("tests/cargo-lambda/test_invoke.py", '"invoke"'),
}
# Programs of which nothing is checked but how a line begins.
OTHERS = {".", "cd", "cp", "curl", "git", "head", "pip", "python3", "set", "sha256sum", "tar", "terraform", "tr"}


@cache
def service_model(service):
    return boto3.client(service, region_name="us-east-1").meta.service_model


def aws(words, whole):
    """By the API's model. `whole`: it has all that the operation requires."""
    _, service, operation, *rest = words
    model = service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names
    shape = model.operation_model(names[operation]).input_shape
    members = {xform_name(name, "-"): name for name in shape.members}
    options = {word[2:] for word in rest if word.startswith("--")}
    # The latter are every command's.
    assert options <= set(members) | {"output", "query", "region"}
    if whole:
        assert {members[each] for each in options & set(members)} >= set(shape.required_members)


def sam(words, _):
    """By SAM's own commands."""
    # SAM loads a command's options only if a context has something in it.
    command = cli.get_command(click.Context(cli, obj=True), words[1])
    assert command, words[1]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


@cache
def helps():
    """What `--help` prints, by command: the page that is made of it has it."""
    return sections(read("docs/reference/commands.md"))


def ours(words, _):
    """A command of voice-otp or of the local stack."""
    command = words[:1] if words[1:2] == [] or words[1].startswith("-") else words[:2]
    help = helps()[" ".join(command)]
    for word in words:
        assert not word.startswith("--") or re.search(rf"{re.escape(word.partition('=')[0])}\b", help), word


def cargo(words, whole):
    """The package is there, and what comes after `--` is what the local stack takes."""
    crates = {tomllib.loads(path.read_text(encoding="utf-8")).get("package", {}).get("name"): path for path in files("*Cargo.toml")}
    for option, value in zip(words, words[1:]):
        assert option not in ("-p", "--package") or value in crates
        assert option != "--path" or (ROOT / value / "Cargo.toml").is_file()
        assert option != "--test" or any((ROOT / "tests" / value).glob("*.rs"))
    if words[:4] == ["cargo", "run", "-p", "local"]:
        ours(["local", *words[5:]], whole)


def stages(words, _):
    """Those that tests/run lists, by stage or by the name of the list."""
    lists = dict(re.findall(r"^([A-Z_]+)=\((.+)\)$", read("tests/run"), re.MULTILINE))
    known = {stage for each in lists.values() for stage in each.split()} | {name.lower() for name in lists}
    assert set(words[1:]) <= known


CHECKS = {"aws": aws, "cargo": cargo, "sam": sam, "tests/run": stages, "voice-otp": ours}


def check(words, whole):
    program, *_ = words
    for word in words:
        named = re.match(r"(?:file://|\./)?((?:crates|docs|events|examples|tests)/[^=]*|release$)", word)
        assert not named or (ROOT / named[1]).exists(), word
    if "/" in program:
        assert os.access(ROOT / program, os.X_OK), program
    else:
        assert program in {*CHECKS, *OTHERS}, program
    if program in CHECKS:
        CHECKS[program](words, whole)


PRINTED = [(str(path.relative_to(ROOT)), line) for path in DOCUMENTS for line in commands(path.read_text(encoding="utf-8")) if line.strip()]


@pytest.mark.parametrize(("where", "line"), PRINTED)
def test_is_a_command(where, line):
    for words in parts(line):
        check(words, whole=True)


@pytest.mark.parametrize(
    "line",
    [
        "ok     CreateAuthChallenge: it is attached",
        "aws cognito-idp admin-get-users --user-pool-id ID",
        "aws cognito-idp admin-get-user --user-pool-id ID",
        "sam deploy --parameters OtpDigits=6",
        "sam deployment",
        "voice-otp repair --stack NAME",
        "voice-otp ledger ann --stak NAME",
        "cargo run -p nothing",
        "cargo run -p local -- --nothing",
        "cargo lambda invoke create-challenge --data-file events/nothing.json",
        "tests/run nothing",
        "cd tests && tests/nothing",
    ],
)
def test_what_is_none_is_seen(line):
    with pytest.raises((AssertionError, KeyError)):
        for words in parts(line):
            check(words, whole=True)


def within_texts():
    for path in DOCUMENTS:
        for phrase in phrases(path.read_text(encoding="utf-8")):
            if re.match(r"(aws|sam|voice-otp|tests/run|cargo (run|test|install)) [a-z-]", phrase):
                yield str(path.relative_to(ROOT)), phrase


@pytest.mark.parametrize(("where", "phrase"), list(within_texts()))
def test_is_the_beginning_of_a_command(where, phrase):
    for words in parts(phrase):
        check(words, whole=False)


def outputs():
    for parameters in (NEW | NEW_POOL, EXISTING):
        for name, output in Stack(load(), parameters).outputs.items():
            value = output["Value"]
            value = value.get("Fn::Sub", "") if isinstance(value, dict) else value
            if value.startswith(("aws ", "voice-otp ")):
                yield name, re.sub(r"\$\{([\w.]+)\}", r"\1", value)


@pytest.mark.parametrize(("name", "line"), list(outputs()))
def test_an_output_is_a_command(name, line):
    for words in parts(line):
        check(words, whole=True)


def test_there_are_commands():
    assert len(PRINTED) > 50 and len(list(within_texts())) > 20 and len(list(outputs())) > 2


@pytest.mark.parametrize("beginning", RUN)
def test_what_is_said_to_be_run_is_run(beginning):
    path, has = RUN[beginning]
    assert (has or beginning) in read(path)
    assert any(line.strip("( ").startswith(beginning) for _, line in PRINTED), "no document has it any more"


def test_no_program_is_let_through_that_no_document_names():
    assert OTHERS <= {words[0] for _, line in PRINTED for words in parts(line)}


def overrides():
    for where, line in PRINTED:
        for words in parts(line):
            if words[:2] == ["sam", "deploy"] and "--parameter-overrides" in words:
                after = words[words.index("--parameter-overrides") + 1 :]
                yield where, after[: next((at for at, word in enumerate(after) if word.startswith("--")), None)]


@pytest.mark.parametrize(("where", "words"), list(overrides()))
def test_sam_takes_whole_values(where, words):
    given = dict(word.split("=", 1) for word in words)
    assert set(given) <= set(load()["Parameters"])
    assert CfnParameterOverridesType().convert(tuple(words), None, None) == {name: value.strip('"') for name, value in given.items()}
