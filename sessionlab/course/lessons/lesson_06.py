"""Lesson 06: contract-access, one address and everything in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sessionlab.course.lesson import Exercise, Judgement, Lesson, Prediction, Question, Wrong
from sessionlab.course.probes import Probe, first_wrong

if TYPE_CHECKING:
    from sessionlab.lab import Lab
    from sessionlab.session import Session

#: Rules, seed, the fees in wei that the key may pay in sum, and the token that it must not reach.
CASES = (("deployed", 61, 3 * 10**17, "token"), ("documented", 62, 45 * 10**15, "dollar"))
AMOUNTS, ROOT, SAME_NAME = "access limits amounts", "root is the short way", "a function is in one contract only"
TREASURY = "the treasury is a part of the game"


def probes(lab: Lab, fees: int, token: str, session: Session) -> list[Probe]:
    """Six operations: the first two must pass."""
    import sessionlab as sl

    types = {permission.type for permission in session.permissions}
    money = None if "native-token-transfer" in types else AMOUNTS
    named = SAME_NAME if "functions-on-all-contracts" in types else TREASURY
    pay = sl.Call(lab.counter, fees, function="deposit()")
    moves = [sl.Call(lab.counter, function="increment()"), sl.Call(lab.counter, function="add(uint256)", args=[3])]
    more = sl.Call(lab.counter, 1, function="deposit()")
    take = sl.Call(lab.vault, function="withdraw(uint256)", args=[1])
    transfer = sl.Call(lab.addresses[token], function="transfer(address,uint256)", args=[lab.merchant, 1])
    return [
        Probe("A move in the game, increment() and add(3),", moves, True),
        Probe("A fee of all that it may pay", [pay], True),
        Probe("A fee of 1 wei on top of that", [more], False, money),
        Probe("withdraw(1) from the treasury", [take], False, named),
        Probe("deposit() into the treasury, without value,", [sl.Call(lab.vault, function="deposit()")], False, named),
        Probe("A transfer of 1 unit of a token", [transfer], False),
    ]


def judge(answer: Callable[[Any, int], Any]) -> Judgement:
    """``answer``: a function from the lab and the fees in wei to a list of permissions."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_permissions must be a function: it gets the lab and the fees in wei.")
    for rules, seed, fees, token in CASES:
        lab = sl.Lab(rules=rules, seed=seed)
        wallet = lab.wallet()
        wallet.send_calls([sl.Call(lab.vault, sl.ether(1), function="deposit()")])  # so that there is some to take
        granted = answer(lab, fees)
        if granted is ...:
            return Judgement(False, "Put your answer in the place of the dots.")
        if not isinstance(granted, list | tuple):
            return Judgement(False, f"Return a list of permissions; yours is a {type(granted).__name__}.")
        session = wallet.grant_permissions(granted, key=sl.new_key(seed))
        if session.permissions == (sl.Root(),):
            return Judgement(False, "Root may play, and take all that the wallet has.", ROOT)
        if wrong := first_wrong(session, probes(lab, fees, token, session)):
            return Judgement(False, f"Rules as {rules}: {wrong.says}", wrong.misconception)
    return Judgement(
        True, "All six ended as they must, under both rulesets: the game is open, and the fees are counted."
    )


START = "def my_permissions(lab, fees):\n"
GAME, FEES = "sl.ContractAccess(address=lab.counter)", "sl.NativeTokenTransfer(allowance=fees)"

LESSON = Lesson(
    number="06",
    name="contract_access",
    title="contract-access: one address, and everything in it",
    promise="open one contract, see what else that opens, empty a token by it, and grant a game but not its treasury",
    minutes=20,
    before=("00", "03", "04"),
    predictions=(
        Prediction(
            "06.1",
            "contract-access alone, and deposit() with 9 ETH. Under how many of the two rulesets does it pass?",
            {
                0: "As deployed it passes: nobody counts the ETH of a session without native-token-transfer.",
                2: "Documented, sending ETH needs a permission of its own: native-token-transfer.",
            },
        ),
    ),
    exercises=(
        Exercise(
            id="06.2",
            name="my_permissions",
            stub=START
            + '    """A list of permissions; fees: wei that the key may pay to the game, in sum."""\n    return ...',
            solution=START + f"    return [{GAME}, {FEES}]",
            hints=(
                "Two things are asked for: a contract, and an amount. How many permissions is that?",
                "contract-access opens the game, lab.counter. It counts no money.",
                "What counts the ETH of a session is native-token-transfer.",
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
        ),
    ),
    questions=(
        Question(
            "06.a",
            "A key has contract-access to a game. The same game runs at a second address, with the same code.",
            {
                "a": ("it may play there too", "No: an address is listed, not a kind of contract."),
                "b": ("it is refused there", "Yes: that address is in no permission."),
                "c": ("it may look, not play", "No: a session sends operations, and none of them reaches it."),
            },
            "b",
        ),
        Question(
            "06.b",
            "A key has contract-access to a token, and no other permission. How many tokens can it send away?",
            {
                "a": ("none: that needs erc20-token-transfer", "No: transfer is a function like any other of it."),
                "b": ("all that the wallet has", "Yes. What limits a token is erc20-token-transfer, and only that."),
                "c": ("as many as the wallet approved", "No: it is the wallet itself that calls transfer."),
            },
            "b",
        ),
        Question(
            "06.c",
            "contract-access alone, documented rules: a payable function is called with 1 ETH.",
            {
                "a": ("refused", "Yes: value needs native-token-transfer. As deployed it would pass."),
                "b": ("it passes: the contract is listed", "As deployed, yes. Documented, value needs a permission."),
                "c": ("it passes, without the ETH", "No: nothing is cut. An operation is whole, or refused."),
            },
            "a",
        ),
    ),
    next="07: not the whole contract, but some of its functions.",
)
