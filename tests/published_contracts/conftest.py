"""A lab on each EntryPoint."""

from __future__ import annotations

import pytest

import sessionlab as sl
from tests.conftest import EntryPointUnderTest


@pytest.fixture
def lab(entry_point: EntryPointUnderTest) -> sl.Lab:
    return sl.Lab(seed=15, entry_point=entry_point.for_a_lab)
