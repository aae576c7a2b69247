"""How the exercises of lesson 00 are judged."""

from __future__ import annotations

from typing import Any

from sessionlab.course.lesson import Judgement

ALLOWANCE, PAYMENT, TRIES = "2", "0.45", 6


def what_happens() -> tuple[int, str]:
    """How many payments pass on a fresh chain, and the ETH that are left."""
    import sessionlab as sl

    lab = sl.Lab(seed=100)
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(ALLOWANCE))], key=sl.new_key(7))
    payment = sl.Call(to=lab.merchant, value=sl.ether(PAYMENT))
    passed = sum(session.send_calls([payment]).ok for _ in range(TRIES))
    left = session.allowances[0].remaining
    return passed, f"{left / 10**18:g}"


def judge(answer: Any) -> Judgement:
    """``answer``: how many pass, and the ETH that are left."""
    passed, left = what_happens()
    if not (isinstance(answer, tuple) and len(answer) == 2):
        return Judgement(False, "Give two numbers, how many pass and how much ETH is left: (3, 0.1)")
    count, rest = answer
    if count == passed and abs(float(rest) - float(left)) < 1e-9:
        return Judgement(True, f"{passed} pass, and {left} ETH is left: too little for one more.")
    if count >= TRIES:
        why = f"On a fresh chain {passed} of {TRIES} passed. All payments share one allowance."
        return Judgement(False, why, "the limit is per payment")
    if count == passed + 1:
        why = f"Payment {passed + 1} asked for {PAYMENT} ETH, and {left} was left: it is refused as a whole."
        return Judgement(False, why, "the last payment is cut to what is left")
    if count == passed:
        return Judgement(False, f"{passed} pass, yes. What is left is what was granted minus what they took.")
    return Judgement(False, f"On a fresh chain {passed} passed. How often does {PAYMENT} fit into {ALLOWANCE}?")
