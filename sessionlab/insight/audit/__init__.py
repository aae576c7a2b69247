"""Audit before signing: the worst that a thief of a session key can do.

    audit(permissions, WalletState(address=wallet, balance=ether(10), ...), "deployed")

Data in, data out: no chain, no clock. ``session.audit()`` reads the wallet and asks here. The bounds are true of
contracts that do what their functions are called: a token moves by the functions of ERC-20, and the wallet, its
EntryPoint and its rules are this project's. What a contract does behind a name of its own, nobody can audit by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sessionlab.amounts import gwei
from sessionlab.chain.addresses import address_bytes
from sessionlab.errors import InvalidInput
from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.findings import Finding, findings
from sessionlab.insight.audit.loss import Loss
from sessionlab.insight.audit.losses import losses, total_eth
from sessionlab.insight.audit.report import Audit
from sessionlab.insight.audit.state import Approval, Holding, WalletState
from sessionlab.insight.audit.steps import Step
from sessionlab.insight.audit.verdict import verdict
from sessionlab.permissions.grant import check_grant, check_install
from sessionlab.permissions.reading import permissions_from_json
from sessionlab.permissions.rulesets import DOCUMENTED, Ruleset, ruleset
from sessionlab.permissions.types import Permission

#: Wei per gas that nobody pays in earnest: the usual ceiling.
PRICE_CEILING = gwei(100)
#: Stands for the thief's own account where none is given: an address that nobody has.
A_THIEF = "0x7417ef0000000000000000000000000000007417"


def audit(
    permissions: Sequence[Permission | Mapping[str, Any]],
    wallet_state: WalletState,
    rules: str | Ruleset = DOCUMENTED,
    *,
    price_ceiling: int = PRICE_CEILING,
    thief: str = A_THIEF,
) -> Audit:
    """The worst that a thief of a key with these permissions, objects or the API's JSON, can do until they end.

    ``price_ceiling``: wei per gas, for limits that count gas. ``thief``: whose account the steps pay to. Raises
    GrantRefused when nobody could grant the list, InvalidInput when a value is malformed.
    """
    read = ruleset(rules)
    address_bytes(wallet_state.address, "wallet_state.address")
    address_bytes(thief, "thief")
    if isinstance(price_ceiling, bool) or not isinstance(price_ceiling, int) or price_ceiling < 1:
        message, fix = f"{price_ceiling!r} is not a price.", "give wei per gas: gwei(100)."
        raise InvalidInput(message, field="price_ceiling", asked=price_ceiling, fix=fix)
    granted = permissions_from_json([p.to_json() if isinstance(p, Permission) else p for p in permissions])
    expiry = wallet_state.expiry or None
    now = min(wallet_state.now, expiry) if expiry else wallet_state.now
    check_grant(granted, wallet=wallet_state.address, expiry=expiry, now=now, rules=read)
    check_install(granted, expiry=expiry)
    case = Case(tuple(granted), wallet_state, read, thief, price_ceiling)
    worst = losses(case)
    return Audit(read, price_ceiling, worst, total_eth(case, worst), findings(case), verdict(case, worst))


__all__ = ["A_THIEF", "Approval", "Audit", "Finding", "Holding", "Loss", "Step", "WalletState", "audit"]
