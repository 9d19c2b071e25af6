"""A release, as somebody has it who unpacked the archive and has no Rust: it is deployed, and run on this machine."""

import filecmp
import json
import shutil
import subprocess

import processes
import pytest
import sam
from account import PARAMETERS, PASSWORD, Stack
from processes import ROOT
from samtranslator.yaml_helper import yaml_parse
from sign_in import SignIn

NAME = "voice-code-release"


def archive(build, folder):
    """Makes the archive of functions that are built. Gives its path."""
    # Else that of the last commit, which a checkout may not have.
    environment = sam.ENVIRONMENT | {"SOURCE_DATE_EPOCH": "1800000000"}
    subprocess.run([ROOT / "release", "--test", build, folder], check=True, env=environment)
    (made,) = folder.glob("*.tar.gz")
    return made


@pytest.fixture(scope="module")
def archived(template, tmp_path_factory):
    return archive(template.parent, tmp_path_factory.mktemp("archived"))


@pytest.fixture(scope="module")
def release(archived, tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    subprocess.run(["tar", "--extract", "--file", archived, "--directory", folder], check=True)
    (unpacked,) = folder.iterdir()
    assert archived.name == f"{unpacked.name}.tar.gz"
    return unpacked


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A PATH with what these tests call, and nothing of Rust's."""
    folder = tmp_path_factory.mktemp("path")
    for program in ("cat", "sh"):
        (folder / program).symlink_to(shutil.which(program))
    return str(folder)


def test_the_same_files_make_the_same_archive(template, archived, tmp_path):
    again = archive(template.parent, tmp_path / "another" / "folder")
    assert filecmp.cmp(again, archived, shallow=False)


def test_the_checksums_are_those_of_all_files(release):
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], check=True, cwd=release)
    summed = {line.split(maxsplit=1)[1] for line in (release / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
    found = {f"./{file.relative_to(release)}" for file in release.rglob("*") if file.is_file()}
    assert found - summed == {"./SHA256SUMS"} and summed <= found


def test_the_licences_of_what_is_linked_are_there(release):
    licences = {file.name: file.read_text(encoding="utf-8") for file in (release / "licenses").iterdir()}
    assert set(licences) == {"crates.txt", "page.txt", "phone-numbers.md", "rust.html"} and all(licences.values())
    for crate in ("aws-sdk-connect", "rusqlite", "tokio"):
        assert f"{crate} " in licences["crates.txt"]
    assert "proptest" not in licences["crates.txt"], "it is for tests alone"


def test_it_takes_no_other_architecture_than_that_of_its_functions(release):
    architecture = {"x86_64": "x86_64", "aarch64": "arm64"}[release.name.split("-")[-4]]
    parameter = yaml_parse((release / "template.yaml").read_text(encoding="utf-8"))["Parameters"]["Architecture"]
    assert (parameter["Default"], parameter["AllowedValues"]) == (architecture, [architecture])


def test_it_is_deployed_and_signs_a_user_in(account, release, path):
    parameters = [f"{name}={value}" for name, value in PARAMETERS.items()]
    options = ("--stack-name", NAME, "--s3-prefix", NAME, "--parameter-overrides", *parameters)
    sam.deploy_release(account.endpoint, release, path, *options)
    stack, number = Stack(account, NAME), account.telephone.next_number()
    subprocess.run(
        [release / "voice-otp", "add-user", "ann", "--phone", number, "--user-pool", stack.outputs["UserPoolId"]],
        check=True,
        env=sam.ENVIRONMENT | {"AWS_ENDPOINT_URL": account.endpoint, "AWS_REGION": "us-east-1", "PATH": path},
        input=f"{PASSWORD}\n",
        text=True,
    )
    sign_in = SignIn(stack, "ann")
    assert sign_in.answer(stack.code(number)).claims["cognito:username"] == "ann"


def test_local_runs_in_an_empty_folder(release, path, tmp_path):
    environment, local = {"PATH": path}, release / "local"
    with processes.local(local, cwd=tmp_path, env=environment) as endpoint:
        command = [local, "sign-in", "--answer", "--endpoint", endpoint]
        signed_in = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert signed_in.returncode == 0, signed_in.stderr
    claims = json.loads(signed_in.stdout.partition("The ID token says:")[2])
    assert claims["cognito:username"] == "demo"
    assert not list(tmp_path.iterdir())
    names_the_source = f"{ROOT}/crates/local".encode() in local.read_bytes()
    assert not names_the_source, "it reads nothing there"


def test_local_runs_no_other_functions_than_those_of_its_release(release, path, tmp_path):
    broken = tmp_path / release.name
    shutil.copytree(release, broken)
    (broken / "VerifyChallenge/bootstrap").unlink()
    refused = subprocess.run([broken / "local", "--port", "0"], capture_output=True, text=True, env={"PATH": path})
    assert refused.returncode == 1 and "there is no verify-challenge in" in refused.stderr
