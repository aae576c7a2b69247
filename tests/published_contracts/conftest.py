"""A lab on each EntryPoint."""

from __future__ import annotations

import pytest

import sessionlab as sl
from tests.conftest import EntryPointUnderTest
from tests.differential.conftest import published

__all__ = ["published"]


@pytest.fixture
def lab(entry_point: EntryPointUnderTest, published: None) -> sl.Lab:
    return sl.Lab(seed=15, entry_point=entry_point.for_a_lab)
