"""A signer's wallets, what they have and what they support, for clients that list or check them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.wallet_api import request_params as reading

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

MOST_LISTED = 100
CAPABILITIES = {
    "atomic": {"status": "supported"},
    "paymasterService": {"supported": True},
    "permissions": {"supported": True},
    "eip7702Auth": {"supported": True},
}


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
        message, fix = (
            f"{reading.shown(cursor)} is not a cursor.",
            "send meta.after of the page before, or leave it out.",
        )
        raise InvalidInput(message, field="after", asked=cursor, fix=fix)
    return index
