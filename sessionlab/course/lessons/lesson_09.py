"""Lesson 09: account-functions, functions of the wallet itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.course.lesson import Exercise, Judgement, Lesson, Prediction, Question, Wrong

if TYPE_CHECKING:
    from sessionlab.attacks.thief import Thief
    from sessionlab.client import SmartWalletClient
    from sessionlab.lab import Lab

RENEW = "updateFallbackSignerData(address,bool)"
#: What each round of the exercise offers: harmless functions, and others. The second round has selectors.
ROUNDS = (
    (
        ("supportsInterface(bytes4)", "isValidSignature(bytes32,bytes)", "owner()"),
        ("execute(address,uint256,bytes)", RENEW, "uninstallSession(uint32,bool)"),
    ),
    (
        ("0x150b7a02", "allowance(uint32,uint256,address)", "0x01FFC9A7"),
        ("0x30009D52", "0xB61D27F6", "0x4f1ef286", "0x2489684E"),
    ),
)
CONTRACT, LET_THROUGH, BY_NAME = (
    "the wallet is just another contract",
    "what the grant lets through is safe",
    "a function is its name",
)


def judge(answer: Callable[..., Any]) -> Judgement:
    """``answer``: a function that chooses, from functions that are offered, those that are safe to grant."""
    if not callable(answer):
        return Judgement(False, "my_choice must be a function of lab, wallet and offered.")
    for number, (safe, others) in enumerate(ROUNDS, start=1):
        fault = _wrong(answer, safe, others, number)
        if fault is not None:
            return fault
    says = "The harmless ones are granted, and a thief who tried every way to the owner's place found none."
    return Judgement(True, says)


def _wrong(answer: Callable[..., Any], safe: Sequence[str], others: Sequence[str], number: int) -> Judgement | None:
    """What is wrong with the choice of one round."""
    import sessionlab as sl

    offered = sorted([*safe, *others])
    lab = sl.Lab(seed=109)
    chosen: Any = answer(lab, lab.wallet(), list(offered))
    if chosen is ... or chosen is None:
        return Judgement(False, "Put your choice in the place of the dots.")
    if isinstance(chosen, list | tuple) and any(isinstance(one, sl.ContractAccess) for one in chosen):
        return Judgement(False, "contract-access takes contracts, and never the wallet itself.", CONTRACT)
    if not isinstance(chosen, list | tuple) or any(one not in offered for one in chosen):
        return Judgement(False, "Return a list of functions, each written as it was offered.")
    if not chosen:
        return Judgement(False, f"Nothing is granted. {len(safe)} of the offered functions change nothing at all.")
    lab = sl.Lab(seed=109)  # a fresh chain, whatever was tried on the other
    wallet = lab.wallet()
    # Who passed the first round, and keeps all that the second writes as selectors, looked at names alone.
    by_name = BY_NAME if all(one in chosen for one in others) else None
    try:
        session = wallet.grant_permissions([sl.AccountFunctions(functions=list(chosen))], key=sl.new_key(9))
    except sl.GrantRefused as refused:
        return Judgement(False, f"The grant is refused: {refused.message}", CONTRACT if number == 1 else by_name)
    if way := _way_to_the_owner(lab, wallet, session):
        says = f"On a fresh chain a thief took the owner's place by {way}."
        return Judgement(False, says, LET_THROUGH if number == 1 else by_name)
    if missing := [one for one in safe if one not in chosen]:
        return Judgement(False, f"Safe, but too careful. Harmless, and left out: {', '.join(missing)}.")
    return None


def _way_to_the_owner(lab: Lab, wallet: SmartWalletClient, session: Any) -> str:
    """The function by which a thief of this session comes to every right; empty if there is none."""
    from sessionlab.account import RawCall
    from sessionlab.attacks.thief import Thief
    from sessionlab.permissions.functions import function_name

    thief = Thief(lab, wallet, session)
    for data in _tries(thief):
        thief.own_function(data)
        thief.call(RawCall(wallet.address, 0, data), batch=True)
        if _has_every_right(lab, wallet):
            return function_name("0x" + data[:4].hex())
    return ""


def _tries(thief: Thief) -> Iterator[bytes]:
    """Call data: what replaces the owner or installs root, and every granted function with the thief in each place."""
    from sessionlab import account
    from sessionlab.insight.audit.calls import replace_owner
    from sessionlab.permissions.rows import Kind, Row, rows
    from sessionlab.words import address_word

    yield replace_owner(thief.address)
    yield account.install_call(entity_id=99, key=thief.address, rows=[Row(Kind.ROOT)])
    for row in rows(thief.session.permissions):
        yield row.selector + 5 * address_word(thief.address)
        yield row.selector + address_word(thief.address) + bytes(128)


def _has_every_right(lab: Lab, wallet: SmartWalletClient) -> bool:
    """Whether the owner is another, or a session is there that only a thief would install."""
    owner = lab.read("SessionWallet", wallet.address, "owner")
    key = lab.read("SessionWallet", wallet.address, "session", 99)[0]
    return str(owner).lower() != wallet.owner.address.lower() or int(str(key), 16) != 0


CHOICE = "def my_choice(lab, wallet, offered):\n"
BODY = """    safe = []
    for function in offered:
        try:
            session = wallet.grant_permissions([sl.AccountFunctions(functions=[function])], key=sl.new_key(1))
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
    promise="take a wallet with a key that may send nothing, see by which way, and choose functions that lead nowhere",
    minutes=20,
    before=("00", "07", "08"),
    predictions=(
        Prediction(
            "09.1",
            "The key may call one function of the wallet, and send nothing. How many of its 10 ETH can a thief take?",
            {
                0: "It sends nothing, and it need not: it makes the thief the owner, and the owner sends.",
                1: "There is no limit to be reached: whoever is the owner is asked for none.",
            },
        ),
    ),
    exercises=(
        Exercise(
            id="09.2",
            name="my_choice",
            stub=CHOICE + '    """The offered functions of the wallet that are safe to grant."""\n    return ...',
            solution=CHOICE + BODY,
            hints=(
                "Some are refused at the grant already. Of those that are not, one leads to the owner's place.",
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
        ),
    ),
    questions=(
        Question(
            "09.a",
            "A grant with account-functions passes all grant rules. What does that say?",
            {
                "a": ("its functions are harmless", "No: the list of refused functions names some, and misses one."),
                "b": (
                    "none of them is on the list of refused ones",
                    "Yes, and no more. What a thief can do, ask an audit.",
                ),
                "c": ("the key can spend nothing", "It said nothing of spending: the owner's place was open."),
            },
            "b",
        ),
        Question(
            "09.b",
            "May a session with contract-access call the wallet itself, if the owner names the wallet's address?",
            {
                "a": (
                    "yes: it is a contract",
                    "It is the one contract that holds all the rights. Naming it is refused.",
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
                "c": ("both are owners until then", "A wallet has one owner: the new one took the old one's place."),
            },
            "b",
        ),
    ),
    next="10: root, which needs no way round.",
)
