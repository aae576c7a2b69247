"""Lesson 06: contract-access, one address and everything in it."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, Permissions
from sessionlab.course.judges.judge_06 import AMOUNTS, ROOT, SAME_NAME, TREASURY, judge
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_06 import rulesets_that_let_ether_go

START = "def my_permissions(lab, fees):\n"
GAME, FEES = "sl.ContractAccess(address=lab.counter)", "sl.NativeTokenTransfer(allowance=fees)"

LESSON = Lesson(
    number="06",
    name="contract_access",
    title="contract-access: one address, and everything in it",
    promise="open one contract, see what else that opens, empty a token, and grant a game but not its treasury",
    minutes=20,
    before=("00", "03", "04"),
    predictions=(
        Prediction(
            "06.1",
            "contract-access alone, and deposit() with 9 ETH. Under how many of the two rulesets does it pass?",
            {
                0: "Under the deployed rules it passes: without native-token-transfer, ETH is not counted.",
                2: "Under the documented rules, sending ETH needs a permission of its own: native-token-transfer.",
            },
            Number("ruleset"),
            rulesets_that_let_ether_go,
        ),
    ),
    exercises=(
        Exercise(
            id="06.2",
            name="my_permissions",
            stub=stub(
                START,
                "A list of permissions.",
                "lab, a fresh lab; fees, the wei that the key may pay to the game in total",
            ),
            solution=START + f"    return [{GAME}, {FEES}]",
            hints=(
                "Two things are asked for: a contract, and an amount. How many permissions is that?",
                "contract-access opens the game, lab.counter. It counts no money.",
                "native-token-transfer counts the ETH of a session.",
            ),
            judge=judge,
            near=(
                START + f"    return [{GAME}, sl.NativeTokenTransfer(allowance=fees - 1)]",
                START + f"    return [{GAME}, sl.NativeTokenTransfer(allowance=2 * fees)]",
                START + f"    return [{GAME}, {FEES}, sl.ContractAccess(address=lab.token)]",
                START + f"    return [{GAME}, {FEES}, sl.ContractAccess(address=lab.dollar)]",
                START + f"    return [{FEES}]",
                START + f"    return {GAME}",
                "my_permissions = 1",
            ),
            wrong=(
                Wrong(START + f"    return [{GAME}]", AMOUNTS),
                Wrong(START + f"    return [{GAME}, {FEES}, sl.ContractAccess(address=lab.vault)]", TREASURY),
                Wrong(
                    START + '    names = ["increment()", "add(uint256)", "deposit()"]\n'
                    f"    return [sl.FunctionsOnAllContracts(functions=names), {FEES}]",
                    SAME_NAME,
                ),
                Wrong(START + "    return [sl.Root()]", ROOT),
            ),
            kind=Function("lab, fees", Permissions()),
        ),
    ),
    questions=(
        Question(
            "06.a",
            "A key has contract-access to a game. The same code runs at a second address. May it play there?",
            {
                "a": ("yes, it is the same game", "No: permissions list addresses, not code."),
                "b": ("no, it is refused there", "Yes: that address is in no permission."),
                "c": ("it may look, but not play", "No: a session sends operations, and none of them reaches it."),
            },
            "b",
        ),
        Question(
            "06.b",
            "A key has contract-access to a token, and no other permission. How many tokens can it send away?",
            {
                "a": ("none: that needs erc20-token-transfer", "No: transfer is a function like any other."),
                "b": ("all that the wallet has", "Yes. What limits a token is erc20-token-transfer, and only that."),
                "c": ("as many as the wallet approved", "No: it is the wallet itself that calls transfer."),
            },
            "b",
        ),
        Question(
            "06.c",
            "contract-access alone, documented rules: a payable function is called with 1 ETH. What happens?",
            {
                "a": ("refused", "Yes: value needs native-token-transfer. Under the deployed rules it would pass."),
                "b": (
                    "it passes: the contract is listed",
                    "Under the deployed rules, yes. Under the documented rules, value needs a permission.",
                ),
                "c": (
                    "it passes, without the ETH",
                    "No: nothing is cut. An operation passes as a whole, or is refused.",
                ),
            },
            "a",
        ),
    ),
    next="07: not the whole contract, but some of its functions.",
)
