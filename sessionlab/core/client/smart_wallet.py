"""The Python SDK for a smart wallet's owner and its sessions. It communicates only over JSON-RPC.

    wallet = SmartWalletClient(provider, owner)
    session = wallet.grant_permissions([NativeTokenTransfer(allowance=ether(1)), ...], expires_in=3600)
    session.send_calls([Call(to=merchant, value=ether("0.3"))])

A provider is any object with a ``request(method, params)`` that returns the result or raises RpcError: the lab's
in-process API, or the same methods behind a URL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self, cast

from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes, checksum
from sessionlab.core.base.doors import FLAG, NUMBER, TEXT, kind, maybe, reads
from sessionlab.core.base.errors import InvalidInput, RpcError, StaleHandle, Stays
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.base.keys import KEY, Key, new_key
from sessionlab.core.base.rollback_list import RollbackList
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.client.refused import RefusedOperation
from sessionlab.core.client.session import BaseSession, SessionGrant
from sessionlab.core.client.session_reader import SessionReader
from sessionlab.core.client.wallet_api_client import PROVIDER, FourSteps, Provider, WalletApiClient, send_request
from sessionlab.core.denials.address_book import AddressBook, Named
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.grant import read_end
from sessionlab.core.permissions.json_codec import permissions_to_json, read_permissions
from sessionlab.core.permissions.rulesets import DEPLOYED, Ruleset, ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.core.wallet_api.describe import read_description


@dataclass(frozen=True, slots=True)
class Saved:
    """A client's state, as saved with its lab."""

    address: str
    owner: Key
    sessions: tuple[SessionGrant, ...]
    refusals: tuple[RefusedOperation, ...]


