"""How the exercises of lesson 06 are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sessionlab.course.judges.probes import Probe, first_wrong
from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, Session

#: Rules, seed, the fees in wei that the key may pay in total, and the token that it must not reach.
CASES = (("deployed", 61, 3 * 10**17, "token"), ("documented", 62, 45 * 10**15, "dollar"))
AMOUNTS, ROOT, SAME_NAME = "access limits amounts", "root is the short way", "a function is in one contract only"
TREASURY = "the treasury is a part of the game"


def probes(lab: Lab, fees: int, token: str, session: Session) -> list[Probe]:
    """Six operations: the first two must pass."""
    import sessionlab as sl

    types = {permission.type for permission in session.permissions}
    money = None if "native-token-transfer" in types else AMOUNTS
    named = SAME_NAME if "functions-on-all-contracts" in types else TREASURY
    pay = sl.Call(lab.counter, fees, function="deposit()")
    candidates = [sl.Call(lab.counter, function="increment()"), sl.Call(lab.counter, function="add(uint256)", args=[3])]
    more = sl.Call(lab.counter, 1, function="deposit()")
    take = sl.Call(lab.vault, function="withdraw(uint256)", args=[1])
    transfer = sl.Call(lab.addresses[token], function="transfer(address,uint256)", args=[lab.merchant, 1])
    return [
        Probe("A move in the game, increment() and add(3),", candidates, True),
        Probe("A fee of all that it may pay", [pay], True),
        Probe("A fee of 1 wei on top of that", [more], False, money),
        Probe("withdraw(1) from the treasury", [take], False, named),
        Probe("deposit() into the treasury, without value,", [sl.Call(lab.vault, function="deposit()")], False, named),
        Probe("A transfer of 1 unit of a token", [transfer], False),
    ]


def judge(answer: Callable[[Any, int], Any]) -> Judgement:
    """``answer``: a function from the lab and the fees in wei to a list of permissions."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_permissions must be a function: it gets the lab and the fees in wei.")
    for rules, seed, fees, token in CASES:
        lab = sl.Lab(rules=rules, seed=seed)
        wallet = lab.wallet()
        wallet.send_calls([sl.Call(lab.vault, sl.ether(1), function="deposit()")])  # so that there is some to take
        granted = answer(lab, fees)
        if granted is ...:
            return Judgement(False, "Replace the dots with your answer.")
        if not isinstance(granted, list | tuple):
            return Judgement(False, f"Return a list of permissions; yours is a {type(granted).__name__}.")
        session = wallet.grant_permissions(granted, key=sl.new_key(seed))
        if session.permissions == (sl.Root(),):
            return Judgement(False, "Root may play, and take all that the wallet has.", ROOT)
        if wrong := first_wrong(session, probes(lab, fees, token, session)):
            return Judgement(False, f"Rules as {rules}: {wrong.says}", wrong.misconception)
    return Judgement(
        True, "All six ended as they must, under both rulesets: the game is open, and the fees are counted."
    )
