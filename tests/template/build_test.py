"""`sam build` makes functions that Lambda can start. Compiles for minutes, so it is run by name:

    python -m pytest tests/template/build_test.py

ARCHITECTURE=arm64 builds for arm64, for which rustc must have its standard library. CARGO_TARGET_DIR is honoured.
BUILD names a folder with functions that are built already, such as that of a release.
"""

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from stack import ROOT
from stack_invariants import PROGRAMS

BUILD = os.environ.get("BUILD")
ARCHITECTURE = os.environ.get("ARCHITECTURE", "x86_64")
# ELF's e_machine.
MACHINE = {"x86_64": 62, "arm64": 183}[ARCHITECTURE]
# The C library of Amazon Linux 2023, which provided.al2023 is.
GLIBC = (2, 34)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    if BUILD:
        return ROOT / BUILD
    folder = tmp_path_factory.mktemp("build")
    environment = os.environ | {
        # cargo-lambda and cargo's plug-in of it, beside this Python.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # The machine's own linker, and no zig.
        "CARGO_LAMBDA_COMPILER": "cargo",
        # cargo-lambda runs `rustup target add` for a target that is missing: let that fail at once.
        "RUSTUP_DIST_SERVER": "http://127.0.0.1:9",
        "RUSTUP_MAX_RETRIES": "0",
        "SAM_CLI_TELEMETRY": "0",
    }
    sam = Path(sys.executable).with_name("sam")
    overrides = f"ParameterKey=Architecture,ParameterValue={ARCHITECTURE}"
    arguments = [sam, "build", "--build-dir", folder, "--parameter-overrides", overrides]
    result = subprocess.run(
        arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert result.returncode == 0, result.stdout
    return folder


@pytest.mark.parametrize("function", PROGRAMS)
def test_bootstrap_starts_on_amazon_linux(build, function):
    bootstrap = build / function / "bootstrap"
    header = bootstrap.read_bytes()[:20]
    assert header[:6] == b"\x7fELF\x02\x01", "64 bits, little-endian"
    assert struct.unpack_from("<H", header, 18) == (MACHINE,)
    assert os.access(bootstrap, os.X_OK)
    versions = subprocess.run(
        ["readelf", "--version-info", "--wide", bootstrap], check=True, capture_output=True, text=True
    ).stdout
    needed = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([\d.]+)", versions)}
    assert needed, "linked against the C library"
    assert max(needed) <= GLIBC


def test_each_function_has_its_own_program(build):
    assert len({(build / function / "bootstrap").read_bytes() for function in PROGRAMS}) == len(PROGRAMS)
