"""A served lab for the published clients, and node to run them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sessionlab as sl
from tests.missing import missing
from tests.npm import UnavailableError
from tests.sdk.node import install
from tests.sdk.serving import Served, serving


@pytest.fixture(scope="session", autouse=True)
def node() -> str:
    """Node, with the clients installed. Without npm the tests are skipped; in CI they fail."""
    try:
        return install()
    except UnavailableError as error:
        missing(error)


@pytest.fixture
def rules() -> str:
    """The ruleset of the served lab; a test that is parametrized with ``rules`` has another one."""
    return "documented"


@pytest.fixture
def served(rules: str) -> Iterator[Served]:
    with serving(sl.Lab(rules, time="now")) as found:
        yield found
