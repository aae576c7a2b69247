"""A signer's wallets, what they have and what they support, for clients that list or check them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.base.work import GO_ON
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.permissions.json_codec import permissions_to_json
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.sessions import SESSION_ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sessionlab.core.wallet_api.api import WalletApi

MOST_LISTED = 100
CAPABILITIES = {
    "atomic": {"status": "supported"},
    "paymasterService": {"supported": True},
    "permissions": {"supported": True},
    "eip7702Auth": {"supported": True},
}

#: What a described session takes in memory, roughly, besides what grows with the call that installs it.
SESSION_BYTES, PER_CALL_BYTE = 4_096, 8


def list_accounts(api: WalletApi, params: Any) -> dict[str, Any]:
    """Return one page of the signer's accounts that this API knows."""
    request = reading.params_object(params, ("signerAddress", "limit", "after"))
    owner = reading.address(reading.required(request, "signerAddress"), "signerAddress")
    limit = request.get("limit", MOST_LISTED)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_LISTED:
        message, fix = f"{reading.shown(limit)} is not a page size.", f"use 1 to {MOST_LISTED}."
        raise InvalidInput(message, field="limit", asked=limit, fix=fix)
    result = api.records.accounts_of(owner)
    start = _start(request.get("after"), len(result))
    page = result[start : start + limit]
    end = start + len(page)
    return {
        "accounts": [{"accountAddress": account.address, "id": account.id} for account in page],
        "meta": {"totalCount": len(result), "after": _cursor(end) if end < len(result) else None},
    }


def known_sessions(api: WalletApi, params: Any) -> list[str] | None:
    """Return which of these session ids the account has, or all that it has; None if it is no account of this lab.

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
    return [_described(api, value) for value in _session_ids(reading.params_object(params, ("sessionIds",)))]


def _session_ids(request: Mapping[str, Any]) -> list[str]:
    ids = reading.required(request, "sessionIds")
    if not isinstance(ids, list):
        raise InvalidInput("sessionIds is a list.", field="sessionIds", asked=ids, fix="put the ids into [ ].")
    return ["0x" + reading.sized_data(value, "sessionIds", SESSION_ID_BYTES).hex() for value in ids]


def _described(api: WalletApi, session_id: str) -> dict[str, Any]:
    session = api.records.find_session(session_id)
    if session is None:
        fix = "ask lab_knownSessions for the ids of an account."
        raise NotFound(f"No session has the id {session_id}.", field="sessionIds", asked=session_id, fix=fix)
    GO_ON.get()(SESSION_BYTES + PER_CALL_BYTE * len(session.call))
    return {
        "sessionId": session.id,
        "account": session.account,
        "entityId": hex(session.entity_id),
        "key": {"type": "secp256k1", "publicKey": session.key},
        "permissions": permissions_to_json(session.permissions),
        "expirySec": session.expiry,
        "toSign": account.deferred_action(
            wallet=session.account,
            chain_id=api.chain.chain_id,
            nonce=session.nonce,
            deadline=session.expiry,
            call=session.call,
        ),
    }


def get_capabilities(api: WalletApi, params: Any) -> dict[str, Any]:
    """Return the supported capabilities by chain (EIP-5792)."""
    if not isinstance(params, list | tuple) or not 1 <= len(params) <= 2:
        raise InvalidInput("The method takes an account, and chain ids.", field="params", fix="send params: [account].")
    reading.address(params[0], "account")
    asked = params[1] if len(params) == 2 else None
    if asked is not None and not isinstance(asked, list):
        raise InvalidInput("Chain ids are a list.", field="chainIds", asked=asked, fix="write ['0x539'].")
    here = hex(api.chain.chain_id)
    wanted = {here} if asked is None else {hex(reading.quantity(number, "chainIds")) for number in asked}
    return {here: CAPABILITIES} if here in wanted else {}


def _cursor(index: int) -> str:
    return urlsafe_b64encode(str(index).encode()).decode().rstrip("=")


def _start(cursor: Any, count: int) -> int:
    if cursor is None:
        return 0
    try:
        index = int(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (TypeError, ValueError):
        index = -1
    if not 0 <= index <= count:
        message, fix = f"{reading.shown(cursor)} is no cursor.", "send meta.after of the page before, or leave it out."
        raise InvalidInput(message, field="after", asked=cursor, fix=fix)
    return index
