"""Replays of lesson 14."""

from __future__ import annotations

import sessionlab as sl


def attacks_that_succeed() -> int:
    """With one line of the wallet bent, how many of the known attacks on spending succeed."""
    spending = [attack for attack in sl.attacks.all_attacks() if attack.group in ("spend", "approvals")]
    return len(sl.attacks.successful(sl.attacks.level(2).mutant, spending))
