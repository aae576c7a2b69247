"""eth_createAccessList: what a transaction touches, so that it can name it beforehand (EIP-2930)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.rpc_values import hex_quantity, hex_word
from sessionlab.core.base.work import GO_ON
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.rpc_methods import Params, at
from sessionlab.core.evm.rpc_overrides import read_overrides
from sessionlab.node.calls import read_call

Touched = dict[bytes, dict[bytes, None]]
"""Addresses and their slots, in the order in which they were first touched. As bytes: many numbers can share a hash."""
MOST_ROUNDS = 10
NOTED = 2_048  # bytes that an address or a slot takes, in the rounds and in the answer


def create_access_list(chain: Chain, params: Params) -> dict[str, Any]:
    """Answer eth_createAccessList: the list, and the gas of the transaction that carries it; an error if it fails.

    A run with the list may touch something else, because it has more gas; it is run until the list stays as it is.
    """
    from sessionlab.node.message_runs import run_message
    from sessionlab.node.traced_calls import OutermostComputation, traced
    from sessionlab.node.tracing import failure_words

    asked = read_call(chain, params, read_overrides(at(params, 2)))
    listed = list(asked.transaction.access_list)
    for _ in range(MOST_ROUNDS):
        touched: Touched = {address: dict.fromkeys(map(_word, slots)) for address, slots in listed}
        carries = replace(asked, transaction=replace(asked.transaction, access_list=tuple(listed)))
        run = run_message(chain, OutermostComputation, carries, _noting(touched))
        before, listed = listed, _worth_listing(touched, run.frame)
        if listed == before:
            break
    result: dict[str, Any] = {"accessList": [_entry(address, slots) for address, slots in listed]}
    if run.frame.is_error:
        result["error"] = failure_words(traced(run.frame, gas=asked.transaction.gas, gas_used=run.gas_used))
    return result | {"gasUsed": hex_quantity(run.gas_used)}


def _noting(touched: Touched) -> Callable[[Any], None]:
    """Return what has a state note everything that becomes warm in it, also what a reverted call touched."""

    def watch(state: Any) -> None:
        warm_address, warm_slot = state.mark_address_warm, state.mark_storage_warm

        def note_address(address: bytes) -> None:
            if address not in touched:
                GO_ON.get()(NOTED)
            touched.setdefault(bytes(address), {})
            warm_address(address)

        def note_slot(address: bytes, slot: int) -> None:
            slots, word = touched.setdefault(bytes(address), {}), _word(slot)
            if word not in slots:
                GO_ON.get()(NOTED)
            slots[word] = None
            warm_slot(address, slot)

        state.mark_address_warm, state.mark_storage_warm = note_address, note_slot

    return watch


def _word(slot: int) -> bytes:
    return slot.to_bytes(32, "big")


def _worth_listing(touched: Touched, frame: Any) -> list[tuple[bytes, tuple[int, ...]]]:
    """Return what was touched, without addresses that are warm in any case and of which no slot was touched."""
    warm = {bytes(frame.msg.sender), bytes(frame.msg.storage_address), bytes(frame.state.coinbase)}
    warm |= {bytes(address) for address in (*frame.contracts_created, *frame.precompiles)}
    return [
        (a, tuple(int.from_bytes(slot) for slot in slots)) for a, slots in touched.items() if slots or a not in warm
    ]


def _entry(address: bytes, slots: tuple[int, ...]) -> dict[str, Any]:
    return {"address": checksum(address), "storageKeys": [hex_word(slot) for slot in slots]}
