"""Lesson 02: wallet, owner and session key; who signs, who pays, whom the target sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from sessionlab.course.lesson import Exercise, Judgement, Lesson, Prediction, Question, Wrong

if TYPE_CHECKING:
    from sessionlab.lab import Lab

WORDS = ("owner", "session key", "wallet", "paymaster", "bundler", "EntryPoint")
ASKED = ("who signed", "who paid the gas", "whom the vault saw")
Facts = dict[str, tuple[str, str, str]]


@cache
def what_happens() -> Facts:
    """Three deposits on a fresh chain: for each, who signed, who paid and whom the vault saw, read from the chain."""
    import sessionlab as sl
    from sessionlab.erc4337.user_operation import ENTRY_POINT

    lab = sl.Lab(seed=202)
    wallet, key = lab.wallet(), sl.new_key(202)
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.vault)], key=key)
    call = sl.Call(to=lab.vault, function="deposit()")
    session.send_calls([call])  # the first brings the grant; those that are judged do not
    lab.fund(key.address, sl.ether(1))
    places = (wallet.owner.address, key.address, wallet.address, lab.paymaster, lab.bundler.address, ENTRY_POINT)
    people = dict(zip(WORDS, places, strict=True))
    acts: dict[str, Callable[[], object]] = {
        "A": lambda: session.send_calls([call]),
        "B": lambda: wallet.send_calls([call], policy_id=lab.policy_id),
        "C": lambda: lab.chain.transact(key.private, call.to, call.data),
    }
    found = {}
    for name, act in acts.items():
        # What the EntryPoint holds are deposits, and each is somebody's.
        before = {who: money(lab, address) for who, address in people.items() if who != "EntryPoint"}
        act()
        (payer,) = (who for who, had in before.items() if money(lab, people[who]) < had)
        found[name] = (name_of(people, signer(lab)), payer, name_of(people, player(lab)))
    return found


def money(lab: Lab, address: str) -> int:
    """Wei that an account has, and has in the EntryPoint for gas."""
    return lab.balance(address) + lab.bundler.deposit_of(address)


def signer(lab: Lab) -> str | None:
    """Whose signature the newest block brought: under its operation, or if there is none, under its transaction."""
    from sessionlab.account import SIGNATURE_PREFIX
    from sessionlab.erc4337.unpack import read_handle_ops
    from sessionlab.erc4337.user_operation import ENTRY_POINT, operation_hash
    from sessionlab.keys import personal_hash
    from sessionlab.wallet_api.sessions import recover

    (sent,) = lab.chain.block().transactions
    if sent.to != ENTRY_POINT:
        return sent.sender
    (operation,) = read_handle_ops(sent.data)
    digest = personal_hash(operation_hash(operation, lab.chain.chain_id))
    return recover(digest, operation.signature.removeprefix(SIGNATURE_PREFIX))


def player(lab: Lab) -> str:
    """Whom the vault noted in the newest block: its msg.sender."""
    from sessionlab.chain.addresses import checksum

    (log,) = lab.chain.logs(lab.vault, from_block="latest")
    return checksum(bytes.fromhex(log.topics[1][-40:]))


def name_of(people: Mapping[str, str], address: str | None) -> str:
    """What an account is called."""
    return next(name for name, known in people.items() if known == address)


def judge(answer: Any) -> Judgement:
    """``answer``: for A, B and C a tuple of three words: who signed, who paid the gas, whom the vault saw."""
    if not isinstance(answer, Mapping) or set(answer) != set("ABC"):
        return Judgement(False, 'my_answer holds three answers: {"A": (…), "B": (…), "C": (…)}.')
    if any(given is ... for given in answer.values()):
        return Judgement(False, "Put three words in the place of each of the dots.")
    for name, given in answer.items():
        if not isinstance(given, tuple | list) or len(given) != 3 or any(word not in WORDS for word in given):
            return Judgement(False, f"{name} is answered by three words, each one of: {', '.join(WORDS)}.")
    facts = what_happens()
    wrong = list(differences(answer, facts))
    if not wrong:
        return Judgement(True, "So it stands on the chain: signatures, balances and the vault's own notes.")
    says, misconception = next((one for one in wrong if one[1]), wrong[0])
    return Judgement(False, f"On a fresh chain it was otherwise. {says}", misconception)


def differences(answer: Mapping[str, Any], facts: Facts) -> Iterator[tuple[str, str | None]]:
    """What is wrong with an answer, with the misconception if it is a known one."""
    for name, (signed, paid, seen) in facts.items():
        for asked, said, right in zip(ASKED, answer[name], (signed, paid, seen), strict=True):
            if said != right:
                says, misconception = recognised(asked, said, signed, paid)
                yield f"{name}, {asked}: not the {said}. {says}".strip(), misconception


def recognised(asked: str, said: str, signed: str, paid: str) -> tuple[str, str | None]:
    """What to say to a wrong word; ``signed`` and ``paid`` are right."""
    if paid == signed:
        known = f"the {said} is in everything" if said in ("wallet", "bundler", "EntryPoint") else None
        return "A plain transaction has no wallet in it: one account does everything.", known
    if asked == "whom the vault saw" and said in (signed, "bundler", "EntryPoint"):
        return "The vault sees who calls it, and that is the last one on the way.", f"the target sees the {said}"
    if asked == "who paid the gas" and said == "bundler":
        return "The bundler pays for its transaction, and the EntryPoint gives it back.", "the bundler pays"
    if asked == "who paid the gas" and said == signed:
        return "A key needs no money: it has an account, and nothing has to be in it.", "who signs pays"
    if asked == "who paid the gas" and said == "wallet":
        return "A sponsor was there, and it had said: I pay.", "the wallet pays, sponsored or not"
    if asked == "who signed" and said == "wallet":
        return "A wallet is a contract: it has no key, and signs nothing.", "the wallet signs"
    return "", None


def source(a: str, b: str, c: str) -> str:
    """An answer, as source."""
    return f'my_answer = {{\n    "A": {a},\n    "B": {b},\n    "C": {c},\n}}'


A, B, C = (
    '("session key", "wallet", "wallet")',
    '("owner", "paymaster", "wallet")',
    '("session key", "session key", "session key")',
)

LESSON = Lesson(
    number="02",
    name="wallet_owner_session_key",
    title="Wallet, owner, session key",
    promise="send one call by three signers, and see who signs, who pays and whom the called contract sees",
    minutes=20,
    before=("00", "01"),
    predictions=(
        Prediction(
            "02.1",
            "The session key pays into a vault. Under whose name does the vault note it? "
            "(owner, session key, bundler, wallet)",
            {
                "session key": "The session key signed. But a contract sees who calls it: the wallet.",
                "owner": "The owner signed the grant, once. A contract sees who calls it: the wallet.",
                "bundler": "The bundler calls the EntryPoint, that calls the wallet, and the wallet calls the vault.",
            },
        ),
        Prediction(
            "02.2",
            "Nobody sponsors the next operation of the session key. Who is poorer afterwards? "
            "(owner, session key, bundler, wallet)",
            {
                "bundler": "The bundler pays for its transaction, and gets it back in the same transaction.",
                "session key": "The session key has no money, and needs none.",
                "owner": "The owner's own account has nothing to do with it: the wallet's money is in the wallet.",
            },
        ),
    ),
    exercises=(
        Exercise(
            id="02.3",
            name="my_answer",
            stub=source("...", "...", "..."),
            solution=source(A, B, C),
            hints=(
                "Who signed? Only keys sign. Whom the vault saw? Who called it. Who paid? Whose money is less.",
                "In A and B the wallet calls the vault. In B a sponsor has promised to pay.",
                "C is no operation: no bundler, no EntryPoint, no wallet. What is left?",
            ),
            judge=judge,
            near=(
                "my_answer = 3",
                'my_answer = {"A": 1, "B": 2, "C": 3}',
                source('("session key", "paymaster", "wallet")', B, C),
                source('("owner", "wallet", "wallet")', B, C),
                source(A, '("session key", "paymaster", "wallet")', C),
                source(A, B, '("me", "me", "me")'),
            ),
            wrong=(
                Wrong(source('("session key", "wallet", "session key")', B, C), "the target sees the session key"),
                Wrong(source(A, '("owner", "paymaster", "owner")', C), "the target sees the owner"),
                Wrong(source('("session key", "wallet", "bundler")', B, C), "the target sees the bundler"),
                Wrong(source('("session key", "wallet", "EntryPoint")', B, C), "the target sees the EntryPoint"),
                Wrong(source('("session key", "bundler", "wallet")', B, C), "the bundler pays"),
                Wrong(source('("session key", "session key", "wallet")', B, C), "who signs pays"),
                Wrong(source(A, '("owner", "wallet", "wallet")', C), "the wallet pays, sponsored or not"),
                Wrong(source('("wallet", "wallet", "wallet")', B, C), "the wallet signs"),
                Wrong(source(A, B, A), "the wallet is in everything"),
            ),
        ),
    ),
    questions=(
        Question(
            "02.a",
            "A game lists its players by msg.sender. Which address does the owner tell it?",
            {
                "a": ("the session key's", "No: the game never sees it. It signs, and the wallet calls."),
                "b": ("the wallet's", "Yes: whichever key signs, the wallet does the calling."),
                "c": ("the owner's", "No: the owner's own account calls nobody here."),
            },
            "b",
        ),
        Question(
            "02.b",
            "How much ETH must a session key have?",
            {
                "a": ("enough for the gas", "No: the wallet's deposit in the EntryPoint pays, or a sponsor's."),
                "b": ("none", "Yes. It only signs."),
                "c": ("as much as it may send", "No: it sends the wallet's money, within what the owner signed."),
            },
            "b",
        ),
        Question(
            "02.c",
            "A stranger signs an operation of your wallet, and a bundler is ready to send it.",
            {
                "a": ("it passes: the bundler has signed", "The bundler signs its own transaction, not the operation."),
                "b": ("it is refused: AA24", "Yes: the wallet looks whose signature it is, whoever brings it."),
                "c": ("it is mined, and your wallet pays", "No: refused in validation, nothing happens to the wallet."),
            },
            "b",
        ),
    ),
    next="03: native-token-transfer, an allowance that burns down.",
)
