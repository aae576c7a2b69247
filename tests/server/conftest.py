"""A served lab: one for many tests, which must not mind each other, and one of a test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sessionlab as sl

from .running import Served, serving


@pytest.fixture(scope="package")
def served() -> Iterator[Served]:
    with serving(sl.Lab()) as found:
        yield found


@pytest.fixture
def fresh() -> Iterator[Served]:
    with serving(sl.Lab()) as found:
        yield found


@pytest.fixture
def with_key() -> Iterator[Served]:
    with serving(sl.Lab(), api_key="open-sesame-1") as found:
        yield found
