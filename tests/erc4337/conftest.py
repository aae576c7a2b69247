"""Labs under both rulesets, on both EntryPoints."""

from __future__ import annotations

import pytest

import sessionlab as sl
from tests.conftest import EntryPointUnderTest


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest, entry_point: EntryPointUnderTest) -> sl.Lab:
    return sl.Lab(rules=request.param, entry_point=entry_point.for_a_lab)
