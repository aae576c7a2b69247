"""Audit before signing: the worst that a thief of a session key can do.

    audit(permissions, WalletState(address=wallet, balance=ether(10), ...), "deployed")

``audit`` uses plain data only: no chain, no clock. ``session.audit()`` reads the wallet and passes the data on.

A thief holds the key, bundles, and names the price of gas; every session that the key has on the wallet counts. The
bounds assume that contracts do what their functions are named for, and that the wallet, its EntryPoint and its rules
are this project's. What is assumed and what is not counted is printed with each audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.amounts import gwei
from sessionlab.core.base.doors import ADDRESS, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.grant import check_grant, check_install, read_end
from sessionlab.core.permissions.json_codec import read_permissions
from sessionlab.core.permissions.rulesets import DOCUMENTED, Ruleset, ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.audit.assumptions import assumptions
from sessionlab.study.audit.eth import fees_at
from sessionlab.study.audit.findings import Finding, findings
from sessionlab.study.audit.headlines import Headline, headlines, verdict
from sessionlab.study.audit.loss import Loss
from sessionlab.study.audit.losses import losses, total_eth
from sessionlab.study.audit.report import Audit
from sessionlab.study.audit.state import (
    Approval,
    Collection,
    Entrusted,
    Holding,
    KeyWallet,
    OtherSession,
    WalletState,
)
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep
from sessionlab.study.doors import PERMISSIONS, POSITIVE, RULES, WALLET_STATE

if TYPE_CHECKING:
    from datetime import datetime

#: Wei per gas, far above what anyone would normally pay. It bounds nothing: see ``assumptions.py``.
PRICE_CEILING = gwei(100)
#: Placeholder for the thief's account when none is given; nobody owns this address.
A_THIEF = "0x7417ef0000000000000000000000000000007417"


@reads(permissions=PERMISSIONS, wallet_state=WALLET_STATE, rules=RULES, price_ceiling=POSITIVE, thief=ADDRESS)
def audit(
    permissions: Sequence[Permission | Mapping[str, Any]],
    wallet_state: WalletState,
    rules: str | Ruleset = DOCUMENTED,
    *,
    expiry_sec: int | datetime | None = None,
    expires_in: int | None = None,
    price_ceiling: int = PRICE_CEILING,
    thief: str = A_THIEF,
) -> Audit:
    """Return the worst that a thief of a key with these permissions can do before the session ends.

    ``permissions``: objects or the API's JSON. ``expiry_sec`` (Unix seconds, or a datetime with a timezone) or
    ``expires_in`` (seconds from ``wallet_state.now`` on): when the session ends, unless ``wallet_state.expiry`` says
    so. ``price_ceiling``: wei per gas, for the second figure of
    limits that count gas; it bounds no loss. ``thief``: the account that the steps pay.

    Raises GrantRefused if the permissions cannot be granted, InvalidInput if a value is malformed.
    """
    read = ruleset(rules)
    address_bytes(thief, "thief")
    if isinstance(price_ceiling, bool) or not isinstance(price_ceiling, int) or price_ceiling < 1:
        message, fix = f"{price_ceiling!r} is not a price.", "give wei per gas: gwei(100)."
        raise InvalidInput(message, field="price_ceiling", asked=price_ceiling, fix=fix)
    granted = read_permissions(permissions)
    end = read_end(expiry_sec, expires_in, lambda: wallet_state.now)
    if end is not None and wallet_state.expiry:
        field, fix = "expires_in" if expiry_sec is None else "expiry_sec", "give it once."
        message = "The state of the wallet has the session's end already."
        raise InvalidInput(message, field=field, asked=end, left=wallet_state.expiry, fix=fix)
    wallet_state = wallet_state if end is None else replace(wallet_state, expiry=end or None)
    expiry = wallet_state.expiry or None
    now = min(wallet_state.now, expiry) if expiry else wallet_state.now
    check_grant(granted, wallet=wallet_state.address, expiry=expiry, now=now, rules=read)
    check_install(granted, expiry=expiry)
    case = AuditSubject(tuple(granted), wallet_state, read, thief, price_ceiling)
    worst = losses(case)
    noticed = findings(case)
    made = headlines(case, worst, noticed)
    return Audit(
        ruleset=read,
        price_ceiling=price_ceiling,
        losses=worst,
        total=total_eth(case, worst),
        findings=noticed,
        headlines=made,
        verdict=verdict(case, made, worst),
        at_ceiling=fees_at(case, price_ceiling),
        assumptions=assumptions(case),
        until="until the key's sessions end" if case.live_others else "until the session ends",
    )


__all__ = [
    "A_THIEF",
    "Approval",
    "Audit",
    "Collection",
    "Entrusted",
    "Finding",
    "Headline",
    "Holding",
    "KeyWallet",
    "Loss",
    "OtherSession",
    "TheftStep",
    "WalletState",
    "audit",
]
