"""How the exercise of lesson 11 is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessionlab.course.judges.again import changed_by_hand
from sessionlab.course.lesson import Judgement

#: What the thief approved to itself, and what the wallet holds, in base units of ``lab.dollar``.
APPROVED = 50_000_000
DELETED = "deleting it in the app revokes it"
WAITING = "waiting is enough"
ALL = "all keys must go"
ONE = "a key has one session"
UNDONE = "revoking takes back what was approved"
APPROVE, TRANSFER_FROM = "approve(address,uint256)", "transferFrom(address,address,uint256)"


def judge(answer: Callable[..., Any]) -> Judgement:
    """``answer``: what the owner does with a lab, the wallet, the session whose key has leaked, and a spender."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_rescue must be a function of lab, wallet, leaked and spender.")
    lab = sl.Lab(seed=111)
    wallet, thief = lab.wallet(), sl.new_key(seed=7)
    lab.fund(thief.address, sl.ether(1))
    pay = [sl.Call(to=lab.merchant, value=sl.ether("0.1"))]
    budget, end = sl.NativeTokenTransfer(allowance=sl.ether(1)), lab.now + 86_400
    dollars = sl.Erc20TokenTransfer(address=lab.dollar, allowance=APPROVED)
    leaked = wallet.grant_permissions([budget, dollars], expiry_sec=end, key=sl.new_key(1))
    other, sibling = (wallet.grant_permissions([budget], expiry_sec=end, key=sl.new_key(seed)) for seed in (2, 1))
    approve = sl.Call(to=lab.dollar, function=APPROVE, args=[thief.address, APPROVED])
    for session, calls in ((leaked, [approve]), (other, pay)):
        session.send_calls(calls).raise_if_refused()
    height, time = lab.chain.height, lab.now
    answer(lab, wallet, leaked, thief.address)
    if (by_hand := changed_by_hand(lab.chain)) is not None:
        return by_hand
    blocks, seconds = lab.chain.height - height, lab.now - time
    if leaked.send_calls(pay).ok:
        says = "On a fresh chain the leaked key paid 0.1 ETH once more."
        return Judgement(False, says, DELETED if blocks == 0 else None)
    if seconds > 3_600:
        return Judgement(False, f"It ended by itself, after {seconds:,} s in which it could pay.", WAITING)
    if not other.send_calls(pay).ok:
        return Judgement(False, "The other key, which did not leak, no longer works.", ALL)
    if sibling.send_calls(pay).ok:
        says = "The thief used another session of the same key, which was signed and not yet on the chain."
        return Judgement(False, says, ONE)
    pull = sl.Call(to=lab.dollar, function=TRANSFER_FROM, args=[wallet.address, thief.address, APPROVED])
    lab.chain.transact(thief.private, pull.to, pull.data)
    if took := lab.token_balance("dollar", thief.address):
        says = f"Afterwards the thief took {lab.names.amount(took, lab.dollar)}: the token does not ask the wallet."
        return Judgement(False, says, UNDONE)
    return Judgement(True, "The key is dead in all its sessions, the approval is gone, and the other key goes on.")
