"""The audit of permissions that nobody has signed yet: reads the wallet that would grant them over JSON-RPC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.permissions.grant import check_grant
from sessionlab.core.permissions.json_codec import read_permissions
from sessionlab.core.permissions.rows import rows
from sessionlab.study.audit import A_THIEF, PRICE_CEILING, Audit, audit
from sessionlab.study.audit.key_reader import KeyReader
from sessionlab.study.audit.wallet_reader import read_around

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.smart_wallet import BaseClient
    from sessionlab.core.permissions.types import Permission

#: Placeholder for a key that is still to be made; nobody owns this address.
A_NEW_KEY = "0x4B6579000000000000000000000000000000004B"


def audit_permissions(
    wallet: BaseClient,
    permissions: Sequence[Permission | Mapping[str, Any]],
    expiry: int | None,
    key: str | None,
    *,
    price_ceiling: int | None,
    thief: str | None,
) -> Audit:
    """Return the worst that a thief of the session could do that these arguments of a grant would make.

    Raises what the grant would raise: GrantRefused, or InvalidInput.
    """
    granted, request, who = read_permissions(permissions), wallet._api.request, thief or A_THIEF
    newest, following = (int(request("eth_getBlockByNumber", [tag, False])["timestamp"], 16) for tag in BLOCKS)
    check_grant(granted, wallet=wallet.address, expiry=expiry, now=newest, rules=wallet.rules)
    wallet._check_can_be_used(expiry)
    sessions = wallet.sessions()
    reader = KeyReader(request, wallet.address, key or A_NEW_KEY)
    around = read_around(reader, next_number(wallet, sessions), rows(granted), sessions, wallet.names, who)
    state = replace(around, now=following, expiry=expiry)
    ceiling = PRICE_CEILING if price_ceiling is None else price_ceiling
    return audit(granted, state, wallet.rules, price_ceiling=ceiling, thief=who)


BLOCKS = ("latest", "pending")


def next_number(wallet: BaseClient, sessions: Iterable[BaseSession]) -> int:
    """Return the entity id that the wallet's next session gets: the first behind the known ones that nobody had."""
    number = 1 + max((session.entity_id for session in sessions), default=0)
    while was_used(wallet, number):
        number += 1
    return number


def was_used(wallet: BaseClient, entity_id: int) -> bool:
    """Whether the wallet contract has, or had, a session with this entity id."""
    contract = artifact("SessionWallet")
    call = {"to": wallet.address, "data": "0x" + contract.encode("session", entity_id).hex()}
    answer = bytes.fromhex(wallet._api.request("eth_call", [call, "latest"])[2:])
    if not answer:  # it is not deployed yet
        return False
    key, _marks, _window, generation, _scope = contract.decode("session", answer)
    return bool(int(key, 16) or generation)
