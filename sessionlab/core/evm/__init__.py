"""The in-process EVM: genesis, blocks, time, snapshots, and the JSON-RPC face of it all.

Importing this room is cheap; py-evm, web3 and eth-tester are imported when what needs them is
first asked for. It comes before anything that imports py_ecc, whose tables it defers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sessionlab.core.evm.fast_imports import defer_pairing_tables

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.genesis import Genesis, GenesisAccount, contract, funded
    from sessionlab.core.evm.provider import ChainProvider
    from sessionlab.core.evm.records import (
        Authorization,
        Block,
        CallFailed,
        CallResult,
        Log,
        Receipt,
        Transaction,
    )
    from sessionlab.core.evm.rpc import handle
    from sessionlab.core.evm.signing import authorize

__all__ = [
    "Authorization",
    "Block",
    "CallFailed",
    "CallResult",
    "Chain",
    "ChainProvider",
    "Genesis",
    "GenesisAccount",
    "Log",
    "Receipt",
    "Transaction",
    "authorize",
    "contract",
    "funded",
    "handle",
]

defer_pairing_tables()

_ROOMS = {
    "chain": ("Chain",),
    "genesis": ("Genesis", "GenesisAccount", "contract", "funded"),
    "provider": ("ChainProvider",),
    "records": ("Authorization", "Block", "CallFailed", "CallResult", "Log", "Receipt", "Transaction"),
    "rpc": ("handle",),
    "signing": ("authorize",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
