"""Cheat methods that set what blocks have, and the one that begins again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import an_object, unchecked_address
from sessionlab.core.erc4337.gas import MOST_BASE_FEE
from sessionlab.core.evm.atomic import Checkpoint
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.rpc_methods import Params, at, need
from sessionlab.node.cheats import number

#: anvil takes what it forks as an object of its own, too.
FORKING = ("jsonRpcUrl", "blockNumber")


def set_base_fee(chain: Chain, params: Params) -> None:
    """Answer anvil_setNextBlockBaseFeePerGas. It holds for all blocks from the next on."""
    fee = number(need(params, 0, "baseFeePerGas"), "baseFeePerGas")
    if not 1 <= fee <= MOST_BASE_FEE:
        message = f"A base fee here is between 1 and {MOST_BASE_FEE:,} wei."
        fix = f"set at most {hex(MOST_BASE_FEE)}."
        raise InvalidInput(message, field="baseFeePerGas", asked=fee, left=MOST_BASE_FEE, fix=fix)
    _set(chain, base_fee=fee)


def set_coinbase(chain: Chain, params: Params) -> None:
    """Answer anvil_setCoinbase: who gets the tips, from the next block on."""
    address = unchecked_address(need(params, 0, "address"), "address")
    _set(chain, miner=address_bytes(address))


def _set(chain: Chain, **settings: Any) -> None:
    head = chain.engine.head
    with chain.atomic():
        chain.engine.move(replace(head, settings=replace(head.settings, **settings)))


_beginnings: WeakKeyDictionary[Chain, Checkpoint] = WeakKeyDictionary()


def begin_here(chain: Chain) -> None:
    """Have anvil_reset return to the chain as it is now."""
    _beginnings[chain] = chain.checkpoint()


def reset(chain: Chain, params: Params) -> Any:
    """Answer anvil_reset: return to where the server began. Raises ChainError if no server did."""
    wanted = at(params, 0)
    given = {} if wanted is None else an_object(wanted, "options", ("forking", *FORKING), "")
    for name in [name for name, value in given.items() if value is not None]:
        raise InvalidInput("This chain does not fork another.", field=name, fix="leave it out.")
    if chain not in _beginnings:
        fix = "take a snapshot first, and revert to it; or serve the lab, which begins where it was served."
        raise ChainError("This chain has no beginning to return to.", field="chain", fix=fix)
    chain.restore(_beginnings[chain])


BLOCK_CHEATS: dict[str, Callable[[Chain, Params], Any]] = {
    "setNextBlockBaseFeePerGas": set_base_fee,
    "setCoinbase": set_coinbase,
    "reset": reset,
}
