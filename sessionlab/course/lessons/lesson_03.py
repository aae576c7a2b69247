"""Lesson 03: native-token-transfer, an allowance that burns down."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Amount, Function
from sessionlab.course.judges.judge_03 import judge
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_03 import left_after_a_deposit

LESSON = Lesson(
    number="03",
    name="native_token_transfer",
    title="native-token-transfer: a budget that burns down",
    promise="send until nothing is left, see each refusal, and set a budget so that exactly seven payments pass",
    minutes=15,
    before=("00",),
    predictions=(
        Prediction(
            "03.1",
            "0.7 ETH left, then the wallet receives 5 ETH. How much may the key send now, in ETH?",
            {
                5.7: "The wallet has more, but the key may not send more. Balance and allowance are two numbers.",
                5: "The wallet has more, but the key may not send more. Balance and allowance are two numbers.",
                1: "A deposit does not refill an allowance, and neither does time.",
            },
            Number("ETH"),
            left_after_a_deposit,
        ),
    ),
    exercises=(
        Exercise(
            id="03.2",
            name="my_cap",
            stub=stub("def my_cap(payments):", "The allowance in wei.", "payments, a list of twelve amounts in wei"),
            solution="def my_cap(payments):  # a list of amounts in wei\n    return sum(payments[:7])",
            hints=(
                "Every payment that passes uses some of the allowance, in order.",
                "After the seventh payment, what is left must be too little for any later one.",
                "payments[:7] are the first seven.",
            ),
            judge=judge,
            near=(
                "def my_cap(payments):\n    return sum(payments[:7]) - 1",
                "def my_cap(payments):\n    return sum(payments[:8])",
                "my_cap = 10**18",
            ),
            wrong=(
                Wrong("def my_cap(payments):\n    return max(payments)", "the limit is per payment"),
                Wrong("def my_cap(payments):\n    return 7 * payments[0]", "every payment counts alike"),
                Wrong("def my_cap(payments):\n    return sum(payments)", "the limit ends with the seventh"),
                Wrong("def my_cap(payments):\n    return sum(payments[:7]) / 10**18", "amounts in ETH"),
                Wrong("def my_cap(payments):\n    return 1", "amounts in ETH"),
            ),
            kind=Function("payments", Amount("wei")),
        ),
    ),
    questions=(
        Question(
            "03.a",
            "0.1 ETH is left, and a payment asks for 0.3 ETH. What happens?",
            {
                "a": ("0.1 is sent", "No: nothing is cut. What was signed is executed as a whole, or not at all."),
                "b": ("the operation is refused", "Yes, and the 0.1 ETH stays available for a smaller one."),
                "c": (
                    "0.3 ETH is sent, and 0.2 ETH is owed",
                    "No: there is no debt. The allowance cannot go below zero.",
                ),
            },
            "b",
        ),
        Question(
            "03.b",
            "A batch sends 0.2 ETH and 0.2 ETH, and 0.3 ETH is left. What happens?",
            {
                "a": ("the first passes, the second does not", "No: an operation passes as a whole, or not at all."),
                "b": ("both are refused", "Yes: the sum is counted before the first call runs."),
                "c": ("both pass: each is below 0.3", "That was a real hole in audited wallets. The sum counts."),
            },
            "b",
        ),
        Question(
            "03.c",
            "The wallet receives a deposit. What happens to the allowance?",
            {
                "a": ("it grows, too", "No: it is what the owner signed, whatever the wallet holds."),
                "b": ("nothing", "Yes. Only another signed grant gives more."),
                "c": ("it starts again", "No: nothing refills it."),
            },
            "b",
        ),
    ),
    next="04: the same for tokens, where `approve` counts too.",
)
