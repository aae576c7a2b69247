"""What an audit assumes and does not count, printed with it: one small function for each."""

from __future__ import annotations

from collections.abc import Callable

from sessionlab.core.base.amounts import format_units
from sessionlab.study.audit.effect import is_too_long
from sessionlab.study.audit.eth import burnable, fees_at, value_call
from sessionlab.study.audit.loss import is_owners
from sessionlab.study.audit.questions import MOST_GAS
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.tokens import pulls

Assumption = Callable[[AuditSubject], str | None]


def price(case: AuditSubject) -> str | None:
    """What a limit in gas is worth at an ordinary price, which no thief has to keep to."""
    if not case.rules.gas_limit_counts_gas or not burnable(case, case.price_ceiling):
        return None
    worth = case.eth(fees_at(case, case.price_ceiling) or 0)
    ceiling = format_units(case.price_ceiling, 9, "gwei")
    return f"At {ceiling} per gas the limit is worth {worth}. This is an illustration: a thief can choose any price."


def upper_bound(case: AuditSubject) -> str | None:
    """ETH that unknown code may take is an upper bound."""
    call = value_call(case)
    if call is None or not call.data or call.target == case.thief.lower():
        return None
    return (
        "A function takes ETH unless the code of its contract is known to refuse it. The ETH by value is therefore an "
        "upper bound: it counts ETH that calls may carry to a contract, whether or not the thief gets it."
    )


def signed_elsewhere(case: AuditSubject) -> str | None:
    """Grants that are signed and not installed leave no trace on the chain."""
    if case.wallet.issued_is_known:
        return (
            "Assumed: sessions that this endpoint's Wallet API has issued for the key are signed. Not counted: "
            "sessions that were issued elsewhere and are not yet used. Give each session a key of its own."
        )
    return (
        "Not counted: sessions that were signed and not yet used by clients other than this one. They are not on the "
        "chain until their first operation. Give each session a key of its own."
    )


def elsewhere(case: AuditSubject) -> str | None:
    """What the key can do outside of the wallet."""
    if case.wallet.key is None:
        return (
            "Not counted: what was approved to the key's own account, or to other wallets for which it acts. The audit "
            "of a granted session counts it."
        )
    return (
        "Not counted: what the key's own account and its other wallets hold themselves, and contracts in which one of "
        "them has a special role other than that of the owner."
    )


def other_sessions(case: AuditSubject) -> str | None:
    """Whether other sessions of the key were looked for."""
    if case.wallet.others is None:
        return "Not counted: other sessions that the key may have on the wallet. Use a key of its own for each session."
    unknown = sorted({str(other.entity_id) for other in case.live_others if not other.known})
    if unknown:
        return f"The permissions of session {', '.join(unknown)} of this key are unknown, so they count as root."
    return None


def earlier_sessions(case: AuditSubject) -> str | None:
    """Whether a revocation leaves lists that a later session with the same entity id inherits."""
    if case.rules.revocation_is_total or case.wallet.others is not None:
        return None
    return "Not counted: what earlier sessions with the same entity id left behind (R6). It is read from a chain only."


def owners_key(case: AuditSubject) -> str | None:
    """Whether the key was compared with the owner's."""
    return (
        None if case.wallet.key_is_owners is not None or is_owners(case) else "Assumed: the key is not the owner's own."
    )


def names(case: AuditSubject) -> str | None:
    """Contracts do what their functions are named for."""
    return (
        "Assumed: contracts do what the names of their functions say, and tokens and collectibles leave only by the "
        "functions of ERC-20 and ERC-721. An unknown function may do anything."
    )


def spenders(case: AuditSubject) -> str | None:
    """Approvals by the owner are no loss by this key, unless it acts for their spender, or reaches it."""
    if all(pulls(case, approval) for approval in case.wallet.approvals if approval.units):
        return None
    return (
        "Not counted: what the owner approved to spenders for which this key is not known to act. A spender can use "
        "its approval at any time, and some contracts pull for anyone who asks."
    )


def unanswered(case: AuditSubject) -> str | None:
    """Contracts that were asked and gave no answer."""
    if not case.wallet.unanswered:
        return None
    which = ", ".join(map(case.wallet.names.address, sorted(case.wallet.unanswered)))
    return f"Not counted: what the wallet has in {which}, because no answer came within {MOST_GAS:,} gas."


def not_counted(case: AuditSubject) -> str | None:
    """Assets that the audit does not know."""
    return (
        "Not counted: ERC-1155 and other kinds of assets, what a sponsor pays, rights that the wallet has in other "
        "contracts, and tokens and vaults that no name, permission, approval or event of the wallet points to."
    )


def long_lists(case: AuditSubject) -> str | None:
    """Permissions without effect are not looked for in a list that is very long."""
    if not is_too_long(case):
        return None
    return (
        f"Not looked for: permissions without effect. The list is too long for that, with {len(case.permissions):,} of "
        "them; sl.compare says whether one can be left out."
    )


ASSUMPTIONS: tuple[Assumption, ...] = (
    price,
    upper_bound,
    signed_elsewhere,
    elsewhere,
    other_sessions,
    earlier_sessions,
    owners_key,
    names,
    spenders,
    unanswered,
    not_counted,
    long_lists,
)


def assumptions(case: AuditSubject) -> tuple[str, ...]:
    """Return all that the audit assumes or does not count."""
    return tuple(said for assume in ASSUMPTIONS if (said := assume(case)))
