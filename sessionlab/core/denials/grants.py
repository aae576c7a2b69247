"""Whether a permission can change a refusal: the one answer for denials and for explanations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.denial import Context
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.decide import ROOT_FUNCTIONS
from sessionlab.core.permissions.functions import APPROVE, TRANSFER
from sessionlab.core.permissions.grant import check_grant
from sessionlab.core.permissions.limits import SPENDING_BYTES
from sessionlab.core.permissions.operation import CALL_SELECTORS
from sessionlab.core.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    NativeTokenTransfer,
    Permission,
)


def can_be_granted(permission: Permission, wallet: str, context: Context) -> bool:
    """Whether an owner can grant this permission, by the rules that judge every grant."""
    try:
        check_grant((permission,), wallet=wallet, expiry=0, now=0, rules=context.rules)
    except GrantRefused:
        return False
    return True


def narrowest_for(call: Call, context: Context) -> Permission | None:
    """Return the narrowest permission that reaches a call; None if none can be granted."""
    result = _for_target(call, context)
    return result if can_be_granted(result, context.wallet, context) else None


def _for_target(call: Call, context: Context) -> Permission:
    if not call.data and context.rules.native_reaches_plain_transfers:
        return NativeTokenTransfer(allowance=value_of(context.calls or (call,)))
    if len(call.data) < 4:
        return ContractAccess(address=call.to)
    code = ["0x" + call.data[:4].hex()]
    if call.to == context.wallet:
        return FunctionsOnAllContracts(functions=code)
    if _spends(call) and context.names.is_token(call.to):
        of_it = (each for each in context.calls or (call,) if each.to == call.to and _spends(each))
        spent = sum(int.from_bytes(each.data[36:68], "big") for each in of_it)
        return Erc20TokenTransfer(address=call.to, allowance=min(spent, MAX_UINT256))
    return FunctionsOnContract(address=call.to, functions=code)


def value_of(calls: Sequence[Call]) -> int:
    """Return the wei that these calls send together, at most what an allowance can hold."""
    return min(sum(call.value for call in calls), MAX_UINT256)


def _spends(call: Call) -> bool:
    return call.data[:4] in (TRANSFER, APPROVE) and len(call.data) >= SPENDING_BYTES


def function_can_be_granted(selector: bytes, context: Context) -> bool:
    """Whether account-functions can grant this function of the wallet."""
    permission = AccountFunctions(functions=["0x" + selector.hex()])
    return selector in wallet_functions() and can_be_granted(permission, context.wallet, context)


def owner_may_use(selector: bytes) -> bool:
    """Whether the owner, or a root session, may use this function of the wallet in an operation."""
    return selector in ROOT_FUNCTIONS or selector in CALL_SELECTORS


@cache
def wallet_functions() -> frozenset[bytes]:
    """Return the selectors of the wallet's functions."""
    return frozenset(entry.selector for entry in artifact("SessionWallet").functions.values())
