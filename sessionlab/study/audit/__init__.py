"""Audit before signing: the worst that a thief of a session key can do.

    audit(permissions, WalletState(address=wallet, balance=ether(10), ...), "deployed")

``audit`` uses plain data only: no chain, no clock. ``session.audit()`` reads the wallet and passes the data on.

The bounds assume that contracts do what their functions are named for: tokens move only through ERC-20 functions, and
the wallet, its EntryPoint and its rules are this project's. An audit by name cannot know what a contract does behind
a function name of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.amounts import gwei
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.grant import check_grant, check_install
from sessionlab.core.permissions.json_codec import read_permissions
from sessionlab.core.permissions.rulesets import DOCUMENTED, Ruleset, ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.audit.findings import Finding, findings
from sessionlab.study.audit.loss import Loss
from sessionlab.study.audit.losses import losses, total_eth
from sessionlab.study.audit.report import Audit
from sessionlab.study.audit.state import Approval, Holding, WalletState
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep
from sessionlab.study.audit.verdict import verdict

#: Wei per gas; the default price ceiling, far above what anyone would normally pay.
PRICE_CEILING = gwei(100)
#: Placeholder for the thief's account when none is given; nobody owns this address.
A_THIEF = "0x7417ef0000000000000000000000000000007417"


def audit(
    permissions: Sequence[Permission | Mapping[str, Any]],
    wallet_state: WalletState,
    rules: str | Ruleset = DOCUMENTED,
    *,
    price_ceiling: int = PRICE_CEILING,
    thief: str = A_THIEF,
) -> Audit:
    """Return the worst that a thief of a key with these permissions can do before the session ends.

    ``permissions``: objects or the API's JSON. ``price_ceiling``: wei per gas, for limits that count gas.
    ``thief``: the account that the steps pay.

    Raises GrantRefused if the permissions cannot be granted, InvalidInput if a value is malformed.
    """
    read = ruleset(rules)
    address_bytes(wallet_state.address, "wallet_state.address")
    address_bytes(thief, "thief")
    if isinstance(price_ceiling, bool) or not isinstance(price_ceiling, int) or price_ceiling < 1:
        message, fix = f"{price_ceiling!r} is not a price.", "give wei per gas: gwei(100)."
        raise InvalidInput(message, field="price_ceiling", asked=price_ceiling, fix=fix)
    granted = read_permissions(permissions)
    expiry = wallet_state.expiry or None
    now = min(wallet_state.now, expiry) if expiry else wallet_state.now
    check_grant(granted, wallet=wallet_state.address, expiry=expiry, now=now, rules=read)
    check_install(granted, expiry=expiry)
    case = AuditSubject(tuple(granted), wallet_state, read, thief, price_ceiling)
    worst = losses(case)
    return Audit(read, price_ceiling, worst, total_eth(case, worst), findings(case), verdict(case, worst))


__all__ = ["A_THIEF", "Approval", "Audit", "Finding", "Holding", "Loss", "TheftStep", "WalletState", "audit"]
