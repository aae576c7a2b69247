"""The session's side of the client: a key that acts for a wallet within its permissions, and its on-chain state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from sessionlab.core.base.amounts import format_time, short_address
from sessionlab.core.base.errors import Stays
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.base.rollback_list import RollbackList
from sessionlab.core.client.refused import Judged, RefusedOperation
from sessionlab.core.client.session_reader import SessionReader
from sessionlab.core.client.wallet_api_client import FourSteps, WalletApiClient
from sessionlab.core.denials.address_book import AddressBook, Named
from sessionlab.core.denials.denial import BareExplanation, Denial
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.erc4337.gas import Gas
from sessionlab.core.permissions.rows import GrantRow, rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission

if TYPE_CHECKING:
    from sessionlab.core.base.keys import Key
    from sessionlab.core.client.outcome import Outcome


@dataclass(frozen=True, slots=True)
class SessionGrant:
    """What the owner hands over to the session's user."""

    id: str
    entity_id: int
    key: Key
    permissions: tuple[Permission, ...]
    #: Its last valid second, in Unix time; None if it never expires.
    expiry_sec: int | None
    #: The session id and the owner's signature, as applications send them.
    context: str


class BaseSession(FourSteps, Named, Frozen, Stays):
    """One session of one wallet: sends operations and reads allowances. ``Session`` also explains and audits."""

    _fix = "grant a new session with wallet.grant_permissions(…); what the owner signed stays as it is."

    def __init__(
        self,
        sender: WalletApiClient,
        granted: SessionGrant,
        *,
        names: AddressBook,
        rules: Ruleset,
        refusals: RollbackList[RefusedOperation],
        siblings: RollbackList[BaseSession] | None = None,
    ) -> None:
        self._api, self.granted = sender, granted
        self.id, self.entity_id = granted.id, granted.entity_id
        self.permissions, self.expiry_sec = granted.permissions, granted.expiry_sec
        self._book, self.rules = names, rules
        self.provider, self.wallet, self.key = sender.provider, sender.wallet, sender.key
        self._refusals = refusals  # shared by all sessions of the wallet
        self._siblings = siblings
        key, permissions = sender.key.address, granted.permissions
        self._reader = SessionReader(sender.request, sender.wallet, granted.entity_id, key, permissions, names, rules)
        self._frozen = True

    @classmethod
    def _opened(cls, api: WalletApiClient, granted: SessionGrant, **others: Any) -> Self:
        """Return the session object for a grant: it sends by ``api`` with the granted key and context."""

        def installs() -> Sequence[GrantRow]:
            return () if session.installed else rows(granted.permissions)

        sender = replace(api, key=granted.key, permissions={"context": granted.context}, installs=installs)
        session = cls(sender, granted, **others)
        return session

    def __repr__(self) -> str:
        what = ", ".join(permission.type for permission in self.permissions)
        end = f"until {format_time(self.expiry_sec)}" if self.expiry_sec else "without expiry"
        wallet, key = short_address(self.wallet), short_address(self.key.address)
        return f"<Session {self.id} of {wallet}, key {key}: {what}, {end}>"

    @property
    def context(self) -> str:
        """The ``capabilities.permissions.context`` that applications send: the session id and the owner's signature."""
        return self.granted.context

    def _sent(self, calls: Sequence[Call], policy_id: str | None, nonce_key: int, named: Gas, offered: Gas) -> Outcome:
        sent, judged = self._api._try_calls(calls, policy_id, nonce_key, offered)
        if sent.denial is None:
            return sent
        block = int(sent.receipt["blockNumber"], 16) if sent.receipt else None
        if block is None and judged is None:  # the node did not say when it judged
            judged = self.request("eth_getBlockByNumber", ["pending", False])
        refused = RefusedOperation(
            session_id=self.id,
            denial=sent.denial,
            calls=tuple(read_calls(calls)),
            policy_id=policy_id,
            named=named,
            gas=offered,
            block=block,
            judged=Judged.from_json(judged) if block is None and judged is not None else None,
        )
        self._refusals.append(refused)
        return replace(sent, denial=self._explainable(refused))

    @property
    def now(self) -> int:
        """The time, in Unix seconds, at which the next operation will be judged."""
        return self._reader.time()

    @property
    def revoked(self) -> bool:
        """Whether the owner revoked this session."""
        with self._api._atomic():
            return self._reader.revoked

    def request(self, method: str, params: Any = None) -> Any:
        """Send one JSON-RPC request to the session's node. Raises the typed error that an error response stands for."""
        return self._api.request(method, params)

    @property
    def installed(self) -> bool:
        """Whether the session is installed on the wallet: from its first operation until it is revoked."""
        return self._reader.installed

    def siblings(self) -> tuple[BaseSession, ...]:
        """The other sessions that the same client granted on the wallet, oldest first."""
        self._api._check_handle()
        granted = self._siblings.items if self._siblings else ()
        known = set(self._api._known_of([session.id for session in granted])) - {self.id}
        return tuple(session for session in granted if session.id in known)

    def refusals(self) -> Iterator[RefusedOperation]:
        """The refusals that this client received, oldest first."""
        self._api._check_handle()
        return (refused for refused in self._refusals.items if refused.session_id == self.id)

    def _explainable(self, refused: RefusedOperation) -> Denial:
        """Return the denial linked to its operation, so that it can be explained later."""
        return refused.denial._explained_by(lambda: self._explain(refused))

    def _explain(self, refused: RefusedOperation) -> Any:
        """Explain a refusal. This base class has only the denial's own words."""
        return BareExplanation(refused.denial)
