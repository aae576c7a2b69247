"""lab_sessionsOfKey: what a Wallet API has issued for one key, on all wallets. Audits ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.core.permissions.json_codec import permissions_to_json
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.sessions import read_state

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi


def sessions_of_key(api: WalletApi, params: Any) -> dict[str, Any]:
    """Answer ``{sessions, accounts}``: the sessions created for ``key``, and the accounts that it was the owner of.

    Sessions that were revoked are left out. Whether the owner signed a session is not known here.
    """
    key = reading.address(reading.required(reading.params_object(params, ("key",)), "key"), "key")
    made = (session for session in api.records.sessions() if session.key == key)
    return {
        "sessions": [
            {
                "account": session.account,
                "entityId": hex(session.entity_id),
                "expirySec": session.expiry,
                "permissions": permissions_to_json(session.permissions),
            }
            for session in made
            if not read_state(api, session.account, session.entity_id, key).ended(session.generation)
        ],
        "accounts": [account.address for account in api.records.accounts_of(key)],
    }
