"""How the exercises of lesson 04 are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.core.erc4337.call import Call
    from sessionlab.study.facade import Lab, Session

#: Name in the lab, decimals, and the amount that may pass, as people write it.
CASES = (("dollar", 6, "25.5"), ("coin", 8, "0.29"), ("token", 18, "123.456789012345678901"))
PLANS = (41, 42)  # seeds
SHOP = 40  # seed of the key that an approval is for
ACCESS = {"contract-access", "functions-on-contract", "functions-on-all-contracts"}


Step = tuple[str, int]

SET_OWNER = "updateFallbackSignerData(address,bool)"
NOT_YET = Judgement(False, "Replace the dots with your answer.")


def call(lab: Lab, token: str, function: str, amount: int) -> Call:
    """``transfer`` to the merchant, or ``approve`` for the shop, in base units."""
    import sessionlab as sl

    to = lab.merchant if function == "transfer" else sl.new_key(SHOP).address
    return sl.Call(to=token, function=f"{function}(address,uint256)", args=[to, amount])


def judge_grant(answer: Callable[[str, int, str], Any]) -> Judgement:
    """``answer``: a function from a token, its decimals and an amount as text to permissions."""
    from sessionlab.core.permissions.types import Permission

    if not callable(answer):
        return Judgement(False, "my_grant must be a function of token, decimals and amount.")
    for seed, (name, decimals, amount) in enumerate(CASES, start=400):
        import sessionlab as sl

        lab = sl.Lab(seed=seed)
        given = answer(lab.addresses[name], decimals, amount)
        if given is ...:
            return NOT_YET
        granted = [given] if isinstance(given, Permission | Mapping) else given
        if not isinstance(granted, list | tuple):
            return Judgement(False, "my_grant must return a list of permissions, such as sl.Erc20TokenTransfer(…).")
        session = lab.wallet().grant_permissions(granted, key=sl.new_key(seed))
        says = what_is_wrong(lab, session, lab.addresses[name], sl.units(amount, decimals))
        if says:
            return Judgement(
                False, f"{amount} of a token with {decimals} decimals: {says}", grant_shows(session, decimals, amount)
            )
    return Judgement(True, f"Exactly that passed, and not one base unit more, for {len(CASES)} tokens.")


def what_is_wrong(lab: Lab, session: Session, token: str, whole: int) -> str:
    """What a session lets pass that it should not, or refuses that should pass; nothing if it is right."""
    import sessionlab as sl

    if session.send_calls([call(lab, token, "transfer", whole + 1)]).ok:
        return f"{whole + 1:,} base units passed, and at most {whole:,} should."
    if not session.send_calls([call(lab, token, "transfer", whole - 1)]).ok:
        return f"{whole - 1:,} of {whole:,} base units were refused."
    if session.send_calls([call(lab, token, "transfer", 2)]).ok:
        return "one base unit was left, and two passed."
    if not session.send_calls([call(lab, token, "approve", 1)]).ok:
        return "the last base unit could not be approved."
    others = [call(lab, other, "transfer", 1) for other in (lab.dollar, lab.coin, lab.token)]
    others += [sl.Call(to=lab.merchant, value=1), sl.Call(to=lab.counter, function="increment()")]
    (wallet,) = lab.wallets()
    others.append(sl.Call(to=wallet.address, function=SET_OWNER, args=[wallet.owner.address, False]))
    passed = [item for item in others if session.send_calls([item]).ok]
    return f"it was used up, and this still passed: {passed[0]}" if passed else ""


def grant_shows(session: Session, decimals: int, amount: str) -> str | None:
    """The misconception that a wrong grant shows."""
    from sessionlab.core.base.amounts import ether, units
    from sessionlab.core.permissions.types import Erc20TokenTransfer

    types = {permission.type for permission in session.permissions}
    limits = [permission.allowance for permission in session.permissions if isinstance(permission, Erc20TokenTransfer)]
    if not limits:
        return "access limits amounts" if types & ACCESS else None
    (limit, *_), inexact = limits, float(amount) * 10**decimals
    shown = {
        int(Decimal(amount)): "1 = 1 token",
        int(Decimal(amount)) + 1: "1 = 1 token",
        int(inexact): "a float is exact",
        round(inexact): "a float is exact",
        ether(amount): "every token has 18 decimals",
        units(amount, decimals): None,  # then something else is wrong
    }
    return shown.get(limit)


def make_plan(seed: int) -> list[Step]:
    """Transfers, approvals, one of which is taken back, and what the shop takes; in base units."""
    draw = Random(seed)
    first, second, third = (draw.randint(2, 9) * 10**6 for _ in range(3))
    steps = [("transfer", first), ("approve", second), ("take", second // 2), ("approve", 0)]
    return [*steps, ("approve", third), ("take", third // 4), ("transfer", draw.randint(1, 10**6))]


def judge_budget(answer: Callable[[list[Step]], Any]) -> Judgement:
    """``answer``: a function from steps to the least allowance, in base units, with which all of them pass."""
    if not callable(answer):
        return Judgement(False, "my_budget must be a function of steps.")
    for seed in PLANS:
        steps = make_plan(seed)
        limit = answer(list(steps))
        if limit is ...:
            return NOT_YET
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            return Judgement(False, f"An allowance is a whole number of base units; yours is {limit!r}.")
        says = what_is_missing(limit, steps, seed)
        if says:
            return Judgement(False, f"{says} The steps: {steps}", budget_shows(limit, steps))
    return Judgement(True, "Every step passed, and not one base unit was left over.")


def what_is_missing(limit: int, steps: Sequence[Step], seed: int) -> str:
    """Carry the steps out under an allowance: the step that was refused, or what is left; nothing if it is right."""
    import sessionlab as sl

    lab = sl.Lab(seed=seed)
    wallet, shop = lab.wallet(), sl.new_key(SHOP)
    lab.fund(shop.address, sl.ether(1))
    session = wallet.grant_permissions(
        [sl.Erc20TokenTransfer(address=lab.dollar, allowance=limit)], key=sl.new_key(seed)
    )
    take = "transferFrom(address,address,uint256)"
    for number, (what, amount) in enumerate(steps, start=1):
        if what == "take":
            taken = sl.Call(to=lab.dollar, function=take, args=[wallet.address, shop.address, amount])
            lab.chain.transact(shop.private, taken.to, taken.data)
        elif not session.send_calls([call(lab, lab.dollar, what, amount)]).ok:
            return f"Step {number}, {what} {amount:,}, was refused."
    left = session.allowances[0].remaining
    return f"Every step passed, and {left:,} base units were left over." if left else ""


def budget_shows(limit: int, steps: Sequence[Step]) -> str | None:
    """The misconception that a wrong allowance shows."""
    transfers, approvals, takes = (
        [amount for what, amount in steps if what == wanted] for wanted in ("transfer", "approve", "take")
    )
    shown = {
        sum(transfers): "approve is free",
        sum(transfers) + sum(takes): "an approval counts when it is used",
        sum(transfers) + sum(approvals) + sum(takes): "what the spender takes counts again",
        sum(transfers) + approvals[-1]: "approve(0) gives it back",
    }
    return shown.get(limit)
