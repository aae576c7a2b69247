"""Cheat methods that set time, blocks, snapshots and state, under the names that other test chains use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.core.base.amounts import check_seconds
from sessionlab.core.base.doors import integer
from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import an_object, data, hex_quantity, quantity, unchecked_address
from sessionlab.core.evm.chain import MAX_TIME, Chain
from sessionlab.core.evm.rpc_methods import Params, at, need

MAX_BLOCKS = 100_000  # at once


def take_snapshot(chain: Chain, params: Params) -> str:
    """Answer evm_snapshot."""
    return hex_quantity(chain.snapshot())


def revert(chain: Chain, params: Params) -> bool:
    """Answer evm_revert."""
    chain.revert(number(need(params, 0, "snapshot"), "snapshot"))
    return True


def mine(chain: Chain, params: Params) -> str:
    """Answer evm_mine: mine a block, or ``{blocks}`` of them. A number, or ``{timestamp}``, is the first one's time."""
    wanted = at(params, 0)
    given = wanted if isinstance(wanted, Mapping) else {"timestamp": wanted}
    an_object(given, "options", ("timestamp", "blocks"), "")
    blocks = _blocks(given.get("blocks"))
    with chain.atomic():
        if given.get("timestamp") is not None:
            set_next_timestamp(chain, [given["timestamp"]])
        chain.mine(blocks)
    return "0x0"


def mine_after(chain: Chain, params: Params) -> None:
    """Answer anvil_mine: mine a number of blocks, each a number of seconds after the one before, the first too."""
    blocks, interval = _blocks(at(params, 0)), _interval(at(params, 1))
    with chain.atomic():
        if interval and blocks:
            chain.travel_to(chain.now + interval)
        _mine_apart(chain, blocks, interval)


def mine_apart(chain: Chain, params: Params) -> None:
    """Answer hardhat_mine: mine a number of blocks, a number of seconds apart."""
    _mine_apart(chain, _blocks(at(params, 0)), _interval(at(params, 1)))


def _mine_apart(chain: Chain, blocks: int, interval: int) -> None:
    if not blocks:
        return
    with chain.atomic():
        chain.mine(1 if interval else blocks)
        for _ in range(blocks - 1 if interval else 0):
            chain.travel_to(chain.block().timestamp + interval)
            chain.mine()


def increase_time(chain: Chain, params: Params) -> str:
    """Answer evm_increaseTime."""
    seconds = number(need(params, 0, "seconds"), "seconds")
    chain.travel(seconds)
    return hex_quantity(seconds)


def set_next_timestamp(chain: Chain, params: Params) -> None:
    """Answer evm_setNextBlockTimestamp. A running clock goes on from there, even from before now, as anvil's."""
    timestamp = integer(number(need(params, 0, "timestamp"), "timestamp"), "timestamp", most=MAX_TIME)
    newest = chain.block().timestamp
    if timestamp <= newest:
        message = f"The newest block is of {newest}, and the next one is later; {timestamp} is not."
        fix = f"give at least {newest + 1}, or go back with evm_revert."
        raise ChainError(message, field="timestamp", asked=timestamp, left=newest + 1, fix=fix)
    chain.engine.set_clock(check_seconds(timestamp, "timestamp", chain.now), held=True)


def set_balance(chain: Chain, params: Params) -> None:
    """Answer anvil_setBalance."""
    chain.set_balance(_address(params), number(need(params, 1, "balance"), "balance"))


def set_code(chain: Chain, params: Params) -> None:
    """Answer anvil_setCode."""
    chain.set_code(_address(params), data(need(params, 1, "code"), "code"))


def set_nonce(chain: Chain, params: Params) -> None:
    """Answer anvil_setNonce."""
    chain.set_nonce(_address(params), number(need(params, 1, "nonce"), "nonce"))


def set_storage(chain: Chain, params: Params) -> bool:
    """Answer anvil_setStorageAt."""
    slot, word = number(need(params, 1, "slot"), "slot"), number(need(params, 2, "value"), "value")
    chain.set_storage(_address(params), slot, word)
    return True


def _address(params: Params) -> str:
    return unchecked_address(need(params, 0, "address"), "address")


def _blocks(value: Any) -> int:
    """Read how many blocks are mined: one, if nothing is said."""
    blocks = 1 if value is None else number(value, "blocks")
    if not 0 <= blocks <= MAX_BLOCKS:
        message, fix = f"Up to {MAX_BLOCKS:,} blocks are mined at once.", f"mine 0 to {MAX_BLOCKS:,}, and again."
        raise InvalidInput(message, field="blocks", asked=blocks, left=MAX_BLOCKS, fix=fix)
    return blocks


def _interval(value: Any) -> int:
    """Read how many seconds lie between blocks: 0, if nothing is said, is as far apart as they always are."""
    return 0 if value is None else integer(number(value, "interval"), "interval", most=MAX_TIME)


def number(value: Any, field: str) -> int:
    """Read a number, or a quantity: other test chains take both from those who pull their levers."""
    return value if isinstance(value, int) and not isinstance(value, bool) else quantity(value, field)
