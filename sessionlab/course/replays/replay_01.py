"""Replays of lesson 01."""

from __future__ import annotations

import sessionlab as sl


def payer_of(lab: sl.Lab) -> sl.Key:
    """A key whose account has 1 ETH."""
    payer = sl.new_key(seed=1)
    lab.fund(payer.address, sl.ether(1))
    return payer


def failure_is_paid() -> bool:
    """Whether the sender of a reverted transaction has less than before."""
    lab = sl.Lab(seed=1)
    payer, fail = payer_of(lab), sl.Call(to=lab.counter, function="fail()")
    before = lab.balance(payer.address)
    lab.chain.transact(payer.private, fail.to, fail.data)
    return lab.balance(payer.address) < before


def payments_left() -> int:
    """Three payments after a snapshot, then a revert to it: how many are left."""
    lab = sl.Lab(seed=1)
    payer, value = payer_of(lab), sl.ether("0.1")
    had, moment = lab.balance(lab.merchant), lab.snapshot()
    for _ in range(3):
        lab.chain.transact(payer.private, lab.merchant, value=value)
        lab.travel(1200)
    lab.revert(moment)
    return (lab.balance(lab.merchant) - had) // value
