"""What the owner should know: one small function for each kind of finding, asked in this order."""

from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.findings import life, limits, reach, tokens
from sessionlab.insight.audit.findings.table import SEVERITIES, Finder, Finding

FINDERS: tuple[Finder, ...] = (
    reach.root,
    reach.owner_functions,
    reach.value,
    tokens.unlimited,
    tokens.wildcard_tokens,
    tokens.unknown_functions,
    reach.machinery,
    reach.entrusted,
    limits.no_gas_limit,
    limits.gas_limit_in_wei,
    limits.used_up,
    limits.decimals,
    life.no_expiry,
    tokens.standing_approvals,
    limits.allowance_over_balance,
    life.no_effect,
    life.missing_functions,
    tokens.approvals_to_come,
    limits.gas_price_free,
    limits.counts_no_amounts,
)


#: What is left to say of a session that is over.
AT_THE_END: tuple[Finder, ...] = (life.is_over, tokens.standing_approvals)


def findings(case: Case) -> tuple[Finding, ...]:
    """All of them, the worst first."""
    found = [one for find in (AT_THE_END if case.wallet.is_over else FINDERS) for one in find(case)]
    order = list(SEVERITIES)
    return tuple(sorted(found, key=lambda one: order.index(one.severity)))


__all__ = ["FINDERS", "SEVERITIES", "Finder", "Finding", "findings"]
