"""Options and fixtures of every test."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest

from sessionlab import world
from tests.canonical import UnavailableError, canonical_entry_point


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-vectors",
        action="store_true",
        help="replay every decided operation on the canonical EntryPoint too, not only every third line",
    )


@dataclass(frozen=True)
class EntryPointUnderTest:
    """``name``: ours or canonical."""

    name: str
    accounts: world.Accounts

    def __repr__(self) -> str:
        return self.name


@pytest.fixture(scope="session", params=["ours", "canonical"])
def entry_point(request: pytest.FixtureRequest) -> EntryPointUnderTest:
    """Ours, and the one of production in its place. Without npm the second is skipped; in CI it fails."""
    if request.param == "ours":
        return EntryPointUnderTest("ours", world.entry_point())
    try:
        return EntryPointUnderTest("canonical", canonical_entry_point())
    except UnavailableError as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
