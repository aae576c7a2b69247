"""Replays of lesson 10."""

from __future__ import annotations

import sessionlab as sl

DAY = 86_400


def ether_lost() -> float:
    """The ETH that a stolen root key costs in a week: 10 at first, 2 more each day, and an expiry after 5 days."""
    lab = sl.Lab(seed=10)
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.Root()], expiry_sec=lab.now + 5 * DAY, key=sl.new_key(seed=4))
    thief, lost = sl.attacks.Thief(lab, wallet, session), 0.0
    for day in range(7):
        thief.call(sl.Call(to=thief.address, value=wallet.balance))
        lost = (sl.ether(10 + 2 * day) - wallet.balance) / 10**18
        lab.fund(wallet.address, sl.ether(2))
        lab.travel(DAY)
    return lost
