"""The Wallet API's records: accounts by address and id, sessions by id. Ids are derived, not sequential."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from eth_hash.auto import keccak

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.errors import NotFound
from sessionlab.core.erc4337.wallet_encoding import nonce_key_of
from sessionlab.core.permissions.limits import LIMITS
from sessionlab.core.permissions.rows import limits_of
from sessionlab.core.permissions.types import Permission


@dataclass(frozen=True, slots=True)
class Account:
    """A wallet that the API created or was told about."""

    address: str
    owner: str
    salt: int
    #: Whether it is its owner's own address and runs the wallet's code by delegation (EIP-7702).
    delegates: bool = False

    @property
    def id(self) -> str:
        """A version 4 UUID derived from the address."""
        return uuid4_of(b"account" + address_bytes(self.address))


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as it was created. Whether it is installed is stored on the chain."""

    id: str  # 16 bytes
    account: str
    entity_id: int
    key: str
    permissions: tuple[Permission, ...]
    expiry: int
    #: How many times the entity id had been revoked when this session was created.
    generation: int
    #: What the owner signs: the installing operation's nonce and the install itself.
    nonce: int
    call: bytes

    @property
    def is_root(self) -> bool:
        """Whether the session may do everything."""
        return has_root(self.permissions)

    @property
    def is_wrapped(self) -> bool:
        """Whether its operations go through executeUserOp, where spending is counted."""
        return any(LIMITS[meter.kind].of_call for meter in limits_of(self.permissions))

    def nonce_key(self, *, deferred: bool, parallel: int = 0) -> int:
        """Return the nonce key for its operations."""
        return nonce_key_of(self.entity_id, is_global=self.is_root, deferred=deferred, nonce_key=parallel)


def has_root(permissions: Sequence[Permission]) -> bool:
    """Return whether these permissions allow everything."""
    return any(permission.type == "root" for permission in permissions)


Captured = tuple[dict[bytes, Account], int, dict[str, SessionRecord], int]
"""Accounts and sessions, and how many of each were present at the capture."""


class Records:
    """Accounts and sessions of one API. Append-only; every lookup is a dict access."""

    def __init__(self, accounts: Iterable[Account] = (), sessions: Iterable[SessionRecord] = ()) -> None:
        self._accounts: dict[bytes, Account] = {}
        self._sessions: dict[str, SessionRecord] = {}
        self._account_ids: dict[str, Account] = {}
        self._owned: dict[bytes, list[Account]] = {}
        self._granted: dict[bytes, dict[int, SessionRecord]] = {}  # by account and entity id
        for account in accounts:
            self.add_account(account)
        for session in sessions:
            self.add_session(session)

    def capture(self) -> Captured:
        """Return the current state, in constant time."""
        return self._accounts, len(self._accounts), self._sessions, len(self._sessions)

    def restore(self, captured: Captured) -> None:
        """Restore a captured state."""
        accounts, some, sessions, more = captured
        now = self.capture()
        if now[0] is not accounts or now[2] is not sessions or (now[1], now[3]) != (some, more):
            then = Records(islice(accounts.values(), some), islice(sessions.values(), more))
            vars(self).update(vars(then))

    def add_account(self, account: Account) -> Account:
        """Record an account. Keeps an existing account with the same address."""
        address = address_bytes(account.address)
        if address not in self._accounts:
            self._accounts[address] = account
            self._account_ids[account.id] = account
            self._owned.setdefault(address_bytes(account.owner), []).append(account)
        return self._accounts[address]

    def account(self, address: str) -> Account:
        """Return the account at this address. Raises NotFound if it was never requested."""
        result = self._accounts.get(address_bytes(address, "account"))
        if result is None:
            message, fix = f"{address} is not an account of this API.", "ask for it with wallet_requestAccount first."
            raise NotFound(message, field="account", asked=address, fix=fix)
        return result

    def accounts(self) -> Sequence[Account]:
        """Return every account, in the order of the requests."""
        return list(self._accounts.values())

    def known(self, address: str) -> Account | None:
        """Return the account at this address; None if it was never requested."""
        return self._accounts.get(address_bytes(address, "account"))

    def accounts_of(self, owner: str) -> Sequence[Account]:
        """Return an owner's accounts, in the order of the requests."""
        return list(self._owned.get(address_bytes(owner), ()))

    def account_by_id(self, account_id: str) -> Account | None:
        """Return the account with this id, or None."""
        return self._account_ids.get(account_id)

    def add_session(self, session: SessionRecord) -> None:
        """Record a session."""
        self._sessions[session.id] = session
        self._granted.setdefault(address_bytes(session.account), {})[session.entity_id] = session

    def find_session(self, session_id: str) -> SessionRecord | None:
        """Return the session with this id, in lower case; None if there is none."""
        return self._sessions.get(session_id)

    def session(self, session_id: str) -> SessionRecord:
        """Return the session with this id, in any letter case. Raises NotFound if there is none."""
        result = self._sessions.get(session_id.lower())
        if result is None:
            message, fix = f"No session has the id {session_id}.", "create one with wallet_createSession."
            raise NotFound(message, field="capabilities.permissions", asked=session_id, fix=fix)
        return result

    def sessions(self, account: str | None = None) -> Sequence[SessionRecord]:
        """Return the sessions of one account, or of all accounts, oldest first."""
        if account is None:
            return list(self._sessions.values())
        return list(self._granted.get(address_bytes(account), {}).values())

    def session_at(self, account: str, entity_id: int) -> SessionRecord | None:
        """Return the session with this entity id on an account; None if this API did not create it."""
        return self._granted.get(address_bytes(account), {}).get(entity_id)

    def next_entity_id(self, account: str) -> int:
        """Return the next entity id for this account: one above the highest assigned so far."""
        granted = self._granted.get(address_bytes(account))
        return 1 + next(reversed(granted)) if granted else 1  # entity ids are assigned in order


def uuid4_of(seed: bytes) -> str:
    """Return a version 4 UUID derived from the seed."""
    return str(uuid.UUID(bytes=keccak(seed)[:16], version=4))


def session_id(account: str, entity_id: int, call: bytes) -> str:
    """Return 16 bytes, as hex, derived from the session's account, entity id and install call."""
    return "0x" + keccak(address_bytes(account) + entity_id.to_bytes(4, "big") + call)[:16].hex()
