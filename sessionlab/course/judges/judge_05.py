"""How the exercises of lesson 05 are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, Session
    from sessionlab.study.pictures.gas_bars import GasBar

OPERATIONS, REVERTS, SLACK = 10, 2, 1.2
GWEI = 10**9
#: Rules, seed, and how many calls an operation has. No one number of gas fits both. In the first, the misconceptions
#: are far apart; in the second, the largest operation is much larger than most.
CASES = (("documented", 53, (1, 2, 3)), ("deployed", 52, (4, 28)))
FREE, CHARGED, ALIKE = "reverts cost the budget nothing", "what is charged is counted", "all operations take the same"
UNIT = "gas and wei are the same number"


def send_all(lab: Lab, limit: int, seed: int, sizes: tuple[int, ...]) -> tuple[Session, list[Any]]:
    """Ten operations of a new session, two of which revert and get onto the chain all the same. What came of each."""
    import sessionlab as sl

    draw = Random(seed)
    reverting = draw.sample(range(1, OPERATIONS), REVERTS)  # not the first, which brings the session onto the chain
    permissions = [sl.GasLimit(limit=limit), sl.ContractAccess(address=lab.counter)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(lab.seed))
    move, fail = (sl.Call(lab.counter, function=name) for name in ("increment()", "fail()"))
    return session, [
        session.send_calls([fail], preflight=False)
        if number in reverting
        else session.send_calls([move] * draw.choice(sizes))
        for number in range(OPERATIONS)
    ]


@lru_cache
def simulated(rules: str, seed: int, sizes: tuple[int, ...]) -> tuple[GasBar, ...]:
    """The bars of the ten operations, sent in another world, where the limit is ample."""
    import sessionlab as sl

    session, _ = send_all(sl.Lab(rules=rules, seed=seed + 100), sl.ether(1), seed, sizes)
    return sl.pictures.gas_bars(session).bars


def judge(answer: Callable[[Sequence[GasBar], str], Any]) -> Judgement:
    """``answer``: a function from the bars of a simulation and the name of the rules to a limit."""
    if not callable(answer):
        return Judgement(False, "my_limit must be a function: it gets the bars and the name of the rules.")
    for rules, seed, sizes in CASES:
        limit = answer(simulated(rules, seed, sizes), rules)
        if limit is ...:
            return Judgement(False, "Replace the dots with your answer.")
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            return Judgement(False, f"A limit is a whole number, 0 or more; yours is {limit!r}.")
        if wrong := _tried(limit, rules, seed, sizes):
            return wrong
    return Judgement(True, "All ten got onto the chain under both rulesets, and the limit has at most 20 % of slack.")


def _tried(limit: int, rules: str, seed: int, sizes: tuple[int, ...]) -> Judgement | None:
    """What happens to ten operations under this limit, on a fresh chain; None: what should."""
    import sessionlab as sl

    bars, unit = simulated(rules, seed, sizes), "gas" if rules == "documented" else "wei"
    session, outcomes = send_all(sl.Lab(rules=rules, seed=seed), limit, seed, sizes)
    on_chain = [outcome for outcome in outcomes if outcome.receipt is not None]
    used = session.allowances[0].used
    begin = f"Rules as {rules}: "
    if len(on_chain) < OPERATIONS:
        refused = next(outcome for outcome in outcomes if outcome.receipt is None)
        says = f"{begin}{len(on_chain)} of {OPERATIONS} got onto the chain. {refused.denial.sentence}"
        return Judgement(False, says, _too_low(limit, bars, unit))
    if limit > SLACK * used:
        says = (
            f"{begin}all got onto the chain, and the limit is {limit / used:,.2f} times the {used:,} {unit} they took."
        )
        return Judgement(False, says, _too_high(limit, bars, unit))
    return None


def _too_low(limit: int, bars: Sequence[GasBar], unit: str) -> str | None:
    """The misconception, if the limit lies where it leads, with up to 20 % of room."""
    gas = limit if unit == "gas" else limit // GWEI
    if unit == "wei" and 0 < limit < sum(sum(bar.parts) for bar in bars) * GWEI // 1_000:
        return UNIT
    passed, charged = [bar for bar in bars if bar.success], sum(bar.charged or 0 for bar in bars)
    if sum(bar.charged or 0 for bar in passed) <= gas <= SLACK * sum(sum(bar.parts) for bar in passed):
        return FREE
    return CHARGED if charged <= gas <= SLACK * charged else None


def _too_high(limit: int, bars: Sequence[GasBar], unit: str) -> str | None:
    """As above: the biggest operation times ten, or wei where gas was asked."""
    gas = limit if unit == "gas" else limit // GWEI
    if unit == "gas" and limit > 1_000 * sum(sum(bar.parts) for bar in bars):
        return UNIT
    largest = max(sum(bar.parts) for bar in bars), max(bar.charged or 0 for bar in bars)
    return ALIKE if any(OPERATIONS * item <= gas <= SLACK * OPERATIONS * item for item in largest) else None
