"""Lesson 01: blocks, gas, a failing transaction, and going back."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from sessionlab.course.lesson import Exercise, Judgement, Lesson, Prediction, Question, Wrong
from sessionlab.errors import ChainError

if TYPE_CHECKING:
    from sessionlab.lab import Lab

Plan = Callable[["Lab"], None]

#: Seed of a chain, and how many plans are tried on it.
CASES = ((101, 2), (102, 4))
PAYER = 8  # seed of the key that pays
TAKE, BACK, BALANCE = "moment = lab.snapshot()", "lab.revert(moment)", "lab.balance(lab.merchant)"


def fresh(seed: int) -> Lab:
    """A chain on which somebody has 1 ETH, and the merchant has something already."""
    import sessionlab as sl

    lab = sl.Lab(seed=seed)
    lab.fund(sl.new_key(PAYER).address, sl.ether(1))
    lab.fund(lab.merchant, Random(seed).randint(1, 10**18))
    return lab


def make_plan(draw: Random) -> Plan:
    """Some payments, each a part of what the payer still has; a call that fails; some time that goes by."""
    parts, seconds = [draw.randint(3, 9) for _ in range(draw.randint(1, 3))], draw.randint(60, 6_000)

    def plan(lab: Lab) -> None:
        import sessionlab as sl

        payer = sl.new_key(PAYER)
        for part in parts:
            lab.chain.transact(payer.private, lab.merchant, value=lab.balance(payer.address) // part)
        lab.chain.transact(payer.private, lab.counter, sl.Call(to=lab.counter, function="fail()").data)
        lab.travel(seconds)

    return plan


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
    return Judgement(
        True, "Each plan was tried from the same moment, and the chains do not know that anything happened."
    )


def judge_case(answer: Callable[[Lab, list[Plan]], Any], seed: int, plans: list[Plan]) -> Judgement | None:
    """What is wrong with an answer on one chain; None: nothing."""
    lab = fresh(seed)
    reverts: list[None] = []
    lab.chain.accompany(lambda: None, reverts.append)
    start = where(lab)
    try:
        found = answer(lab, list(plans))
    except ChainError as error:
        if error.field != "snapshot":
            raise
        return Judgement(False, f"The chain says: {error}", "one snapshot serves many reverts")
    if found is ... or found is None:
        return Judgement(False, "Return a list: what the merchant has after each plan, in wei.")
    return not_as_it_was(lab, start, bool(reverts)) or not_what_happens(found, seed, plans)


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
        says = f"The merchant has what it had, but the chain is {blocks} blocks longer, and the gas is gone."
        return Judgement(False, says, "paying it back undoes it")
    if blocks > 0 and not reverted:
        says = f"The chain is {blocks} blocks longer than before: what was tried has really happened."
        return Judgement(False, says, "a trial leaves no trace")
    if blocks > 0 and not has_what_it_had:
        says = f"You did go back, and {blocks} blocks are still there: a revert goes to where its snapshot was taken."
        return Judgement(False, says, "it does not matter when a snapshot is taken")
    state = "the same balances" if root == start[2] else "other balances"
    return Judgement(False, f"The chain is not as it was: {blocks:+} blocks, {time - start[1]:+} seconds, {state}.")


def not_what_happens(found: Any, seed: int, plans: list[Plan]) -> Judgement | None:
    """What is wrong with the amounts; each plan was carried out on a chain of its own."""
    expected = [after(fresh(seed), plan) for plan in plans]
    if not isinstance(found, list | tuple) or len(found) != len(plans):
        return Judgement(False, f"Return a list with one number for each plan: {len(plans)} here.")
    if list(found) == expected:
        return None
    if [wei / 10**18 for wei in expected] == list(found):
        return Judgement(False, "The amounts are right, in ETH. Return wei, as `lab.balance` gives them.")
    together = fresh(seed)
    if list(found) == [after(together, plan) for plan in plans]:
        says = (
            f"The second plan found a chain on which the first had happened: {found[1]} instead of {expected[1]} wei."
        )
        return Judgement(False, says, "going back once, at the end, is enough")
    place = next(place for place, wei in enumerate(expected) if found[place] != wei)
    says = (
        f"Alone on a chain, plan {place + 1} leaves the merchant with {expected[place]} wei; you say {found[place]!r}."
    )
    return Judgement(False, says)


HEAD = "def my_what_if(lab, plans):\n"
NOTE = '    """The merchant\'s wei after each plan, each from the same moment; lab is as before."""\n'


