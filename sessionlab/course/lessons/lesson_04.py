"""Lesson 04: erc20-token-transfer, base units, and approvals that count."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Amount, Function, Permissions
from sessionlab.course.judges.judge_04 import judge_budget, judge_grant
from sessionlab.course.kinds import Number, YesNo
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_04 import left_after_approvals, used_up


def grant(*permissions: str) -> str:
    """An answer to 04.2, as source."""
    return f"def my_grant(token, decimals, amount):\n    return [{', '.join(permissions)}]"


def budget(*kinds: str) -> str:
    """An answer to 04.3, as source: the sum of some kinds of steps."""
    return f"def my_budget(steps):\n    return sum(amount for what, amount in steps if what in {kinds})"


LIMITED = "sl.Erc20TokenTransfer(address=token, allowance={})"
RIGHT = LIMITED.format("sl.units(amount, decimals)")

LESSON = Lesson(
    number="04",
    name="erc20_token_transfer",
    title="erc20-token-transfer: units, and approvals that count",
    promise="grant 25.5 units of a token and not one base unit more, and see what an approval costs",
    minutes=20,
    before=("00", "02", "03"),
    predictions=(
        Prediction(
            "04.1",
            "25.5 LUSD is granted. The key transfers 5, approves 10 for a shop, then sends approve(0). "
            "How much LUSD may the key still use?",
            {
                20.5: "The approval counts in full, as if it were spent, and approve(0) gives nothing back.",
                15.5: "That would leave out the transfer. Both count: 5 and 10.",
                25.5: "Transfers and approvals both count.",
            },
            Number("LUSD"),
            left_after_approvals,
        ),
        Prediction(
            "04.2",
            "25.5 LAB is granted, a token with 18 decimals. The key transfers 25,500,000 base units of it. "
            "Is the allowance used up?",
            {True: "Those were 25.5 of a token with 6 decimals. Of LAB they are 0.0000000000255."},
            YesNo(),
            used_up,
        ),
    ),
    exercises=(
        Exercise(
            id="04.3",
            name="my_grant",
            stub=stub(
                "def my_grant(token, decimals, amount):",
                "A list of permissions: for this amount of the token, and not one base unit more.",
                'token, an address; decimals, such as 6; amount, a text such as "25.5"',
            ),
            solution=grant(RIGHT),
            hints=(
                "An allowance counts base units. How many are 25.5, if one unit has 10**6?",
                "A float cannot hold 18 decimals. The amount is text: it stays exact.",
                "sl.units(amount, decimals) is the allowance of one sl.Erc20TokenTransfer.",
            ),
            judge=judge_grant,
            near=(
                "my_grant = 3",
                "def my_grant(token, decimals, amount):\n    return 25_500_000",
                grant(LIMITED.format("sl.units(amount, decimals) - 1")),
                grant(LIMITED.format("25_500_000")),
                grant("sl.NativeTokenTransfer(allowance=10**30)"),
                grant("sl.Root()"),
                grant(RIGHT, RIGHT),
                grant(RIGHT, 'sl.AccountFunctions(functions=["updateFallbackSignerData(address,bool)"])'),
                grant(RIGHT, 'sl.FunctionsOnAllContracts(functions=["transfer(address,uint256)"])'),
            ),
            wrong=(
                Wrong(grant(LIMITED.format("int(float(amount))")), "1 = 1 token"),
                Wrong(grant(LIMITED.format("sl.ether(amount)")), "every token has 18 decimals"),
                Wrong(grant(LIMITED.format("int(float(amount) * 10**decimals)")), "a float is exact"),
                Wrong(grant("sl.ContractAccess(address=token)"), "access limits amounts"),
            ),
            kind=Function("token, decimals, amount", Permissions(single=True)),
        ),
        Exercise(
            id="04.4",
            name="my_budget",
            stub=stub(
                "def my_budget(steps):",
                "The least allowance, in base units, with which all steps pass.",
                'steps, a list of pairs such as ("transfer", 5), in base units',
            ),
            solution=budget("transfer", "approve"),
            hints=(
                "Which of the steps does the session send? Who sends a take?",
                "Each approval counts in full when it is given, whether or not it is used.",
                "The sum of the amounts of all transfers and all approvals.",
            ),
            judge=judge_budget,
            near=(
                "my_budget = 3",
                "def my_budget(steps):\n    return 1.5",
                "def my_budget(steps):\n    return sum(n for what, n in steps if what != 'take') + 1",
                "def my_budget(steps):\n    return sum(n for what, n in steps if what != 'take') - 1",
                budget("approve"),
            ),
            wrong=(
                Wrong(budget("transfer", ""), "approve is free"),
                Wrong(budget("transfer", "take"), "an approval counts when it is used"),
                Wrong(budget("transfer", "approve", "take"), "what the spender takes counts again"),
                Wrong(
                    "def my_budget(steps):\n    approved = dict(steps)['approve']\n"
                    "    return approved + sum(n for what, n in steps if what == 'transfer')",
                    "approve(0) gives it back",
                ),
            ),
            kind=Function("steps", Amount("base units")),
        ),
    ),
    questions=(
        Question(
            "04.a",
            "How much is an allowance of 1, for a token with 6 decimals?",
            {
                "a": ("1 token", "No: contracts count base units. 1 token is 1,000,000 of them."),
                "b": ("a millionth of a token", "Yes: one base unit."),
                "c": ("1 wei", "Wei is the base unit of ETH. This token has its own."),
            },
            "b",
        ),
        Question(
            "04.b",
            "The key approves 10 for a shop, and the shop takes 4. How much of the allowance is used?",
            {
                "a": ("4", "No: the approval itself counted, in full. The wallet is not asked when the shop takes."),
                "b": ("10", "Yes: all 10 were counted on approval, and nothing more afterwards."),
                "c": ("14", "No: what the shop takes is not an operation of the session."),
            },
            "b",
        ),
        Question(
            "04.c",
            "A key has 25.5 of one token. Which function of that token may it call?",
            {
                "a": (
                    "all of them, up to 25.5",
                    "No: increaseAllowance and transferFrom are refused, whatever the amount.",
                ),
                "b": ("transfer and approve", "Yes, these two, and both use the allowance."),
                "c": ("transfer alone", "approve too: an app needs it to be paid by transferFrom."),
            },
            "b",
        ),
    ),
    next="05: gas-limit, a bound on what the key may burn.",
)
