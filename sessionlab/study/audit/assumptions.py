"""What an audit assumes and does not count, printed with it: one small function for each."""

from __future__ import annotations

from collections.abc import Callable

from sessionlab.core.base.amounts import format_units
from sessionlab.study.audit.eth import burnable, fees_at
from sessionlab.study.audit.subject import AuditSubject

Assumption = Callable[[AuditSubject], str | None]


def price(case: AuditSubject) -> str | None:
    """What a limit in gas is worth at an ordinary price, which binds nobody."""
    if not case.rules.gas_limit_counts_gas or not burnable(case, case.price_ceiling):
        return None
    worth = case.eth(fees_at(case, case.price_ceiling) or 0)
    ceiling = format_units(case.price_ceiling, 9, "gwei")
    return f"At {ceiling} for each gas, the gas-limit would come to {worth}. That is an assumption: it binds no thief."


def other_sessions(case: AuditSubject) -> str | None:
    """Whether somebody looked for other sessions of the key."""
    if case.wallet.others is None:
        return "Not counted: other sessions that the key may have on the wallet. Use a key of its own for each session."
    unknown = [str(other.entity_id) for other in case.live_others if not other.known]
    if unknown:
        return f"The permissions of session {', '.join(unknown)} of the same key are unknown: it is taken for root."
    return None


def owners_key(case: AuditSubject) -> str | None:
    """Whether somebody looked if the key is the owner's."""
    return None if case.wallet.key_is_owners is not None else "Assumed: the key is not the owner's own."


def names(case: AuditSubject) -> str | None:
    """Contracts do what their functions are named for."""
    return (
        "Assumed: contracts do what the names of their functions say; tokens and collectibles leave by the functions "
        "of ERC-20 and ERC-721 alone. A function that is not known may do anything."
    )


def spenders(case: AuditSubject) -> str | None:
    """Named contracts are trusted not to pull."""
    if not case.wallet.approvals:
        return None
    return "Assumed: a contract that has a name here pulls what the wallet approved only if a session can call it."


def not_counted(case: AuditSubject) -> str | None:
    """Assets that the audit does not know."""
    return (
        "Not counted: ERC-1155 and other kinds of assets, what a sponsor pays, rights that the wallet has in other "
        "contracts, and tokens that no name, permission or approval points to."
    )


ASSUMPTIONS: tuple[Assumption, ...] = (price, other_sessions, owners_key, names, spenders, not_counted)


def assumptions(case: AuditSubject) -> tuple[str, ...]:
    """Return all that the audit assumes or does not count."""
    return tuple(said for assume in ASSUMPTIONS if (said := assume(case)))
