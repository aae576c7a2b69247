"""Under both rulesets: a wallet, and a session that may call what a test deploys."""

from __future__ import annotations

import pytest

import sessionlab as sl
from tests.explain.state import grant


@pytest.fixture(params=["documented", "deployed"])
def rules(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lab(rules: str) -> sl.Lab:
    return sl.Lab(rules, seed=1)


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