def source(begin: str = "", before: str = "", behind: str = "", end: str = "", wei: str = BALANCE) -> str:
    """An answer that tries all plans, as source: lines around the loop, and around what is done in it."""
    loop = [f"        {line}" for line in (before, "plan(lab)", f"found.append({wei})", behind) if line]
    lines = ["    found = []", f"    {begin}", "    for plan in plans:", *loop, f"    {end}", "    return found"]
    return HEAD + NOTE + "\n".join(line for line in lines if line.strip())


LESSON = Lesson(
    number="01",
    name="a_chain_in_a_notebook",
    title="A chain in a notebook",
    promise="send transactions, pay for one that fails, and go back as if nothing had happened",
    minutes=20,
    before=("00",),
    predictions=(
        Prediction(
            "01.1",
            "A transaction fails, and everything that it did is undone. Does its sender pay? (True or False)",
            {False: "What it did is undone; the work was done all the same, and that is what gas pays."},
        ),
        Prediction(
            "01.2",
            "A snapshot, then three payments, then one revert. How many of the payments are left?",
            {
                2: "A revert does not undo one step: it goes to where the snapshot was taken.",
                3: "They were mined, and still they are gone: in a lab, not on a public chain.",
                1: "A revert goes to where the snapshot was taken, and all that came later never was.",
            },
        ),
    ),
    exercises=(
        Exercise(
            id="01.3",
            name="my_what_if",
            stub=HEAD + NOTE + "    return ...",
            solution=source(before=TAKE, behind=BACK),
            hints=(
                "When must you note the balance, and where must the chain stand before the next plan?",
                "lab.snapshot() before a plan, lab.revert(…) behind it. A snapshot serves one revert.",
                "for plan in plans: take a snapshot, call plan(lab), note lab.balance(lab.merchant), revert.",
            ),
            judge=judge,
            near=(
                "my_what_if = 5",
                HEAD + "    return 5",
                HEAD + "    return [lab.balance(lab.merchant) for plan in plans]",
                HEAD + "    lab.travel(5)\n    return [0 for plan in plans]",
                source(before=TAKE, behind=BACK, wei=f"{BALANCE} / 10**18"),
                source(before=f"{TAKE}; before = {BALANCE}", behind=BACK, wei=f"{BALANCE} - before"),
            ),
            wrong=(
                Wrong(source(), "a trial leaves no trace"),
                Wrong(source(begin=TAKE, behind=BACK), "one snapshot serves many reverts"),
                Wrong(source(begin=TAKE, end=BACK), "going back once, at the end, is enough"),
                Wrong(source(behind="lab.revert(lab.snapshot())"), "it does not matter when a snapshot is taken"),
                Wrong(source(before=TAKE, end=BACK), "it does not matter when a snapshot is taken"),
                Wrong(
                    source(before=f"before = {BALANCE}", behind="lab.chain.set_balance(lab.merchant, before)"),
                    "paying it back undoes it",
                ),
            ),
        ),
    ),
    questions=(
        Question(
            "01.a",
            "A transaction reverts. What of it stays?",
            {
                "a": ("nothing", "It stands in its block, its sender's count went up, and its gas is paid."),
                "b": ("its gas is paid, and its place in the block", "Yes. Only what it did to others is undone."),
                "c": ("what it did before it failed", "No: a transaction happens whole, or what it did is undone."),
            },
            "b",
        ),
        Question(
            "01.b",
            "A gas limit of 100,000, and 26,366 gas were used. What is paid?",
            {
                "a": ("100,000 gas", "No: the limit is a bound, not the bill. But who runs out of gas pays all of it."),
                "b": ("26,366 gas", "Yes. The limit only says where the work would be stopped."),
                "c": ("nothing: it is below the limit", "No: every step costs gas, and somebody pays it."),
            },
            "b",
        ),
        Question(
            "01.c",
            "You want to know what somebody had five blocks ago.",
            {
                "a": (
                    "go back, look, and send everything again",
                    "Not needed: the state of every block stays readable.",
                ),
                "b": ("ask for the balance at that block", "Yes: looking back changes nothing."),
                "c": (
                    "it is lost, only the newest state is kept",
                    "No: each block names its state, and the lab keeps them.",
                ),
            },
            "b",
        ),
    ),
    next="02: who signs, who pays, and whom the target sees.",
)
