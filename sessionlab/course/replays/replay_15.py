"""Replays of lesson 15."""

from __future__ import annotations

import sessionlab as sl
from sessionlab.course.judges.shop import calls_of, sent_policy


def operations_that_production_allows() -> int:
    """Of the application's three operations, how many the policy that it sends allows in production."""
    lab = sl.Lab("deployed", seed=15)
    wallet = lab.wallet()
    session = wallet.grant_permissions(sent_policy(lab.vault), key=sl.new_key(seed=1))
    return sum(session.send_calls(calls).ok for calls in calls_of(lab, sl.ether("0.4"), sl.units(30, 6)))
