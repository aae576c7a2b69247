"""How the exercises of lesson 09 are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.core.permissions.limits import GrantKind
from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.attacks.thief import Thief
    from sessionlab.study.facade import Lab, SmartWalletClient

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
    says = "The harmless ones are granted, and a thief who tried every way to become the owner found none."
    return Judgement(True, says)


def _wrong(answer: Callable[..., Any], safe: Sequence[str], others: Sequence[str], number: int) -> Judgement | None:
    """What is wrong with the choice of one round."""
    import sessionlab as sl

    offered = sorted([*safe, *others])
    lab = sl.Lab(seed=109)
    chosen: Any = answer(lab, lab.wallet(), list(offered))
    if chosen is ... or chosen is None:
        return Judgement(False, "Replace the dots with your choice.")
    if isinstance(chosen, list | tuple) and any(isinstance(other, sl.ContractAccess) for other in chosen):
        return Judgement(False, "contract-access takes contracts, never the wallet itself.", CONTRACT)
    if not isinstance(chosen, list | tuple) or any(other not in offered for other in chosen):
        return Judgement(False, "Return a list of functions, each written as it was offered.")
    if not chosen:
        return Judgement(False, f"Nothing is granted. {len(safe)} of the offered functions change nothing at all.")
    lab = sl.Lab(seed=109)  # a fresh chain, whatever was tried on the other
    wallet = lab.wallet()
    # Who passed the first round, and keeps all that the second writes as selectors, looked at names alone.
    by_name = BY_NAME if all(other in chosen for other in others) else None
    try:
        session = wallet.grant_permissions([sl.AccountFunctions(functions=list(chosen))], key=sl.new_key(9))
    except sl.GrantRefused as refused:
        return Judgement(False, f"The grant is refused: {refused.message}", CONTRACT if number == 1 else by_name)
    if way := _way_to_the_owner(lab, wallet, session):
        says = f"On a fresh chain a thief became the owner by {way}."
        return Judgement(False, says, LET_THROUGH if number == 1 else by_name)
    if missing := [other for other in safe if other not in chosen]:
        return Judgement(False, f"Safe, but too careful. These are harmless and were left out: {', '.join(missing)}.")
    return None


def _way_to_the_owner(lab: Lab, wallet: SmartWalletClient, session: Any) -> str:
    """The function by which a thief of this session comes to every right; empty if there is none."""
    from sessionlab.attacks.thief import Thief
    from sessionlab.core.erc4337.call import Call
    from sessionlab.core.permissions.functions import function_name

    thief = Thief(lab, wallet, session)
    for data in _tries(thief):
        thief.own_function(data)
        thief.call(Call(wallet.address, 0, data), batch=True)
        if _has_every_right(lab, wallet):
            return function_name("0x" + data[:4].hex())
    return ""


def _tries(thief: Thief) -> Iterator[bytes]:
    """Call data: what replaces the owner or installs root, and every granted function with the thief in each place."""
    from sessionlab.core.base.abi_words import address_word
    from sessionlab.core.erc4337 import wallet_encoding as account
    from sessionlab.core.permissions.rows import GrantRow, rows
    from sessionlab.study.audit.calls import replace_owner

    yield replace_owner(thief.address)
    yield account.install_call(entity_id=99, key=thief.address, rows=[GrantRow(GrantKind.ROOT)])
    for row in rows(thief.session.permissions):
        yield row.selector + 5 * address_word(thief.address)
        yield row.selector + address_word(thief.address) + bytes(128)


def _has_every_right(lab: Lab, wallet: SmartWalletClient) -> bool:
    """Whether the owner is another, or a session is there that only a thief would install."""
    owner = lab.read("SessionWallet", wallet.address, "owner")
    key = lab.read("SessionWallet", wallet.address, "session", 99)[0]
    return str(owner) != wallet.owner.address or int(str(key), 16) != 0
