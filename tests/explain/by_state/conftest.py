"""Under both rulesets: a wallet, and a session that may call what a test deploys."""

from __future__ import annotations

import pytest

import sessionlab as sl
from tests.explain.state import grant


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest) -> sl.Lab:
    return sl.Lab(request.param, seed=1)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Session:
    return grant(lab, wallet)


@pytest.fixture
def rich(lab: sl.Lab) -> None:
    """The account that deploys has ETH."""
    lab.fund(sl.new_key("faucet of the test").address, sl.ether(1))
