"""Cheat methods that set time, blocks, snapshots and state, under the names that other test chains use."""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import data, hex_quantity, quantity, unchecked_address
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.rpc_methods import Params, at, need

MAX_BLOCKS = 100_000  # at once


def revert(chain: Chain, params: Params) -> bool:
    """Answer evm_revert."""
    chain.revert(quantity(need(params, 0, "snapshot"), "snapshot"))
    return True


def mine(chain: Chain, params: Params) -> str:
    """Answer evm_mine: mine the given number of blocks, by default one."""
    chain.mine(_checked(_number(at(params, 0, 1), "blocks")))
    return "0x0"


def mine_apart(chain: Chain, params: Params) -> None:
    """Answer anvil_mine and hardhat_mine: mine a number of blocks, a number of seconds apart."""
    blocks, interval = (_number(at(params, i) or 0, name) for i, name in enumerate(("blocks", "interval")))
    wanted = _checked(1 if at(params, 0) is None else blocks)
    if not wanted:
        return
    with chain.atomic():
        chain.mine(1 if interval else wanted)
        for _ in range(wanted - 1 if interval else 0):
            chain.travel_to(chain.block().timestamp + interval)
            chain.mine()


def increase_time(chain: Chain, params: Params) -> str:
    """Answer evm_increaseTime."""
    seconds = _number(need(params, 0, "seconds"), "seconds")
    chain.travel(seconds)
    return hex_quantity(seconds)


def set_next_timestamp(chain: Chain, params: Params) -> None:
    """Answer evm_setNextBlockTimestamp."""
    timestamp = _number(need(params, 0, "timestamp"), "timestamp")
    if timestamp <= chain.block().timestamp:
        raise ChainError(
            "The next block is later than the newest.", field="timestamp", asked=timestamp, left=chain.now + 1
        )
    chain.travel_to(timestamp)


def set_balance(chain: Chain, params: Params) -> None:
    """Answer anvil_setBalance."""
    chain.set_balance(_address(params), quantity(need(params, 1, "balance"), "balance"))


def set_code(chain: Chain, params: Params) -> None:
    """Answer anvil_setCode."""
    chain.set_code(_address(params), data(need(params, 1, "code"), "code"))


def set_nonce(chain: Chain, params: Params) -> None:
    """Answer anvil_setNonce."""
    chain.set_nonce(_address(params), quantity(need(params, 1, "nonce"), "nonce"))


def set_storage(chain: Chain, params: Params) -> bool:
    """Answer anvil_setStorageAt."""
    slot, word = quantity(need(params, 1, "slot"), "slot"), quantity(need(params, 2, "value"), "value")
    chain.set_storage(_address(params), slot, word)
    return True


def _address(params: Params) -> str:
    return unchecked_address(need(params, 0, "address"), "address")


def _checked(blocks: int) -> int:
    if not 0 <= blocks <= MAX_BLOCKS:
        message = f"Up to {MAX_BLOCKS:,} blocks are mined at once."
        raise InvalidInput(message, field="blocks", asked=blocks, left=MAX_BLOCKS, fix="mine fewer, and again.")
    return blocks


def _number(value: Any, field: str) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else quantity(value, field)
