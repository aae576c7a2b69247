"""Replays of lesson 16."""

from __future__ import annotations

import sessionlab as sl
from sessionlab.course.judges.pool import HERE, TO, open_market


def the_other_swap_is_reached() -> bool:
    """Whether a key that is granted ``swap(uint256)`` may call ``swap(uint256,address)`` of the same contract."""
    lab = sl.Lab(seed=16)
    market = open_market(lab, sl.units(100, 6))
    granted = [sl.FunctionsOnContract(address=market.pool.address, functions=[HERE])]
    session = market.wallet.grant_permissions(granted, key=sl.new_key(seed=1))
    return session.send_calls([market.pool.call(TO, 5, lab.merchant)]).ok


def silver_that_a_thief_takes() -> float:
    """The SILVER that a thief gets with contract-access to the pool, of a wallet that approved 100 GOLD to it."""
    lab = sl.Lab(seed=16)
    market = open_market(lab, sl.units(100, 6))
    granted = [sl.ContractAccess(address=market.pool.address)]
    session = market.wallet.grant_permissions(granted, key=sl.new_key(seed=2))
    thief = sl.attacks.Thief(lab, market.wallet, session)
    thief.call(market.pool.call(TO, sl.units(100, 6), thief.address))
    return float(market.silver.read("balanceOf", thief.address)) / 10**6
