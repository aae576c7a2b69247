"""A lab under each ruleset and on each EntryPoint, a wallet of it, and its session's key."""

from __future__ import annotations

import pytest

import sessionlab as sl
from tests.conftest import EntryPointUnderTest


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest, entry_point: EntryPointUnderTest) -> sl.Lab:
    return sl.Lab(rules=request.param, entry_point=entry_point.for_a_lab)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


@pytest.fixture
def key() -> sl.Key:
    return sl.new_key("session")
