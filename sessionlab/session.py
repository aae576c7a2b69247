"""The session's side: a key that acts for a wallet within its permissions, and the books that are kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.amounts import short_address
from sessionlab.chain.rpc import RpcError
from sessionlab.errors import SessionlabError
from sessionlab.insight.books import Books
from sessionlab.insight.ledger import Allowances, Entry, History
from sessionlab.insight.names import Names
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import Permission

if TYPE_CHECKING:
    from sessionlab.call import Call
    from sessionlab.insight.audit import Audit
    from sessionlab.insight.denial import Denial
    from sessionlab.insight.explain.explanation import Explanation
    from sessionlab.insight.explain.of_session import Check
    from sessionlab.insight.outcome import Outcome
    from sessionlab.insight.pictures import Picture
    from sessionlab.recording.reading import Unsent
    from sessionlab.recording.recording import Recording
    from sessionlab.sender import Sender


class Session:
    """One session of one wallet. Its four steps and ``send_calls`` are those of ``SmartWalletClient``."""

    def __init__(
        self,
        sender: Sender,
        *,
        session_id: str,
        entity_id: int,
        permissions: Sequence[Permission],
        expiry_sec: int | None,
        names: Names,
        rules: Ruleset,
    ) -> None:
        self._sender, self.id, self.entity_id = sender, session_id, entity_id
        self.permissions, self.expiry_sec = tuple(permissions), expiry_sec
        self.names, self.rules = names, rules
        self.wallet, self.key = sender.wallet, sender.key
        self._refused: list[Entry] = []
        self._unsent: list[Unsent] = []  # of the refused, those that never reached the chain
        self._books = Books(
            sender.request,
            wallet=sender.wallet,
            entity_id=entity_id,
            key=sender.key.address,
            permissions=self.permissions,
            names=names,
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
        return str((self._sender.permissions or {})["context"])

    def send_calls(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        lane: int = 0,
    ) -> Outcome:
        """Prepare, sign, send, wait. A refusal is an outcome, not an exception; it is kept in ``history``."""
        outcome = self._sender.send_calls(calls, policy_id=policy_id, preflight=preflight, lane=lane)
        if outcome.denial is not None:
            sent = outcome.receipt is not None
            known = self._explainable(outcome.denial, calls, sponsored=policy_id is not None, sent=sent)
            outcome = replace(outcome, denial=known)
            block = int(outcome.receipt["blockNumber"], 16) if outcome.receipt else None
            now = self._books.time(block)
            self._refused.append(Entry("refused", now, block, denial=known, shown=known.sentence))
            if block is None:
                from sessionlab.recording.reading import unsent

                facts = {"sponsored": policy_id is not None, "preflight": preflight}
                self._unsent.append(unsent(self._sender.request, calls, known, **facts))
        return outcome

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
        return self._books.time()

    @property
    def revoked(self) -> bool:
        """Whether the owner revoked this session."""
        return not self.installed and any(entry.what == "revoked" for entry in self.history)

    def request(self, method: str, params: Any) -> Any:
        """One JSON-RPC request to the session's node; an error becomes the typed one that it stands for."""
        return self._sender.request(method, params)

    @property
    def installed(self) -> bool:
        """Whether the wallet holds this session now: from its first operation to its revocation."""
        return self._books.installed

    @property
    def allowances(self) -> Allowances:
        """Limit, used and remaining of everything that is counted, read from the chain.

        Before its first operation the session is not on the chain: then all of it remains. Once it is revoked,
        nothing remains, and what was used is what its history says.
        """
        return self._books.allowances

    @property
    def history(self) -> History:
        """Every consumption and refusal, oldest first: from the wallet's events, and refusals that this client saw."""
        entries = self._books.entries()
        # What was refused off the chain was judged at the time of the block that would have been next.
        return History(sorted(entries + self._refused, key=lambda entry: (entry.time, entry.block or 0)))

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

        return record(self, self._sender.request, self._unsent)

    def plot(self, name: str | None = None) -> Picture:
        """A picture of this session: ``burn-down``, ``card``, ``operations``, ``reach``, ``gas``, ``wei``, ``life``,
        ``blast``, ``escalation``, or the permission or token whose allowance is wanted. UnknownThing if it is neither.

        Without a name: what is left, where something is counted; else its reach, or of a root session its life.
        """
        from sessionlab.insight.pictures import plot

        return plot(self, name)

    def moment(self) -> tuple[int, int]:
        """How much this object remembers of its own; ``forget_since`` goes back to it."""
        return len(self._refused), len(self._unsent)

    def forget_since(self, moment: tuple[int, int]) -> None:
        """Forget refusals that were seen since: after a revert they never happened."""
        del self._refused[moment[0] :]
        del self._unsent[moment[1] :]

    def _explainable(self, denial: Denial, calls: Sequence[Call], *, sponsored: bool, sent: bool) -> Denial:
        """The denial, knowing the situation as it was, so that it can be explained later too."""
        from sessionlab.insight.explain.of_session import explain_denial, situation_of

        try:
            situation = situation_of(self, calls, sponsored=sponsored)
        except (RpcError, SessionlabError):  # a node whose wallets have no views of sessions
            return denial
        return denial.explained_by(lambda: explain_denial(self, situation, denial, sent=sent))


__all__ = ["Session"]
