"""Lesson 14: wallets with one check missing. Find the hole, use it, mend it."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, Text
from sessionlab.course.judges.judge_14 import judge_attack, judge_repair
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong
from sessionlab.course.replays.replay_14 import attacks_that_succeed

START = "def my_attack(play):\n"
FIX = 'def my_fix(source):\n    """The source of spending.vy, mended."""\n'

LESSON = Lesson(
    number="14",
    name="break_it",
    title="Break it, then mend it",
    promise="take more than was granted from a wallet that lacks one check, and put the check back",
    minutes=25,
    before=("00", "03"),
    predictions=(
        Prediction(
            "14.1",
            "One line of the wallet is changed. How many of the known attacks on spending then succeed?",
            {
                0: "Each check stands alone: nothing behind it stops what it let through.",
                10: "The other checks still stand. What is open is one door.",
            },
            Number("attack"),
            attacks_that_succeed,
        ),
    ),
    exercises=(
        Exercise(
            id="14.2",
            name="my_attack",
            stub='def my_attack(play):\n    """What the session key sends."""',
            solution=START + "    play.act([play.call(play.counter, wei=10**18), play.call(play.counter)])",
            hints=(
                "The allowance is looked at once for each operation. How many calls may an operation hold?",
                "Only one of the calls is counted. Which one would you count by mistake?",
                "The large amount first, and a call that sends nothing behind it.",
            ),
            judge=judge_attack,
            near=(
                START + "    for _ in range(2):\n        play.act([play.call(play.counter, wei=5)])",
                "my_attack = 3",
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
                    "the owner's key is no hole",
                ),
            ),
            kind=Function("play"),
        ),
        Exercise(
            id="14.3",
            name="my_fix",
            stub=FIX + "    return source",
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
            "How can one know that a check is needed?",
            {
                "a": ("it was in the specification", "A wish is not a proof. Checks have been copied that do nothing."),
                "b": ("without it, something is taken", "Yes: remove it, and run the attacks. That is a matrix here."),
                "c": ("it was audited", "Audited wallets have lost money to one missing check."),
            },
            "b",
        ),
        Question(
            "14.b",
            "A repair stops the attack. What else must be run?",
            {
                "a": ("nothing", "A wallet that refuses everything stops every attack, too."),
                "b": ("what honest users do", "Yes: a repair must leave alone whoever keeps to the rules."),
                "c": ("the same attack again", "It is the same chain and the same bytes: it will end the same."),
            },
            "b",
        ),
        Question(
            "14.c",
            "Where must spending be counted?",
            {
                "a": ("for each call, when it runs", "Then a later failure, or a second call, gets around it."),
                "b": ("over all calls, before the first runs", "Yes: the sum of what will be executed."),
                "c": ("after the operation", "Then it is gone already, and a revert may forget the count."),
            },
            "b",
        ),
    ),
    next="`sessionlab attack --mutants` shows the whole matrix.",
)
