"""Why an operation was refused, as far as only the state of the chain tells: a lab's denials with a cause.

``deny`` is what a lab hands to its Wallet API. The core's own denials say what the contracts' reason says. These read
the state in which the operation was refused (``fact_reader``), name the cause in place of a code (``validation``,
``calls``), carry the tree of causes behind an EntryPoint's code (``causes``), and say what would refuse the operation
even if the owner sent it.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.denials import reasons
from sessionlab.core.denials.denial import Context, Denial
from sessionlab.core.denials.denial import deny as deny_by_reason
from sessionlab.core.wallet_api.failed_operation import FailedOperation, context_of
from sessionlab.node.bundler.strict import BrokenRules
from sessionlab.study.diagnosis import calls, validation  # noqa: F401 - importing them fills the table
from sessionlab.study.diagnosis.broken_rules import deny_rules
from sessionlab.study.diagnosis.causes import cause_of
from sessionlab.study.diagnosis.fact_reader import facts_of, what_stays
from sessionlab.study.diagnosis.facts import DiagnosisFacts, diagnose
from sessionlab.study.diagnosis.failures import failure_of
from sessionlab.study.diagnosis.pool_rules import POOL_RULES, deny_by_pool
from sessionlab.study.diagnosis.table import STATE_REASONS, DiagnosedContext

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

#: In a fix, in front of what refuses the operation in spite of any grant.
NOT_ENOUGH = "More permission is not enough: "


def deny(api: WalletApi, refused: FailedOperation) -> Denial:
    """Return the denial for a refused operation, with what the state shows about it."""
    if isinstance(refused.rejection, BrokenRules):
        return deny_rules(api, refused.rejection.violations)
    if refused.rejection.code in POOL_RULES:
        return deny_by_pool(refused.rejection)
    refused = replace(refused, failure=failure_of(api, refused))
    facts, rejection = facts_of(api, refused), refused.rejection
    denial = deny_with(rejection.revert, rejection.phase, context_of(api, refused), facts)
    stays = what_stays(api, refused) if wants_permission(denial) else None
    denial = denial if stays is None else behind(denial, deny(api, stays))
    if facts is None:
        return denial
    return replace(denial, cause=cause_of(facts, named=denial.code != rejection.reason))


def deny_with(revert: Revert, phase: str, context: Context, facts: DiagnosisFacts | None) -> Denial:
    """Return the denial for a revert with these facts; None: the reason needs none."""
    if own := calls.own(revert, phase, context, facts):
        return own
    if facts is None:
        return deny_by_reason(revert, phase, context)
    known = {field.name: getattr(context, field.name) for field in fields(context)}
    diagnosed = DiagnosedContext(**known | {"revoked": facts.revoked}, facts=facts)
    code = revert.reason[:4] if phase == "validation" else revert.innermost.name
    args = reasons.arguments_of(revert)
    for key in (f"{code}:{diagnose(facts)}", *reasons.keys_of(revert, phase)):
        if key in STATE_REASONS:
            said = STATE_REASONS[key](args, diagnosed)
            break
        if key in reasons.REASONS:
            said = reasons.REASONS[key](args, diagnosed)
            break
    else:
        said = calls.unknown(args, diagnosed)
    return reasons.denial_of(revert, phase, diagnosed, said)


def wants_permission(denial: Denial) -> bool:
    """Return whether the fix is a grant, or that the owner makes the call."""
    return re.search(r"\b[Gg]rant |\bthe owner\b", denial.fix) is not None


def behind(denial: Denial, stays: Denial) -> Denial:
    """Return the same denial, whose fix also says what refuses the owner's own operation."""
    return replace(denial, fix=f"{denial.fix} {NOT_ENOUGH}{stays.sentence} {stays.fix}")


__all__ = ["NOT_ENOUGH", "behind", "deny", "deny_with", "wants_permission"]
