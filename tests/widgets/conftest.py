"""A lab for widgets, and a session in it that has used some of what it may."""

from __future__ import annotations

import pytest

import sessionlab as sl


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab()


@pytest.fixture
def session(lab: sl.Lab) -> sl.Session:
    """1 ETH, of which 0.3 are gone; increment() on the counter; 3,000,000 gas."""
    granted = [
        sl.NativeTokenTransfer(allowance=sl.ether(1)),
        sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]),
        sl.GasLimit(limit=3_000_000),
    ]
    session = lab.wallet().grant_permissions(granted, key=sl.new_key(1))
    assert session.send_calls([sl.Call(to=lab.merchant, value=sl.ether("0.3"))]).ok
    return session
