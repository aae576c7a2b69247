"""Lesson 01: blocks, gas, a failing transaction, and going back."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Amount, Function, ListOf
from sessionlab.course.judges.judge_01 import judge
from sessionlab.course.kinds import Number, YesNo
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_01 import failure_is_paid, payments_left

TAKE, BACK, BALANCE = "moment = lab.snapshot()", "lab.revert(moment)", "lab.balance(lab.merchant)"
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
            "A transaction fails, and everything that it did is undone. Does its sender pay?",
            {False: "What it did is undone, but the work was done, and gas pays for the work."},
            YesNo(),
            failure_is_paid,
        ),
        Prediction(
            "01.2",
            "A snapshot, then three payments, then one revert. How many of the payments are left?",
            {
                2: "A revert does not undo one step: it goes back to where the snapshot was taken.",
                3: "They were mined, and they are gone all the same. That works in a lab, not on a public chain.",
                1: "A revert goes back to where the snapshot was taken, and undoes everything after it.",
            },
            Number("payment"),
            payments_left,
        ),
    ),
    exercises=(
        Exercise(
            id="01.3",
            name="my_what_if",
            stub=stub(
                HEAD,
                "The merchant's wei after each plan, each from the same moment; lab is as before.",
                "lab, a lab like this one; plans, a list of functions that are called with lab",
            ),
            solution=source(before=TAKE, behind=BACK),
            hints=(
                "When must you note the balance, and where must the chain stand before the next plan?",
                "lab.snapshot() before a plan, lab.revert(…) after it. A snapshot can be used once.",
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
            kind=Function("lab, plans", ListOf("amounts in wei", Amount("wei"))),
        ),
    ),
    questions=(
        Question(
            "01.a",
            "A transaction reverts. What of it stays?",
            {
                "a": ("nothing", "It is in its block, its sender's nonce went up, and its gas is paid."),
                "b": ("its gas is paid, and its place in the block", "Yes. Only what it did to others is undone."),
                "c": ("what it did before it failed", "No: a transaction takes effect as a whole, or not at all."),
            },
            "b",
        ),
        Question(
            "01.b",
            "A gas limit of 100,000, and 26,366 gas was used. What is paid?",
            {
                "a": (
                    "100,000 gas",
                    "No: the limit is a bound, not the bill. Only running out of gas costs all of it.",
                ),
                "b": ("26,366 gas", "Yes. The limit only says where the work would be stopped."),
                "c": ("nothing: it is below the limit", "No: every step costs gas, and somebody pays it."),
            },
            "b",
        ),
        Question(
            "01.c",
            "You want to know what an account had five blocks ago. What do you do?",
            {
                "a": (
                    "go back, look, and send everything again",
                    "Not needed: the state of every block stays readable.",
                ),
                "b": ("ask for the balance at that block", "Yes: looking back changes nothing."),
                "c": (
                    "it is lost, only the newest state is kept",
                    "No: each block has its state, and the lab keeps them.",
                ),
            },
            "b",
        ),
    ),
    next="02: who signs, who pays, and whom the target sees.",
)
