"""The session's side: a key that acts for a wallet within its permissions, and what the chain says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import short_address
from sessionlab.core.base.rollback_list import RollbackList
from sessionlab.core.client.allowances import Allowances, History, HistoryEntry
from sessionlab.core.client.refused import Judged, RefusedOperation
from sessionlab.core.client.session_reader import SessionReader
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.denials.denial import BareExplanation, Denial
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.permissions.limits import Remaining
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission

if TYPE_CHECKING:
    from sessionlab.core.base.keys import Key
    from sessionlab.core.client.outcome import Outcome
    from sessionlab.core.client.wallet_api_client import WalletApiClient


@dataclass(frozen=True, slots=True)
class SessionGrant:
    """What the owner handed over."""

    id: str
    entity_id: int
    key: Key
    permissions: tuple[Permission, ...]
    #: Its last second, unix time; None: no end.
    expiry_sec: int | None
    #: The id and the owner's signature, as an application sends them along.
    context: str


class BaseSession:
    """One session of one wallet: it sends, and it reads what is left. ``Session`` explains and audits as well."""

    def __init__(
        self,
        sender: WalletApiClient,
        granted: SessionGrant,
        *,
        names: AddressBook,
        rules: Ruleset,
        refusals: RollbackList[RefusedOperation],
    ) -> None:
        self._api, self.granted = sender, granted
        self.id, self.entity_id = granted.id, granted.entity_id
        self.permissions, self.expiry_sec = granted.permissions, granted.expiry_sec
        self.names, self.rules = names, rules
        self.wallet, self.key = sender.wallet, sender.key
        self._refusals = refusals  # of all sessions of the wallet
        self.reader = SessionReader(
            sender.request,
            wallet=sender.wallet,
            entity_id=granted.entity_id,
            key=sender.key.address,
            permissions=self.permissions,
            names=names,
            rules=rules,
        )
        self.prepare_calls = sender.prepare_calls
        self.sign_prepared_calls = sender.sign_prepared_calls
        self.send_prepared_calls = sender.send_prepared_calls
        self.get_calls_status = sender.get_calls_status

    def __repr__(self) -> str:
        what = ", ".join(permission.type for permission in self.permissions)
        end = f"until {self.expiry_sec}" if self.expiry_sec else "without expiry"
        wallet, key = short_address(self.wallet), short_address(self.key.address)
        return f"<Session {self.id} of {wallet}, key {key}: {what}, {end}>"

    @property
    def context(self) -> str:
        """What an application hands over as ``capabilities.permissions.context``: id and owner's signature."""
        return self.granted.context

    def send_calls(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        nonce_key: int = 0,
    ) -> Outcome:
        """Prepare, sign, send, wait. A refusal is an outcome, not an exception; it is kept in ``history``."""
        with self._api.atomic():
            sent, judged = self._api.try_calls(calls, policy_id=policy_id, preflight=preflight, nonce_key=nonce_key)
            if sent.denial is None:
                return sent
            refused = self._refused(sent, calls, judged, policy_id is not None, preflight)
            self._refusals.append(refused)
            return replace(sent, denial=self._explainable(refused))

    @property
    def now(self) -> int:
        """Unix seconds that the next operation will be judged at."""
        return self.reader.time()

    @property
    def revoked(self) -> bool:
        """Whether the owner revoked this session."""
        return self.reader.revoked

    def request(self, method: str, params: Any) -> Any:
        """One JSON-RPC request to the session's node; an error becomes the typed one that it stands for."""
        return self._api.request(method, params)

    @property
    def installed(self) -> bool:
        """Whether the wallet holds this session now: from its first operation to its revocation."""
        return self.reader.installed

    @property
    def allowances(self) -> Allowances:
        """Limit, used and remaining of everything that is counted, read from the chain.

        Before its first operation the session is not on the chain: then all of it remains. Once it is revoked,
        nothing remains, and what was used is what its history says.
        """
        return self.reader.allowances

    @property
    def remaining(self) -> Remaining:
        """What is left of each meter, as the decision engine takes it."""
        return self.reader.remaining

    @property
    def history(self) -> History:
        """Every consumption and refusal, oldest first: from the wallet's events, and refusals that this client saw."""
        entries = self.reader.entries() + [self._entry(refusal) for refusal in self.refusals()]
        # What was refused off the chain was judged at the time of the block that would have been next.
        return History(sorted(entries, key=lambda entry: (entry.time, entry.block or 0)))

    def refusals(self) -> Iterator[RefusedOperation]:
        """The refusals that this client saw, oldest first."""
        return (refused for refused in self._refusals.items if refused.session_id == self.id)

    def _refused(
        self,
        outcome: Outcome,
        calls: Sequence[Call],
        judged: Mapping[str, Any] | None,
        sponsored: bool,
        preflight: bool,
    ) -> RefusedOperation:
        """What there is to remember of a refusal. Nothing more is asked of a node that says when it judged."""
        assert outcome.denial is not None
        block = int(outcome.receipt["blockNumber"], 16) if outcome.receipt else None
        if block is None and judged is None:
            judged = self.request("eth_getBlockByNumber", ["pending", False])
        return RefusedOperation(
            session_id=self.id,
            denial=outcome.denial,
            calls=tuple(read_calls(calls)),
            sponsored=sponsored,
            preflight=preflight,
            block=block,
            judged=Judged.from_json(judged) if block is None and judged is not None else None,
        )

    def _explainable(self, refused: RefusedOperation) -> Denial:
        """The denial, knowing its operation, so that it can be explained later."""
        return refused.denial.explained_by(lambda: self._explain(refused))

    def _explain(self, refused: RefusedOperation) -> Any:
        """What a refusal met: here the words alone."""
        return BareExplanation(refused.denial)

    def _entry(self, refused: RefusedOperation) -> HistoryEntry:
        denial = self._explainable(refused)
        time = refused.judged.time if refused.judged else self.reader.time(refused.block)
        return HistoryEntry("refused", time, refused.block, denial=denial, shown=denial.sentence)
