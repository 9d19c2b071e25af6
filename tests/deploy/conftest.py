"""The account that all tests share, with a stack of its own for each file."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import processes  # noqa: E402
import sam  # noqa: E402
from account import Account  # noqa: E402


@pytest.fixture(scope="session")
def account(tmp_path_factory):
    # First: it may compile for minutes.
    template = sam.build(tmp_path_factory.mktemp("build"))
    with (
        processes.telephone() as telephone,
        processes.ministack(AWS_ENDPOINT_URL_CONNECT=telephone.endpoint) as endpoint,
    ):
        yield Account(endpoint, telephone, template)
