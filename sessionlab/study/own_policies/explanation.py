"""Whether the operations of an application fit its policy, under each ruleset: what is missing, and what is too wide.

    explain("policy.json", "calls.json")

The rules decide, in order, and what an operation uses is gone for the next. No chain is asked: a called contract is
taken to do what it is asked to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.doors import maybe, reads
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.limits import GAS, Meter, gas_unit, limit_set_by, unit_of
from sessionlab.core.permissions.rulesets import Ruleset, RulesName
from sessionlab.core.permissions.types import Permission
from sessionlab.study.comparing.subject import (
    MOMENT,
    PolicyRequest,
    Subject,
    ending,
    moment_of,
    read_request,
    subject_of,
    wallet_of,
)
from sessionlab.study.doors import NAMES
from sessionlab.study.explain.client_operation import client_operation
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.explain.explanation import Explanation
from sessionlab.study.explain.explanation import explain as explain_context
from sessionlab.study.explain.permission_answers import ALLOWED, verdicts
from sessionlab.study.own_policies.operation_json import CallsToSend
from sessionlab.study.own_policies.rulesets import rulesets_in
from sessionlab.study.own_policies.sent_json import read_sent

if TYPE_CHECKING:
    from datetime import datetime

    from sessionlab.core.permissions.limits import Remaining


SELECTOR = 4  # bytes


@dataclass(frozen=True)
class UnneededPart:
    """A part of a policy that is wider than these operations need."""

    #: Index in the policy's list of permissions.
    permission: int
    type: str
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return dict(vars(self))


@dataclass(frozen=True)
class UnderRuleset:
    """How a policy fares under one ruleset."""

    rules: Ruleset
    #: Why these rules make no session of the policy; None if they do.
    refused: GrantRefused | None
    #: One for each operation, in order; empty if there is no session.
    operations: tuple[Explanation, ...]
    #: What is wider than the operations need; empty unless all of them pass.
    unneeded: tuple[UnneededPart, ...]

    @property
    def ok(self) -> bool:
        """Whether the policy can be granted and every operation passes."""
        return self.refused is None and all(each.ok for each in self.operations)

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        return {
            **self.rules.named(),
            "ok": self.ok,
            "refused": None if self.refused is None else {"rule": self.refused.rule, "text": str(self.refused)},
            "operations": [each.to_json() for each in self.operations],
            "unneeded": [part.to_json() for part in self.unneeded],
        }


@dataclass(frozen=True)
class PolicyExplanation:
    """The operations of an application under its policy, for each ruleset."""

    permissions: tuple[Permission, ...]
    results: tuple[UnderRuleset, ...]
    #: Whether the gas of an operation is unknown while the policy limits gas.
    gas_unknown: bool = field(default=False)

    @property
    def ok(self) -> bool:
        """Whether every operation passes under every ruleset that was asked."""
        return all(result.ok for result in self.results)

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        return {"ok": self.ok, "rulesets": [result.to_json() for result in self.results]}

    def __repr__(self) -> str:
        from sessionlab.study.own_policies.text import explanation_text

        return explanation_text(self)

    def _repr_html_(self) -> str:
        from sessionlab.study.own_policies.card import explanation_html

        return explanation_html(self)


@reads(policy=read_request, rules=rulesets_in, now=maybe(MOMENT), names=maybe(NAMES))
def explain(
    policy: Any,
    operations: Any,
    *,
    rules: Literal["both"] | RulesName | Ruleset | Sequence[RulesName | Ruleset] = "both",
    now: int | None = None,
    expiry_sec: int | datetime | None = None,
    expires_in: int | None = None,
    names: AddressBook | None = None,
) -> PolicyExplanation:
    """Explain whether the operations of an application fit its policy, under each ruleset.

    ``policy``: as for ``compare``; a ``wallet_createSession`` request will do. ``operations``: lists of calls, or
    ``wallet_prepareCalls`` requests, in the order in which they are sent, or the path of a JSON file with them. Who
    pays for the gas follows from ``paymasterService``; without ``gas`` and ``fee``, a gas-limit is not judged.
    ``rules``: a ruleset, a list of them, or ``"both"``. ``now`` and ``expiry_sec`` (Unix seconds) and ``expires_in``
    (seconds): as for ``compare``.

    The rules decide, not a chain: a called contract is taken to do what it is asked to. Raises InvalidInput with the
    field of what cannot be read.

    >>> import sessionlab as sl
    >>> shop = "0x" + "11" * 20
    >>> policy = [{"type": "contract-access", "data": {"address": shop}}]
    >>> result = explain(policy, [{"to": shop, "value": "0x1", "data": "0xd96a094a"}])
    >>> [(under.rules.name, under.ok) for under in result.results]
    [('documented', False), ('deployed', True)]
    """
    asked, (sent, written) = read_request(policy, "policy"), read_sent(operations, "operations")
    (asked,) = ending([asked], expiry_sec, expires_in)
    moment = moment_of(now, asked)
    book = names or written
    results = tuple(_under(asked, sent, of, moment, book) for of in rulesets_in(rules, "rules"))
    limits_gas = any(_limits_gas(each) for each in asked.permissions)
    return PolicyExplanation(asked.permissions, results, limits_gas and not all(each.gas_known for each in sent))


def _under(
    asked: PolicyRequest, sent: Sequence[CallsToSend], rules: Ruleset, now: int, book: AddressBook
) -> UnderRuleset:
    run = PolicyRun(asked, rules, now, replace(book, gas_unit=gas_unit(rules)))
    if run.subject.refused is not None:
        return UnderRuleset(rules, run.subject.refused, (), ())
    explained, left = [], run.subject.remaining
    for calls in sent:
        context = run.context(calls, left)
        explained.append(explain_context(context))
        left = context.decision.remaining
    unneeded = run.unneeded(sent, left) if all(each.ok for each in explained) else ()
    return UnderRuleset(rules, None, tuple(explained), unneeded)


def _limits_gas(permission: Permission) -> bool:
    return any(row.meter == GAS for row in permission.rows())


@dataclass(frozen=True)
class PolicyRun:
    """A policy under one ruleset, and operations that are put to it."""

    asked: PolicyRequest
    rules: Ruleset
    now: int
    names: AddressBook

    @cached_property
    def subject(self) -> Subject:
        """What a session with the policy may do."""
        return subject_of(self.asked, self.rules, wallet=wallet_of(self.asked), now=self.now)

    def context(self, asked: CallsToSend, left: Remaining) -> DecisionContext:
        """The operation as a client sends it, with this left of the policy's limits."""
        subject = self.subject
        operation = client_operation(
            asked.calls, subject.policy, batch=asked.batch, gas=asked.gas, fee=asked.fee, sponsored=asked.sponsored
        )
        return DecisionContext(
            wallet=checksum(bytes.fromhex(subject.wallet[2:])),
            permissions=subject.permissions,
            left=left,
            operation=operation,
            now=max(self.now, subject.policy.valid_after),
            valid_after=subject.policy.valid_after,
            valid_until=subject.policy.valid_until,
            rules=self.rules,
            names=self.names,
            gas_known=asked.gas_known,
        )

    def all_pass(self, sent: Sequence[CallsToSend]) -> bool:
        """Whether the policy can be granted and the operations pass in their order."""
        if self.subject.refused is not None:
            return False
        left = self.subject.remaining
        for calls in sent:
            decision = self.context(calls, left).decision
            if not decision.accepted:
                return False
            left = decision.remaining
        return True

    def unneeded(self, sent: Sequence[CallsToSend], left: Remaining) -> tuple[UnneededPart, ...]:
        """Grants without which all operations pass too, and limits of which something is left at the end."""
        parts = []
        for index, permission in enumerate(self.subject.permissions):
            limit = limit_set_by(permission.type)
            if limit is None:
                others = tuple(each for n, each in enumerate(self.subject.permissions) if n != index)
                without = replace(self, asked=replace(self.asked, permissions=others))
                if others and without.all_pass(sent):
                    parts.append(UnneededPart(index, permission.type, "every operation passes without it"))
                elif words := self._unused_reach(index, permission, sent):
                    parts.append(UnneededPart(index, permission.type, words))
            elif limit.counts and (not _limits_gas(permission) or all(calls.gas_known for calls in sent)):
                parts += self._unused(index, permission, left)
        return tuple(parts)

    def _unused_reach(self, index: int, permission: Permission, sent: Sequence[CallsToSend]) -> str:
        """Say which of the calls that a permission reaches these operations make, if it reaches more; else nothing."""
        contexts = [self.context(calls, self.subject.remaining) for calls in sent]
        reached = [
            context.calls[answer.call]
            for context in contexts
            for answer in verdicts(context)
            if answer.permission == index and answer.call is not None and answer.answer == ALLOWED
        ]
        called = dict.fromkeys(self.names.function(call.selector) for call in reached if len(call.data) >= SELECTOR)
        targets = dict.fromkeys(self.names.address(call.target) for call in reached)
        if (functions := getattr(permission, "functions", None)) is None:
            used = ", ".join(called) or "calls without data"
            return f"only {used} of it is used" if hasattr(permission, "address") else f"only {used} is used"
        named = [self.names.function(bytes.fromhex(code[2:])) for code in functions]
        idle = [name for name in named if name not in called]
        where = [] if hasattr(permission, "address") or not targets else [f"it is used on {', '.join(targets)} alone"]
        return "; ".join([f"{', '.join(idle)} is never called"] * bool(idle) + where)

    def _unused(self, index: int, permission: Permission, left: Remaining) -> list[UnneededPart]:
        """Return the part of a limit that the operations did not use."""
        result = []
        for row in permission.rows():
            meter: Meter | None = row.meter
            if meter is not None and (unused := left.get(meter, 0)):
                unit = unit_of(meter, self.rules)
                used = self.names.amount(max(self.subject.remaining[meter] - unused, 0), unit)
                granted = self.names.amount(self.subject.remaining[meter], unit)
                result.append(UnneededPart(index, permission.type, f"{used} of {granted} is used"))
        return result
