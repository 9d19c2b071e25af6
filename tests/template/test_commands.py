"""The AWS CLI's commands in the documents and the outputs are commands that there are, with options that they have."""

import re
import shlex

import boto3
import pytest
from botocore import xform_name
from samcli.cli.types import CfnParameterOverridesType
from stack import EXISTING, NEW, NEW_POOL, ROOT, Stack, load

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
# Of every command.
GLOBAL = {"output", "query", "region"}


def printed():
    """Commands on lines of their own, joined where they go over several, and those within a text."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for command in re.findall(r"^ {4}.*?(\baws [a-z].*)$", text, re.MULTILINE):
            yield path.name, command, True
        for command in re.findall(r"`aws\s([a-z][^`]*)`", text):
            yield path.name, f"aws {command}", False
    for parameters in (NEW | NEW_POOL, EXISTING):
        for name, output in Stack(load(), parameters).outputs.items():
            value = output["Value"]
            value = value.get("Fn::Sub", "") if isinstance(value, dict) else value
            if value.startswith("aws "):
                yield name, value, True


@pytest.mark.parametrize(("where", "command", "whole"), list(printed()))
def test_is_a_command(where, command, whole):
    # A command within another is one of its own.
    outer, _, inner = re.sub(r"\$\{(\w+)\}", r"\1", command).partition("$(")
    for part in filter(None, (outer, inner.rpartition(")")[0])):
        _, service, operation, *rest = shlex.split(part)
        model = boto3.client(service, region_name="us-east-1").meta.service_model
        names = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in names, part
        shape = model.operation_model(names[operation]).input_shape
        members = {xform_name(name, "-"): name for name in shape.members}
        options = {word[2:] for word in rest if word.startswith("--")}
        assert options <= set(members) | GLOBAL, options
        if whole:
            assert {members[each] for each in options & set(members)} >= set(shape.required_members), part


def test_there_are_commands():
    assert len(list(printed())) > 20


def overrides():
    for path in DOCUMENTS:
        yield from re.findall(r"^ {4}.*\bsam deploy .*--parameter-overrides (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("words", list(overrides()))
def test_sam_takes_whole_values(words):
    words = shlex.split(words)
    given = dict(word.split("=", 1) for word in words)
    assert set(given) <= set(load()["Parameters"])
    assert CfnParameterOverridesType().convert(tuple(words), None, None) == {name: value.strip('"') for name, value in given.items()}
