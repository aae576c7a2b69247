"""Lesson 18: what a bundler refuses, although the EntryPoint would take it."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, Text
from sessionlab.course.judges.judge_18 import NEVER_ENDS, STILL_READS, STORES, SWAPPED, judge
from sessionlab.course.kinds import Number, YesNo
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_18 import strict_takes_the_clock, valid_after_one_write

FIX = "def my_paymaster(source):\n"
CHECK = r"""'    assert block.timestamp <= END, "over"\n'"""
ANSWER = "'return b\"\", 0'"


def _answer(check: str, answer: str, more: str = "") -> str:
    """A repair that replaces the check and the answer with these."""
    return f"{FIX}    source = source.replace({CHECK}, {check})\n    {more}return source.replace({ANSWER}, {answer})"


KEEPS_END = """source = source.replace("END: immutable(uint256)", "end: uint256")
    source = source.replace("END = end", "self.end = end")
    """

LESSON = Lesson(
    number="18",
    name="what_a_bundler_refuses",
    title="What a bundler refuses",
    promise="send operations that work locally and that no public bundler takes, see why, and repair a paymaster",
    minutes=25,
    before=("02", "16"),
    predictions=(
        Prediction(
            "18.1",
            "The EntryPoint accepts the operation. Does a bundler that follows ERC-7562 take it as well?",
            {True: "The EntryPoint judges the block that it runs in. A bundler works for a block yet to come."},
            YesNo(),
            strict_takes_the_clock,
        ),
        Prediction(
            "18.2",
            "One hundred wallets ask one switch. Somebody turns it off. How many of their operations are still valid?",
            {
                100: "They were valid when they came. Validation runs again when the bundle is mined.",
                99: "The switch does not belong to one wallet. All of them read the same slot.",
            },
            Number("operation"),
            valid_after_one_write,
        ),
    ),
    exercises=(
        Exercise(
            id="18.3",
            name="my_paymaster",
            stub=stub(FIX, "The source, repaired.", "source, the paymaster's whole text", last="    return source"),
            solution=_answer('""', "'return b\"\", END << 160'"),
            hints=(
                "The paymaster may say when its answer is good, and leave the comparison to somebody else. To whom?",
                "validationData is validAfter (6 bytes), validUntil (6), and 20 bytes about the signature.",
                "Drop the assert, and return END << 160 instead of 0.",
            ),
            judge=judge,
            near=(
                FIX + '    return source.replace("block.timestamp <= END", "nonsense <= END")',
                _answer('""', "'return b\"\", 1'"),
                FIX + "    return source + chr(10) + 'nonsense'",
            ),
            wrong=(
                Wrong(_answer('""', "'return b\"\", 0 + 0'"), NEVER_ENDS),
                Wrong(FIX + "    return source.replace('block.timestamp <= END', 'block.number <= END')", STILL_READS),
                Wrong(_answer('""', "'return b\"\", self.end << 160'", KEEPS_END), STORES),
                Wrong(_answer('""', "'return b\"\", END << 208'"), SWAPPED),
            ),
            kind=Function("source", Text("the source")),
        ),
    ),
    questions=(
        Question(
            "18.a",
            "A wallet passes every test on a local chain. Why may a public bundler refuse it?",
            {
                "a": ("its signature scheme is unusual", "A bundler does not judge signatures; the wallet does."),
                "b": ("its validation depends on what others can change", "Yes: then nobody can promise that it pays."),
                "c": ("its gas price is too low", "That would be refused locally as well."),
            },
            "b",
        ),
        Question(
            "18.b",
            "Which storage may any wallet read in validation, without a stake?",
            {
                "a": ("its own, and its own entry in a token", "Yes, if the entry stands at keccak256(wallet ‖ slot)."),
                "b": ("any, as long as it only reads", "Reading is the problem: somebody else writes it."),
                "c": ("none at all", "Then it could not even know its owner."),
            },
            "a",
        ),
        Question(
            "18.c",
            "What does a stake change for a paymaster?",
            {
                "a": ("nothing, it is a fee", "It is not a fee: it is locked, and can be withdrawn later."),
                "b": (
                    "it may use its own storage, but still not read the clock",
                    "Yes: it can be banned, and has something to lose.",
                ),
                "c": ("it may do everything", "The clock is off limits for everyone."),
            },
            "b",
        ),
    ),
    next="`sessionlab serve --bundler strict` refuses the same over HTTP, with the error codes of ERC-7769.",
)
