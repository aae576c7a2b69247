"""How the exercises of lesson 17 are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessionlab.core.base.amounts import format_ether
from sessionlab.course.judges.agent import agent, stranger
from sessionlab.course.lesson import Judgement

#: What the agent has to pay in all, in wei, for each exercise: in two payments.
PAYEE_TOTALS = (4 * 10**17, 18 * 10**16)
WALLET_TOTALS = ((4 * 10**17, 42 * 10**16), (10**17, 115 * 10**15))
DAY = 86_400
LOOP = 9  # payments
BEHAVES = "the model will behave"
NAMED = "a named payee is a limit"
BILL = "a gas-limit bounds the gas bill"
SHARED = "an agent may use the owner's wallet"


def _orders(total: int, to: str) -> list[str]:
    half = format_ether(total // 2).removesuffix(" ETH")
    return [f"Invoice {number}: pay {half} ETH to {to}." for number in (1, 2)]


def judge_payee(answer: Callable[..., Any]) -> Judgement:
    """``answer``: a function from merchant and total to permissions; deployed rules, a sponsor pays."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_grant must be a function: it gets the merchant's address and a total in wei.")
    for number, total in enumerate(PAYEE_TOTALS):
        lab = sl.Lab("deployed", seed=170 + number)
        granted: Any = answer(lab.merchant, total)
        if not isinstance(granted, list | tuple):
            return Judgement(False, f"Return a list of permissions; yours is a {type(granted).__name__}.")
        kinds = {permission.type for permission in granted if isinstance(permission, sl.Permission)}
        try:
            session = lab.wallet().grant_permissions(granted, expires_in=DAY, key=sl.new_key(17))
        except sl.GrantRefused as refused:
            return Judgement(False, f"The deployed rules refuse the grant: {refused}")
        paid = {"policy_id": lab.policy_id}
        snapshot = lab.snapshot()
        for outcome in agent(session, _orders(total, "merchant"), **paid):
            if outcome.denial is not None:
                return Judgement(False, f"The agent cannot pay the invoices: {outcome.denial.sentence}")
        lab.revert(snapshot)
        if (fault := _misled(lab, session, total, kinds, paid)) is not None:
            return fault
    says = "The invoices are paid, a stranger gets nothing, and a loop pays the merchant the total and no more."
    return Judgement(True, says)


def _misled(lab: Any, session: Any, total: int, kinds: set[str], paid: dict[str, Any]) -> Judgement | None:
    """What an agent that is misled does over the total, and which misconception let it."""
    snapshot = lab.snapshot()
    list(agent(session, _orders(total, stranger()), **paid))
    lost = lab.balance(stranger())
    lab.revert(snapshot)
    if lost:
        says = f"An injected line sends {format_ether(lost)} to a stranger."
        return Judgement(False, says, BEHAVES)
    before = lab.balance(lab.merchant)
    list(agent(session, _orders(total, "merchant") * LOOP, **paid))
    moved = lab.balance(lab.merchant) - before
    if moved > total:
        says = f"A loop pays the merchant {format_ether(moved)}; the invoices come to {format_ether(total)}."
        return Judgement(False, says, BEHAVES if "native-token-transfer" in kinds else NAMED)
    return None


def judge_wallet(answer: Callable[..., Any]) -> Judgement:
    """``answer``: a function from total and most to wei, permissions and seconds; documented rules, the wallet pays."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_setup must be a function: it gets a total and the most that may be lost, in wei.")
    for number, (total, most) in enumerate(WALLET_TOTALS):
        made: Any = answer(total, most)
        if not isinstance(made, list | tuple) or len(made) != 3 or not isinstance(made[1], list | tuple):
            return Judgement(False, "Return three things: wei for the wallet, a list of permissions, and seconds.")
        wei, granted, seconds = made
        if not isinstance(wei, int) or not isinstance(seconds, int):
            return Judgement(False, "Wei and seconds are whole numbers.")
        if not 0 < seconds <= DAY:
            return Judgement(False, f"The session lasts {seconds:,} seconds; a day, {DAY:,}, is enough.")
        lab = sl.Lab(seed=175 + number)
        wallet = lab.wallet(balance=wei)
        try:
            session = wallet.grant_permissions(granted, expires_in=seconds, key=sl.new_key(17))
        except sl.GrantRefused as refused:
            return Judgement(False, f"The documented rules refuse the grant: {refused}")
        if (fault := _lost(lab, wallet, session, total, most)) is not None:
            return fault
    return Judgement(True, "The invoices are paid, and in all a thief takes no more than what you put at risk.")


def _lost(lab: Any, wallet: Any, session: Any, total: int, most: int) -> Judgement | None:
    """What the agent cannot pay, or a thief takes over the sum at risk."""
    import sessionlab as sl

    kinds = {permission.type for permission in session.permissions}
    snapshot = lab.snapshot()
    for outcome in agent(session, _orders(total, "merchant")):
        if outcome.denial is not None:
            return Judgement(False, f"The agent cannot pay the invoices: {outcome.denial.sentence}")
    lab.revert(snapshot)
    bound = session.audit().loss("ETH by value").now
    if bound > total:
        says = (
            f"By the permissions alone a thief takes {format_ether(bound)}; the invoices come to {format_ether(total)}."
        )
        return Judgement(False, says, BEHAVES)
    thief = sl.attacks.Thief(lab, wallet, session)
    thief.call(sl.Call(to=thief.address, value=min(total, wallet.balance)))
    for gas in (1_000_000, 400_000):  # what a gas-limit leaves; the price is the thief's
        if thief.burn(gas, wallet.balance // gas):
            break
    taken = thief.taken()
    lost = taken.gas + taken.value
    if lost > most:
        says = f"A thief takes {format_ether(taken.value)}, and {format_ether(taken.gas)} as the fee of one operation."
        return Judgement(False, says, BILL if "gas-limit" in kinds else SHARED)
    return None
