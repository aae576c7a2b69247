"""Lesson 13: what the documentation says, and what the contracts in production do."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Several
from sessionlab.course.judges.judge_13 import WORDS, judge
from sessionlab.course.kinds import Choice, Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong
from sessionlab.course.replays.replay_13 import ether_paid_in

RIGHT = 'my_answer = ("passes", "validation", "execution", "grant", "execution")'

LESSON = Lesson(
    number="13",
    name="documented_and_deployed",
    title="Documented and deployed: two texts, one wallet",
    promise="run the same operations under the documented rules and as production does, and predict five decisions",
    minutes=25,
    before=("03", "12"),
    predictions=(
        Prediction(
            "13.1",
            "contract-access to the counter, nothing about ETH, 10 ETH in the wallet: how many can the key pay in?",
            {
                0: "So the documentation says. Production counts ETH only where native-token-transfer was granted.",
                1: "No number was granted, so none is checked.",
            },
            Number("ETH"),
            ether_paid_in,
        ),
    ),
    exercises=(
        Exercise(
            id="13.2",
            name="my_answer",
            stub='my_answer = ...  # five words: "passes", "grant", "validation" or "execution"',
            solution=RIGHT,
            hints=(
                "Four of the five run under the deployed rules. Which row of the first table is each of them like?",
                "R1, R4, R7, R2, in this order. The last one is about a sum, as in lesson 03.",
                "Spending is counted in execution: R7, and the sum.",
            ),
            judge=judge,
            near=(
                'my_answer = ("passes", "validation", "execution", "grant", "passes")',
                'my_answer = ("grant", "validation", "execution", "grant", "execution")',
                'my_answer = ("yes", "no", "no", "no", "no")',
                'my_answer = "passes"',
            ),
            wrong=(
                Wrong(
                    'my_answer = ("validation", "passes", "passes", "passes", "execution")',
                    "the documentation is the contract",
                ),
                Wrong(
                    'my_answer = ("passes", "validation", "execution", "grant", "validation")',
                    "every chain is production",
                ),
                Wrong(
                    'my_answer = ("passes", "validation", "validation", "grant", "execution")',
                    "it does not matter where it is refused",
                ),
            ),
            kind=Several((Choice(WORDS),) * 5, '("passes", "grant", …)'),
        ),
    ),
    questions=(
        Question(
            "13.a",
            "The documentation says that a call is refused, and the contract lets it pass. What happens?",
            {
                "a": ("it is refused", "By whom? The documentation is not on the chain. The contract is."),
                "b": ("it passes", "Yes. What the contract does is what happens, whatever was written about it."),
                "c": ("the bundler decides", "A bundler can leave an operation out. It does not enforce permissions."),
            },
            "b",
        ),
        Question(
            "13.b",
            "A gas-limit of 300,000 was meant in gas. What is it in production?",
            {
                "a": ("the same", "No: there it counts wei, which is gas times price."),
                "b": ("very generous", "The other way round: 300,000 wei buy no operation at all."),
                "c": ("300,000 wei, so nothing passes", "Yes: even the first operation is refused."),
            },
            "c",
        ),
        Question(
            "13.c",
            "Which of the two is stricter?",
            {
                "a": ("the documentation", "In some rows. In others it allows what production refuses."),
                "b": ("production", "In some rows. In others it allows what the documentation refuses."),
                "c": ("neither: it depends on the row", "Yes. So test a policy under both."),
            },
            "c",
        ),
    ),
    next="14: break it, then fix it.",
)
