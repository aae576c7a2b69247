"""How the exercises of lesson 07 are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.course.judges.probes import Probe, first_wrong
from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.core.erc4337.call import Call
    from sessionlab.core.permissions.types import Permission
    from sessionlab.study.facade import Lab

#: Seed, and the most LUSD in base units that the bot may approve in total.
CASES = ((71, 40_000_001), (72, 7_300_000))
APPROVE, PULL, WITHDRAW = "approve(address,uint256)", "pull(address,address,uint256)", "withdraw(uint256)"
BY_NAME, BY_ARGUMENT = "a function is known by its name", "naming a function limits its amounts"
WHOLE, ANYWHERE = "the whole contract must be open", "a function is in one contract only"
SPARE, ROOT = "what is not needed does no harm", "root is the short way"


def rounds(lab: Lab, wallet: str, most: int) -> list[tuple[str, Call]]:
    """What the bot does in a round, and must be able to."""
    import sessionlab as sl

    return [
        ("approve(…) of LUSD", sl.Call(lab.dollar, function=APPROVE, args=[lab.counter, most])),
        ("pull(…) of the pool", sl.Call(lab.counter, function=PULL, args=[lab.dollar, wallet, most])),
        ("withdraw(1) of the vault", sl.Call(lab.vault, function=WITHDRAW, args=[1])),
    ]


def probes(lab: Lab, wallet: str, most: int, granted: Sequence[Permission]) -> list[Probe]:
    """A round, which must pass; and what is not part of it, which must not pass."""
    import sessionlab as sl

    limited = any(item.type == "erc20-token-transfer" for item in granted)
    approve = sl.Call(lab.dollar, function=APPROVE, args=[lab.counter, 1])
    other = sl.Call(lab.coin, function=APPROVE, args=[lab.counter, 1])
    elsewhere = sl.Call(lab.counter_2, function=PULL, args=[lab.dollar, wallet, 0])
    return [
        *(Probe(what, [call], True) for what, call in rounds(lab, wallet, most)),
        Probe("approve(…) of 1 unit on top of that", [approve], False, None if limited else BY_ARGUMENT),
        Probe("approve(…) of another token, LBTC,", [other], False, ANYWHERE),
        Probe("pull(…) of another contract", [elsewhere], False, ANYWHERE),
        Probe("increment() of the pool", [sl.Call(lab.counter, function="increment()")], False, WHOLE),
        Probe("deposit() of the vault", [sl.Call(lab.vault, function="deposit()")], False, WHOLE),
        Probe("A call of the vault without data", [sl.Call(lab.vault)], False),
    ]


def without_a_part(granted: Sequence[Permission]) -> Iterator[tuple[str, tuple[Permission, ...]]]:
    """The permissions without one of them, or without one of its functions; a gas-limit only narrows, and stays."""
    from sessionlab.core.permissions import FunctionsOnAllContracts, FunctionsOnContract, GasLimit
    from sessionlab.core.permissions.functions import function_name

    for index, item in enumerate(granted):
        before, after = tuple(granted[:index]), tuple(granted[index + 1 :])
        if isinstance(item, FunctionsOnContract | FunctionsOnAllContracts) and len(item.functions) > 1:
            for name in item.functions:
                fewer = item.model_copy(update={"functions": tuple(other for other in item.functions if other != name)})
                yield f"{function_name(name)} in {item.type}", (*before, fewer, *after)
        elif not isinstance(item, GasLimit):
            yield item.type, before + after


def spare(lab: Lab, wallet: str, most: int, granted: Sequence[Permission]) -> str | None:
    """A part that the bot does not need: a round passes without it. None: there is none."""
    from sessionlab.study.pictures.hypothetical_session import HypotheticalSession

    calls = [call for _, call in rounds(lab, wallet, most)]
    for what, rest in without_a_part(granted):
        if rest and HypotheticalSession(rest, lab.rules, wallet).answer(calls).ok:
            return what
    return None


def judge(answer: Callable[[Any, int], Any]) -> Judgement:
    """``answer``: a function from the lab and the most LUSD, in base units, to a list of permissions."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_permissions must be a function: it gets the lab and the most LUSD.")
    for seed, most in CASES:
        lab = sl.Lab(seed=seed)
        wallet = lab.wallet()
        wallet.send_calls([sl.Call(lab.vault, sl.ether(1), function="deposit()")])  # so that there is some to take
        try:
            granted = answer(lab, most)
        except sl.InvalidInput as error:
            by_name = "functions" in (error.field or "")
            return Judgement(False, f"The lab refuses your answer: {error}", BY_NAME if by_name else None)
        if granted is ...:
            return Judgement(False, "Replace the dots with your answer.")
        if not isinstance(granted, list | tuple):
            return Judgement(False, f"Return a list of permissions; yours is a {type(granted).__name__}.")
        session = wallet.grant_permissions(granted, key=sl.new_key(seed))
        if session.permissions == (sl.Root(),):
            return Judgement(False, "Root may do the round, and take all that the wallet has.", ROOT)
        if wrong := first_wrong(session, probes(lab, wallet.address, most, session.permissions)):
            return wrong
        if what := spare(lab, wallet.address, most, session.permissions):
            return Judgement(False, f"All probes end as they must. But the bot does not need this: {what}.", SPARE)
    says = (
        "The bot can do its round, and no part can be left out. Besides, only transfer is open, within the same total."
    )
    return Judgement(True, says)
