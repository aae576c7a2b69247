"""Lesson 05: gas-limit, what a key may burn."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Amount, Function
from sessionlab.course.judges.judge_05 import ALIKE, CHARGED, FREE, UNIT, judge
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong
from sessionlab.course.replays.replay_05 import reverting_on_chain

START = "def my_limit(bars, rules):\n"
END = '    return gas if rules == "documented" else gas * sl.gwei(1)'

LESSON = Lesson(
    number="05",
    name="gas_limit",
    title="gas-limit: what a key may burn",
    promise="burn gas with a key that can take nothing, see what is counted and in which unit, and set a limit for it",
    minutes=25,
    before=("00", "03"),
    predictions=(
        Prediction(
            "05.1",
            "3.7 million gas are left, and five reverting operations are sent. How many get onto the chain?",
            {
                5: "Each took 1,000,000 from the budget, its worst case: not the 238,000 charged, and not nothing.",
                0: "The session allows the call. It is the counter that reverts, and by then the gas is counted.",
                1: "A failed operation ends nothing: whatever still fits into the limit gets onto the chain.",
            },
            Number("operation"),
            reverting_on_chain,
        ),
    ),
    exercises=(
        Exercise(
            id="05.2",
            name="my_limit",
            stub=START
            + '    """The limit: in gas where rules is "documented", in wei where it is "deployed"."""\n    return ...',
            solution=START + "    gas = sum(sum(bar.parts) for bar in bars) * 11 // 10  # 10 % of room\n" + END,
            hints=(
                "What counts is what an operation may use, bar.parts, whether it fails or not.",
                "Add all parts of all bars, and some room: 5 to 15 %. A limit is a whole number: use //.",
                "That is gas. As deployed, wei are counted: times the price of a gas, sl.gwei(1).",
            ),
            judge=judge,
            near=(
                START + "    gas = sum(sum(bar.parts) for bar in bars) * 15 // 10\n" + END,
                START + "    gas = sum(sum(bar.parts) for bar in bars) * 9 // 10\n" + END,
                START + "    return sum(sum(bar.parts) for bar in bars) * 1.1",
                START + "    return 0x493E0",
                "my_limit = 4_000_000",
            ),
            wrong=(
                Wrong(START + "    gas = sum(sum(bar.parts) for bar in bars if bar.success) * 11 // 10\n" + END, FREE),
                Wrong(START + "    gas = sum(bar.charged for bar in bars if bar.success) * 11 // 10\n" + END, FREE),
                Wrong(START + "    gas = sum(bar.charged for bar in bars) * 11 // 10\n" + END, CHARGED),
                Wrong(START + "    gas = 10 * max(sum(bar.parts) for bar in bars)\n" + END, ALIKE),
                Wrong(START + "    gas = 10 * max(bar.charged for bar in bars)\n" + END, ALIKE),
                Wrong(START + "    return sum(sum(bar.parts) for bar in bars) * 11 // 10", UNIT),
                Wrong(START + "    return sum(sum(bar.parts) for bar in bars) * 11 // 10 * sl.gwei(1)", UNIT),
            ),
            kind=Function("bars, rules", Amount("gas or wei")),
        ),
    ),
    questions=(
        Question(
            "05.a",
            "An operation signs limits of 1,000,000 gas, and 238,000 are charged. What does the gas-limit lose?",
            {
                "a": ("238,000 gas", "No: that is what the wallet paid. What counts is what it might have used."),
                "b": ("1,000,000 gas", "Yes: its worst case, and the rest never comes back."),
                "c": ("nothing, if it fails", "No: it fails in execution, and the gas was counted in validation."),
            },
            "b",
        ),
        Question(
            "05.b",
            "Which of these takes nothing from the gas-limit?",
            {
                "a": ("an operation whose call reverts", "It does: it is on the chain, and its gas is paid."),
                "b": ("an operation refused in validation", "Yes: it never gets onto the chain, and nobody pays."),
                "c": ("a batch that sends no ETH", "It does: gas is gas, whatever is sent along."),
            },
            "b",
        ),
        Question(
            "05.c",
            "300,000 (0x493e0) is granted as gas-limit, and the production contracts keep it. What may the key do?",
            {
                "a": (
                    "one or two operations",
                    "No: there the number is wei, and an operation takes more than 10**14 of them.",
                ),
                "b": ("nothing that the wallet pays", "Yes: 300,000 wei do not even pay for one gas, at 1 gwei."),
                "c": ("as much as it likes", "No: the first ordinary operation is refused."),
            },
            "b",
        ),
    ),
    next="06: which contracts a key reaches.",
)
