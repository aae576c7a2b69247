"""How the exercises of lesson 01 are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import ChainError
from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab


#: Seed of a chain, and how many plans are tried on it.
CASES = ((101, 2), (102, 4))
PAYER = 8  # seed of the key that pays


def fresh(seed: int) -> Lab:
    """A chain on which somebody has 1 ETH, and the merchant has something already."""
    import sessionlab as sl

    lab = sl.Lab(seed=seed)
    lab.fund(sl.new_key(PAYER).address, sl.ether(1))
    lab.fund(lab.merchant, Random(seed).randint(1, 10**18))
    return lab


@dataclass(frozen=True)
class Plan:
    """Some payments, each a part of what the payer still has; a call that fails; some time that goes by."""

    parts: Sequence[int]
    seconds: int

    def __call__(self, lab: Lab) -> None:
        """Carry the plan out."""
        import sessionlab as sl

        payer = sl.new_key(PAYER)
        for part in self.parts:
            lab.chain.transact(payer.private, lab.merchant, value=lab.balance(payer.address) // part)
        lab.chain.transact(payer.private, lab.counter, sl.Call(to=lab.counter, function="fail()").data)
        lab.travel(self.seconds)


def make_plan(draw: Random) -> Plan:
    """Draw a plan."""
    return Plan([draw.randint(3, 9) for _ in range(draw.randint(1, 3))], draw.randint(60, 6_000))


def after(lab: Lab, plan: Plan) -> int:
    """What the merchant has when a plan was carried out, in wei."""
    plan(lab)
    return lab.balance(lab.merchant)


def judge(answer: Callable[[Lab, list[Plan]], Any]) -> Judgement:
    """``answer``: a function that tries plans, each from the same moment, and leaves the chain as it was."""
    if not callable(answer):
        return Judgement(False, "my_what_if must be a function of lab and plans.")
    for seed, count in CASES:
        draw = Random(seed)
        wrong = judge_case(answer, seed, [make_plan(draw) for _ in range(count)])
        if wrong is not None:
            return wrong
    return Judgement(True, "Each plan was tried from the same state, and the chain is as it was before.")


class Reverts:
    """Counts how often the chain goes back."""

    count = 0

    def capture(self) -> None:
        """Nothing to go back to."""

    def restore(self, captured: None) -> None:
        """The chain goes back once more."""
        self.count += 1


def judge_case(answer: Callable[[Lab, list[Plan]], Any], seed: int, plans: list[Plan]) -> Judgement | None:
    """What is wrong with an answer on one chain; None: nothing."""
    lab = fresh(seed)
    reverts = Reverts()
    lab.chain.register_participant(reverts)
    start = where(lab)
    try:
        result = answer(lab, list(plans))
    except ChainError as error:
        if error.field != "snapshot":
            raise
        return Judgement(False, f"The chain says: {error}", "one snapshot serves many reverts")
    if result is ... or result is None:
        return Judgement(False, "Return a list: what the merchant has after each plan, in wei.")
    return not_as_it_was(lab, start, reverts.count > 0) or not_what_happens(result, seed, plans)


def where(lab: Lab) -> tuple[int, int, str, int]:
    """Height, time in unix seconds, the root of all balances and storage, and the merchant's wei."""
    return lab.chain.height, lab.now, lab.chain.state_root, lab.balance(lab.merchant)


def not_as_it_was(lab: Lab, start: tuple[int, int, str, int], reverted: bool) -> Judgement | None:
    """What tells that something happened on the chain."""
    height, time, root, wei = where(lab)
    if (height, time, root) == start[:3]:
        return None
    blocks, has_what_it_had = height - start[0], wei == start[3]
    if blocks > 0 and not reverted and has_what_it_had:
        says = f"The merchant's balance is as before, but the chain is {blocks} blocks longer, and the gas is spent."
        return Judgement(False, says, "paying it back undoes it")
    if blocks > 0 and not reverted:
        says = f"The chain is {blocks} blocks longer than before: what you tried has really happened."
        return Judgement(False, says, "a trial leaves no trace")
    if blocks > 0 and not has_what_it_had:
        says = (
            f"You did go back, but {blocks} blocks are still there: a revert goes back to where its snapshot was taken."
        )
        return Judgement(False, says, "it does not matter when a snapshot is taken")
    state = "the same balances" if root == start[2] else "other balances"
    return Judgement(False, f"The chain is not as it was: {blocks:+} blocks, {time - start[1]:+} seconds, {state}.")


def not_what_happens(result: Any, seed: int, plans: list[Plan]) -> Judgement | None:
    """What is wrong with the amounts; each plan was carried out on a chain of its own."""
    expected = [after(fresh(seed), plan) for plan in plans]
    if not isinstance(result, list | tuple) or len(result) != len(plans):
        return Judgement(False, f"Return a list with one number for each plan: {len(plans)} here.")
    if list(result) == expected:
        return None
    if [wei / 10**18 for wei in expected] == list(result):
        return Judgement(False, "The amounts are right, in ETH. Return wei, as `lab.balance` gives them.")
    together = fresh(seed)
    if list(result) == [after(together, plan) for plan in plans]:
        says = (
            f"The second plan ran on a chain on which the first had happened: {result[1]} instead of {expected[1]} wei."
        )
        return Judgement(False, says, "going back once, at the end, is enough")
    index = next(index for index, wei in enumerate(expected) if result[index] != wei)
    says = f"Alone on a chain, plan {index + 1} leaves the merchant with {expected[index]} wei, not {result[index]!r}."
    return Judgement(False, says)
