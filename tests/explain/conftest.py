from __future__ import annotations

import pytest

import sessionlab as sl


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab()


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Session:
    """1 ETH, 5 LUSD, increment() on the counter, 1.5 million gas, an hour."""
    permissions = [
        sl.NativeTokenTransfer(allowance=sl.ether(1)),
        sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(5, 6)),
        sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]),
        sl.GasLimit(limit=1_500_000),
    ]
    return wallet.grant_permissions(permissions, expiry_sec=lab.now + 3600, key=sl.new_key(1))
