"""The smallest changes that would let an operation pass, each tried before it is suggested.

    for remedy in search(context, attempt).remedies:
        print(remedy)     # grant functions-on-contract with increment() for counter [verified]

``attempt`` runs a changed context on the EVM, if there is one; without it, only the rules have judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sessionlab.core.denials.denial import Denial
from sessionlab.core.permissions.limits import GAS, LIMITS, kind_of_error
from sessionlab.core.permissions.rows import limits_of
from sessionlab.study.diagnosis.validation import INSTALLED_ONCE
from sessionlab.study.explain.changes import Change, changes
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.explain.next_changes import steps
from sessionlab.study.explain.refusal import denial_of

#: The code of a denial by a gas policy, about which the rules know nothing.
NOT_SPONSORED = "NotSponsored"
#: The codes for a wallet that is deployed already, and for a nonce that is used already.
_PLACES = ("AA10", "AA25")
#: How many contexts to examine in search of one that passes.
MOST_TRIED = 200
#: How often an attempt may correct the assumed gas of an operation.
MOST_ATTEMPTS = 4


class WhatIfAnswer(NamedTuple):
    """The result of running a context."""

    phase: str
    reason: str | None = None
    #: The operation's worst case, as far as known: gas, and wei per gas.
    gas: int | None = None
    fee: int = 0
    #: The refusal in words, if the node gave one.
    denial: Denial | None = None


WhatIfMethod = Callable[[DecisionContext], WhatIfAnswer]


@dataclass(frozen=True, slots=True)
class Remedy:
    """Changes that together let the operation pass."""

    #: Who makes them: ``grant`` (the owner, by a new session), ``owner`` (the owner sends the operation),
    #: ``sponsor`` (someone else pays for the gas), ``operation`` (the sender changes it).
    kind: str
    #: At least one.
    changes: tuple[Change, ...]
    #: True: it was run and passes. None: it passes under the rules but was not run.
    verified: bool | None
    #: The decision context after the changes.
    context: DecisionContext

    def __post_init__(self) -> None:
        """Raise ValueError for a remedy that says nothing."""
        if not self.changes or not all(change.words for change in self.changes):
            raise ValueError("A remedy says what to change.")

    def __str__(self) -> str:
        words = ", and ".join(change.words for change in self.changes)
        return words[:1].upper() + words[1:] + "."

    __repr__ = __str__

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        result = {"kind": self.kind, "changes": [c.to_json() for c in self.changes], "verified": self.verified}
        return result | {"words": str(self)}


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search: the remedies, or the reason that none works."""

    remedies: tuple[Remedy, ...]
    #: The reason that remains after every possible change of permissions; None if there is a remedy.
    outside: str | None
    #: The same in words, if they are known.
    stays: Denial | None


def search(context: DecisionContext, denial: Denial | None, attempt: WhatIfMethod | None = None) -> Search:
    """Find remedies for a refused operation: a grant or the sender, a sponsor, a smaller amount, the owner.

    ``denial``: how the node refused it; None if only the rules did.
    """
    result: list[Remedy] = []
    start, (outside, stays) = context, _try("operation", context, context, denial, attempt, result)
    if context.operation.sponsored and NOT_SPONSORED in (outside, denial.code if denial else None):
        # Whatever else is changed, this policy does not pay.
        start = replace(context, operation=context.operation._replace(sponsored=False))
        outside, stays = _try("operation", context, start, denial, attempt, result)
    for kind, other in _others(start, result):
        # The owner comes last, so the refusal that remains is one that the owner meets, too.
        outside, stays = _try(kind, context, other, denial, attempt, result)
    return Search(tuple(result), None, None) if result else Search((), outside, stays)


def _try(
    kind: str,
    context: DecisionContext,
    start: DecisionContext,
    denial: Denial | None,
    attempt: WhatIfMethod | None,
    result: list[Remedy],
) -> tuple[str | None, Denial | None]:
    """Look for a remedy from ``start`` and add it to ``result``; else return the reason that stays, and its words."""
    passing, verified, outside, stays = _solve(start, attempt)
    if passing is None:
        return outside, stays
    changed = changes(context, passing)
    if not changed and denial is not None and verified and place_was_taken(denial):
        result += _again(denial, passing)
        return None, None
    if not changed:  # the node refused it all the same, so its own reason stays
        return None, denial
    if kind == "operation" and any(change.by_owner for change in changed):
        kind = "grant"
    result.append(Remedy(kind, changed, verified, passing))
    return None, None


