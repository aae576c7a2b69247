"""Replays of lesson 05."""

from __future__ import annotations

import sessionlab as sl


def reverting_on_chain() -> int:
    """Of five reverting operations of a thief, how many get onto the chain before the gas limit refuses."""
    lab = sl.Lab(seed=5)
    limit = sl.GasLimit(limit=5_000_000)
    others = [sl.NativeTokenTransfer(allowance=sl.ether("0.01")), sl.ContractAccess(address=lab.counter)]
    session = lab.wallet().grant_permissions([limit, *others], key=sl.new_key(seed=5))
    light, value = sl.Call(lab.counter, function="increment()"), sl.ether("0.0005")
    for calls in ([light], [light], [light] * 20, [sl.Call(lab.counter, value, function="deposit()")]):
        session.send_calls(calls)
    fail = [sl.Call(lab.counter, value, function="fail()")]
    burnt = [session.send_calls(fail, preflight=False) for _ in range(5)]
    return sum(outcome.receipt is not None for outcome in burnt)
