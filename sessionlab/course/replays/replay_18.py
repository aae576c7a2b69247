"""Replays of lesson 18."""

from __future__ import annotations

import sessionlab as sl


def strict_takes_the_clock() -> bool:
    """Whether a strict bundler mines an operation whose paymaster reads the clock, well before its end."""
    lab = sl.Lab(seed=18, bundler="strict")
    paymaster = lab.deploy(sl.attacks.CLOCKED_PAYMASTER, lab.now + 3_600, value=sl.ether(1))
    calls = [sl.Call(to=lab.recipient, value=1)]
    return sl.attacks.send_operation(sl.attacks.sponsored_by(paymaster, lab.wallet(), calls, lab), lab) is None


def valid_after_one_write() -> int:
    """How many of 100 operations are still valid when the switch that their wallets ask is off."""
    return sl.attacks.mass_invalidation(100).still_valid
