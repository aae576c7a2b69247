"""How the exercises of lesson 02 are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

WORDS = ("owner", "session key", "wallet", "paymaster", "bundler", "EntryPoint")
ASKED = ("who signed", "who paid the gas", "whom the vault saw")


Facts = dict[str, tuple[str, str, str]]


@cache
def what_happens() -> Facts:
    """Three deposits on a fresh chain: for each, who signed, who paid and whom the vault saw, read from the chain."""
    import sessionlab as sl
    from sessionlab.core.erc4337.user_operation import ENTRY_POINT

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
    result = {}
    for name, act in acts.items():
        # What the EntryPoint holds are deposits, and each is somebody's.
        before = {who: money(lab, address) for who, address in people.items() if who != "EntryPoint"}
        act()
        (payer,) = (who for who, had in before.items() if money(lab, people[who]) < had)
        result[name] = (name_of(people, signer(lab)), payer, name_of(people, player(lab)))
    return result


def money(lab: Lab, address: str) -> int:
    """Wei that an account has, and has in the EntryPoint for gas."""
    return lab.balance(address) + lab.bundler.deposit_of(address)


def signer(lab: Lab) -> str | None:
    """Whose signature the newest block brought: under its operation, or if there is none, under its transaction."""
    from sessionlab.core.base.keys import personal_hash
    from sessionlab.core.erc4337.user_operation import ENTRY_POINT, operation_hash
    from sessionlab.core.erc4337.wallet_encoding import SIGNATURE_PREFIX
    from sessionlab.core.wallet_api.sessions import recover
    from sessionlab.study.unpack import read_handle_ops

    (sent,) = lab.chain.block().transactions
    if sent.to != ENTRY_POINT:
        return sent.sender
    (operation,) = read_handle_ops(sent.data)
    digest = personal_hash(operation_hash(operation, lab.chain.chain_id))
    return recover(digest, operation.signature.removeprefix(SIGNATURE_PREFIX))


def player(lab: Lab) -> str:
    """Whom the vault noted in the newest block: its msg.sender."""
    from sessionlab.core.base.addresses import checksum

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
        return Judgement(False, "Replace each of the dots with three words.")
    for name, given in answer.items():
        if not isinstance(given, tuple | list) or len(given) != 3 or any(word not in WORDS for word in given):
            return Judgement(False, f"{name} is answered by three words, each one of: {', '.join(WORDS)}.")
    facts = what_happens()
    wrong = list(differences(answer, facts))
    if not wrong:
        return Judgement(True, "The chain agrees: signatures, balances and the vault's records.")
    says, misconception = next((item for item in wrong if item[1]), wrong[0])
    return Judgement(False, f"On a fresh chain the result was different. {says}", misconception)


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
        return "The vault sees its caller: the last step on the way.", f"the target sees the {said}"
    if asked == "who paid the gas" and said == "bundler":
        return "The bundler pays for its transaction, and the EntryPoint repays it.", "the bundler pays"
    if asked == "who paid the gas" and said == signed:
        return "A key needs no money: its account may be empty.", "who signs pays"
    if asked == "who paid the gas" and said == "wallet":
        return "There was a sponsor, and it paid.", "the wallet pays, sponsored or not"
    if asked == "who signed" and said == "wallet":
        return "A wallet is a contract: it has no key, and signs nothing.", "the wallet signs"
    return "", None
