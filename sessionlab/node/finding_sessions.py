"""Which sessions a lab knows, for clients in any process: ids of an account, what was granted, and its state now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.base.work import GO_ON
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.permissions.json_codec import permissions_to_json
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.sessions import SESSION_ID_BYTES, grant_hash, read_state, recover

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sessionlab.core.wallet_api.api import WalletApi
    from sessionlab.core.wallet_api.records import SessionRecord

#: What a described session takes in memory, roughly, besides what grows with the call that installs it.
SESSION_BYTES, PER_CALL_BYTE = 4_096, 8
#: 0x00, the session's id and the owner's signature.
CONTEXT_BYTES = 1 + SESSION_ID_BYTES + reading.SIGNATURE_BYTES


def known_sessions(api: WalletApi, params: Any) -> list[str] | None:
    """Return which of these session ids the account has, or all that it has; None if it is not an account of this lab.

    The client asks it about its own handles, so that one from a reverted past or of another lab is told.
    """
    request = reading.params_object(params, ("account", "sessionIds"))
    wallet = reading.address(reading.required(request, "account"), "account")
    wanted = None if request.get("sessionIds") is None else _session_ids(request)
    if api.records.known(wallet) is None:
        return None
    if wanted is None:
        return [session.id for session in api.records.sessions(wallet)]
    sessions = ((value, api.records.find_session(value)) for value in wanted)
    return [value for value, session in sessions if session is not None and session.account == wallet]


def describe_sessions(api: WalletApi, params: Any) -> list[dict[str, Any]]:
    """Return what was granted in these sessions, with the typed data that their owner signs. Raises NotFound."""
    result = []
    for session_id in _session_ids(reading.params_object(params, ("sessionIds",))):
        session = api.records.find_session(session_id)
        if session is None:
            fix = "ask lab_knownSessions for the ids of an account."
            raise NotFound(f"No session has the id {session_id}.", field="sessionIds", asked=session_id, fix=fix)
        result.append(_described(api, session))
    return result


def find_session(api: WalletApi, params: Any) -> dict[str, Any] | None:
    """Return what was granted in the session that a context names, and its state; None if it is not known here.

    ``signedByOwner``: whether the context has the signature of the account's owner of today. Once a session is
    installed, nobody asks for it: the account has checked it then.
    """
    request = reading.params_object(params, ("context",))
    context = reading.sized_data(reading.required(request, "context"), "context", CONTEXT_BYTES)
    session = api.records.find_session("0x" + context[1 : 1 + SESSION_ID_BYTES].hex())
    if session is None:
        return None
    signer = recover(grant_hash(api, session), context[1 + SESSION_ID_BYTES :])
    return _described(api, session) | {"signedByOwner": signer == api.owner_of(session.account)}


def _session_ids(request: Mapping[str, Any]) -> list[str]:
    ids = reading.required(request, "sessionIds")
    if not isinstance(ids, list):
        raise InvalidInput("sessionIds is a list.", field="sessionIds", asked=ids, fix="put the ids into [ ].")
    return ["0x" + reading.sized_data(value, "sessionIds", SESSION_ID_BYTES).hex() for value in ids]


def _described(api: WalletApi, session: SessionRecord) -> dict[str, Any]:
    GO_ON.get()(SESSION_BYTES + PER_CALL_BYTE * len(session.call))
    return {
        "sessionId": session.id,
        "account": session.account,
        "entityId": hex(session.entity_id),
        "key": {"type": "secp256k1", "publicKey": session.key},
        "permissions": permissions_to_json(session.permissions),
        "expirySec": session.expiry,
        "state": state_of(api, session),
        "toSign": account.deferred_action(
            wallet=session.account,
            chain_id=api.chain.chain_id,
            nonce=session.nonce,
            deadline=session.expiry,
            call=session.call,
        ),
    }


def state_of(api: WalletApi, session: SessionRecord) -> str:
    """Return ``pending`` until it is installed, then ``live``, and in the end ``expired`` or ``revoked``."""
    now = read_state(api, session.account, session.entity_id, session.key)
    if now.ended(session.generation):
        return "revoked"
    if session.expiry and api.chain.next_timestamp > session.expiry:
        return "expired"
    return "live" if now.installed else "pending"
