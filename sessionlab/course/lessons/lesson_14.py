"""Lesson 14: wallets with one check missing. Find the hole, use it, fix it."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, Text
from sessionlab.course.judges.judge_14 import judge_attack, judge_repair
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_14 import attacks_that_succeed

START = "def my_attack(play):\n"
FIX = "def my_fix(source):\n"

LESSON = Lesson(
    number="14",
    name="break_it",
    title="Break it, then fix it",
    promise="take more than was granted from a wallet that lacks one check, and put the check back",
    minutes=25,
    before=("00", "03"),
    predictions=(
        Prediction(
            "14.1",
            "One line of the wallet is changed. Of the 21 known attacks on what a key reaches, how many succeed?",
            {
                0: "Nothing behind this check stops what it lets through.",
                21: "The other checks still hold. Only operations of one form get past this one.",
            },
            Number("attack"),
            attacks_that_succeed,
        ),
    ),
    exercises=(
        Exercise(
            id="14.2",
            name="my_attack",
            stub=stub(
                START,
                "Send what takes more than 10 wei.",
                "play, a fresh level: play.counter, play.call(…) and play.act([…])",
                last="",
            ),
            solution=START + "    play.act([play.call(play.counter, wei=10**18), play.call(play.counter)])",
            hints=(
                "The allowance is checked once for each operation. How many calls may an operation hold?",
                "Only one of the calls is counted. Which one would you count by mistake?",
                "The large amount first, then a call that sends nothing.",
            ),
            judge=judge_attack,
            near=(
                START + "    for _ in range(2):\n        play.act([play.call(play.counter, wei=5)])",
                "my_attack = 3",
                START + "    play.lab.chain.set_balance(play.counter, 10**18)",
                START + "    play.act([play.call(play.counter, 'increment')])",
            ),
            wrong=(
                Wrong(START + "    play.act([play.call(play.counter, wei=11)])", "the limit is not checked at all"),
                Wrong(
                    START + "    play.act([play.call(play.counter), play.call(play.counter, wei=11)])",
                    "the limit is not checked at all",
                ),
                Wrong(
                    "from sessionlab.attacks.operations import act\n"
                    + START
                    + "    act(play.lab, [play.call(play.counter, wei=11)], entity=0)",
                    "the owner's key is not a hole",
                ),
            ),
            kind=Function("play"),
        ),
        Exercise(
            id="14.3",
            name="my_fix",
            stub=stub(FIX, "The source, fixed.", "source, the whole text of spending.vy", last="    return source"),
            solution=FIX + '    return source.replace("total = call.amount", "total += call.amount")',
            hints=(
                "The function `_sum` of spending.vy says what an operation sends. Does it add?",
                "In Vyper `total = x` forgets what was there; `total += x` adds.",
                'source.replace("total = call.amount", "total += call.amount")',
            ),
            judge=judge_repair,
            near=(
                FIX + "    return source + chr(10)",
                FIX + '    return source.replace("total = call.amount", "total = nonsense")',
            ),
            wrong=(
                Wrong(
                    FIX + '    return source.replace("total = call.amount", "total = max(total, call.amount)")',
                    "the limit is for each call",
                ),
                Wrong(
                    FIX + '    return source.replace("total = call.amount", "assert False")',
                    "what refuses everything is safe",
                ),
            ),
            kind=Function("source", Text("the source")),
        ),
    ),
    questions=(
        Question(
            "14.a",
            "How do you know that a check is needed?",
            {
                "a": (
                    "it was in the specification",
                    "A specification is not a proof. Checks have been copied that do nothing.",
                ),
                "b": ("without it, something is taken", "Yes: remove it, and run the attacks."),
                "c": ("it was audited", "Audited wallets have lost money to one missing check."),
            },
            "b",
        ),
        Question(
            "14.b",
            "A fix stops the attack. What else must be run?",
            {
                "a": ("nothing", "A wallet that refuses everything also stops every attack."),
                "b": ("what honest users do", "Yes: a fix must not break honest operations."),
                "c": ("the same attack again", "The same attack on the same wallet ends the same way."),
            },
            "b",
        ),
        Question(
            "14.c",
            "Where must spending be counted?",
            {
                "a": ("for each call, when it runs", "Then a later failure, or a second call, gets around it."),
                "b": ("over all calls, before the first runs", "Yes: the sum of what will be executed."),
                "c": ("after the operation", "Then the money is gone already, and a revert may undo the count."),
            },
            "b",
        ),
    ),
    next="`sessionlab attack --mutants` shows the whole matrix.",
)
