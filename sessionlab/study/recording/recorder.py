"""Record a session over JSON-RPC only: the EntryPoint's events, the bundles' inputs, the block times.

A refusal in validation leaves nothing on the chain. The client keeps the refusals that it saw, each with the block
that would have been next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sessionlab.core.client.refused import Judged, RefusedOperation
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.gas import Gas
from sessionlab.core.permissions.policy import Policy, install
from sessionlab.core.permissions.rows import rows
from sessionlab.study.recording.charged_operations import ChainReader, PlacedOperation, WalletReading
from sessionlab.study.recording.recording import EXECUTION, OK, RecordedOperation, Recording

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession


def _gas_of(denial: Denial, fee: int) -> int | None:
    """Return the gas requested by an operation that gas-limit refused in simulation."""
    if denial.permission != "gas-limit" or not isinstance(denial.asked, int):
        return None
    return denial.asked if denial.unit == "gas" else denial.asked // fee


def record(session: BaseSession, reading: WalletReading | None = None) -> Recording:
    """Return the session's operations, oldest first, with the off-chain refusals that its client saw.

    ``reading``: what the chain has of its wallet, if that was read before. Raises ChainError if a bundle cannot be
    read, because a step would silently be missing.
    """
    reading = reading or WalletReading(session.request, session.wallet, session.names)
    policy, _ = install(rows(session.permissions), wallet=session.wallet, rules=session.rules)
    placed = [(item.at, _step(item)) for item in reading.charged.get(session.entity_id, [])]
    for number, refusal in enumerate(session.refusals()):
        if refusal.judged is not None and _is_ours(reading.chain, refusal.judged):
            # Place refusals before the block they would have been in, in the order in which they happened.
            placed.append(((refusal.judged.block, -1, number), _unsent_step(refusal, refusal.judged, policy)))
    return Recording(
        wallet=session.wallet,
        permissions=session.permissions,
        expiry_sec=session.expiry_sec,
        rules=session.rules,
        steps=tuple(step for _, step in sorted(placed, key=lambda pair: pair[0])),
        revoked=reading.revoked.get(session.entity_id),
        names=session.names,
    )


def record_all(sessions: Iterable[BaseSession]) -> list[Recording]:
    """Return one recording for each session. What sessions of one wallet share is read once."""
    readings: dict[tuple[int, str], WalletReading] = {}
    result = []
    for session in sessions:
        where = id(session._api.provider), session.wallet  # the same address may exist on several chains
        if where not in readings:
            readings[where] = WalletReading(session.request, session.wallet, session.names)
        result.append(record(session, readings[where]))
    return result


def _is_ours(chain: ChainReader, judged: Judged) -> bool:
    """Whether it happened on this chain and was not reverted since."""
    parent = chain.block(hex(judged.block - 1))
    return parent is not None and parent["hash"] == judged.parent


def _step(placed: PlacedOperation) -> RecordedOperation:
    mined, reason = placed.operation, placed.reason
    operation = mined.operation
    return RecordedOperation(
        time=mined.time,
        block=mined.block,
        call_data=operation.call_data,
        gas=operation.verification_gas_limit + operation.call_gas_limit + operation.pre_verification_gas,
        fee=operation.max_fee_per_gas,
        sponsored=operation.paymaster is not None,
        is_global=bool(operation.nonce >> 64 & account.GLOBAL_NONCE_KEY),
        phase=OK if reason is None else EXECUTION,
        reason=reason,
        gas_limits=Gas(operation.call_gas_limit, operation.verification_gas_limit, operation.pre_verification_gas),
        nonce_key=operation.nonce >> 64 + 40,
        creates=operation.factory is not None,
    )


def _unsent_step(operation: RefusedOperation, judged: Judged, policy: Policy) -> RecordedOperation:
    fee = judged.fee if operation.gas.max_fee is None else operation.gas.max_fee
    gas = _gas_of(operation.denial, fee) if operation.gas.total is None else operation.gas.total
    return RecordedOperation(
        time=judged.time,
        block=None,
        call_data=account.call_data(operation.calls, wallet=policy.wallet, wrapped=policy.limits_spending),
        gas=gas or 0,
        fee=fee,
        sponsored=operation.policy_id is not None,
        is_global=policy.is_root,
        phase=operation.denial.phase,
        reason=operation.denial.code,
        gas_known=gas is not None,
        gas_limits=None if operation.gas.total is None else replace(operation.gas, max_fee=None, max_priority_fee=None),
    )
