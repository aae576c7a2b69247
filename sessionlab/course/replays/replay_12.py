"""Replays of lesson 12."""

from __future__ import annotations

import sessionlab as sl


def operations_that_pass() -> int:
    """Of the five sample operations, how many a key may do with a token allowance and access to the counter."""
    lab = sl.Lab(seed=12)
    wallet = lab.wallet()
    pay = sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(25, 6))
    granted = [pay, sl.ContractAccess(address=lab.counter)]
    session = wallet.grant_permissions(granted, key=sl.new_key(seed=2))
    operations = sl.pictures.sample_operations(lab, wallet.address)
    return sum(session.send_calls(calls).ok for calls in operations.values())
