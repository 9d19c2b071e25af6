"""The account that all tests share, with a stack of its own for each file."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
# For the names of the metrics.
sys.path.append(str(Path(__file__).parents[1] / "template"))

import processes  # noqa: E402
import sam  # noqa: E402
from account import Account  # noqa: E402


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    # It may compile for minutes.
    return sam.build(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="session")
def telephone():
    with processes.telephone() as telephone:
        yield telephone


@pytest.fixture(scope="session")
def account(template, telephone):
    with processes.ministack(telephone) as endpoint:
        yield Account(endpoint, telephone, template)


@pytest.fixture(scope="module")
def strict_account(template, telephone):
    """An account in which IAM is asked: the tests are its root, and a function may do what its role may."""
    with processes.ministack(telephone, AUTH="true") as endpoint:
        yield Account(endpoint, telephone, template)
