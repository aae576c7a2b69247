"""Audits and explanations of a policy as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_ether
from sessionlab.study.text import count

if TYPE_CHECKING:
    from sessionlab.study.own_policies.audits import PolicyAudit
    from sessionlab.study.own_policies.explanation import PolicyExplanation, UnderRuleset

WIDTH = 100
GAS_UNKNOWN = "The gas of these operations is not known, so gas-limit is not judged: give gas and fee."


def audit_text(audited: PolicyAudit) -> str:
    """What the policy allows, where the rulesets differ, and an audit under each."""
    return "\n".join(_audit_lines(audited))


def _audit_lines(audited: PolicyAudit) -> Iterator[str]:
    yield "What it allows"
    for number, permission in enumerate(audited.permissions, 1):
        yield from _indented(f"{number}  {audited.names.permission(permission)}", "  ", "     ")
    if audited.comparison is not None:
        yield ""
        yield str(audited.comparison)
    yield ""
    yield f"For a wallet with {format_ether(audited.balance)} that holds ten times the limit of each limited token:"
    for result in audited.results:
        yield ""
        if result.refused is not None:
            yield from _indented(f"✗ The {result.rules.title} rules cannot grant it. {result.refused}", "", "  ")
        else:
            yield str(result.audit)


def explanation_text(explained: PolicyExplanation) -> str:
    """Each operation under each ruleset, and what is wider than they need."""
    return "\n".join(_explanation_lines(explained))


def _explanation_lines(explained: PolicyExplanation) -> Iterator[str]:
    for number, result in enumerate(explained.results):
        if number:
            yield ""
        yield heading(result)
        if result.refused is not None:
            yield from _indented(f"✗ {result.refused}", "  ", "    ")
        for index, operation in enumerate(result.operations, 1):
            yield from _indented(f"{'✓' if operation.ok else '✗'} {index}  {operation}", "  ", "       ")
        if result.unneeded:
            yield "  Wider than these operations need:"
        for part in result.unneeded:
            yield from _indented(f"! permissions[{part.permission}] {part.type}: {part.sentence}", "  ", "    ")
    if explained.gas_unknown:
        yield ""
        yield GAS_UNKNOWN


def heading(result: UnderRuleset) -> str:
    """How many operations pass under one ruleset."""
    if result.refused is not None:
        return f"Under the {result.rules.title} rules the policy cannot be granted."
    passed, total = sum(each.ok for each in result.operations), len(result.operations)
    return f"Under the {result.rules.title} rules {passed} of {count(total, 'operation')} pass{'es' * (total == 1)}."


def _indented(text: str, first: str, other: str) -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent=first, subsequent_indent=other)
