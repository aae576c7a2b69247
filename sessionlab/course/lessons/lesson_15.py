"""Lesson 15: a policy of your own, as your application sends it."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, JsonObject
from sessionlab.course.judges.judge_15 import judge
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_15 import operations_that_production_allows

START = "def my_policy(vault, dollar, wei, units):\n"
STUB = stub(
    START,
    'The policy as JSON: {"permissions": [...], "expiresIn": seconds}.',
    "vault and dollar, addresses; wei, what is deposited in total; units, what is paid in the dollar",
)
VAULT = '        {"type": "functions-on-contract", "data": {"address": vault, "functions": ["0xd0e30db0"]}},\n'
ETHER = '        {"type": "native-token-transfer", "data": {"allowance": hex(wei)}},\n'
DOLLAR = '        {"type": "erc20-token-transfer", "data": {"address": dollar, "allowance": hex(units)}},\n'
WORKED = "it worked, so it is right"
ANYWHERE = '        {"type": "functions-on-all-contracts", "data": {"functions": ["0xa9059cbb"]}},\n'
ACCESS = '        {"type": "contract-access", "data": {"address": vault}},\n'


def _answer(*permissions: str, end: str = ', "expiresIn": 86400') -> str:
    return f'{START}    permissions = [\n{"".join(permissions)}    ]\n    return {{"permissions": permissions{end}}}'


LESSON = Lesson(
    number="15",
    name="bring_your_own_policy",
    title="Bring your own policy",
    promise="paste the JSON that an application sends, find what is missing and what is too wide, and narrow it",
    minutes=25,
    before=("12", "13"),
    predictions=(
        Prediction(
            "15.1",
            "The wallet pays for the gas. How many of the application's three operations does production allow?",
            {
                3: "That is the documented answer. In production gas-limit counts wei, and 5,000,000 wei buy no gas.",
                2: "The refusal is not about what the calls do: it is the same for each of them.",
                1: "The refusal is not about what the calls do: it is the same for each of them.",
            },
            Number("operation"),
            operations_that_production_allows,
        ),
    ),
    exercises=(
        Exercise(
            id="15.2",
            name="my_policy",
            stub=STUB,
            solution=_answer(VAULT, ETHER, DOLLAR),
            hints=(
                "sl.explain lists what the run does not use. Each line of it is something to cut.",
                "What must stay, under both rulesets: one function of the vault, and a limit for each asset.",
                "functions-on-contract for deposit() (0xd0e30db0), native-token-transfer, erc20-token-transfer.",
            ),
            judge=judge,
            near=(
                _answer(VAULT, ETHER.replace("hex(wei)", "hex(wei - 1)"), DOLLAR),
                _answer(VAULT, ETHER, DOLLAR.replace("hex(units)", "hex(2 * units)")),
                _answer(ETHER, DOLLAR),
                _answer(VAULT, ETHER, DOLLAR, end=', "expiresIn": 10**9'),
                START + '    return [{"type": "root"}]',
                "my_policy = 3",
            ),
            wrong=(
                Wrong(_answer(ACCESS, ETHER, ANYWHERE), WORKED),
                Wrong(START + '    return {"permissions": [{"type": "root"}], "expiresIn": 60}', WORKED),
                Wrong(_answer(VAULT, DOLLAR), "leaving out a limit narrows"),
                Wrong(_answer(VAULT, ETHER, DOLLAR, end=""), "an end can wait"),
            ),
            kind=Function("vault, dollar, wei, units", JsonObject('{"permissions": [...], "expiresIn": ...}')),
        ),
    ),
    questions=(
        Question(
            "15.a",
            "Every operation of a long test run passes. What does that tell about the policy?",
            {
                "a": ("that nothing is missing for this run", "Yes. What is too wide does not show in a run."),
                "b": ("that it is right", "A root session passes every run too."),
                "c": (
                    "that a thief takes little",
                    "A run shows what is used, not what can be taken. The audit shows that.",
                ),
            },
            "a",
        ),
        Question(
            "15.b",
            "A policy is compared with the older list and is “incomparable”. What does that mean?",
            {
                "a": ("it cannot be computed", "The comparison is exact: it shows an operation for each side."),
                "b": ("it allows less in one place and more in another", "Yes. Look at what only the new one allows."),
                "c": ("both allow the same", "That would be “equal”."),
            },
            "b",
        ),
        Question(
            "15.c",
            "native-token-transfer is taken out of a list, to make it narrower. What happens in production?",
            {
                "a": ("the key can send no ETH", "So the documentation says (R1). Production does not work like that."),
                "b": ("the grant is refused", "It is granted if something else names a target."),
                "c": (
                    "calls may send all of the wallet's ETH",
                    "Yes: without it, native tokens are not limited at all.",
                ),
            },
            "c",
        ),
    ),
    next="16: deploy a contract of your own, and grant a function of it.",
)
