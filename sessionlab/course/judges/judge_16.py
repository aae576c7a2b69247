"""How the exercise of lesson 16 is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sessionlab.course.judges.pool import HERE, RATE, TO, Market, open_market
from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.attacks.thief import Thief

#: How much gold the wallet holds and has approved, under each ruleset.
GOLD = {"documented": 30_000_000, "deployed": 47_000_002}
OWN = "a contract of my own is safe to open"
NAMED = "a function is its name"
NEEDED = "the key needs the tokens that it moves"
KNOWN = "a selector knows my contract"


def judge(answer: Callable[..., Any]) -> Judgement:
    """``answer``: a function from the addresses of pool, gold and silver to a list of permissions."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_grant must be a function: it gets the addresses of pool, gold and silver.")
    for rules, amount in GOLD.items():
        lab = sl.Lab(rules, seed=160)
        market = open_market(lab, amount)
        granted: Any = answer(market.pool.address, market.gold.address, market.silver.address)
        if not isinstance(granted, list | tuple):
            return Judgement(False, f"Return a list of permissions; yours is a {type(granted).__name__}.")
        try:
            session = market.wallet.grant_permissions(granted, expires_in=3_600, key=sl.new_key(16))
        except sl.GrantRefused as refused:
            return Judgement(False, f"The {rules} rules refuse the grant: {refused}")
        snapshot = lab.snapshot()
        outcome = session.send_calls([market.pool.call(HERE, amount // 2)], policy_id=lab.policy_id)
        if outcome.denial is not None:
            return Judgement(False, f"Under the {rules} rules the bot cannot swap: {outcome.denial.sentence}")
        lab.revert(snapshot)
        lost = _worst(sl.attacks.Thief(lab, market.wallet, session), market, amount)
        if lost is not None:
            return Judgement(False, f"Under the {rules} rules a thief {lost}.", _misconception(session.permissions))
    return Judgement(True, "Under both rulesets the bot swaps, and a thief can only swap for the wallet itself.")


def _worst(thief: Thief, market: Market, amount: int) -> str | None:
    """What a thief does that leaves the wallet poorer, in words; None if nothing does."""
    before = _worth(market)
    for words, act in _plays(thief, market, amount):
        snapshot = thief.lab.snapshot()
        act()
        poorer = any(now < had for now, had in zip(_worth(market), before, strict=True))
        thief.lab.revert(snapshot)
        if poorer:
            return words
    return None


def _worth(market: Market) -> tuple[int, int]:
    """The wallet's gold in silver at the pool's rate, with its silver; and its ETH."""
    gold, silver = (token.read("balanceOf", market.wallet.address) for token in (market.gold, market.silver))
    return RATE * int(gold) + int(silver), market.wallet.balance


def _plays(thief: Thief, market: Market, amount: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    from sessionlab.core.erc4337.call import Call

    yield "becomes the owner of the wallet", lambda: thief.become_owner() and thief.call(Call(thief.address, 1))
    yield "has the pool pay the silver out to them", lambda: thief.call(market.pool.call(TO, amount, thief.address))
    yield "gives the gold to a retired pool that pays nothing", lambda: thief.call(market.retired.call(HERE, amount))
    yield "transfers the gold", lambda: thief.call(market.gold.call("transfer", thief.address, amount))

    def pull() -> None:
        thief.call(market.gold.call("approve", thief.address, amount))
        thief.pull(market.gold.address)

    yield "approves the gold to themselves, and pulls it", pull
    yield "sends the wallet's ETH away", lambda: thief.call(Call(thief.address, 1))
    yield "sends the wallet's ETH to the pool", lambda: thief.call(Call(market.pool.address, 1))


def _misconception(permissions: Any) -> str | None:
    """Which misconception the permissions show."""
    kinds = {permission.type: permission for permission in permissions}
    if "contract-access" in kinds:
        return OWN
    if "functions-on-all-contracts" in kinds:
        return KNOWN
    if "erc20-token-transfer" in kinds:
        return NEEDED
    return NAMED if len(getattr(kinds.get("functions-on-contract"), "functions", ())) > 1 else None
