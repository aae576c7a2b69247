"""A complete refusal: which call broke which permission's rule, what was asked, what was left and how to fix it.

Every reason that the contracts, the EntryPoint and the bundler can give has one entry in ``reasons/``, which this
module fills with the facts of a refusal. Denials travel as JSON, so they read the same over HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from html import escape
from typing import Any, Self

from sessionlab.core.base.doors import MAPPING, reads
from sessionlab.core.base.errors import SessionlabError
from sessionlab.core.base.html import RED, Row, card, preformatted
from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.denials.cause import Cause
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.limits import Meter, shown_error
from sessionlab.core.permissions.rulesets import DOCUMENTED, Ruleset


@dataclass(frozen=True, slots=True)
class Denial:
    """Why an operation or a grant was refused."""

    #: The innermost reason: ``ExceededTokenLimit``, ``AA24 signature error``, ``CounterFailed``.
    code: str
    #: ``grant``: no session was created; ``validation``: nothing changed and nobody paid; ``execution``: gas was paid.
    phase: str
    #: The rule in words.
    rule: str
    #: The type of the permission that refused, or that would be needed; None if no permission is involved.
    permission: str | None
    #: Index of the call in the operation; None if no single call is at fault.
    call: int | None
    #: What was asked and what was left. Amounts are in ``unit``: wei, gas, a token's address, or a plural noun.
    asked: int | str | None
    left: int | str | None
    unit: str | None
    #: The refusal in one plain sentence, and what would have allowed the operation.
    sentence: str
    fix: str
    #: The contracts' reasons, from the outermost (``AA23 reverted``) to the innermost.
    path: tuple[str, ...] = ()
    #: The innermost error's revert data.
    raw: str = "0x"
    #: For an EntryPoint code, the possible causes with this operation's facts.
    cause: Cause | None = None
    _explain: Callable[[], Any] | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"Refused in {self.phase}: {self.sentence} {self.fix} [{' ← '.join(self.shown_path)}]"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self._card()

    @property
    def shown_code(self) -> str:
        """The code and, where production has one name for two limits, which of them it means here."""
        return shown_error(self.code, self.phase)

    @property
    def shown_path(self) -> tuple[str, ...]:
        """The contracts' reasons as ``path`` has them, with ``shown_code`` in place of the code."""
        return tuple(self.shown_code if part == self.code else part for part in self.path or (self.code,))

    def _card(self, more: Sequence[Row] = ()) -> str:
        """Return a card with the sentence, the rule, the fix and the raw reasons. ``more`` rows come last."""
        rows = [
            ("why", escape(self.sentence)),
            ("How to fix it", escape(self.fix)),
            ("rule", escape(self.rule)),
            *([("permission", f"<code>{escape(self.permission)}</code>")] if self.permission else []),
            *([("cause", preformatted(str(self.cause)))] if self.cause else []),
            ("code", " ← ".join(f"<code>{escape(part)}</code>" for part in self.shown_path)),
            *more,
        ]
        return card(f"✗ Refused in {self.phase}", RED, rows)

    def to_json(self) -> dict[str, Any]:
        """Return JSON for an error's ``data``. Amounts are decimal strings, because they may not fit in a number."""
        result = {name: getattr(self, name) for name in _FIELDS}
        result |= {name: str(result[name]) for name in ("asked", "left") if result[name] is not None}
        return result | {"path": list(self.path), "cause": self.cause.to_json() if self.cause else None}

    def explain(self) -> Any:
        """Explain, call by call and permission by permission, why it was refused and what would have allowed it.

        A denial that ``session.send_calls`` returned knows its session and gives an ``Explanation``. Any other denial,
        and one that was pickled, has only its own words and gives a ``BareExplanation``.
        """
        return self._explain() if self._explain else BareExplanation(self)

    def _explained_by(self, explain: Callable[[], Any]) -> Denial:
        """Return the same denial, with a function that explains it."""
        return replace(self, _explain=_Here(explain))

    @classmethod
    @reads(data=MAPPING)
    def from_json(cls, data: Mapping[str, Any]) -> Denial:
        """Read the output of ``to_json``. Ignores fields that a newer server adds."""
        known: dict[str, Any] = {name: data.get(name) for name in _FIELDS}
        known |= {name: int(known[name]) for name in ("asked", "left") if str(known[name]).isdecimal()}
        cause = Cause.from_json(data["cause"]) if data.get("cause") else None
        return cls(**known | {"path": tuple(data.get("path", ())), "cause": cause})


#: A denial, or None. Type checkers take it for a denial: right after a refusal, nobody asks again.
MaybeDenial = Denial | Any


class _Here:
    """A function that stays in this process: copies of a denial share it, and a pickled denial has None instead."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function

    def __call__(self) -> Any:
        return self._function()

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> Any:
        return type(None), ()


@dataclass(frozen=True)
class BareExplanation:
    """An explanation with only the denial's words, for when the session and its calls are unknown."""

    denial: Denial
    ok = False
    calls = verdicts = remedies = ()

    def __str__(self) -> str:
        denial = self.denial
        return f"The operation is refused in {denial.phase} ({denial.shown_code}). {denial.sentence} {denial.fix}"

    __repr__ = __str__

    def table(self) -> str:
        """Return a note that nothing is known about the calls."""
        return "Nothing is known about the session and its calls. Ask its session: session.explain(calls)."

    def to_json(self) -> dict[str, Any]:
        """Return JSON with the fields of an explanation."""
        known = {"ok": False, "text": str(self), "calls": [], "denial": self.denial.to_json()}
        return known | {"verdicts": [], "remedies": [], "outside": None}

    def _repr_html_(self) -> str:
        return self.denial._card()


_FIELDS = tuple(f.name for f in fields(Denial) if not f.name.startswith("_"))


@dataclass(frozen=True)
class Context:
    """The known facts about the refused operation."""

    wallet: str
    calls: Sequence[Call] = ()
    call_data: bytes = b""  # of the operation; empty if only its calls are known
    names: AddressBook = field(default_factory=AddressBook)
    rules: Ruleset = DOCUMENTED
    permissions: Sequence[str] = ()  # the types that the session holds
    limits: Collection[Meter] = ()  # what it limits
    is_owner: bool = False
    now: int = 0
    expiry: int | None = None
    revoked: bool = False
    #: The operation's maximum cost and the wallet's funds for it, in wei.
    cost: int | None = None
    funds: int | None = None


class OperationRefused(SessionlabError):
    """A user operation was refused. ``denial`` holds the code, phase, rule, permission, call, asked and left."""

    def __init__(self, denial: Denial, judged: Mapping[str, Any] | None = None) -> None:
        #: ``judged``: the block that would have been next, if the node reported it.
        self.denial, self.judged = denial, judged
        super().__init__(denial.sentence, asked=denial.asked, left=denial.left, fix=denial.fix)


def deny(revert: Revert, phase: str, context: Context) -> Denial:
    """Return the denial for a revert. Never raises: unknown errors are reported as unknown, with their raw data."""
    from sessionlab.core.denials.reasons import explain

    return explain(revert, phase, context)
