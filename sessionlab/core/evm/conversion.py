"""Convert executed transactions and receipts to the plain records that the chain returns."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from eth_hash.auto import keccak

from sessionlab.core.base.addresses import checksum
from sessionlab.core.evm.encoding import RawLog
from sessionlab.core.evm.execution import Executed
from sessionlab.core.evm.records import Authorization, Log, Receipt, Transaction

_word = lru_cache(256)("0x{:064x}".format)  # most topics come again with each operation


def record_transaction(
    transaction: Any, done: Executed, encoded: bytes, number: int, block_hash: str, chain_id: int
) -> Transaction:
    """Return the record of a py-evm transaction in its block. Its index is 0, because it is the only one."""
    legacy_v = None if done.kind else transaction.v
    return Transaction(
        hash="0x" + keccak(encoded).hex(),
        type=done.kind,
        chain_id=None if legacy_v in (27, 28) else chain_id,
        sender=checksum(transaction.sender),
        to=checksum(transaction.to) if transaction.to else None,
        nonce=transaction.nonce,
        value=transaction.value,
        data=bytes(transaction.data),
        gas=transaction.gas,
        max_fee_per_gas=transaction.max_fee_per_gas,
        max_priority_fee_per_gas=transaction.max_priority_fee_per_gas,
        gas_price=done.gas_price,
        access_list=tuple((checksum(a), tuple(slots)) for a, slots in transaction.access_list),
        authorization_list=_authorizations(transaction) if done.kind == 4 else (),
        v=transaction.y_parity if legacy_v is None else legacy_v,
        r=transaction.r,
        s=transaction.s,
        block_number=number,
        block_hash=block_hash,
        index=0,
    )


def record_receipt(transaction: Transaction, done: Executed) -> Receipt:
    """Return the receipt of a transaction, with its logs' positions in the block."""
    return Receipt(
        transaction_hash=transaction.hash,
        transaction_index=transaction.index,
        block_hash=transaction.block_hash,
        block_number=transaction.block_number,
        sender=transaction.sender,
        to=transaction.to,
        contract_address=checksum(done.created) if done.created else None,
        status=done.status,
        type=done.kind,
        gas_used=done.gas_used,
        cumulative_gas_used=done.gas_used,
        effective_gas_price=done.gas_price,
        logs_bloom=done.bloom,
        logs=tuple(_placed(done.logs, transaction)),
        output=done.output,
        halt=done.halt,
        failures=done.failures,
    )


def loose_logs(logs: Iterable[RawLog]) -> tuple[Log, ...]:
    """Return the logs of a simulation, which have no block position."""
    return tuple(Log(checksum(address), _topics(topics), data) for address, topics, data in logs)


def _placed(logs: Iterable[RawLog], transaction: Transaction) -> Iterable[Log]:
    for index, (address, topics, data) in enumerate(logs):
        yield Log(
            address=checksum(address),
            topics=_topics(topics),
            data=data,
            block_number=transaction.block_number,
            block_hash=transaction.block_hash,
            transaction_hash=transaction.hash,
            transaction_index=transaction.index,
            log_index=index,
        )


def _topics(topics: Iterable[int]) -> tuple[str, ...]:
    return tuple(map(_word, topics))


def _authorizations(transaction: Any) -> tuple[Authorization, ...]:
    return tuple(
        Authorization(a.chain_id, checksum(a.address), a.nonce, a.y_parity, a.r, a.s)
        for a in transaction.authorization_list
    )
