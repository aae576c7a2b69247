"""Lesson 12: several permissions together, and the least that does."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, Permissions
from sessionlab.course.judges.judge_12 import ADDED, UNUSED, judge
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_12 import operations_that_pass

POLICY = "def my_policy(lab):\n"
PARTS = {
    "dollar": "sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(60, 6))",
    "eth": 'sl.NativeTokenTransfer(allowance=sl.ether("0.5"))',
    "counter": 'sl.FunctionsOnContract(address=lab.counter, functions=["increment()"])',
    "counter_2": 'sl.FunctionsOnContract(address=lab.counter_2, functions=["increment()"])',
    "vault": 'sl.FunctionsOnContract(address=lab.vault, functions=["deposit()"])',
}


def policy(*more: str, **other: str) -> str:
    """The source of the right answer, with parts replaced, left out (empty) or added."""
    parts = [part for part in (*{**PARTS, **other}.values(), *more) if part]
    return POLICY + "    return [\n" + "".join(f"        {part},\n" for part in parts) + "    ]"


LESSON = Lesson(
    number="12",
    name="least_privilege",
    title="Least privilege: what several permissions allow together",
    promise="combine permissions, see what each adds or limits, and write a policy that fits a plan exactly",
    minutes=20,
    before=("03", "04", "06", "07", "08"),
    predictions=(
        Prediction(
            "12.1",
            "Of five operations the key may do one. The owner adds access to the counter. How many may it do now?",
            {
                0: "The two need not agree: the key reaches whatever either of them reaches.",
                1: "An added permission does not narrow the others. It reaches further.",
                2: "It does reach further; and two of the five call the counter.",
            },
            Number("operation"),
            operations_that_pass,
        ),
    ),
    exercises=(
        Exercise(
            id="12.2",
            name="my_policy",
            stub=stub(POLICY, "The permissions of the app's key, as a list.", "lab, a fresh lab"),
            solution=policy(),
            hints=(
                "One permission for each line of the plan. Which type limits an amount, and which names functions?",
                "LUSD has 6 decimals. ETH with a function needs two: one that reaches, one that limits the ETH.",
                "erc20-token-transfer, native-token-transfer, and functions-on-contract three times.",
            ),
            judge=judge,
            near=(
                policy(dollar="sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(60, 6) - 1)"),
                policy(dollar="sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(60, 6) + 1)"),
                policy(eth='sl.NativeTokenTransfer(allowance=sl.ether("0.5") + 1)'),
                policy(counter_2=""),
                POLICY + "    return None",
                POLICY + "    return []",
                "my_policy = 5",
            ),
            wrong=(
                Wrong(policy("sl.ContractAccess(address=lab.collectible)"), ADDED),
                Wrong(policy('sl.FunctionsOnAllContracts(functions=["deposit()"])'), ADDED),
                Wrong(
                    policy(counter='sl.FunctionsOnAllContracts(functions=["increment()"])', counter_2=""),
                    UNUSED,
                ),
                Wrong(policy(vault="sl.ContractAccess(address=lab.vault)"), UNUSED),
                Wrong(policy('sl.AccountFunctions(functions=["owner()"])'), UNUSED),
                Wrong(
                    policy(counter='sl.FunctionsOnContract(address=lab.counter, functions=["increment()", "fail()"])'),
                    UNUSED,
                ),
                Wrong(policy(eth=""), "a payable function brings its ETH along"),
                Wrong(
                    policy(dollar="sl.Erc20TokenTransfer(address=lab.dollar, allowance=60)"),
                    "1 = 1 token",
                ),
                Wrong(
                    policy(dollar="sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(60, 18))"),
                    "every token has 18 decimals",
                ),
                Wrong(
                    policy(
                        dollar="sl.FunctionsOnContract(address=lab.dollar, functions=["
                        '"transfer(address,uint256)", "approve(address,uint256)"])'
                    ),
                    "reach limits amounts",
                ),
                Wrong(POLICY + "    return [sl.Root()]", "the app decides what its key may do"),
            ),
            kind=Function("lab", Permissions()),
        ),
    ),
    questions=(
        Question(
            "12.a",
            "A key may pay 60 LUSD. You add contract-access to a game. What may it do now?",
            {
                "a": ("pay 60 LUSD, in the game only", "No: a permission does not narrow another."),
                "b": ("pay 60 LUSD to anybody, and everything in the game", "Yes: reach adds up."),
                "c": ("nothing but the game", "No: what was granted before stays granted."),
            },
            "b",
        ),
        Question(
            "12.b",
            "A key has contract-access to LUSD and an allowance of 60 LUSD. How much may it pay?",
            {
                "a": ("60 LUSD", "Yes: another permission adds reach, but it lifts no limit."),
                "b": ("all of it: access is wider", "No: a limit applies no matter which permission allows the call."),
                "c": ("nothing, the two contradict each other", "They do not: one adds reach, one sets a limit."),
            },
            "a",
        ),
        Question(
            "12.c",
            "A policy allows every call of the app. What else do you have to test?",
            {
                "a": ("nothing: it works", "Root works as well. A policy can be wrong in two directions."),
                "b": ("that it refuses what the app never does", "Yes: what it must not allow, call by call."),
                "c": (
                    "that the app makes every call twice",
                    "Limits are totals: test the sum, and what lies beyond it.",
                ),
            },
            "b",
        ),
    ),
    next="13: the same by the documentation and as production does it.",
)
