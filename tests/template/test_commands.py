"""The commands of the documents and of the outputs are commands that there are, with options that they have.

A document's indented blocks are command lines, and nothing else. RUN names those that a test runs, with that test. The
others are not run, and the document says so: what can be known about them offline is checked.
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
from documents import DOCUMENTS, blocks, commands, files, parts, phrases, read, sections
from samcli.cli.main import cli
from samcli.cli.types import CfnParameterOverridesType
from stack import EXISTING, NEW, NEW_POOL, ROOT, Stack, load

# A command, as a regular expression -> the file that runs it, and where that file does.
RUN = {
    "sam build": ("tests/deploy/sam.py", '_sam("build", '),
    "sam delete": ("tests/deploy/sam.py", '_sam("delete", '),
    r"sam deploy --guided --config-file \S+": ("tests/deploy/sam.py", '_sam("deploy", "--guided", '),
    r"sam deploy --parameter-overrides ConnectInstanceArn=\S+ ConnectSourcePhoneNumber=\S+ 'OtpBrand=\"Example Shop\"'": (
        "tests/deploy/test_as_printed.py",
        'printed(DEPLOY, "sam deploy --parameter-overrides ConnectInstanceArn=")',
    ),
    "sam deploy --parameter-overrides ConnectCallResource=any": (
        "tests/deploy/test_as_printed.py",
        'printed(RUNBOOK, "sam deploy --parameter-overrides ConnectCallResource")',
    ),
    r"sam deploy --stack-name NAME --parameter-overrides OtpDigits=\d": (
        "tests/deploy/test_as_printed.py",
        'printed(RUNBOOK, "sam deploy --stack-name NAME --parameter-overrides OtpDigits")',
    ),
    r"aws logs (create-log-group|put-retention-policy|put-subscription-filter) .+NAME-create-challenge.*": (
        "tests/deploy/test_as_printed.py",
        're.findall(r"^    (aws logs .*)$", RUNBOOK, re.MULTILINE)',
    ),
    r"curl http://127\.0\.0\.1:9229/local/.+": (
        "tests/clients/javascript/documents.test.mjs",
        r"integrate.matchAll(/^ {4}(curl .*\/local\/.*)$/gm)",
    ),
    "cargo lambda watch --env-file events/env": ("tests/cargo-lambda/test_invoke.py", '["cargo", "lambda", "watch", '),
    r"cargo lambda invoke create-challenge --data-file events/[\w-]+\.json": (
        "tests/cargo-lambda/test_invoke.py",
        '["cargo", "lambda", "invoke", ',
    ),
    "cargo run -p local": ("tests/clients/javascript/stack.mjs", "`${BINARIES}/local`, "),
    "cargo run -p local -- sign-in --answer": ("tests/it/command.rs", 'run(&["sign-in", "--answer", '),
    "cargo run -p reference -- --check": ("tests/run", 'debug/reference" --check'),
    "tests/run": (".github/workflows/ci.yml", "run: tests/run\n"),
}
# What a document with other commands says at its head. The second names those that a test runs, or how they begin.
NONE_RUN = "No test runs the commands of this page as they stand. A test checks that they exist."
SOME_RUN = "Tests run these commands of this page: {}. A test checks that the others exist."
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
    for before, word in zip(["", *words], words):
        named = re.match(r"(?:file://|\./)?((?:crates|docs|events|examples|tests)/[^=]*|release$)", word)
        if named:
            path = ROOT / named[1]
            # A file that is written needs its folder alone.
            assert (path.parent if before.startswith("--output") else path).exists(), word
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


@pytest.mark.parametrize("command", RUN)
def test_what_is_said_to_be_run_is_run(command):
    path, where = RUN[command]
    assert where in read(path)
    assert any(re.fullmatch(command, line) for _, line in PRINTED), "no document has it any more"


def said_to_be_run(text):
    """How the commands begin that a test runs, by what stands at the head of a document."""
    head = " ".join(text.partition("\n## ")[0].split())
    if NONE_RUN in head:
        return ()
    some = re.search(re.escape(SOME_RUN).replace(r"\{\}", "(.+?)"), head)
    return tuple(phrases(some[1])) if some else ("",)


def misstated(text):
    """The commands of which a document says otherwise than RUN, and what it names that it doesn't have."""
    beginnings, lines = said_to_be_run(text), [line for line in commands(text) if line.strip()]
    wrong = [line for line in lines if line.startswith(beginnings) != any(re.fullmatch(command, line) for command in RUN)]
    return wrong + [each for each in beginnings if not any(line.startswith(each) for line in lines)]


@pytest.mark.parametrize("where", sorted({where for where, _ in PRINTED}))
def test_a_document_says_which_of_its_commands_are_run(where):
    assert misstated(read(where)) == []


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("", ["sam package"]),
        (NONE_RUN, ["sam build"]),
        (SOME_RUN.format("`sam build`"), []),
        (SOME_RUN.format("`sam build` and `sam package`"), ["sam package"]),
        (SOME_RUN.format("`sam build` and `sam delete`"), ["sam delete"]),
    ],
)
def test_a_document_that_says_otherwise_is_seen(said, wrong):
    assert misstated(f"# Title\n\nOf a page.\n{said}\n\n## Build\n\n    sam build\n    sam package\n") == wrong


def test_the_readme_shows_what_all_tests_say_last():
    said = re.findall(r'^  echo "(.+)"$', read("tests/run"), re.MULTILINE)[-1]
    (sample,) = [content for _, content in blocks(read("README.md")) if "tests/run: passed" in content]
    assert sample.strip() == said.replace("${SECONDS}", "N")


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