def place_was_taken(denial: Denial) -> bool:
    """Whether another operation, sent in between, took the place for which this one was prepared."""
    return denial.phase == "validation" and (denial.code[:4] in _PLACES or denial.rule == INSTALLED_ONCE)


def _again(denial: Denial, passing: DecisionContext) -> Iterator[Remedy]:
    """Yield how the same calls pass now. Only a session that is installed has other nonce keys."""
    twice = denial.code.startswith("AA25") and denial.asked is not None  # the id under which it was sent before
    again = Change("again", "make the calls a second time, by sending them again" if twice else "send it again")
    yield Remedy("operation", (again,), True, passing)
    if not denial.code.startswith("AA10"):
        words = "send it with a nonce_key of its own (nonce_key=…), one for each that sends at once"
        yield Remedy("operation", (Change("nonce_key", words),), None, passing)


def _others(context: DecisionContext, result: list[Remedy]) -> Iterator[tuple[str, DecisionContext]]:
    """Yield other starting points for the search, each a different kind of remedy."""
    operation = context.operation
    raised = [change for remedy in result for change in remedy.changes if _raises_gas(change)]
    if raised or (not result and _is_gas(context.decision.phase, context.decision.reason)):
        yield "sponsor", replace(context, operation=operation._replace(sponsored=True))
    for lowered in _lowered(context):
        yield "operation", lowered
    if not result or result[0].kind == "grant":
        signed = operation._replace(signature_fits=True, nonce_fits=True, is_global=False)
        yield "owner", replace(context, by_owner=True, operation=signed)


def _raises_gas(change: Change) -> bool:
    return change.kind == "raise" and change.permission is not None and GAS in limits_of([change.permission])


def _is_gas(phase: str, reason: str | None) -> bool:
    return kind_of_error(reason, phase) is GAS.kind


def _lowered(context: DecisionContext) -> Iterator[DecisionContext]:
    """Yield the same single call with what is left instead of what was asked."""
    decision, operation = context.decision, context.operation
    if not decision.left or len(operation.calls) != 1 or decision.phase != "execution":
        return
    kind = kind_of_error(decision.reason, decision.phase)
    lower = LIMITS[kind].lowered if kind is not None else None
    if lower is not None:
        calls = (lower(operation.calls[0], decision.left),)
        yield replace(context, operation=operation._replace(calls=calls))


def _solve(
    start: DecisionContext, attempt: WhatIfMethod | None
) -> tuple[DecisionContext | None, bool | None, str | None, Denial | None]:
    """Return a context that passes and whether it was run, or else the reason that remains, and its words."""
    passing, stays = _pass_rules(start)
    reason = stays.code if stays else None
    if attempt is None:
        return passing, None, reason, stays
    for _ in range(MOST_ATTEMPTS):
        if passing is None:
            break
        got = attempt(passing)
        reason, stays = got.reason, got.denial
        if got.phase == "ok":
            return passing, True, None, None
        if not _tells_gas(passing, got):
            break
        # The gas is known now and exceeds the limit; look for a remedy for that too.
        operation = passing.operation._replace(gas=got.gas or 0, fee=got.fee)
        passing, _ = _pass_rules(replace(passing, operation=operation, gas_known=True))
    return None, None, reason, stays


def _tells_gas(context: DecisionContext, got: WhatIfAnswer) -> bool:
    known = (context.operation.gas, context.operation.fee)
    return _is_gas(got.phase, got.reason) and got.gas is not None and (got.gas, got.fee) != known


def _pass_rules(start: DecisionContext) -> tuple[DecisionContext | None, Denial | None]:
    """Search depth first for a context that the rules let pass; else return the last refusal met."""
    waiting, context = [start], start
    for _ in range(MOST_TRIED):
        if not waiting:
            break
        context = waiting.pop()
        if context.decision.accepted:
            return context, None
        waiting += reversed([changed for changed in steps(context) if _gets_further(context, changed)])
    return None, denial_of(context)


def _gets_further(before: DecisionContext, after: DecisionContext) -> bool:
    """Whether the refusal changed or went away."""
    return before.decision[:2] + before.decision[3:] != after.decision[:2] + after.decision[3:]
