"""How the exercises of lesson 10 are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.attacks.holdings import Taken
    from sessionlab.study.facade import Lab, Session, SmartWalletClient

TRANSFER = "transfer(address,uint256)"
MOST = 4  # permissions
#: Wei per gas, at which the exercise reckons gas. A thief may ask for more: no limit in gas bounds the price.
PRICE = 100 * 10**9
CAPPED, NEEDED, GAS, REACH = (
    "root with a cap is limited",
    "an app that does several things needs root",
    "gas is not money",
    "reach is a limit",
)


class Budget(NamedTuple):
    """What the work may take: wei, units of ``lab.dollar``, gas."""

    wei: int
    units: int
    gas: int


BUDGETS = (Budget(9 * 10**17, 16_000_000, 6_000_000), Budget(17 * 10**17 + 1, 33_333_333, 8_000_000))


def judge(answer: Callable[..., Any]) -> Judgement:
    """``answer``: a function from a lab and the budget of the work to at most four permissions."""
    if not callable(answer):
        return Judgement(False, "my_scope must be a function: it gets lab, wei, units and gas.")
    for budget in BUDGETS:
        if (fault := _wrong(answer, budget)) is not None:
            return fault
    says = "The work passes as with root, and a thief takes no more than the budget, with gas at 100 gwei."
    return Judgement(True, says)


def _wrong(answer: Callable[..., Any], budget: Budget) -> Judgement | None:
    """What is wrong with the permissions for one budget."""
    import sessionlab as sl

    lab = sl.Lab(seed=110)
    wallet = lab.wallet()
    granted: Any = answer(lab, *budget)
    if granted is ... or granted is None:
        return Judgement(False, "Replace the dots with your permissions.")
    if not isinstance(granted, list | tuple):
        return Judgement(False, f"Return a list of permissions; yours is a {type(granted).__name__}.")
    if len(granted) > MOST:
        return Judgement(False, f"{len(granted)} permissions are too many: {MOST} are enough.")
    try:
        session = wallet.grant_permissions(granted, key=sl.new_key(10))
    except sl.GrantRefused as refused:
        says = f"The grant is refused: {refused.message}"
        return Judgement(False, says, CAPPED if refused.rule == "RootPermissionOnlyError" else None)
    snapshot = lab.snapshot()
    for call in _work(lab, budget):
        outcome = session.send_calls([call])
        if outcome.denial is not None:
            return Judgement(False, f"The app cannot work: {outcome.denial.sentence}")
    lab.revert(snapshot)  # a thief who comes before the work finds the most
    return _too_much(lab, _rob(lab, wallet, session), budget, session)


def _work(lab: Lab, budget: Budget) -> list[Any]:
    """What the app does: three payments in ETH, two in LUSD, two counts."""
    import sessionlab as sl

    third, half = budget.wei // 3, budget.units // 2
    ether = [sl.Call(to=lab.merchant, value=wei) for wei in (third, third, budget.wei - 2 * third)]
    tokens = [
        sl.Call(to=lab.dollar, function=TRANSFER, args=[lab.merchant, units]) for units in (half, budget.units - half)
    ]
    return [*ether, *tokens, *[sl.Call(to=lab.counter, function="increment()")] * 2]


def _rob(lab: Lab, wallet: SmartWalletClient, session: Session) -> Taken | None:
    """What a thief takes who tries everything; None: the wallet itself."""
    from sessionlab.attacks.search import grab
    from sessionlab.attacks.thief import Thief
    from sessionlab.core.permissions.types import GasLimit
    from sessionlab.study.audit.calls import replace_owner

    thief = Thief(lab, wallet, session)
    grab(thief)
    affordable = wallet.balance // PRICE
    limits = [permission.limit for permission in session.permissions if isinstance(permission, GasLimit)]
    thief.burn(min([affordable, *limits]), PRICE)
    taken = thief.taken()
    thief.own_function(replace_owner(thief.address))
    owner = str(lab.read("SessionWallet", wallet.address, "owner"))
    return taken if owner == wallet.owner.address else None


def _too_much(lab: Lab, taken: Taken | None, budget: Budget, session: Session) -> Judgement | None:
    """What was taken over the budget, and which misconception let it."""
    from sessionlab.core.base.amounts import format_ether
    from sessionlab.core.permissions.types import Erc20TokenTransfer, GasLimit, Root

    root = any(isinstance(permission, Root) for permission in session.permissions)
    if taken is None:
        return Judgement(
            False, "On a fresh chain a thief took everything, including the wallet itself.", NEEDED if root else None
        )
    if taken.value + taken.deposit > budget.wei:
        says = f"A thief sends {format_ether(taken.value + taken.deposit)}; the work needs {format_ether(budget.wei)}."
        return Judgement(False, says)
    for name, most in (("token", 0), ("coin", 0), ("dollar", budget.units)):
        if (units := taken.tokens[lab.addresses[name]]) > most:
            limited = any(isinstance(permission, Erc20TokenTransfer) for permission in session.permissions)
            says = f"A thief takes {units:,} units of lab.{name}; the work needs {most:,}."
            return Judgement(False, says, None if limited else REACH)
    if taken.gas > budget.gas * PRICE:
        limited = any(isinstance(permission, GasLimit) for permission in session.permissions)
        says = f"A thief burns {format_ether(taken.gas)} as gas, and keeps the fee; {budget.gas:,} gas is enough."
        return Judgement(False, says, None if limited else GAS)
    return None
