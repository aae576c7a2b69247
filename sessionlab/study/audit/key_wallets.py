"""Read what a key may do besides its sessions on one wallet: what was issued for it, and its other wallets.

An endpoint of this project says which sessions it has issued. Others do not, and then only what is on the chain counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sessionlab.core.base.errors import RpcError
from sessionlab.core.permissions.json_codec import permissions_from_json
from sessionlab.core.permissions.rows import rows
from sessionlab.study.audit.key_reader import ROOT, KeyReader
from sessionlab.study.audit.state import KeyWallet, LeftBehind, OtherSession

Request = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Issued:
    """What an endpoint says that it has issued for a key, by wallet in lower case."""

    #: Whether it says so at all.
    is_known: bool = False
    #: The sessions that were not revoked, installed or not.
    sessions: Mapping[str, tuple[OtherSession, ...]] = field(default_factory=dict)
    #: The wallets that were made for the key as their owner.
    owned: frozenset[str] = frozenset()


def issued_for(request: Request, key: str) -> Issued:
    """Ask the endpoint which sessions it has issued for a key; an endpoint that does not know the method tells none."""
    try:
        answer = request("lab_sessionsOfKey", [{"key": key}])
    except RpcError:
        return Issued()
    sessions: dict[str, tuple[OtherSession, ...]] = {}
    for made in answer["sessions"]:
        wallet, granted = made["account"].lower(), rows(permissions_from_json(made["permissions"]))
        session = OtherSession(int(made["entityId"], 16), granted, made["expirySec"])
        sessions[wallet] = (*sessions.get(wallet, ()), session)
    return Issued(True, sessions, frozenset(wallet.lower() for wallet in answer["accounts"]))


def read_sessions(
    key: KeyReader, entity_id: int, waiting: Sequence[OtherSession] = ()
) -> tuple[LeftBehind, tuple[OtherSession, ...]]:
    """Return what earlier sessions with an entity id left behind, and the key's other sessions.

    ``waiting``: sessions that the owner has signed; those that are not installed wait for their first operation.
    """
    others = list(key.other_sessions(entity_id))
    installed = {other.entity_id for other in others}
    for other in waiting:
        if other.entity_id not in installed:
            before = key.left_behind(other.entity_id)
            session = OtherSession(other.entity_id, other.rows, other.expiry, before=before) if before else None
            others.append(session or OtherSession(other.entity_id, ROOT, known=False))
    before = key.left_behind(entity_id)
    if before is None:  # an earlier install cannot be read: what it allowed is taken for everything
        others.append(OtherSession(entity_id, ROOT, known=False))
    return before or LeftBehind(), tuple(others)


def owners_of(key: KeyReader, addresses: Iterable[str]) -> dict[str, str]:
    """Return the owners that contracts name, those of the owners included; all addresses in lower case."""
    result: dict[str, str] = {}
    asked, waiting = set[str](), [address.lower() for address in addresses]
    while waiting:
        address = waiting.pop()
        if address in asked:
            continue
        asked.add(address)
        if owner := key.owner_of(address):
            result[address] = owner.lower()
            waiting.append(owner.lower())
    return result


def read_key_wallets(key: KeyReader, issued: Issued, wanted: Iterable[str]) -> tuple[KeyWallet, ...]:
    """Return for which of these addresses the key acts, and how. ``wanted``: in lower case."""
    known = {*map(str.lower, key.wallets()), *issued.sessions, *issued.owned}
    wallets_of_key = (_read(key.elsewhere(wallet), issued, wallet) for wallet in sorted({*wanted} & known))
    return tuple(wallet for wallet in wallets_of_key if wallet.is_owners or wallet.sessions)


def _read(key: KeyReader, issued: Issued, wallet: str) -> KeyWallet:
    is_owners = key.is_owners()
    if is_owners is None:  # not deployed, with a salt
        is_owners = wallet in issued.owned
    _, sessions = read_sessions(key, 0, issued.sessions.get(wallet, ()))
    return KeyWallet(wallet, is_owners, sessions)
