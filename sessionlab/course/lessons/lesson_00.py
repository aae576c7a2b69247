"""Lesson 00: a first session, a first refusal."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Amount, Several
from sessionlab.course.judges.judge_00 import judge
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong
from sessionlab.course.replays.replay_00 import payments_that_pass

LESSON = Lesson(
    number="00",
    name="start_here",
    title="Start here: a key that can spend 1 ETH, and not a wei more",
    promise="let a second key act for a wallet, watch its allowance run out, and read why the next payment is refused",
    minutes=13,
    before=(),
    predictions=(
        Prediction(
            "00.1",
            "Four payments of 0.3 ETH, and 1 ETH granted: how many go through?",
            {
                4: "A limit for each payment would let all pass. This one is a limit on the total.",
                0: "The owner signed the grant: whatever is within the allowance passes.",
                1: "One payment uses only what it sends, not the whole allowance.",
            },
            Number("payment"),
            payments_that_pass,
        ),
    ),
    exercises=(
        Exercise(
            id="00.2",
            name="my_answer",
            stub="my_answer = ...  # (how many pass, ETH left)",
            solution="my_answer = (4, 0.2)",
            hints=(
                "How often does 0.45 fit into 2?",
                "A payment that does not fit is refused as a whole; nothing is cut.",
                "4 × 0.45 = 1.8. What is left of 2?",
            ),
            judge=judge,
            near=("my_answer = (4, 0.1)", "my_answer = (3, 0.65)", "my_answer = 4"),
            wrong=(
                Wrong("my_answer = (6, 2)", "the limit is per payment"),
                Wrong("my_answer = (5, 0)", "the last payment is cut to what is left"),
            ),
            kind=Several((Amount("payments"), Amount("ETH")), "(3, 0.1)"),
        ),
    ),
    questions=(
        Question(
            "00.a",
            "What is a session key?",
            {
                "a": ("a copy of the owner's key", "No: the owner's key never leaves the owner. It is another key."),
                "b": ("another key, within what the owner signed", "Yes. The wallet checks each of its operations."),
                "c": (
                    "a password of the wallet",
                    "No: it signs. What it may do is stored in the wallet, not in the app.",
                ),
            },
            "b",
        ),
        Question(
            "00.b",
            "1 ETH was granted, and 0.9 ETH is spent. What happens tomorrow?",
            {
                "a": ("it is 1 ETH again", "No: an allowance is a total. It does not refill."),
                "b": ("0.1 ETH is left", "Yes: until it is spent, or the session ends."),
                "c": ("the session has ended", "Only its expiry or the owner's revocation ends it."),
            },
            "b",
        ),
        Question(
            "00.c",
            "Who enforces the limit?",
            {
                "a": ("the app that holds the key", "No: a thief has another app. The contract enforces it."),
                "b": (
                    "the bundler",
                    "No: the bundler may be the thief's. It can leave operations out, not let them through.",
                ),
                "c": ("the wallet's contract", "Yes: no matter who holds the key, and what software they run."),
            },
            "c",
        ),
    ),
    next="01: a chain in a notebook.",
)
