"""Lesson 17: a key that an agent holds."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Amount, Function, Permissions, Several
from sessionlab.course.judges.judge_17 import BEHAVES, BILL, NAMED, SHARED, judge_payee, judge_wallet
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_17 import ether_left_in_the_wallet, ether_to_the_stranger

GRANT = "def my_grant(merchant, total):\n"
SETUP = "def my_setup(total, most):\n"
PAY, PAYEE = "sl.NativeTokenTransfer(allowance=total)", "sl.ContractAccess(address=merchant)"


def _grant(*permissions: str) -> str:
    return f"{GRANT}    return [{', '.join(permissions)}]"


def _setup(wei: str, permissions: str = PAY, seconds: str = "3_600") -> str:
    return f"{SETUP}    return {wei}, [{permissions}], {seconds}"


LESSON = Lesson(
    number="17",
    name="a_key_for_an_agent",
    title="A key for an agent",
    promise="let a scripted agent hold a key, mislead it in three ways, measure each loss, and narrow the grant",
    minutes=25,
    before=("05", "10", "13"),
    predictions=(
        Prediction(
            "17.1",
            "0.1 of 1 ETH is spent. A mail asks for 5 ETH, then for 0.9 ETH. How much ETH does the stranger get?",
            {
                0: "The wallet knows amounts. It does not know whom the owner meant.",
                5: "What does not fit is refused: 5 ETH is more than the allowance.",
                1: "0.1 ETH of the allowance is spent already.",
            },
            Number("ETH"),
            ether_to_the_stranger,
        ),
        Prediction(
            "17.2",
            "10 ETH, an allowance of 1 ETH, 3,000,000 gas. The key is stolen. How much ETH does the thief leave?",
            {
                9: "That is the loss by permissions. The thief also bundles, and names the price of the gas.",
                8.7: "At 100 gwei it would be so. The thief names the price.",
            },
            Number("ETH"),
            ether_left_in_the_wallet,
        ),
    ),
    exercises=(
        Exercise(
            id="17.3",
            name="my_grant",
            stub=stub(
                GRANT,
                "A list of permissions that let the agent pay the merchant, and nobody else.",
                "merchant, an address; total, the wei of both payments",
            ),
            solution=_grant(PAY, PAYEE),
            hints=(
                "In production native-token-transfer limits ETH, and does not name a target. What does?",
                "contract-access takes any address, also one without code.",
                "native-token-transfer with the total, and contract-access with the merchant.",
            ),
            judge=judge_payee,
            near=(
                _grant("sl.NativeTokenTransfer(allowance=total - 1)", PAYEE),
                _grant(PAY),
                "my_grant = 3",
            ),
            wrong=(
                Wrong(_grant("sl.NativeTokenTransfer(allowance=10**20)", PAYEE), BEHAVES),
                Wrong(_grant("sl.Root()"), BEHAVES),
                Wrong(_grant(PAYEE), NAMED),
            ),
            kind=Function("merchant, total", Permissions()),
        ),
        Exercise(
            id="17.4",
            name="my_setup",
            stub=stub(
                SETUP,
                "Three values: (wei for the agent's own wallet, a list of permissions, seconds until the end).",
                "total, the wei of both payments; most, the wei that may be lost at all",
            ),
            solution=_setup("most"),
            hints=(
                "Which numbers bound what is lost as gas, if the price is the thief's?",
                "Only what the wallet holds. How much has to be in it for the payments and their gas?",
                "Put `most` into the wallet, and the total into native-token-transfer.",
            ),
            judge=judge_wallet,
            near=(
                _setup("total"),
                _setup("most", "sl.NativeTokenTransfer(allowance=total // 2)"),
                _setup("most", seconds="10**9"),
                SETUP + "    return most",
            ),
            wrong=(
                Wrong(_setup("10**19", f"{PAY}, sl.GasLimit(limit=1_000_000)"), BILL),
                Wrong(_setup("10**19"), SHARED),
                Wrong(_setup("most", "sl.Root()"), BEHAVES),
            ),
            kind=Function(
                "total, most", Several((Amount("wei"), Permissions(), Amount("seconds")), "(10**17, […], 3_600)")
            ),
        ),
    ),
    questions=(
        Question(
            "17.a",
            "A system prompt says: never pay strangers. What does it bound?",
            {
                "a": ("nothing that the wallet knows of", "Yes. Only what the owner signed bounds a loss."),
                "b": (
                    "what an injected line can move",
                    "An injected line speaks to the same model as the prompt does.",
                ),
                "c": ("what a thief of the key takes", "A thief uses the key without the model."),
            },
            "a",
        ),
        Question(
            "17.b",
            "The session's context leaks, its key does not. What can a stranger do with it?",
            {
                "a": ("everything that was granted", "Each operation needs the key's signature as well."),
                "b": ("see what was granted", "Yes. The context is the owner's signed grant, not the key."),
                "c": ("revoke the session", "Only the owner revokes."),
            },
            "b",
        ),
        Question(
            "17.c",
            "Documented rules, and the wallet pays for gas. What bounds what a thief who bundles takes in all?",
            {
                "a": ("the gas-limit", "It counts gas. The price is the thief's."),
                "b": ("the allowance", "It bounds what calls send, not what is paid for gas."),
                "c": ("what the wallet holds", "Yes. So give an agent a wallet of its own, or let a sponsor pay."),
            },
            "c",
        ),
    ),
    next="you have the whole course. `sessionlab audit` and `sessionlab explain` take your own policies.",
)
