"""A lab under each ruleset, a wallet of it, and its session's key."""

from __future__ import annotations

import pytest

import sessionlab as sl


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest) -> sl.Lab:
    return sl.Lab(rules=request.param)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


@pytest.fixture
def key() -> sl.Key:
    return sl.new_key("session")
