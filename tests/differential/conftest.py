"""The two chains of each test."""

from __future__ import annotations

import pytest

from tests.canonical import canonical_entry_point
from tests.differential.cast import cached_twins
from tests.differential.twins import Twins
from tests.missing import missing
from tests.npm import UnavailableError


@pytest.fixture(scope="session")
def published() -> None:
    """Without npm these tests are skipped; in CI they fail."""
    try:
        canonical_entry_point()
    except UnavailableError as error:
        missing(error)


@pytest.fixture
def twins(request: pytest.FixtureRequest, published: None) -> Twins:
    """The EntryPoint under test and the published one, from their first moment."""
    pair = cached_twins(request.config.getoption("--differential-of"), "canonical")
    pair.reset()
    return pair
