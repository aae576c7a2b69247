"""What waits in a mempool, written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.node.bundler.mempool import Pool, Waiting, joined
from sessionlab.node.bundler.reputation import Counts

GWEI = 10**9


def address(number: int) -> str:
    return f"0x{number:040x}"


def waiting(sender: int = 1, nonce: int = 0, *, staked: frozenset[str] = frozenset(), **fields: Any) -> Waiting:
    """An operation of account ``sender``; ``paymaster`` and ``factory`` are numbers too."""
    named = {name: address(fields.pop(name)) for name in ("paymaster", "factory") if name in fields}
    limits = {"call_gas_limit": 100_000, "verification_gas_limit": 100_000, "pre_verification_gas": 100_000}
    fees = {"max_fee_per_gas": 10 * GWEI, "max_priority_fee_per_gas": GWEI}
    block = fields.pop("block", 0)
    operation = UserOperation(address(sender), nonce, b"", **limits | fees | named | fields)
    return Waiting(operation, repr(operation).encode(), block, staked)


def joined_by(*entries: Waiting, reputation: dict[str, Counts] | None = None, deposit: int = 10**18) -> Pool:
    """The pool after these have joined it, one after the other."""
    pool: Pool = ()
    for entry in entries:
        pool = joined(pool, entry, reputation or {}, deposit)
    return pool


def rule_against(pool: Pool, entry: Waiting, **how: Any) -> OperationRejected | None:
    """Why an operation may not join; None if it may."""
    try:
        joined(pool, entry, how.get("reputation", {}), how.get("deposit", 10**18))
    except OperationRejected as rejected:
        return rejected
    return None


def code_against(pool: Pool, entry: Waiting, **how: Any) -> str | None:
    rejected = rule_against(pool, entry, **how)
    return None if rejected is None else rejected.rejection.code


def priced(entry: Waiting, *, fee: int, tip: int) -> Waiting:
    """The same operation at another price."""
    operation = replace(entry.operation, max_fee_per_gas=fee, max_priority_fee_per_gas=tip, call_data=b"other")
    return replace(entry, operation=operation, digest=repr(operation).encode())
