"""A refusal in full: which rule of which permission refused which call, what was asked, what was left, what helps.

Every reason that the contracts, the EntryPoint and the bundler can give has one entry in ``reasons/``; this
module puts the facts of one refusal into it. A denial travels as JSON, so it says the same behind an HTTP server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from html import escape
from typing import Any

from sessionlab.core.base.errors import SessionlabError
from sessionlab.core.base.html import RED, Row, card, preformatted
from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.denials.diagnosis import Cause
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.rulesets import DOCUMENTED, Ruleset


@dataclass(frozen=True, slots=True)
class Denial:
    """Why an operation or a grant is refused."""

    #: The innermost reason: ``ExceededTokenLimit``, ``AA24 signature error``, ``CounterFailed``.
    code: str
    #: ``grant``: never a session; ``validation``: nothing happens and nobody pays; ``execution``: gas is paid.
    phase: str
    #: The rule in words.
    rule: str
    #: The type of the permission that refuses, or that would be needed; None where no permission is at fault.
    permission: str | None
    #: Number of the call in the operation, from 0; None where no single call is at fault.
    call: int | None
    #: What was asked and what was left, with ``unit``: wei, gas, or a token's address.
    asked: int | str | None
    left: int | str | None
    unit: str | None
    #: The whole in one plain sentence, and what would have allowed it.
    sentence: str
    fix: str
    #: The reasons from the outermost (``AA23 reverted``) to the innermost, as the contracts gave them.
    path: tuple[str, ...] = ()
    #: Revert data of the innermost error.
    raw: str = "0x"
    #: What to check, where the cause lies in the facts of the operation: of an EntryPoint's code.
    cause: Cause | None = None
    _explain: Callable[[], Any] | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"Refused in {self.phase}: {self.sentence} {self.fix} [{' ← '.join(self.path) or self.code}]"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.card()

    def card(self, more: Sequence[Row] = ()) -> str:
        """A card with the sentence, the rule, what helps, and the raw reasons; ``more`` rows come last."""
        rows = [
            ("why", escape(self.sentence)),
            ("what helps", escape(self.fix)),
            ("rule", escape(self.rule)),
            *([("permission", f"<code>{escape(self.permission)}</code>")] if self.permission else []),
            *([("cause", preformatted(str(self.cause)))] if self.cause else []),
            ("code", " ← ".join(f"<code>{escape(part)}</code>" for part in self.path or (self.code,))),
            *more,
        ]
        return card(f"✗ Refused in {self.phase}", RED, rows)

    def to_json(self) -> dict[str, Any]:
        """As JSON, for the ``data`` of an error."""
        result = {name: getattr(self, name) for name in _FIELDS}
        return result | {"path": list(self.path), "cause": self.cause.to_json() if self.cause else None}

    def explain(self) -> Any:
        """Call by call and permission by permission: why, and what would have let it pass.

        A denial that ``session.send_calls`` returned knows its session and gives an ``Explanation``; of another one,
        only the words are known: a ``BareExplanation``.
        """
        return self._explain() if self._explain else BareExplanation(self)

    def explained_by(self, explain: Callable[[], Any]) -> Denial:
        """The same denial, with what explains it."""
        return replace(self, _explain=explain)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Denial:
        """Back from ``to_json``; what a newer server adds is left out."""
        known: dict[str, Any] = {name: data.get(name) for name in _FIELDS}
        cause = Cause.from_json(data["cause"]) if data.get("cause") else None
        return cls(**known | {"path": tuple(data.get("path", ())), "cause": cause})


@dataclass(frozen=True)
class BareExplanation:
    """A refusal of which only the words are known: not the session, not its calls."""

    denial: Denial
    ok = False
    calls = verdicts = remedies = ()

    def __str__(self) -> str:
        denial = self.denial
        return f"The operation is refused in {denial.phase} ({denial.code}). {denial.sentence} {denial.fix}"

    __repr__ = __str__

    def table(self) -> str:
        """There are no calls to put against permissions."""
        return "Nothing is known about the session and its calls."

    def to_json(self) -> dict[str, Any]:
        """As JSON, with the fields of an explanation."""
        known = {"ok": False, "text": str(self), "calls": [], "denial": self.denial.to_json()}
        return known | {"verdicts": [], "remedies": [], "outside": None}

    def _repr_html_(self) -> str:
        return self.denial.card()


_FIELDS = tuple(f.name for f in fields(Denial) if not f.name.startswith("_"))


@dataclass(frozen=True)
class Context:
    """What is known about the operation that was refused."""

    wallet: str
    calls: Sequence[Call] = ()
    names: AddressBook = field(default_factory=AddressBook)
    rules: Ruleset = DOCUMENTED
    permissions: Sequence[str] = ()  # the types that the session holds
    is_owner: bool = False
    now: int = 0
    expiry: int | None = None
    revoked: bool = False
    #: Wei: the most that the operation can cost, and what its wallet has for it.
    cost: int | None = None
    funds: int | None = None


class OperationRefused(SessionlabError):
    """A user operation is refused. ``denial`` holds code, phase, rule, permission, call, asked, left."""

    def __init__(self, denial: Denial, judged: Mapping[str, Any] | None = None) -> None:
        #: ``judged``: the block that would have been next, where the node says it.
        self.denial, self.judged = denial, judged
        super().__init__(denial.sentence, asked=denial.asked, left=denial.left, fix=denial.fix)


def deny(revert: Revert, phase: str, context: Context) -> Denial:
    """The denial for a revert. Never raises: what no entry explains is shown raw and said to be so."""
    from sessionlab.core.denials.reasons import explain

    return explain(revert, phase, context)
