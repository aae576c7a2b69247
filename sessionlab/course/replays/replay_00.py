"""Replays of lesson 00."""

from __future__ import annotations

import sessionlab as sl


def payments_that_pass() -> int:
    """Four payments of 0.3 ETH under an allowance of 1 ETH: how many pass."""
    lab = sl.Lab(seed=0)
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(seed=1))
    payment = sl.Call(to=lab.merchant, value=sl.ether("0.3"))
    return sum(session.send_calls([payment]).ok for _ in range(4))
