"""How the exercises of lesson 08 are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sessionlab.course.judges.again import changed_by_hand
from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.attacks.holdings import Taken
    from sessionlab.study.facade import Lab

APPROVE, TRANSFER, CHECK_IN = "approve(address,uint256)", "transfer(address,uint256)", "increment()"
TOKENS = ("token", "dollar", "coin")
#: Rules and the budget of the second exercise, in units of a token with 6 decimals.
BUDGETS = (("documented", 30_000_000), ("deployed", 47_250_001))
ANYWHERE, OTHERS, AMOUNTS = (
    "one selector is harmless",
    "a limit on one token limits all",
    "a named function limits amounts",
)


def judge_drain(answer: Callable[..., Any]) -> Judgement:
    """``answer``: what a thief does with a lab, a session that may only approve, and a wallet of the thief's own."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_drain must be a function of lab, session and thief.")
    lab = sl.Lab(seed=108)
    victim, thief = lab.wallet(), lab.wallet()
    for name, more in zip(TOKENS, (7, 11, 13), strict=True):
        lab.give(name, victim.address, more)
    session = victim.grant_permissions([sl.FunctionsOnAllContracts(functions=[APPROVE])], key=sl.new_key(8))
    held, had = ([lab.token_balance(name, item.address) for name in TOKENS] for item in (victim, thief))
    answer(lab, session, thief)
    if (by_hand := changed_by_hand(lab.chain)) is not None:
        return by_hand
    gained = [lab.token_balance(name, thief.address) - was for name, was in zip(TOKENS, had, strict=True)]
    if gained == held:
        return Judgement(True, "The thief has all of three tokens, through a function that moves nothing.")
    allowed = [lab.read("Token", lab.addresses[name], "allowance", victim.address, thief.address) for name in TOKENS]
    if sum(gained) == 0 and any(allowed):
        says = "The thief may now take the units, but has taken none: approve moves nothing. Who moves them?"
        return Judgement(False, says, "an approval moves the tokens")
    whole = [name for name, took, was in zip(TOKENS, gained, held, strict=True) if took == was]
    if len(whole) == 1 and sum(took > 0 for took in gained) == 1:
        says = f"All of lab.{whole[0]} is taken. Which of the wallet's other tokens have {APPROVE}?"
        return Judgement(False, says, "a function belongs to one contract")
    refused = [entry.denial for entry in session.history if entry.denial is not None]
    if sum(gained) == 0 and any(denial.code == "AddressNotAllowed" for denial in refused):
        says = "The wallet refused: this key may only approve. What does an approval allow, and to whom?"
        return Judgement(False, says, "a session key acts as the owner")
    return Judgement(False, f"The thief has all of {len(whole)} of the {len(TOKENS)} tokens.")


def judge_narrow(answer: Callable[..., Any]) -> Judgement:
    """``answer``: a function from a lab and a budget, in units of ``lab.dollar``, to a list of permissions."""
    if not callable(answer):
        return Judgement(False, "my_narrow must be a function: it gets lab and budget, and returns permissions.")
    for rules, budget in BUDGETS:
        if (fault := _narrow_enough(answer, rules, budget)) is not None:
            return fault
    says = "Under both rulesets the bot does its work, and a thief takes at most the budget, and nothing else."
    return Judgement(True, says)


def _narrow_enough(answer: Callable[..., Any], rules: str, budget: int) -> Judgement | None:
    """What is wrong with the permissions for one budget, under one ruleset."""
    import sessionlab as sl
    from sessionlab.attacks.search import grab
    from sessionlab.attacks.thief import Thief

    lab = sl.Lab(rules=rules, seed=208)
    wallet = lab.wallet()
    granted: Any = answer(lab, budget)
    if granted is ... or granted is None:
        return Judgement(False, "Replace the dots with your permissions.")
    if not isinstance(granted, list | tuple):
        return Judgement(False, f"Return a list of permissions; yours is a {type(granted).__name__}.")
    session = wallet.grant_permissions(granted, key=sl.new_key(8))
    snapshot = lab.snapshot()
    for call in _work(lab, budget):
        outcome = session.send_calls([call])
        if outcome.denial is not None:
            return Judgement(False, f"Under the {rules} rules the bot cannot work: {outcome.denial.sentence}")
    lab.revert(snapshot)  # a thief who comes before the work finds the most
    return _too_much(lab, grab(Thief(lab, wallet, session)), rules, budget, session)


def _work(lab: Lab, budget: int) -> list[Any]:
    """What the bot does: two check-ins, and three payments that use the budget up."""
    import sessionlab as sl

    parts = (budget // 2, budget // 3, budget - budget // 2 - budget // 3)
    games = [sl.Call(to=game, function=CHECK_IN) for game in (lab.counter, lab.counter_2)]
    return games + [sl.Call(to=lab.dollar, function=TRANSFER, args=[lab.merchant, part]) for part in parts]


def _too_much(lab: Lab, taken: Taken, rules: str, budget: int, session: Any) -> Judgement | None:
    """What a thief has taken over the budget, and which misconception let it."""
    from sessionlab.core.base.amounts import format_ether
    from sessionlab.core.permissions.types import Erc20TokenTransfer, FunctionsOnAllContracts

    when = f"Under the {rules} rules a thief takes"
    wide = any(isinstance(permission, FunctionsOnAllContracts) for permission in session.permissions)
    limited = any(isinstance(permission, Erc20TokenTransfer) for permission in session.permissions)
    others = [name for name in ("token", "coin") if taken.tokens[lab.addresses[name]]]
    if others:
        says = f"{when} all of lab.{' and lab.'.join(others)}, which the bot never needs."
        return Judgement(False, says, (OTHERS if limited else ANYWHERE) if wide else None)
    if taken.eth:
        return Judgement(False, f"{when} {format_ether(taken.eth)}, sent with a call.", ANYWHERE if wide else None)
    if (dollars := taken.tokens[lab.dollar]) > budget:
        says = f"{when} {dollars:,} units of lab.dollar, and the budget is {budget:,}."
        return Judgement(False, says, None if limited else ANYWHERE if wide else AMOUNTS)
    return None
