"""The session's side of the client: a key that acts for a wallet within its permissions, and its on-chain state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import short_address
from sessionlab.core.base.doors import reads
from sessionlab.core.base.errors import Stays
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.base.rollback_list import RollbackList
from sessionlab.core.client.allowances import Allowances, HistoryEntry
from sessionlab.core.client.refused import Judged, RefusedOperation
from sessionlab.core.client.session_reader import SessionReader
from sessionlab.core.client.wallet_api_client import SENDING, WalletApiClient
from sessionlab.core.denials.address_book import AddressBook, Named
from sessionlab.core.denials.denial import BareExplanation, Denial
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.erc4337.gas import Gas, read_gas
from sessionlab.core.permissions.limits import Remaining
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


class BaseSession(Named, Frozen, Stays):
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
        self.reader = SessionReader(sender.request, sender.wallet, granted.entity_id, key, permissions, names, rules)
        self.prepare_calls = sender.prepare_calls
        self.sign_prepared_calls = sender.sign_prepared_calls
        self.send_prepared_calls = sender.send_prepared_calls
        self.get_calls_status = sender.get_calls_status
        self._frozen = True

    def __repr__(self) -> str:
        what = ", ".join(permission.type for permission in self.permissions)
        end = f"until {self.expiry_sec}" if self.expiry_sec else "without expiry"
        wallet, key = short_address(self.wallet), short_address(self.key.address)
        return f"<Session {self.id} of {wallet}, key {key}: {what}, {end}>"

    @property
    def context(self) -> str:
        """The ``capabilities.permissions.context`` that applications send: the session id and the owner's signature."""
        return self.granted.context

    @reads(**SENDING)
    def send_calls(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        nonce_key: int = 0,
        gas: Gas | Mapping[str, int] | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
    ) -> Outcome:
        """Prepare, sign, send and wait. A refusal is returned, not raised, and is kept in ``history``.

        Without ``preflight``, nothing is simulated: gas limits follow from the calls, and an operation that fails in
        execution is mined and its gas is paid. ``gas``: limits by name, as ``Gas`` has them; ``max_fee`` and
        ``max_priority_fee``: wei per gas. ``nonce_key``: operations with different ones do not wait for each other; the
        first operation, which installs the session, takes none.
        """
        with self._api.atomic():
            named = read_gas(gas, max_fee, max_priority_fee)
            offered = self._api.offered(calls, preflight, named)
            sent, judged = self._api.try_calls(calls, policy_id, nonce_key, offered)
            if sent.denial is None:
                return sent
            refused = self._refused(sent, calls, judged, policy_id, named, offered)
            self._refusals.append(refused)
            return replace(sent, denial=self._explainable(refused))

    @property
    def now(self) -> int:
        """The time, in Unix seconds, at which the next operation will be judged."""
        return self.reader.time()

    @property
    def revoked(self) -> bool:
        """Whether the owner revoked this session."""
        with self._api.atomic():
            return self.reader.revoked

    def request(self, method: str, params: Any = None) -> Any:
        """Send one JSON-RPC request to the session's node. Raises the typed error that an error response stands for."""
        return self._api.request(method, params)

    @property
    def installed(self) -> bool:
        """Whether the session is installed on the wallet: from its first operation until it is revoked."""
        return self.reader.installed

    @property
    def allowances(self) -> Allowances:
        """Read every allowance's limit, used and remaining amounts from the chain.

        Before its first operation the session is not on the chain, so the full limit remains. Once it is revoked,
        nothing remains, and the used amounts come from its history.
        """
        with self._api.atomic():  # several requests of one moment
            self._api.check_handle()  # there may be nothing to read
            return self.reader.allowances

    @property
    def remaining(self) -> Remaining:
        """What remains of each meter, in the form that the decision engine takes."""
        with self._api.atomic():
            self._api.check_handle()
            return self.reader.remaining

    @property
    def history(self) -> Sequence[HistoryEntry]:
        """Every event, oldest first: the wallet's events and the refusals that this client received."""
        with self._api.atomic():
            entries = self.reader.entries() + [self._entry(refusal) for refusal in self.refusals()]
        # An off-chain refusal carries the time of the block that would have been next.
        return sorted(entries, key=lambda entry: (entry.time, entry.block or 0))

    def siblings(self) -> tuple[BaseSession, ...]:
        """The other sessions that the same client granted on the wallet, oldest first."""
        self._api.check_handle()
        granted = self._siblings.items if self._siblings else ()
        known = set(self._api.known_of([session.id for session in granted])) - {self.id}
        return tuple(session for session in granted if session.id in known)

    def refusals(self) -> Iterator[RefusedOperation]:
        """The refusals that this client received, oldest first."""
        self._api.check_handle()
        return (refused for refused in self._refusals.items if refused.session_id == self.id)

    def _refused(
        self,
        outcome: Outcome,
        calls: Sequence[Call],
        judged: Mapping[str, Any] | None,
        policy_id: str | None,
        named: Gas,
        offered: Gas,
    ) -> RefusedOperation:
        """Build the record of a refusal. Queries the node only if it did not say when it judged the operation."""
        assert outcome.denial is not None
        block = int(outcome.receipt["blockNumber"], 16) if outcome.receipt else None
        if block is None and judged is None:
            judged = self.request("eth_getBlockByNumber", ["pending", False])
        return RefusedOperation(
            session_id=self.id,
            denial=outcome.denial,
            calls=tuple(read_calls(calls)),
            policy_id=policy_id,
            named=named,
            gas=offered,
            block=block,
            judged=Judged.from_json(judged) if block is None and judged is not None else None,
        )

    def _explainable(self, refused: RefusedOperation) -> Denial:
        """Return the denial linked to its operation, so that it can be explained later."""
        return refused.denial.explained_by(lambda: self._explain(refused))

    def _explain(self, refused: RefusedOperation) -> Any:
        """Explain a refusal. This base class has only the denial's own words."""
        return BareExplanation(refused.denial)

    def _entry(self, refused: RefusedOperation) -> HistoryEntry:
        denial = self._explainable(refused)
        time = refused.judged.time if refused.judged else self.reader.time(refused.block)
        return HistoryEntry("refused", time, refused.block, denial=denial, shown=denial.sentence)
