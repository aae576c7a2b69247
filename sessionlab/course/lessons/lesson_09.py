"""Lesson 09: account-functions, functions of the wallet itself."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Function, ListOf
from sessionlab.course.judges.judge_09 import BY_NAME, CONTRACT, LET_THROUGH, judge
from sessionlab.course.kinds import Number
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong, stub
from sessionlab.course.replays.replay_09 import ether_taken

CHOICE = "def my_choice(lab, wallet, offered):\n"
BODY = """    safe = []
    for function in offered:
        try:
            session = wallet.grant_permissions([sl.AccountFunctions(functions=[function])], key=sl.new_key(function))
        except sl.GrantRefused:
            continue
        if not sl.pictures.escalation(session).takes_the_wallet:
            safe.append(function)
    return safe"""

GRANTABLE = BODY.replace("not sl.pictures.escalation(session).takes_the_wallet", "session")
NAMED = '    return [f for f in offered if not f.startswith(("execute", "update", "uninstall", "install", "upgrade"))]'

LESSON = Lesson(
    number="09",
    name="account_functions",
    title="account-functions: one function too many",
    promise="take over a wallet with a key that may send nothing, see how, and choose functions that lead nowhere",
    minutes=20,
    before=("00", "07", "08"),
    predictions=(
        Prediction(
            "09.1",
            "The key may call one function of the wallet, and send nothing. How many of its 10 ETH can a thief take?",
            {
                0: "It need not send anything: it makes the thief the owner, and the owner sends.",
                1: "There is no limit to reach: nothing limits the owner.",
            },
            Number("ETH"),
            ether_taken,
        ),
    ),
    exercises=(
        Exercise(
            id="09.2",
            name="my_choice",
            stub=stub(
                CHOICE,
                "The offered functions that are safe to grant, as a list.",
                "lab, a fresh lab; wallet, on it; offered, a list of functions of the wallet",
            ),
            solution=CHOICE + BODY,
            hints=(
                "Some are refused at the grant already. Of the others, one makes a thief the owner.",
                "Grant each alone, and ask what a thief could do: session.audit(), or the picture of section 2.",
                "Skip what raises sl.GrantRefused, and what sl.pictures.escalation(session).takes_the_wallet.",
            ),
            judge=judge,
            near=(
                CHOICE + "    return offered[:0]",
                CHOICE + '    return [f for f in offered if f == "owner()"]',
                CHOICE + "    return offered[0]",
                CHOICE + '    return ["supportsInterface(bytes4)", "isValidSignature(bytes32,bytes)", "owner()"]',
                "my_choice = 9",
            ),
            wrong=(
                Wrong(CHOICE + "    return offered", CONTRACT),
                Wrong(CHOICE + "    return [sl.ContractAccess(address=wallet.address)]", CONTRACT),
                Wrong(CHOICE + GRANTABLE, LET_THROUGH),
                Wrong(CHOICE + NAMED, BY_NAME),
            ),
            kind=Function("lab, wallet, offered", ListOf("functions")),
        ),
    ),
    questions=(
        Question(
            "09.a",
            "A grant with account-functions passes all grant rules. What does that say?",
            {
                "a": ("its functions are harmless", "No: the list of refused functions is incomplete."),
                "b": (
                    "none of them is on the list of refused ones",
                    "Yes, and no more. Ask an audit what a thief can do.",
                ),
                "c": ("the key can spend nothing", "It said nothing about spending: the key could replace the owner."),
            },
            "b",
        ),
        Question(
            "09.b",
            "May a session with contract-access call the wallet itself, if the owner names the wallet's address?",
            {
                "a": (
                    "yes: it is a contract",
                    "It is the one contract that holds all the rights, so naming it is refused.",
                ),
                "b": ("only its views", "Not even those: the grant is refused, whatever would be called."),
                "c": (
                    "no: the grant is refused",
                    "Yes: AccountAddressAsTargetError. Its functions have a permission of their own.",
                ),
            },
            "c",
        ),
        Question(
            "09.c",
            "The thief has become the owner. The old owner revokes the session. What happens?",
            {
                "a": ("the thief has lost", "No: the thief no longer needs the session, and signs as the owner."),
                "b": (
                    "the revocation is refused",
                    "Yes: the wallet knows another owner now, and asks for that signature.",
                ),
                "c": ("both are owners until then", "A wallet has one owner: the new one replaced the old one."),
            },
            "b",
        ),
    ),
    next="10: root, which needs no detour.",
)
