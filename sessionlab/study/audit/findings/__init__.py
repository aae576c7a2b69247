"""What the owner should know: one small function for each kind of finding, run in this order."""

from sessionlab.study.audit.findings import keys, life, limits, reach, tokens
from sessionlab.study.audit.findings.table import ABOUT_GAS, SEVERITIES, Finder, Finding
from sessionlab.study.audit.subject import AuditSubject

FINDERS: tuple[Finder, ...] = (
    reach.root,
    reach.owner_functions,
    reach.value,
    tokens.unlimited,
    tokens.collectibles,
    tokens.wildcard_tokens,
    tokens.entrusted,
    tokens.unknown_functions,
    reach.machinery,
    reach.entrusted,
    limits.no_gas_limit,
    limits.gas_limit_in_wei,
    limits.used_up,
    limits.decimals,
    life.no_expiry,
    limits.allowance_over_balance,
    life.no_effect,
    life.missing_functions,
    tokens.approvals_to_come,
    limits.gas_price_free,
    limits.counts_no_amounts,
)


#: Findings about the key, whatever the audited session may do, and even once it has ended.
ABOUT_THE_KEY: tuple[Finder, ...] = (keys.of_the_owner, keys.of_other_sessions, tokens.standing_approvals)

#: What else matters once a session has ended.
AT_THE_END: tuple[Finder, ...] = (life.is_over,)


def findings(case: AuditSubject) -> tuple[Finding, ...]:
    """Return all findings, the worst first; those about gas behind the others that are as bad."""
    result = [item for find in ABOUT_THE_KEY for item in find(case)]
    result += [item for find in (AT_THE_END if case.wallet.is_over else FINDERS) for item in find(case.alone)]
    order = list(SEVERITIES)
    return tuple(sorted(result, key=lambda item: (order.index(item.severity), item.id in ABOUT_GAS)))


__all__ = ["FINDERS", "SEVERITIES", "Finder", "Finding", "findings"]
