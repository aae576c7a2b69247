"""The session's side: a key that acts for a wallet within its permissions, and the books that are kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sessionlab.amounts import short_address
from sessionlab.chain.rpc import RpcError
from sessionlab.errors import SessionlabError
from sessionlab.growing import Growing
from sessionlab.insight.books import Books
from sessionlab.insight.ledger import Allowances, Entry, History
from sessionlab.insight.names import Names
from sessionlab.permissions.kinds import Remaining
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import Permission

if TYPE_CHECKING:
    from sessionlab.call import Call
    from sessionlab.insight.audit import Audit
    from sessionlab.insight.denial import Denial
    from sessionlab.insight.explain.explanation import Explanation
    from sessionlab.insight.explain.of_session import Check
    from sessionlab.insight.explain.situation import Situation
    from sessionlab.insight.outcome import Outcome
    from sessionlab.insight.pictures import Picture
    from sessionlab.keys import Key
    from sessionlab.recording.reading import Unsent
    from sessionlab.recording.recording import Recording
    from sessionlab.sender import Sender


@dataclass(frozen=True, slots=True)
class Granted:
    """What the owner handed over."""

    id: str
    entity_id: int
    key: Key
    permissions: tuple[Permission, ...]
    #: Its last second, unix time; None: no end.
    expiry_sec: int | None
    #: The id and the owner's signature, as an application sends them along.
    context: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal that this client saw, with all that explains it later."""

    session_id: str
    denial: Denial
    #: Unix seconds at which it was judged, and the block that has it; None: it never reached the chain.
    time: int
    block: int | None
    #: None: the node does not tell of sessions.
    situation: Situation | None
    #: For the recording, if it never reached the chain.
    unsent: Unsent | None


