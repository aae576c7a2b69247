"""Replays of lesson 03."""

from __future__ import annotations

import sessionlab as sl


def left_after_a_deposit() -> float:
    """The ETH that a key may send when 0.3 of 1 ETH is spent and the wallet then receives 5 ETH."""
    lab = sl.Lab(seed=3)
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(seed=4))
    session.send_calls([sl.Call(to=lab.merchant, value=sl.ether("0.3"))])
    lab.fund(wallet.address, sl.ether(5))
    return session.allowances[0].remaining / 10**18
