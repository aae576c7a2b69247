"""Lesson 14: wallets with one check missing. Find the hole, use it, mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessionlab.course.lesson import Exercise, Judgement, Lesson, Prediction, Question, Wrong


def judge_attack(answer: Callable[[Any], Any]) -> Judgement:
    """``answer``: a function that plays level 2."""
    from sessionlab.attacks.levels import level
    from sessionlab.attacks.scene import fresh_scene
    from sessionlab.permissions import DOCUMENTED

    if not callable(answer):
        return Judgement(False, "my_attack must be a function of play.")
    play = level(2).start()
    answer(play)
    if won := play.won():
        whole = play.level.on(fresh_scene(DOCUMENTED))
        answer(whole)
        if whole.won():
            says = (
                f"Taken: {won}. But the wallet as it is lets that pass too: it was not the session's key that signed."
            )
            return Judgement(False, says, "the owner's key is no hole")
        return Judgement(True, f"Taken: {won}. {play.level.debrief}")
    stopped = [reason for _, reason in play.scene.stopped]
    if "ExceededNativeTokenLimit" in stopped:
        says = "The wallet did count: what it looked at was over 10 wei. Which of the calls does it look at?"
        return Judgement(False, says, "the limit is not checked at all")
    if stopped:
        return Judgement(False, f"The wallet refused: {', '.join(map(str, stopped))}. Nothing was taken.")
    return Judgement(False, "Nothing more than 10 wei has arrived.")


def judge_repair(answer: Callable[[str], str]) -> Judgement:
    """``answer``: a function from the weak source of ``spending.vy`` to a mended one."""
    from sessionlab.attacks.levels import level
    from sessionlab.attacks.repair import repair

    if not callable(answer):
        return Judgement(False, "my_fix must be a function of the source.")
    weak = level(2)
    source = answer(weak.source)
    if not isinstance(source, str) or source == weak.source:
        return Judgement(False, "The source is as it was. Look for the line in `_sum` that adds up.")
    found = repair(weak, source)
    if found.ok:
        return Judgement(True, f"The attack is stopped by {found.by}, and whoever keeps to the rules can go on.")
    if found.taken:
        per_call = "max(" in source
        says = f"The attack still takes {found.taken}."
        return Judgement(False, says, "the limit is for each call" if per_call else None)
    says = f"Nothing is taken any more, but {'; '.join(found.broken)}."
    return Judgement(False, says, "what refuses everything is safe" if len(found.broken) > 2 else None)


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
                    "from sessionlab.attacks.acts import act\n"
                    + START
                    + "    act(play.scene, [play.call(play.counter, wei=11)], entity=0)",
                    "the owner's key is no hole",
                ),
            ),
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
    next="`sessionlab attack --weakened` shows the whole matrix.",
)
