"""What is read from the chain is read behind our EntryPoint and behind the canonical one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sessionlab as sl
from tests.conftest import EntryPointUnderTest


@pytest.fixture(scope="module")
def each_entry_point(entry_point: EntryPointUnderTest) -> Iterator[None]:
    with entry_point.in_every_lab():
        yield


@pytest.fixture(scope="module")
def lab(each_entry_point: None) -> sl.Lab:
    return sl.Lab()


@pytest.fixture(scope="module")
def session(lab: sl.Lab) -> sl.Session:
    """1 ETH; three payments of 0.3 ETH, a fourth that is refused, and a last of 0.05 ETH."""
    session = lab.wallet().grant_permissions(
        [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.GasLimit(limit=3_000_000)],
        expiry_sec=lab.now + 3600,
        key=sl.new_key(1),
    )
    for amount in ("0.3", "0.3", "0.3", "0.3", "0.05"):
        session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(amount))])
    return session
