"""Lesson 08: functions-on-all-contracts, one selector everywhere."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, Permissions
from sessionlab.course.judges.judge_08 import (
    AMOUNTS,
    ANYWHERE,
    APPROVE,
    CHECK_IN,
    OTHERS,
    TRANSFER,
    judge_drain,
    judge_narrow,
)
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_08 import tokens_taken


def everywhere(*functions: str) -> str:
    """The line that allows functions on all contracts."""
    named = ", ".join(f'"{function}"' for function in functions)
    return f"        sl.FunctionsOnAllContracts(functions=[{named}]),\n"


PULL_FROM = "transferFrom(address,address,uint256)"
DRAIN = "def my_drain(lab, session, thief):\n"
EACH = DRAIN + "    for token in (lab.token, lab.dollar, lab.coin):\n"
ALLOW = (
    "        held = lab.token_balance(token, session.wallet)\n"
    f'        allow = sl.Call(to=token, function="{APPROVE}", args=[thief.address, held])\n'
    "        session.send_calls([allow])\n"
)

PULL = (
    "        args = [session.wallet, thief.address, held]\n"
    f'        thief.send_calls([sl.Call(to=token, function="{PULL_FROM}", args=args)])'
)

STUB = stub(
    "def my_narrow(lab, budget):",
    "The bot's permissions, as a list.",
    "lab, a fresh lab; budget, base units of lab.dollar",
)
NARROW = "def my_narrow(lab, budget):\n    return [\n"
LIMITED = "        sl.Erc20TokenTransfer(address=lab.dollar, allowance=budget),\n"
GAMES = "".join(
    f'        sl.FunctionsOnContract(address=lab.{game}, functions=["{CHECK_IN}"]),\n'
    for game in ("counter", "counter_2")
)

ACCESS = "        sl.ContractAccess(address=lab.counter),\n        sl.ContractAccess(address=lab.counter_2),\n"

LESSON = Lesson(
    number="08",
    name="functions_on_all_contracts",
    title="functions-on-all-contracts: one selector, everywhere",
    promise="see what one function is worth to a thief, meet a hostile contract, find a drain, and narrow it",
    minutes=25,
    before=("00", "04", "07"),
    predictions=(
        Prediction(
            "08.1",
            "The key may use one function, transfer. The wallet holds three tokens: of how many can a thief take all?",
            {
                1: "One function is not one contract. Each token has a transfer, and the same four bytes call it.",
                0: "What the app intends to do with the key binds nobody: the thief has another app.",
                2: "Nothing tells the tokens apart: the permission names none of them.",
            },
            Number("token"),
            tokens_taken,
        ),
    ),
    exercises=(
        Exercise(
            id="08.2",
            name="my_drain",
            stub=stub(
                DRAIN,
                "Bring all of session.wallet's tokens to thief.address.",
                "lab, a fresh lab; session, of the stolen key; thief, a wallet of your own",
                last="",
            ),
            solution=EACH + ALLOW + PULL,
            hints=(
                "approve moves nothing. It allows somebody else to move something, later.",
                "The session allows the thief; then the thief's own wallet calls the token. No session is asked.",
                "For each token the session sends approve(thief, all), thief sends transferFrom(wallet, thief, all).",
            ),
            judge=judge_drain,
            near=(
                EACH + ALLOW.replace("session.wallet)", "session.wallet) // 2") + PULL,
                EACH + ALLOW.replace("lab.token_balance(token, session.wallet)", "10**21") + PULL,
                "my_drain = 3",
                DRAIN + "    return [lab.token, lab.dollar, lab.coin]",
            ),
            wrong=(
                Wrong(EACH + ALLOW, "an approval moves the tokens"),
                Wrong(DRAIN + "    for token in (lab.token,):\n" + ALLOW + PULL, "a function belongs to one contract"),
                Wrong(EACH + ALLOW.replace(APPROVE, TRANSFER), "a session key acts as the owner"),
            ),
            kind=Function("lab, session, thief"),
        ),
        Exercise(
            id="08.3",
            name="my_narrow",
            stub=STUB,
            solution=NARROW + LIMITED + GAMES + "    ]",
            hints=(
                "Which contracts does the bot call? There are three, and all have names.",
                "Give money a limit: erc20-token-transfer. Give functions their contract: functions-on-contract.",
                "One erc20-token-transfer for lab.dollar, and increment() on lab.counter and on lab.counter_2.",
            ),
            judge=judge_narrow,
            near=(
                NARROW + LIMITED.replace("=budget", "=budget - 1") + GAMES + "    ]",
                NARROW + LIMITED.replace("=budget", "=2 * budget") + GAMES + "    ]",
                NARROW + LIMITED + GAMES.partition("\n")[0] + "\n    ]",
                NARROW + LIMITED + ACCESS + "    ]",
                "my_narrow = 3",
                "def my_narrow(lab, budget):\n    return budget",
            ),
            wrong=(
                Wrong(NARROW + LIMITED + everywhere(CHECK_IN) + "    ]", ANYWHERE),
                Wrong(NARROW + everywhere(TRANSFER, CHECK_IN) + "    ]", ANYWHERE),
                Wrong(NARROW + everywhere(TRANSFER, CHECK_IN) + LIMITED + "    ]", OTHERS),
                Wrong(
                    NARROW
                    + f'        sl.FunctionsOnContract(address=lab.dollar, functions=["{TRANSFER}"]),\n'
                    + GAMES
                    + "    ]",
                    AMOUNTS,
                ),
            ),
            kind=Function("lab, budget", Permissions()),
        ),
    ),
    questions=(
        Question(
            "08.a",
            "functions-on-all-contracts with transfer, and erc20-token-transfer of 25 LUSD. What can a thief take?",
            {
                "a": ("25 LUSD, and nothing else", "No: a limit is for its own token. The others have none."),
                "b": ("25 LUSD, and all of every other token", "Yes: only the token with a limit stays limited."),
                "c": ("all of every token, LUSD too", "No: a limited token stays limited, whatever else is granted."),
            },
            "b",
        ),
        Question(
            "08.b",
            "A new token arrives tomorrow. May a key with transfer on all contracts move it?",
            {
                "a": ("yes", "Yes: the permission names no contract, so a new contract is covered, too."),
                "b": (
                    "no: it was not there at the grant",
                    "Nothing was listed at the grant. The wallet compares four bytes.",
                ),
                "c": ("only after the owner approves it", "The wallet itself calls its token: it needs no approval."),
            },
            "a",
        ),
        Question(
            "08.c",
            "In production, why can even claim() on all contracts drain a wallet?",
            {
                "a": ("the called contract can use the wallet's tokens", "No: to a token, the caller is a stranger."),
                "b": (
                    "claim() is a transfer in disguise",
                    "It need not be: the thief's address may have no code at all.",
                ),
                "c": (
                    "a call can carry ETH to any address",
                    "Yes: without native-token-transfer, production limits no value.",
                ),
            },
            "c",
        ),
    ),
    next="09: functions of the wallet itself.",
)