class BaseClient(FourSteps, Named, Frozen, Stays):
    """The owner's side of one wallet. ``rules`` and ``names`` are used for explanations."""

    _fix = "make another wallet with lab.wallet(), or another SmartWalletClient."
    _fixes: ClassVar[Mapping[str, str]] = {"balance": "send it ETH: lab.fund(wallet, ether(1))."}
    _session_type: ClassVar[type[BaseSession]] = BaseSession

    @reads(
        provider=PROVIDER, owner=KEY, salt=NUMBER, names=maybe(kind(AddressBook, "an address book", "give lab.names."))
    )
    def __init__(
        self,
        provider: Provider,
        owner: Key,
        *,
        salt: int = 0,
        names: AddressBook | None = None,
        rules: str | Ruleset | None = None,
    ) -> None:
        self.provider, self.owner = provider, owner
        if rules is None or isinstance(rules, str) or names is None:
            known_rules, known_names = described(provider)
            # A name selects the rules only; the lab reports which extensions the wallet has.
            rules = ruleset(rules, known_rules.extensions) if isinstance(rules, str) else rules
            rules, names = known_rules if rules is None else rules, names or known_names
        self.rules, self._book = ruleset(rules), names
        self.chain_id = int(send_request(provider, "eth_chainId"), 16)
        hint = {"creationHint": {"salt": hex(salt)}} if salt else {}
        request = {"signerAddress": owner.address, **hint, "includeCounterfactualInfo": True}
        result = send_request(provider, "wallet_requestAccount", [request])
        self._begin(checksum(address_bytes(result["accountAddress"])))

    @classmethod
    def _saved(cls, provider: Provider, chain_id: int, names: AddressBook, rules: Ruleset, wallet: Saved) -> Self:
        """Return the client for a wallet that was saved with its lab."""
        client = cls.__new__(cls)
        client.provider, client.chain_id, client._book, client.rules = provider, chain_id, names, rules
        client.owner = wallet.owner
        client._begin(wallet.address, wallet.refusals)
        for granted in wallet.sessions:
            client._open(granted)
        return client

    def _to_save(self) -> Saved:
        """Return the state needed to recreate this client."""
        sessions = tuple(session.granted for session in self._sessions.items)
        return Saved(self.address, self.owner, sessions, tuple(self._refusals.items))

    def _begin(self, address: str, refusals: Iterable[RefusedOperation] = ()) -> None:
        self.address = address
        self._api = WalletApiClient(self.provider, address, self.chain_id, self.owner, names=self.names)
        self._sessions: RollbackList[BaseSession] = RollbackList()
        self._refusals = RollbackList(refusals)
        self._memory: tuple[RollbackList[Any], ...] = self._sessions, self._refusals  # goes back with the chain
        self._frozen = True

    def __repr__(self) -> str:
        granted = f"{len(self._sessions.items)} sessions granted by this client"
        return f"<SmartWallet {self.address}, owner {self.owner.address}, {granted}>"

    @property
    def balance(self) -> int:
        """Return the wallet's balance, in wei."""
        return int(self._api.request("eth_getBalance", [self.address, "latest"]), 16)

    @reads(permissions=lambda permissions, field: read_permissions(permissions), key=maybe(KEY))
    def grant_permissions(
        self,
        permissions: Sequence[Permission | Mapping[str, Any]],
        *,
        expiry_sec: int | datetime | None = None,
        expires_in: int | None = None,
        key: Key | None = None,
    ) -> BaseSession:
        """Create a session and sign it as the owner. Its first operation installs it.

        ``expiry_sec``: its last second; ``expires_in``: seconds from now.
        """
        result = cast("list[Permission]", permissions)  # as they were read at the door
        expiry_sec = read_end(expiry_sec, expires_in, self._next_time)
        session_key = new_key() if key is None else key
        request = {
            "chainId": hex(self.chain_id),
            **({"expirySec": expiry_sec} if expiry_sec else {}),
            "key": {"type": "secp256k1", "publicKey": session_key.address},
            "permissions": permissions_to_json(result),
            "account": self.address,
        }
        with self._api._atomic():
            answer = self._api.request("wallet_createSession", [request])
            self._check_can_be_used(expiry_sec)
            typed_data = answer["signatureRequest"]["data"]
            signature = self.owner.sign_typed_data(typed_data)
            granted = SessionGrant(
                id=answer["sessionId"],
                entity_id=int(typed_data["message"]["nonce"], 16) >> 72 & (2**32 - 1),
                key=session_key,
                permissions=tuple(result),
                expiry_sec=expiry_sec or None,
                context="0x00" + answer["sessionId"][2:] + signature.hex(),
            )
            return self._open(granted)

    def _check_can_be_used(self, expiry_sec: int | None) -> None:
        """Refuse an expiry before the next block. Production lets the current second be signed, and nothing uses it."""
        if expiry_sec and expiry_sec < (first := self._next_time()):
            message = f"{expiry_sec} is before the next block, at {first}, so no operation could use the session."
            raise InvalidInput(message, field="expiry_sec", asked=expiry_sec, left=first, fix=f"give at least {first}.")

    def _next_time(self) -> int:
        """The time of the next block, in Unix seconds."""
        return int(self._api.request("eth_getBlockByNumber", ["pending", False])["timestamp"], 16)

    def sessions(self) -> tuple[BaseSession, ...]:
        """The sessions that this client granted, oldest first, including revoked and expired ones."""
        known = set(self._api._known_of([session.id for session in self._sessions.items]))
        return tuple(session for session in self._sessions.items if session.id in known)

    def _open(self, granted: SessionGrant) -> BaseSession:
        """Create and keep the session object for a grant."""
        session = self._opened(granted)
        self._sessions.append(session)
        return session

    def _opened(self, granted: SessionGrant) -> BaseSession:
        """Return a session object for a grant, without keeping it."""
        shared: dict[str, Any] = {"names": self._book, "rules": self.rules, "siblings": self._sessions}
        return self._session_type._opened(self._api, granted, refusals=self._refusals, **shared)

    @reads(session=kind(BaseSession, "a session", "use one of wallet.sessions()."), clear=FLAG, policy_id=maybe(TEXT))
    def revoke(self, session: BaseSession, *, clear: bool = True, policy_id: str | None = None) -> Outcome:
        """Revoke a session, installed or not, by sending an operation as the owner. ``policy_id``: a sponsor pays.

        Raises OperationRefused if it is refused; InvalidInput or StaleHandle, and sends nothing, if there is none.
        """
        if session.wallet != self.address:
            message, fix = f"The session belongs to {session.wallet}.", "revoke it with its own wallet."
            raise InvalidInput(message, field="session", asked=self.address, left=session.wallet, fix=fix)
        if _identity(self.provider) != _identity(session.provider):
            fix = "use one of wallet.sessions(), or revoke it with the wallet that granted it."
            raise StaleHandle("The session belongs to another lab or endpoint.", field="session", fix=fix)
        asks = replace(self._api, permissions={"context": session.context}).request  # from here, for that session
        return self._revoke(session.id, [replace(session._reader, request=asks, names=self._book)], clear, policy_id)

    def _revoke(self, asked: Any, readers: Iterable[SessionReader], clear: bool, policy_id: str | None) -> Outcome:
        """Revoke the sessions that these readers read, in one operation."""
        with self._api._atomic():
            calls = [Call(self.address, data=self._uninstall(reader, clear, asked)) for reader in readers]
            outcome = self.send_calls(calls, policy_id=policy_id)
        return outcome.raise_if_refused()  # not inside, where it would undo an operation that was mined and paid

    @staticmethod
    def _uninstall(reader: SessionReader, clear: bool, asked: Any) -> bytes:
        """Return the call data that revokes a session."""
        holder, number = reader.holder, reader.entity_id
        if holder not in (ZERO_ADDRESS, reader.key):
            message, fix = f"Another key has its number now, {holder}.", "revoke the session of that key."
            raise StaleHandle(message, field="session", asked=asked, fix=fix)
        if holder == ZERO_ADDRESS and reader.revoked:
            message, fix = f"Session {number} is already revoked.", "ask session.state first."
            raise InvalidInput(message, field="session", asked=asked, fix=fix)
        return account.uninstall_call(number, with_hook_data=clear and holder != ZERO_ADDRESS)


def _identity(provider: Provider) -> Any:
    """Return which lab answers, however it is reached; for any other endpoint, its URL, or the provider itself."""
    try:
        return provider.request("lab_describe")["lab"]
    except (RpcError, KeyError):
        return getattr(provider, "url", provider)


def described(provider: Provider) -> tuple[Ruleset, AddressBook]:
    """Return the rules and names that a lab reports; for any other endpoint, the deployed rules and no names."""
    try:
        return read_description(provider.request("lab_describe"))
    except RpcError:
        return DEPLOYED, AddressBook(gas_unit="wei")
