"""An explanation: an operation, call by call and permission by permission, and what would make it pass.

    explanation = session.explain([Call(to=lab.merchant, value=ether(2))])
    print(explanation)           # a paragraph
    print(explanation.table())   # calls × permissions

It never raises: data that cannot be decoded is shown raw, and remedies that were not run are marked as unverified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from sessionlab.core.denials.denial import Denial
from sessionlab.core.denials.reasons.table import ordinal, place_of
from sessionlab.core.evm.records import OUT_OF_FUNDS, OUT_OF_GAS
from sessionlab.core.permissions.operation import PlainCall
from sessionlab.node.bundler.rule_table import rule_of
from sessionlab.study.diagnosis import NOT_ENOUGH, behind, wants_permission
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.explain.decoding import describe
from sessionlab.study.explain.permission_answers import ALLOWED, REFUSED, SILENT, PermissionAnswer, verdicts
from sessionlab.study.explain.refusal import denial_of
from sessionlab.study.explain.remedies import Remedy, WhatIfMethod, place_was_taken, search
from sessionlab.study.listing import ENDS, folded
from sessionlab.study.text import in_words

R = TypeVar("R")

#: The EntryPoint's code for a wallet that cannot pay for its gas.
NO_PREFUND = "AA21"
#: The EntryPoint's code for a validation that takes more than its limit.
OVER_LIMIT = "AA26"
#: A sign and a word, so that colour is never the only cue.
SHOWN = {ALLOWED: f"✓ {ALLOWED}", REFUSED: f"✗ {REFUSED}", SILENT: f"· {SILENT}"}


@dataclass(frozen=True)
class Explanation:
    """Why an operation passes or is refused."""

    #: None if only the text of the refusal is known.
    context: DecisionContext | None
    #: The first rule that refuses; None if the operation passes.
    denial: Denial | None
    verdicts: tuple[PermissionAnswer, ...]
    remedies: tuple[Remedy, ...]
    #: The reason that no permission can change; None if there is a remedy or no refusal.
    outside: str | None
    #: The same in words, if they are known.
    stays: Denial | None = None
    #: Whether the operation is on the chain, so that its failure cost gas.
    sent: bool = False
    #: What the calls do or leave undone without any refusal, such as calls of addresses without code.
    notes: tuple[str, ...] = ()
    #: The calls as they were asked for, where the operation that they make cannot be read to its end.
    asked: tuple[PlainCall, ...] = ()

    @classmethod
    def of_pass(cls, context: DecisionContext) -> Explanation:
        """Explain an operation that passes."""
        return cls(context, None, verdicts(context), (), None)

    @property
    def ok(self) -> bool:
        """Whether the operation passes."""
        return self.denial is None

    @property
    def calls(self) -> tuple[str, ...]:
        """The calls in words, arguments decoded where the function is known."""
        context = self.context
        if context is None:
            return ()
        calls = max(context.calls, self.asked, key=len)
        return tuple(describe(call, context.names, context.wallet) for call in calls)

    @property
    def pays(self) -> str:
        """Say who pays for the failure."""
        if self.denial is None:
            return "The payer of the gas pays for what it takes."
        if self.denial.phase != "execution":
            nonce = "" if place_was_taken(self.denial) else ", and its nonce stays unused"
            return f"Nobody pays: it is refused before it gets into a block{nonce}."
        context = self.context
        sponsored = context is not None and context.operation.sponsored
        who = "the sponsor" if sponsored else "the wallet"
        counted = " and ".join(context.kept_used) if context else ""
        if self.sent:
            more = f", and it counted against {counted}" if counted else ""
            return f"{who.capitalize()} paid for its gas{more}; everything else was undone."
        more = f", and it counts against {counted}" if counted else ""
        return f"If you send it anyway, {who} pays for its gas{more}; everything else is undone."

    def __str__(self) -> str:
        if self.denial is None:
            equal = [(call, len(list(run))) for call, run in groupby(self.calls)]
            said = in_words(equal, lambda told: f"{told[1]:,} times {told[0]}" if told[1] > 1 else told[0], ".calls")
            return " ".join((f"The operation passes: {said or 'it makes no call'}.", *self.notes))
        return " ".join((self._what(), self.denial.sentence, self.pays, self._helps(), *self.notes))

    __repr__ = __str__

    def _what(self) -> str:
        assert self.denial is not None
        index, calls, code = self.denial.call, self.calls, self.denial.shown_code
        if len(calls) == 1:
            what = f"The call, {calls[0]},"
        elif index is not None and index < len(calls):
            what = f"The {ordinal(index)} of {len(calls)} calls, {calls[index]},"
        else:
            what = f"The operation of {len(calls)} calls" if calls else "The operation"
        return f"{what} is refused in {self.denial.phase}{self._by()} ({code})."

    def _by(self) -> str:
        """Name the permission that refuses, or the missing one if the session has none of that type."""
        wanted = self.denial.permission if self.denial else None
        if wanted is None or self.context is None:
            return ""
        has = any(permission.type == wanted for permission in self.context.permissions)
        return f" by {wanted}" if has else f" because {wanted} is missing"

    def _helps(self) -> str:
        fix = self.denial.fix if self.denial else ""
        if self.context is None:
            return fix
        if not self.remedies:
            return " ".join(self.no_way()).rstrip()
        ways = [str(remedy).rstrip(".") for remedy in self.remedies]
        ways = [way[:1].lower() + way[1:] for way in ways]
        proofs = ["tried out" if remedy.verified else "by the rules; nobody tried it out" for remedy in self.remedies]
        if len(set(proofs)) > 1:
            return f"It would pass if you {'; or '.join(map('{} ({})'.format, ways, proofs))}."
        proof = "each way was tried out" if len(ways) > 1 and self.remedies[0].verified else proofs[0]
        return f"It would pass if you {'; or '.join(ways)} ({proof})."

    def no_way(self) -> tuple[str, str]:
        """Say that no permission helps, and the one thing that does. For a refusal without remedies."""
        denial, stays = self.denial, self.stays
        assert denial is not None
        # A denial that names a permission says that it is missing; behind it, something else is in the way.
        what = "No permission changes that" if denial.permission is None else "A permission alone does not change that"
        if stays is not None and any(same(stays) and same(denial) for same in (_wants_funds, _wants_gas)):
            return f"{what}.", denial.fix  # the same, with the gas that the operation has
        if stays is not None and stays.code != denial.code:
            known = denial.fix.partition(NOT_ENOUGH)[2]
            return f"{what}: there is another reason behind it.", known or f"{stays.sentence} {stays.fix}"
        if stays is None and self.outside not in (None, *denial.path, denial.code):
            return f"{what}: {self.outside} stays.", ""
        if denial.permission is None:
            return f"{what}.", denial.fix
        return f"{what}, and the owner's own operation is refused, too.", "Leave the call out."

    def heading(self, call: int | None) -> str:
        """The heading of a group of verdicts."""
        if call is None:
            return "the operation as a whole"
        which = place_of(call, len(self.calls))
        return f"{which[0].lower()}{which[1:]}: {self.calls[call]}"

    def table(self) -> str:
        """Calls × permissions as aligned text."""
        if self.context is None:
            return "Nothing is known about the session and its calls."
        if not self.verdicts:
            return "The operation makes no call that a permission could be asked about."
        permissions = [self.context.names.permission(p) for p in self.context.permissions]
        wide = [max((len(text) for text in texts), default=0) for texts in (SHOWN.values(), permissions)]

        def line(verdict: PermissionAnswer) -> str:
            shown = (SHOWN[verdict.answer].ljust(wide[0]), permissions[verdict.permission].ljust(wide[1]), verdict.why)
            return "  " + "   ".join(shown)

        return "\n".join(self.folded_verdicts(self.heading, line, lambda words: f"  {words}"))

    def folded_verdicts(
        self, head: Callable[[int | None], R], line: Callable[[PermissionAnswer], R], more: Callable[[str], R]
    ) -> list[R]:
        """Return what is shown of the verdicts: a heading for each call, a line for each permission, both folded."""
        groups = [(call, list(group)) for call, group in groupby(self.verdicts, lambda verdict: verdict.call)]
        room = max(ENDS // max(len(groups), 1), 1)
        return [
            part
            for call, group in groups
            for part in (head(call), *folded(group, line, more, ".verdicts", lambda v: v.answer, ends=room))
        ]

    def _repr_html_(self) -> str:
        from sessionlab.study.explain.card import explanation_card

        return explanation_card(self)

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        return {
            "ok": self.ok,
            "text": str(self),
            "calls": list(self.calls),
            "denial": self.denial.to_json() if self.denial else None,
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "remedies": [remedy.to_json() for remedy in self.remedies],
            "outside": self.outside,
            "notes": list(self.notes),
        }


def _wants_funds(denial: Denial) -> bool:
    """Whether the wallet lacks ETH, for its gas or for what a call sends."""
    return denial.code == OUT_OF_FUNDS or denial.code.startswith(NO_PREFUND)


def _wants_gas(denial: Denial) -> bool:
    """Whether validation lacks gas, by the wallet's or by the EntryPoint's count."""
    return denial.phase == "validation" and (denial.code == OUT_OF_GAS or denial.code.startswith(OVER_LIMIT))


def explain(context: DecisionContext, denial: Denial | None = None, attempt: WhatIfMethod | None = None) -> Explanation:
    """Explain a decision context.

    ``denial``: how the chain refused the operation, if it was asked. ``attempt`` runs a changed context.
    """
    denial = denial or denial_of(context)
    if denial is None:
        return Explanation.of_pass(context)
    if rule_of(denial.code) is not None:  # the bundler's: no change of session or calls lifts it
        return Explanation(context, denial, verdicts(context), (), denial.code)
    result = search(context, denial, attempt)
    if wants_permission(denial) and result.stays is not None and result.stays.code != denial.code:
        denial = denial if NOT_ENOUGH in denial.fix else behind(denial, result.stays)
    return Explanation(context, denial, verdicts(context), result.remedies, result.outside, result.stays)
