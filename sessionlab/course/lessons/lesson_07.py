"""Lesson 07: functions-on-contract, four bytes decide."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, Permissions
from sessionlab.course.judges.judge_07 import (
    ANYWHERE,
    APPROVE,
    BY_ARGUMENT,
    BY_NAME,
    PULL,
    ROOT,
    SPARE,
    WHOLE,
    WITHDRAW,
    judge,
)
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_07 import moves_that_pass

START = "def my_permissions(lab, most):\n"


def _answer(*permissions: str) -> str:
    return START + "    return [\n" + "".join(f"        {permission},\n" for permission in permissions) + "    ]"


TOKEN = "sl.Erc20TokenTransfer(address=lab.dollar, allowance=most)"
POOL = f'sl.FunctionsOnContract(address=lab.counter, functions=["{PULL}"])'
VAULT = f'sl.FunctionsOnContract(address=lab.vault, functions=["{WITHDRAW}"])'

LESSON = Lesson(
    number="07",
    name="functions_on_contract",
    title="functions-on-contract: four bytes decide",
    promise="take call data apart, see what a selector says and what it does not, and grant a swap bot what it needs",
    minutes=20,
    before=("00", "03", "04", "06"),
    predictions=(
        Prediction(
            "07.1",
            "safeTransferFrom(address,address,uint256) is granted: twice that, and once its overload. How many pass?",
            {
                3: "The overload has the same name and other types: that is another selector, and it is refused.",
                1: "The recipient is an argument, and arguments are not looked at: the second passes like the first.",
                0: "The first two have the selector that was granted.",
            },
            Number("call"),
            moves_that_pass,
        ),
    ),
    exercises=(
        Exercise(
            id="07.2",
            name="my_permissions",
            stub=stub(
                START,
                "A list of permissions.",
                "lab, a fresh lab; most, the base units of LUSD that may be approved in total",
            ),
            solution=_answer(TOKEN, POOL, VAULT),
            hints=(
                "Three contracts, three permissions. Which one of them is about an amount?",
                "approve is counted by erc20-token-transfer, which lists the token with transfer and approve.",
                f'Two more: functions-on-contract with "{PULL}", and with "{WITHDRAW}".',
            ),
            judge=judge,
            near=(
                _answer(TOKEN, POOL),
                _answer("sl.Erc20TokenTransfer(address=lab.dollar, allowance=most + 1)", POOL, VAULT),
                _answer("sl.Erc20TokenTransfer(address=lab.dollar, allowance=most - 1)", POOL, VAULT),
                "my_permissions = 1",
                START + f"    return {TOKEN}",
            ),
            wrong=(
                Wrong(
                    _answer(TOKEN, 'sl.FunctionsOnContract(address=lab.counter, functions=["pull"])', VAULT), BY_NAME
                ),
                Wrong(
                    _answer(
                        f'sl.FunctionsOnContract(address=lab.dollar, functions=["{APPROVE}"])',
                        POOL,
                        VAULT,
                    ),
                    BY_ARGUMENT,
                ),
                Wrong(_answer(TOKEN, "sl.ContractAccess(address=lab.counter)", VAULT), WHOLE),
                Wrong(_answer(TOKEN, POOL, "sl.ContractAccess(address=lab.vault)"), WHOLE),
                Wrong(
                    _answer(TOKEN, f'sl.FunctionsOnAllContracts(functions=["{PULL}", "{WITHDRAW}"])'),
                    ANYWHERE,
                ),
                Wrong(
                    _answer(TOKEN, POOL, VAULT, f'sl.FunctionsOnContract(address=lab.dollar, functions=["{APPROVE}"])'),
                    SPARE,
                ),
                Wrong(START + "    return [sl.Root()]", ROOT),
                Wrong(_answer(TOKEN, POOL, VAULT.replace('"]', '", "balanceOf(address)"]')), SPARE),
            ),
            kind=Function("lab, most", Permissions()),
        ),
    ),
    questions=(
        Question(
            "07.a",
            "What does functions-on-contract compare?",
            {
                "a": (
                    "the name of the function",
                    "No: two functions with the same name and different types have two selectors.",
                ),
                "b": ("the target and the first four bytes of data", "Yes, and nothing after them."),
                "c": ("the target, the function and its arguments", "No: arguments are not looked at."),
            },
            "b",
        ),
        Question(
            "07.b",
            "functions-on-contract names transfer(address,uint256) of a token. How much can the key send away?",
            {
                "a": ("nothing: there is no allowance", "No: an allowance limits. Without one, nothing is limited."),
                "b": ("all that the wallet has", "Yes: the amount is an argument. erc20-token-transfer counts it."),
                "c": ("what is sent the first time", "No: nothing is counted here."),
            },
            "b",
        ),
        Question(
            "07.c",
            "A refusal says SelectorNotAllowed. What does that mean?",
            {
                "a": ("no permission names the target", "Then it says AddressNotAllowed."),
                "b": ("the target is named, this function is not", "Yes. Often it is one entry missing from a list."),
                "c": ("the data has fewer than four bytes", "Then it says NoSelectorSpecified."),
            },
            "b",
        ),
    ),
    next="08: one function, on all contracts.",
)
