"""Sessions that another client granted: taken up by their user from a context, or found by the wallet's owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.errors import InvalidInput, RpcError
from sessionlab.core.base.keys import Key
from sessionlab.core.base.rollback_list import RollbackList
from sessionlab.core.client.session import BaseSession, SessionGrant
from sessionlab.core.client.smart_wallet import described
from sessionlab.core.client.wallet_api_client import KNOWN, Provider, WalletApiClient, send_request
from sessionlab.core.permissions.json_codec import permissions_from_json
from sessionlab.study.own_contracts.naming import asked_book

if TYPE_CHECKING:
    from sessionlab.core.client.smart_wallet import BaseClient

S = TypeVar("S", bound=BaseSession)

DESCRIBE = "lab_describeSessions"
CONTEXT_BYTES = 1 + 16 + 65


class KeyElsewhere(Key):
    """A session's key of which only the address is known here. Signing with it raises InvalidInput."""

    _instead = "only its address is known here: hand over key.address."

    def __init__(self, address: str) -> None:
        vars(self)["address"] = address

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyElsewhere) and other.address == self.address

    __hash__ = Key.__hash__

    @property
    def private(self) -> NoReturn:
        """Not known here: raises InvalidInput."""
        fix = "sign where the session is used, with sl.Session.from_context(…)."
        raise InvalidInput(f"The private key of {self.address} is not known here.", field="key", fix=fix)

    _signer = private  # every signature asks for it


def take_up(cls: type[S], provider: Provider, account: str, key: Key, context: str) -> S:
    """Return the session that a context names, for its user."""
    if not isinstance(key, Key):
        raise InvalidInput("key is not a Key.", field="key", fix="give the key that the session was granted to.")
    if not isinstance(context, str) or not context.startswith("0x00") or len(context) != 2 + 2 * CONTEXT_BYTES:
        message, fix = "This is not a session's context.", "give session.context, as it was handed over."
        raise InvalidInput(message, field="context", asked=str(context)[:80], fix=fix)
    wallet, chain_id = checksum(address_bytes(account, "account")), int(send_request(provider, "eth_chainId"), 16)
    sender = WalletApiClient(provider, wallet, chain_id, key, {"context": context})
    sender.check_handle()
    (told,) = send_request(provider, DESCRIBE, [{"sessionIds": [sender.session_id]}])
    if told["key"]["publicKey"] != key.address:
        message, fix = f"The session is granted to {told['key']['publicKey']}.", "take it up with that key."
        raise InvalidInput(message, field="key", asked=key.address, left=told["key"]["publicKey"], fix=fix)
    rules, names = described(provider)
    book, granted = asked_book(names, provider), _grant(told, key, context)
    return cls(sender, granted, names=book, rules=rules, refusals=RollbackList())


def ids_of(wallet: BaseClient) -> list[str]:
    """Return the ids of all sessions that the endpoint knows of the wallet; none if it is no lab."""
    try:
        return list(wallet.provider.request(KNOWN, [{"account": wallet.address}]))
    except RpcError:  # a hosted endpoint lists no sessions
        return []


def find(wallet: BaseClient, session_ids: Sequence[str]) -> list[SessionGrant]:
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
