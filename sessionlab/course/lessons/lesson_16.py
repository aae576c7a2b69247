"""Lesson 16: a contract of your own, a grant on it, and an attack."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, Permissions
from sessionlab.course.judges.judge_16 import KNOWN, NAMED, NEEDED, OWN, judge
from sessionlab.course.kinds import Number, YesNo
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_16 import silver_that_a_thief_takes, the_other_swap_is_reached

START = "def my_grant(pool, gold, silver):\n"
STUB = stub(START, "A list of permissions.", "pool, gold and silver, the addresses of your contracts")
ONE = 'sl.FunctionsOnContract(address=pool, functions=["swap(uint256)"])'
BOTH = 'sl.FunctionsOnContract(address=pool, functions=["swap(uint256)", "swap(uint256,address)"])'
GOLD = "sl.Erc20TokenTransfer(address=gold, allowance=10**12)"


def _answer(*permissions: str) -> str:
    return f"{START}    return [{', '.join(permissions)}]"


LESSON = Lesson(
    number="16",
    name="bring_your_own_contract",
    title="Bring your own contract",
    promise="deploy a contract and tokens of your own, grant a function of it, attack the grant, and close the hole",
    minutes=25,
    before=("07", "08"),
    predictions=(
        Prediction(
            "16.1",
            "The key is granted swap(uint256) of the pool. May it call swap(uint256,address) there?",
            {True: "A permission names selectors, and each list of argument types has one of its own."},
            YesNo(),
            the_other_swap_is_reached,
        ),
        Prediction(
            "16.2",
            "contract-access to the pool, and no token permission. How much SILVER can a thief take?",
            {
                0: "No token permission is needed: the pool pulls the gold by the owner's approval, and pays anyone.",
                100: "The pool pays two SILVER for each GOLD.",
            },
            Number("SILVER"),
            silver_that_a_thief_takes,
        ),
    ),
    exercises=(
        Exercise(
            id="16.3",
            name="my_grant",
            stub=STUB,
            solution=_answer(ONE),
            hints=(
                "Who receives the silver of swap(uint256), and who that of swap(uint256,address)?",
                "The pool has the owner's approval. Does the key need a permission for the gold as well?",
                "functions-on-contract with one function is the whole list.",
            ),
            judge=judge,
            near=(
                _answer('sl.FunctionsOnContract(address=pool, functions=["swap(uint256,address)"])'),
                _answer('sl.FunctionsOnContract(address=gold, functions=["approve(address,uint256)"])'),
                _answer(ONE, "sl.NativeTokenTransfer(allowance=10**18)"),
                "my_grant = 3",
            ),
            wrong=(
                Wrong(_answer("sl.ContractAccess(address=pool)"), OWN),
                Wrong(_answer(BOTH), NAMED),
                Wrong(_answer(ONE, GOLD), NEEDED),
                Wrong(_answer('sl.FunctionsOnAllContracts(functions=["swap(uint256)"])'), KNOWN),
            ),
            kind=Function("pool, gold, silver", Permissions()),
        ),
    ),
    questions=(
        Question(
            "16.a",
            "A function of your contract has a default argument. How many selectors does it have?",
            {
                "a": ("one", "A selector is made of the name and the argument types, so each form has its own."),
                "b": ("two: one for each way to call it", "Yes. Grant only the one that your application uses."),
                "c": ("none: it is called by its name", "Contracts are called by selectors. Names are for people."),
            },
            "b",
        ),
        Question(
            "16.b",
            "The owner approved 100 GOLD to the pool. When does that approval end?",
            {
                "a": ("when the session expires", "An approval is between token and pool. It knows no session."),
                "b": ("when the key is revoked", "The token does not ask the wallet who is revoked."),
                "c": ("when it is used up, or the owner approves 0", "Yes. It outlives every session."),
            },
            "c",
        ),
        Question(
            "16.c",
            "Which function is safest to grant?",
            {
                "a": ("one whose result goes to the caller", "Yes. Then a thief can only act for the wallet itself."),
                "b": ("one that names a receiver", "A permission does not look at arguments: a thief names their own."),
                "c": (
                    "any function of a contract that you wrote",
                    "Who wrote it does not matter. What it lets the caller choose does.",
                ),
            },
            "a",
        ),
    ),
    next="17: the key is held by an agent that believes what it reads.",
)