class Session:
    """One session of one wallet. Its four steps and ``send_calls`` are those of ``SmartWalletClient``."""

    def __init__(
        self, sender: Sender, granted: Granted, *, names: Names, rules: Ruleset, refusals: Growing[Refusal]
    ) -> None:
        self._sender, self.granted = sender, granted
        self.id, self.entity_id = granted.id, granted.entity_id
        self.permissions, self.expiry_sec = granted.permissions, granted.expiry_sec
        self.names, self.rules = names, rules
        self.wallet, self.key = sender.wallet, sender.key
        self._refusals = refusals  # of all sessions of the wallet
        self.books = Books(
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

    def _repr_html_(self) -> str:
        from sessionlab.insight.pictures import session_card

        return session_card(self)._repr_html_()

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
        lane: int = 0,
    ) -> Outcome:
        """Prepare, sign, send, wait. A refusal is an outcome, not an exception; it is kept in ``history``."""
        with self._sender.all_or_nothing():
            sent = self._sender.send_calls(calls, policy_id=policy_id, preflight=preflight, lane=lane)
            if sent.denial is None:
                return sent
            refusal = self._refusal(sent.denial, calls, sent, policy_id is not None, preflight)
            self._refusals.append(refusal)
            return replace(sent, denial=self._explainable(refusal))

    def check(self, calls: Sequence[Call], *, policy_id: str | None = None) -> Check:
        """What the rules say about these calls with what is left now; nothing is sent, nothing is used up.

        The called contracts are not asked; ``explain`` does that as well.
        """
        from sessionlab.insight.explain.of_session import check

        return check(self, calls, policy_id=policy_id)

    def explain(self, calls: Sequence[Call], *, policy_id: str | None = None) -> Explanation:
        """Call by call and permission by permission: what allows, what refuses, and what would let it pass."""
        from sessionlab.insight.explain.of_session import explain_calls

        return explain_calls(self, calls, policy_id=policy_id)

    @property
    def now(self) -> int:
        """Unix seconds that the next operation will be judged at."""
        return self.books.time()

    @property
    def revoked(self) -> bool:
        """Whether the owner revoked this session."""
        return self.books.revoked

    def request(self, method: str, params: Any) -> Any:
        """One JSON-RPC request to the session's node; an error becomes the typed one that it stands for."""
        return self._sender.request(method, params)

    @property
    def installed(self) -> bool:
        """Whether the wallet holds this session now: from its first operation to its revocation."""
        return self.books.installed

    @property
    def allowances(self) -> Allowances:
        """Limit, used and remaining of everything that is counted, read from the chain.

        Before its first operation the session is not on the chain: then all of it remains. Once it is revoked,
        nothing remains, and what was used is what its history says.
        """
        return self.books.allowances

    @property
    def remaining(self) -> Remaining:
        """What is left of each meter, as the decision engine takes it."""
        return self.books.remaining

    @property
    def history(self) -> History:
        """Every consumption and refusal, oldest first: from the wallet's events, and refusals that this client saw."""
        entries = self.books.entries() + [self._entry(refusal) for refusal in self._own_refusals()]
        # What was refused off the chain was judged at the time of the block that would have been next.
        return History(sorted(entries, key=lambda entry: (entry.time, entry.block or 0)))

    def audit(self, *, price_ceiling: int | None = None, thief: str | None = None) -> Audit:
        """The worst that a thief of the key can do from now on; ``print`` it, or show it in a notebook.

        ``price_ceiling``: wei per gas, at which a limit in gas is reckoned in ETH; 100 gwei if it is not given.
        ``thief``: the account that takes it, for the data of the steps.
        """
        from sessionlab.insight.audit import A_THIEF, PRICE_CEILING, audit
        from sessionlab.insight.audit.reading import read_wallet

        who = A_THIEF if thief is None else thief
        state = read_wallet(self, self._sender.request, who)
        ceiling = PRICE_CEILING if price_ceiling is None else price_ceiling
        return audit(self.permissions, state, self.rules, price_ceiling=ceiling, thief=who)

    def record(self) -> Recording:
        """Every operation of this session and what became of it, as plain data: see ``sessionlab.recording``.

        Read over JSON-RPC; refusals that never reached the chain are in it if ``send_calls`` of this object saw them.
        Raises ChainError if a bundle on the chain cannot be read.
        """
        from sessionlab.recording.reading import record

        unsent = [refusal.unsent for refusal in self._own_refusals() if refusal.unsent is not None]
        return record(self, self._sender.request, unsent)

    def plot(self, name: str | None = None) -> Picture:
        """A picture of this session: ``burn-down``, ``card``, ``operations``, ``reach``, ``gas``, ``wei``, ``life``,
        ``blast``, ``escalation``, or the permission or token whose allowance is wanted. UnknownThing if it is neither.

        Without a name: what is left, where something is counted; else its reach, or of a root session its life.
        """
        from sessionlab.insight.pictures import plot

        return plot(self, name)

    def _own_refusals(self) -> Iterator[Refusal]:
        return (refusal for refusal in self._refusals.items if refusal.session_id == self.id)

    def _refusal(
        self, denial: Denial, calls: Sequence[Call], outcome: Outcome, sponsored: bool, preflight: bool
    ) -> Refusal:
        """What there is to remember of a refusal, with the situation that the operation met."""
        from sessionlab.insight.explain.of_session import situation_of
        from sessionlab.recording.reading import unsent

        block = int(outcome.receipt["blockNumber"], 16) if outcome.receipt else None
        try:
            situation = situation_of(self, calls, sponsored=sponsored, block=block)
        except (RpcError, SessionlabError):  # a node whose wallets have no views of sessions
            situation = None
        facts = {"sponsored": sponsored, "preflight": preflight}
        off_chain = unsent(self._sender.request, calls, denial, **facts) if block is None else None
        return Refusal(self.id, denial, self.books.time(block), block, situation, off_chain)

    def _explainable(self, refusal: Refusal) -> Denial:
        """The denial, knowing the situation as it was, so that it can be explained later too."""
        from sessionlab.insight.explain.of_session import explain_denial

        denial, situation, sent = refusal.denial, refusal.situation, refusal.block is not None
        if situation is None:
            return denial
        return denial.explained_by(lambda: explain_denial(self, situation, denial, sent=sent))

    def _entry(self, refusal: Refusal) -> Entry:
        denial = self._explainable(refusal)
        return Entry("refused", refusal.time, refusal.block, denial=denial, shown=denial.sentence)


__all__ = ["Session"]
