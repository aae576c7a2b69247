"""Encode an operation as calldata again, to run it."""

from __future__ import annotations

from collections.abc import Sequence

from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.operation import CALL_SELECTORS, Operation, PlainCall
from sessionlab.study.explain.refusal import raw


def call_data_of(operation: Operation) -> bytes:
    """Return the callData that the operation was read from."""
    return (EXECUTE_USER_OP if operation.wrapped else b"") + _bare(operation)


def _bare(operation: Operation) -> bytes:
    if operation.fault is not None:
        return operation.unread
    if operation.selector not in CALL_SELECTORS:
        return operation.own_data
    return encoded(operation.calls, batch=operation.is_batch)


def encoded(calls: Sequence[PlainCall], *, batch: bool) -> bytes:
    """Encode calls for ``executeBatch``, or one call for ``execute``."""
    sent = [raw(call) for call in calls]
    return account.execute_batch(sent, wrapped=False) if batch else account.execute(sent[0], wrapped=False)
