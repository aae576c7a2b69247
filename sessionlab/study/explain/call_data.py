"""Encode an operation as calldata again, to run it."""

from __future__ import annotations

from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.operation import Operation
from sessionlab.study.explain.refusal import raw


def call_data_of(operation: Operation) -> bytes:
    """Return the callData that the operation was read from, as far as it could be read."""
    if operation.own_data or operation.selector is None:
        return (EXECUTE_USER_OP if operation.wrapped else b"") + operation.own_data
    calls = [raw(call) for call in operation.calls]
    if operation.is_batch:
        return account.execute_batch(calls, wrapped=operation.wrapped)
    return account.execute(calls[0], wrapped=operation.wrapped)
