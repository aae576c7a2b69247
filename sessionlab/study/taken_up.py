"""Sessions that another client granted: taken up by their user from a context, or found by the wallet's owner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.errors import ChainError, InvalidInput, RpcError, SessionlabError, StaleHandle
from sessionlab.core.base.keys import Key
from sessionlab.core.base.rollback_list import RollbackList
from sessionlab.core.base.rpc_codes import UNKNOWN_METHOD
from sessionlab.core.client.session import BaseSession, SessionGrant
from sessionlab.core.client.smart_wallet import described
from sessionlab.core.client.wallet_api_client import KNOWN, Provider, WalletApiClient, send_request
from sessionlab.core.permissions.json_codec import permissions_from_json
from sessionlab.study.key_elsewhere import KeyElsewhere
from sessionlab.study.own_contracts.naming import asked_book

if TYPE_CHECKING:
    from sessionlab.core.client.smart_wallet import BaseClient

S = TypeVar("S", bound=BaseSession)

FIND, DESCRIBE = "lab_findSession", "lab_describeSessions"
ENDED = ("revoked", "expired")
CONTEXT_BYTES = 1 + 16 + 65


class SessionEnded(SessionlabError):
    """A session is over for good. ``state``: ``revoked`` or ``expired``; ``left``: its last second, in Unix time."""

    def __init__(self, message: str, *, state: str, **facts: Any) -> None:
        self.state = state
        super().__init__(message, **facts)


def take_up(cls: type[S], provider: Provider, wallet: str, key: Key, context: str, allow_ended: bool) -> S:
    """Return the session that a context names, for its user. What was granted, and its state, is the node's word."""
    told = _found(provider, context)
    _check_is_the_same(told, wallet, key)
    if told["state"] == "pending" and not told["signedByOwner"]:
        message = f"The context is not signed by the owner of {wallet}, and the session is not installed yet."
        raise InvalidInput(
            message, field="context", fix="give session.context, unchanged, as the owner handed it over."
        )
    if told["state"] in ENDED and not allow_ended:
        raise _ended(told)
    api = WalletApiClient(provider, wallet, int(send_request(provider, "eth_chainId"), 16), key)
    rules, names = described(provider)
    book, granted = asked_book(names, provider), _grant(told, key, context)
    return cls._opened(api, granted, names=book, rules=rules, refusals=RollbackList())


def _found(provider: Provider, context: str) -> Mapping[str, Any]:
    """Ask the node for the session that a context names."""
    try:
        is_one = context.startswith("0x00") and len(bytes.fromhex(context[2:])) == CONTEXT_BYTES
    except ValueError:
        is_one = False
    if not is_one:
        message = "This is not a session's context: 0x00, the session's id and the owner's signature, 82 bytes in hex."
        fix = "give session.context, as it was handed over."
        raise InvalidInput(message, field="context", asked=context[:80], fix=fix)
    try:
        told: Mapping[str, Any] | None = send_request(provider, FIND, [{"context": context}])
    except RpcError as error:
        if error.code != UNKNOWN_METHOD:
            raise
        message, fix = (
            "This endpoint does not tell what was granted: it is not a lab.",
            "give the lab that knows the session.",
        )
        raise ChainError(message, field="provider", fix=fix) from None
    if told is None:
        session_id = "0x" + context[4:36].lower()
        message = f"This lab does not know the session {session_id}: it is another lab's, or a revert undid it."
        fix = "connect to the lab where it was granted, or ask the owner for a new session."
        raise StaleHandle(message, field="context", asked=session_id, fix=fix)
    return told


def _check_is_the_same(told: Mapping[str, Any], wallet: str, key: Key) -> None:
    """Raise InvalidInput if the session is another wallet's or another key's."""
    if told["account"] != wallet:
        message, fix = (
            f"The context is for a session of {told['account']}.",
            "give that wallet, or the context of this one.",
        )
        raise InvalidInput(message, field="wallet", asked=wallet, left=told["account"], fix=fix)
    if (granted := told["key"]["publicKey"]) != key.address:
        message, fix = f"The session is granted to the key {granted}.", "give that key; the wallet takes no other."
        raise InvalidInput(message, field="key", asked=key.address, left=granted, fix=fix)


def _ended(told: Mapping[str, Any]) -> SessionEnded:
    """Return the error for a session that is over."""
    number, expiry = int(told["entityId"], 16), int(told["expirySec"])
    how = "was revoked by the owner" if told["state"] == "revoked" else f"expired at {format_time(expiry)}"
    fix = "ask the owner for a new session; to read the old one, add allow_ended=True."
    facts = {"state": told["state"], "asked": told["sessionId"], "left": expiry or None}
    return SessionEnded(f"Session {number} of {told['account']} {how}.", field="context", fix=fix, **facts)


def ids_of(wallet: BaseClient) -> list[str] | None:
    """Return the ids of all sessions that the endpoint knows of the wallet; None if it is not a lab."""
    try:
        return list(wallet.provider.request(KNOWN, [{"account": wallet.address}]))
    except RpcError:  # a hosted endpoint lists no sessions
        return None


def sessions_of(wallet: BaseClient, granted: Iterable[BaseSession]) -> tuple[BaseSession, ...]:
    """Return all sessions that the endpoint knows of a wallet. ``granted``: those that its own client granted."""
    known, ids = {session.id: session for session in granted}, ids_of(wallet)
    others: dict[str, BaseSession] = vars(wallet).setdefault("_others", {})
    missing = [session_id for session_id in ids or () if session_id not in others | known]
    others |= {grant.id: wallet._opened(grant) for grant in _find(wallet, missing)}
    return tuple((others | known)[session_id] for session_id in (known if ids is None else ids))


def _find(wallet: BaseClient, session_ids: Sequence[str]) -> list[SessionGrant]:
    """Return what the wallet's owner granted in these sessions, by whatever client."""
    if not session_ids:
        return []
    told = send_request(wallet.provider, DESCRIBE, [{"sessionIds": list(session_ids)}])
    return [_grant_signed_by(wallet.owner, answer) for answer in told]


def _grant_signed_by(owner: Key, told: Mapping[str, Any]) -> SessionGrant:
    signature = owner.sign_typed_data(told["toSign"])  # the same as when it was granted
    context = "0x00" + told["sessionId"][2:] + signature.hex()
    return _grant(told, KeyElsewhere(told["key"]["publicKey"]), context)


def _grant(told: Mapping[str, Any], key: Key, context: str) -> SessionGrant:
    permissions, expiry = tuple(permissions_from_json(told["permissions"])), told["expirySec"] or None
    return SessionGrant(told["sessionId"], int(told["entityId"], 16), key, permissions, expiry, context)
