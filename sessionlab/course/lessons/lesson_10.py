"""Lesson 10: root, and what to grant instead."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, Permissions
from sessionlab.course.judges.judge_10 import CAPPED, GAS, NEEDED, REACH, judge
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_10 import ether_lost

SCOPE = "def my_scope(lab, wei, units, gas):\n"


def returning(*permissions: str) -> str:
    """The source of an answer."""
    lines = "".join(f"        {permission},\n" for permission in permissions)
    return f"{SCOPE}    return [\n{lines}    ]"


ETHER, TOKENS, COUNTS, FUEL = (
    "sl.NativeTokenTransfer(allowance=wei)",
    "sl.Erc20TokenTransfer(address=lab.dollar, allowance=units)",
    'sl.FunctionsOnContract(address=lab.counter, functions=["increment()"])',
    "sl.GasLimit(limit=gas)",
)

LESSON = Lesson(
    number="10",
    name="root",
    title="root: everything, without a cap",
    promise="lose a root key and a scoped key, watch what each costs, and replace root with four permissions",
    minutes=20,
    before=("00", "03", "05"),
    predictions=(
        Prediction(
            "10.1",
            "10 ETH, 2 more each day, and a stolen root key that ends after 5 days: how much ETH is lost in a week?",
            {
                10: "That was gone in the first minute. Then the key took whatever arrived.",
                22: "What arrived after the expiry stayed: root has no limit, but it can have an end.",
                20: "The fifth day's income arrived just after the session had ended.",
                0: "Root may do what the owner may. No rule stood in the way.",
            },
            Number("ETH"),
            ether_lost,
        ),
    ),
    exercises=(
        Exercise(
            id="10.2",
            name="my_scope",
            stub=stub(
                SCOPE,
                "A list of at most four permissions instead of root.",
                "lab, a fresh lab; wei and units, what the app pays in total; gas, ample for its work",
            ),
            solution=returning(ETHER, TOKENS, COUNTS, FUEL),
            hints=(
                "The app sends ETH, sends LUSD, counts, and uses gas. Which permission is about each of these?",
                "Three of the four are limits: give them wei, units and gas, as they come.",
                "native-token-transfer, erc20-token-transfer, functions-on-contract for the counter, and gas-limit.",
            ),
            judge=judge,
            near=(
                returning(ETHER.replace("wei", "wei - 1"), TOKENS, COUNTS, FUEL),
                returning(ETHER.replace("wei", "2 * wei"), TOKENS, COUNTS, FUEL),
                returning(ETHER, TOKENS, COUNTS, FUEL.replace("=gas", "=10 * gas")),
                returning(ETHER, TOKENS, COUNTS, FUEL, "sl.ContractAccess(address=lab.vault)"),
                returning(ETHER, TOKENS, FUEL),
                "my_scope = 4",
                SCOPE + "    return sl.Root()",
            ),
            wrong=(
                Wrong(returning("sl.Root()", ETHER, FUEL), CAPPED),
                Wrong(returning("sl.Root()"), NEEDED),
                Wrong(returning(ETHER, TOKENS, COUNTS), GAS),
                Wrong(returning(ETHER, "sl.ContractAccess(address=lab.dollar)", COUNTS, FUEL), REACH),
            ),
            kind=Function("lab, wei, units, gas", Permissions()),
        ),
    ),
    questions=(
        Question(
            "10.a",
            "How do you grant root to an app, and 1 ETH at most?",
            {
                "a": (
                    "root with native-token-transfer",
                    "No: root cannot be combined with other permissions. The grant is refused.",
                ),
                "b": (
                    "not at all",
                    "Yes: root has no limit of any kind. Grant the parts that the app needs, with theirs.",
                ),
                "c": (
                    "root, and the app keeps to 1 ETH",
                    "A thief has another app. What the wallet does not check is free.",
                ),
            },
            "b",
        ),
        Question(
            "10.b",
            "A root session ends tomorrow, and its key is stolen today. What is certainly safe?",
            {
                "a": (
                    "what arrives after its end",
                    "Not if the thief became the owner today: an owner needs no session.",
                ),
                "b": ("whatever is over a gas-limit", "Root has none: not even a gas-limit can be combined with it."),
                "c": ("nothing", "Yes: root may call the wallet's own functions, and so replace the owner."),
            },
            "c",
        ),
        Question(
            "10.c",
            "A scoped key is stolen, and nobody notices for a year. What do its permissions let a thief take?",
            {
                "a": ("its limits, once", "Yes: an allowance is used once, and never refills."),
                "b": ("its limits, each day", "No: an allowance is a total."),
                "c": ("everything, given enough time", "No: time adds nothing to a limit. It adds to root."),
            },
            "a",
        ),
    ),
    next="11: how a session ends.",
)
