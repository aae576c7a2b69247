"""What two permission lists allow, held against each other.

comparison = sl.compare(old, new)
comparison.relation          # "narrower": old grants less
comparison.only_b            # the smallest example of what only the new one allows
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from sessionlab.core.base.doors import maybe, reads, wrong
from sessionlab.core.base.errors import GrantRefused, InvalidInput
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.decide import Decision
from sessionlab.core.permissions.json_codec import permissions_to_json
from sessionlab.core.permissions.limits import gas_unit
from sessionlab.core.permissions.operation import Operation, PlainCall
from sessionlab.core.permissions.policy import NOTHING_LEFT
from sessionlab.core.permissions.rulesets import DOCUMENTED, Ruleset, RulesName, ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.comparing.search import Witness, allowed, beyond, form_beyond
from sessionlab.study.comparing.subject import MOMENT, Subject, ending, moment_of, read_request, subject_of, wallet_of
from sessionlab.study.doors import NAMES, RULES_OR_NAME
from sessionlab.study.frames import frame_of

if TYPE_CHECKING:
    from datetime import datetime

    import pandas  # type: ignore[import-untyped]

    from sessionlab.study.comparing.differences import PolicyDifference
    from sessionlab.study.comparing.on_chain import Ended

EQUAL, NARROWER, WIDER, INCOMPARABLE = "equal", "narrower", "wider", "incomparable"
#: The phase in which a list is refused of which no session can be made.
GRANT = "grant"


@dataclass(frozen=True)
class Side:
    """One of the two sides: a permission list under a ruleset."""

    #: ``a`` or ``b``, or the name of its file.
    name: str
    _subject: Subject
    #: When it is granted, in Unix seconds.
    since: int

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """The list."""
        return self._subject.permissions

    @property
    def rules(self) -> Ruleset:
        """The ruleset under which it is judged."""
        return self._subject.rules

    @property
    def refused(self) -> GrantRefused | None:
        """Why these rules make no session of the list, so that it allows nothing; None if they do."""
        return self._subject.refused

    @cached_property
    def allows_nothing(self) -> bool:
        """Whether no operation is ever accepted."""
        return allowed(self._subject, self.since) is None


@dataclass(frozen=True)
class Example:
    """An operation that one side takes and the other refuses."""

    taken_by: Side
    refused_by: Side
    witness: Witness
    names: AddressBook

    @property
    def calls(self) -> tuple[PlainCall, ...]:
        """What it does. A function of the wallet itself counts as a call to the wallet."""
        return self.witness.operation.calls_of(self.taken_by._subject.wallet)

    @property
    def operation(self) -> Operation:
        """The operation as the rules see it."""
        return self.witness.operation

    @property
    def times(self) -> int:
        """How often it is sent: the last one is refused."""
        return self.witness.times

    @property
    def refusal(self) -> Decision:
        """How the other side refuses the last one: phase, reason, call, what was asked and left.

        The phase is ``grant`` if its rules make no session of the list.
        """
        refused = self.refused_by.refused
        return self.witness.refusal if refused is None else Decision(GRANT, refused.rule, NOTHING_LEFT)

    @property
    def sentence(self) -> str:
        """What it does, and why the other side refuses it."""
        from sessionlab.study.comparing.text import example_sentence

        return example_sentence(self)

    def replay(self) -> tuple[Ended, Ended]:
        """Send it to two real wallets on chains of their own, one with each list; returns how it ended in each.

        The first is the side that takes it. Raises InvalidInput if it is sent more than 1,000 times, or with so little
        gas that no operation runs.
        """
        from sessionlab.study.comparing.on_chain import send

        first, second = (send(side._subject, self.witness, side.since) for side in (self.taken_by, self.refused_by))
        return first, second

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        operation, refusal = self.operation, self.refusal
        return {
            "takenBy": self.taken_by.name,
            "refusedBy": self.refused_by.name,
            "calls": [
                {"to": call.target, "value": str(call.value), "data": "0x" + call.data.hex()} for call in self.calls
            ],
            "batch": operation.is_batch,
            "sponsored": operation.sponsored,
            "gas": str(operation.gas),
            "fee": str(operation.fee),
            "times": str(self.times),
            "time": self.witness.now,
            "phase": refusal.phase,
            "reason": refusal.reason,
            "asked": None if refusal.asked is None else str(refusal.asked),
            "left": None if refusal.left is None else str(refusal.left),
            "sentence": self.sentence,
        }

    def __repr__(self) -> str:
        return f"<Example: {self.sentence}>"


@dataclass(frozen=True)
class PolicyComparison:
    """What two permission lists allow, held against each other. ``a`` is the first one."""

    a: Side
    b: Side
    #: The smallest example of what only one side allows; None if there is nothing.
    only_a: Example | None
    only_b: Example | None
    #: Whether one side also takes operations that are not wrapped in ``executeUserOp``, where the other one limits
    #: spending and wants them wrapped. A client sees to it, so it does not count for ``relation``.
    bare_only_a: bool
    bare_only_b: bool
    names: AddressBook
    #: Whether it depends on when both are granted, which nobody said: one ends on a date, the other some time later.
    assumes_time: bool = False

    @property
    def relation(self) -> str:
        """``equal``, ``narrower`` (``a`` grants less), ``wider`` or ``incomparable``."""
        if self.only_a and self.only_b:
            return INCOMPARABLE
        return WIDER if self.only_a else NARROWER if self.only_b else EQUAL

    @cached_property
    def differences(self) -> list[PolicyDifference]:
        """Every part that the two sides grant differently: calls by target and function, limits, times."""
        from sessionlab.study.comparing.differences import differences

        return differences(self)

    def to_frame(self) -> pandas.DataFrame:
        """Return what the sides grant differently as a pandas frame. Raises MissingExtra without pandas."""
        columns = ("part", "what", "a", "b")
        return frame_of(columns, ([getattr(part, name) for name in columns] for part in self.differences))

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        sides = {
            side.name: {
                **side.rules.named(),
                "permissions": permissions_to_json(side.permissions),
                "refused": None if side.refused is None else side.refused.rule,
            }
            for side in (self.a, self.b)
        }
        return {
            "relation": self.relation,
            "sides": sides,
            "onlyA": self.only_a and self.only_a.to_json(),
            "onlyB": self.only_b and self.only_b.to_json(),
            "differences": [vars(part) for part in self.differences],
        }

    def __repr__(self) -> str:
        from sessionlab.study.comparing.text import comparison_text

        return comparison_text(self)

    def _repr_html_(self) -> str:
        from sessionlab.study.comparing.card import comparison_html

        return comparison_html(self)


def _one_or_two(value: Any, field: str) -> tuple[Ruleset, Ruleset]:
    """Read one ruleset, which holds for both sides, or two."""
    pair = (value, value) if isinstance(value, str | Ruleset) else value
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise wrong(value, "is not one ruleset or two", field, 'give "documented", or ("documented", "deployed").')
    return ruleset(RULES_OR_NAME(pair[0], field)), ruleset(RULES_OR_NAME(pair[1], field))


@reads(a=read_request, b=maybe(read_request), rules=maybe(_one_or_two), now=maybe(MOMENT), names=maybe(NAMES))
def compare(
    a: Any,
    b: Any = None,
    *,
    rules: RulesName | Ruleset | tuple[RulesName | Ruleset, RulesName | Ruleset] | None = None,
    now: int | None = None,
    expiry_sec: int | datetime | None = None,
    expires_in: int | None = None,
    names: AddressBook | None = None,
) -> PolicyComparison:
    """Compare what two permission lists allow, exactly.

    ``a`` and ``b``: a list of permissions, a session, the JSON of a grant (``{"permissions": [...], "expirySec": n}``)
    or the path of a file with it. ``rules``: a ruleset for both, or a pair of them; with two, ``b`` may be left out,
    and one list is compared under two rulesets. Without it, sessions are judged by the rules of their wallets, and
    lists by those of the session that they are compared with, else by the documented ones. ``now``: when both are
    granted, in Unix seconds; what only one of them allows is looked for from then on. ``expiry_sec`` (Unix seconds, or
    a datetime with a timezone) or ``expires_in`` (seconds from the grant on): when a side ends that does not say so
    itself. A list that the rules refuse allows nothing (``Side.refused``).

    A session is compared as it was granted, not as it was used. What called contracts do is not decided, nor what an
    entity id that is used again inherits (R6), nor how much gas the wallet's own code takes. Raises InvalidInput for
    what is none of these.
    """
    of_b = a if b is None else b
    own = (a.rules or of_b.rules or DOCUMENTED, of_b.rules or a.rules or DOCUMENTED)
    both = own if rules is None else cast("tuple[Ruleset, Ruleset]", rules)
    if b is None and both[0] == both[1]:
        raise InvalidInput(
            "There is one list and one ruleset.", field="b", fix='give two lists, or rules=("documented", "deployed").'
        )
    labels = ("a", "b") if b is not None else (both[0].title, both[1].title)
    first, second = ending([a, of_b], expiry_sec, expires_in)
    return compared(first, second, both, now, names, labels)


def compared(
    a: Any, b: Any, rules: tuple[Ruleset, Ruleset], now: int | None, names: AddressBook | None, labels: tuple[str, str]
) -> PolicyComparison:
    """Compare two lists under their rulesets; ``labels`` is what the sides are called."""
    lists = [read_request(a, "a"), read_request(b, "b")]
    wallet, moment = wallet_of(*lists), moment_of(now, *lists)
    subjects = [subject_of(asked, of, wallet=wallet, now=moment) for asked, of in zip(lists, rules, strict=True)]
    known = next((asked.names for asked in lists if asked.names), None)
    book = names or known or AddressBook(gas_unit=gas_unit(rules[0]))
    first, second = (Side(name, subject, moment) for name, subject in zip(labels, subjects, strict=True))

    def only(here: Side, there: Side) -> Example | None:
        witness = beyond(here._subject, there._subject, moment)
        return None if witness is None else Example(here, there, witness, book)

    return PolicyComparison(
        a=first,
        b=second,
        only_a=only(first, second),
        only_b=only(second, first),
        bare_only_a=form_beyond(first._subject, second._subject, moment) is not None,
        bare_only_b=form_beyond(second._subject, first._subject, moment) is not None,
        names=book,
        assumes_time=now is None and len({asked.expires_in is None for asked in lists if asked.ends}) > 1,
    )
