"""The operation that a session's client sends for some calls, as the rules read it."""

from __future__ import annotations

from collections.abc import Iterable

from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.operation import Operation, PlainCall, operation_of, read_operation
from sessionlab.core.permissions.policy import Policy
from sessionlab.study.explain.call_data import encoded


def client_operation(
    calls: Iterable[PlainCall],
    policy: Policy,
    *,
    batch: bool | None = None,
    gas: int = 0,
    fee: int = 0,
    sponsored: bool = False,
) -> Operation:
    """Return the operation that makes these calls.

    A single call of the wallet itself is sent bare; any other single call uses ``execute``, several use
    ``executeBatch``.

    ``batch``: use a batch for a single call too. The operation is wrapped if the policy limits spending.
    """
    result, wrapped = tuple(calls), policy.limits_spending
    if len(result) == 1 and result[0].target == policy.wallet and not batch:
        data = (EXECUTE_USER_OP if wrapped else b"") + result[0].data
        return read_operation(data, gas=gas, fee=fee, sponsored=sponsored, is_global=policy.is_root)
    facts = {"wrapped": wrapped, "sponsored": sponsored, "is_global": policy.is_root}
    operation = operation_of(result, batch=batch, gas=gas, fee=fee, **facts)
    if operation.fault is None:
        return operation
    return operation._replace(unread=encoded(result, batch=operation.is_batch))
