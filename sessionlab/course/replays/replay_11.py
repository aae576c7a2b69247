"""Replays of lesson 11."""

from __future__ import annotations

import sessionlab as sl


def passes_at_the_end() -> bool:
    """Whether a payment passes in the last second of a session."""
    lab = sl.Lab(seed=11)
    budget, end = [sl.NativeTokenTransfer(allowance=sl.ether(1))], lab.now + 60
    session = lab.wallet().grant_permissions(budget, expiry_sec=end, key=sl.new_key(seed=1))
    pay = [sl.Call(to=lab.merchant, value=sl.ether("0.1"))]
    session.send_calls(pay)
    lab.chain.travel_to(end)
    return session.send_calls(pay).ok
