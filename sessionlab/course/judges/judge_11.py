"""How the exercises of lesson 11 are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessionlab.course.lesson import Judgement


def judge(answer: Callable[..., Any]) -> Judgement:
    """``answer``: what the owner does with a lab, the wallet and the session whose key has leaked."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_rescue must be a function of lab, wallet and leaked.")
    lab = sl.Lab(seed=111)
    wallet = lab.wallet()
    pay = [sl.Call(to=lab.merchant, value=sl.ether("0.1"))]
    budget, end = [sl.NativeTokenTransfer(allowance=sl.ether(1))], lab.now + 86_400
    leaked, other = (wallet.grant_permissions(budget, expiry_sec=end, key=sl.new_key(seed)) for seed in (1, 2))
    for session in (leaked, other):
        session.send_calls(pay)
    height, time = lab.chain.height, lab.now
    answer(lab, wallet, leaked)
    blocks, seconds = lab.chain.height - height, lab.now - time
    if leaked.send_calls(pay).ok:
        says = "On a fresh chain the leaked key paid 0.1 ETH once more."
        return Judgement(False, says, "deleting it in the app revokes it" if blocks == 0 else None)
    if seconds > 3_600:
        return Judgement(False, f"It ended by itself, after {seconds:,} s in which it could pay.", "waiting is enough")
    if not other.send_calls(pay).ok:
        return Judgement(False, "The other key, which did not leak, no longer works.", "all keys must go")
    if blocks > 1:
        return Judgement(False, f"It took {blocks} blocks; one is enough.")
    return Judgement(True, f"The leaked key is dead after {blocks} block, and the other one goes on.")
