"""How the exercises of lesson 03 are judged."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from sessionlab.course.lesson import Judgement

WANTED, COUNT, SEEDS = 7, 12, (31, 32, 33)


def payments(seed: int) -> list[int]:
    """Twelve payments in wei, between 0.01 and 0.2 ETH."""
    draw = Random(seed)
    return [draw.randint(10, 200) * 10**15 for _ in range(COUNT)]


def passing(cap: int, wanted: list[int], seed: int) -> int:
    """How many of the payments pass under this allowance, on a fresh chain."""
    import sessionlab as sl

    lab = sl.Lab(seed=seed)
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=cap)], key=sl.new_key(seed))
    return sum(session.send_calls([sl.Call(to=lab.merchant, value=value)]).ok for value in wanted)


def judge(answer: Callable[[list[int]], int]) -> Judgement:
    """``answer``: a function from the payments in wei to the allowance in wei."""
    if not callable(answer):
        return Judgement(False, "my_cap must be a function: it gets the payments in wei, and returns wei.")
    for seed in SEEDS:
        wanted = payments(seed)
        cap: Any = answer(list(wanted))
        if cap is ...:
            return Judgement(False, "Replace the dots with your answer.")
        if isinstance(cap, float) or not isinstance(cap, int):
            return Judgement(False, f"An allowance is a whole number of wei; yours is {cap!r}.", "amounts in ETH")
        if 0 < cap < 10**9:
            return Judgement(False, f"{cap} wei is almost nothing: 1 ETH is 10**18 wei.", "amounts in ETH")
        passed = passing(cap, wanted, seed)
        if passed == WANTED:
            continue
        seen = f"Of {COUNT} other payments, {passed} passed; {WANTED} should."
        if cap == max(wanted):
            return Judgement(False, f"{seen} The largest payment alone fits.", "the limit is per payment")
        if cap == WANTED * wanted[0] or cap == WANTED * (sum(wanted) // COUNT):
            return Judgement(False, f"{seen} The payments are not all the same.", "every payment counts alike")
        if cap == sum(wanted):
            return Judgement(
                False, f"{seen} The allowance was enough for all of them.", "the limit ends with the seventh"
            )
        return Judgement(False, f"{seen} What do the first {WANTED} use together?")
    return Judgement(True, f"Exactly {WANTED} passed, for {len(SEEDS)} other lists of payments.")
