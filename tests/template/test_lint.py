"""AWS's own linters, offline. cfn-lint sees more in what SAM makes of the template than in the template itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from stack import ROOT, TEMPLATE, load, translate

# No credentials, no Region, nothing sent.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "SAM_CLI_TELEMETRY": "0",
}


def run(tool, *arguments):
    path = Path(sys.executable).with_name(tool)
    return subprocess.run(
        [path, *arguments], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def lint(document, path):
    path.write_text(json.dumps(document), encoding="utf-8")
    return run("cfn-lint", path)


def test_template_is_clean():
    result = run("cfn-lint", TEMPLATE)
    assert (result.returncode, result.stdout) == (0, "")


def test_translated_template_is_clean(tmp_path):
    result = lint(translate(load()), tmp_path / "translated.json")
    assert (result.returncode, result.stdout) == (0, "")


def test_lint_of_the_translated_template_sees_a_wrong_runtime(tmp_path):
    document = load()
    document["Globals"]["Function"]["Runtime"] = "provided.al2099"
    assert "provided.al2099" in lint(translate(document), tmp_path / "translated.json").stdout


def test_sam_finds_it_valid():
    result = run("sam", "validate", "--lint", "--template", TEMPLATE)
    assert result.returncode == 0, result.stdout
    assert "is a valid SAM Template" in result.stdout


def test_any_name_that_cloudformation_generates_fits_into_an_association():
    """A name has 64 characters at most, by the pattern that Lambda's API has for it."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::Connect::IntegrationAssociation").schema
    session = boto3.Session()
    regions = [(p, r) for p in session.get_available_partitions() for r in session.get_available_regions("lambda", p)]
    longest = max(len(f"arn:{partition}:lambda:{region}:123456789012:function:") for partition, region in regions) + 64
    assert 100 < longest <= schema["definitions"]["IntegrationArn"]["maxLength"]
