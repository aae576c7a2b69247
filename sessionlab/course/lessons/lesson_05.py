"""Lesson 05: gas-limit, what a key may burn."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Amount, Function
from sessionlab.course.judges.judge_05 import ALIKE, CHARGED, FREE, UNIT, judge
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_05 import reverting_on_chain

START = "def my_limit(bars, rules):\n"
END = '    return gas if rules == "documented" else gas * sl.gwei(1)'

LESSON = Lesson(
    number="05",
    name="gas_limit",
    title="gas-limit: what a key may burn",
    promise="burn gas with a key that can take nothing, see what is counted and in which unit, and set a limit for it",
    minutes=22,
    before=("00", "03"),
    predictions=(
        Prediction(
            "05.1",
            "3.7 million gas is left. Five operations that revert are sent, each with limits of 1,000,000 gas. "
            "How many get onto the chain?",
            {
                5: "Each took its worst case from the limit: 1,000,000 gas, not the 238,000 that was charged.",
                0: "The session allows the call. It is the counter that reverts, and by then the gas is counted.",
                1: "A failed operation does not end the session: whatever still fits gets onto the chain.",
            },
            Number("operation"),
            reverting_on_chain,
        ),
    ),
    exercises=(
        Exercise(
            id="05.2",
            name="my_limit",
            stub=stub(
                START,
                'The limit: in gas where rules is "documented", in wei where it is "deployed".',
                'bars, one for each of the ten operations; rules, "documented" or "deployed"',
            ),
            solution=START + "    gas = sum(sum(bar.parts) for bar in bars) * 11 // 10  # 10 % of room\n" + END,
            hints=(
                "The limit counts what an operation may use, bar.parts, whether it fails or not.",
                "Add all parts of all bars, and some room: 5 to 15 %. A limit is a whole number: use //.",
                "That is gas. Under the deployed rules the limit is in wei: multiply by the gas price, sl.gwei(1).",
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
            "An operation signs limits of 1,000,000 gas, and 238,000 gas is charged. What does the gas-limit lose?",
            {
                "a": ("238,000 gas", "No: that is what the wallet paid. The limit counts what it might have used."),
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
                "c": ("a batch that sends no ETH", "It does: gas is counted whether or not ETH is sent."),
            },
            "b",
        ),
        Question(
            "05.c",
            "300,000 (0x493e0) is granted as gas-limit, and the production contracts keep it. What may the key do?",
            {
                "a": (
                    "one or two operations",
                    "No: there the number is in wei, and an operation takes more than 10**14 wei.",
                ),
                "b": ("nothing that the wallet pays", "Yes: at 1 gwei, 300,000 wei does not even pay for one gas."),
                "c": ("as much as it likes", "No: the first ordinary operation is refused."),
            },
            "b",
        ),
    ),
    next="06: which contracts a key reaches.",
)
