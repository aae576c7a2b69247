"""Replays of lesson 13."""

from __future__ import annotations

import sessionlab as sl


def ether_paid_in() -> float:
    """The ETH that a key with access to the counter alone pays in under the deployed rules."""
    lab = sl.Lab(seed=13, rules="deployed")
    access = [sl.ContractAccess(address=lab.counter)]
    session = lab.wallet().grant_permissions(access, key=sl.new_key(seed=1))
    call = sl.Call(to=lab.counter, function="deposit()", value=sl.ether(10))
    session.send_calls([call], policy_id=lab.policy_id)
    return lab.balance(lab.counter) / 10**18
