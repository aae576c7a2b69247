"""Replays of lesson 14."""

from __future__ import annotations

import sessionlab as sl


def attacks_that_succeed() -> int:
    """With one line of the wallet changed, how many of the known attacks on what a key reaches succeed."""
    reach = [attack for attack in sl.attacks.all_attacks() if attack.group == "reach"]
    return len(sl.attacks.successful(sl.attacks.find_mutant("wrapped-reach-unchecked"), reach))
