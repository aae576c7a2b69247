"""The in-process EVM: genesis, blocks, time and snapshots, and the JSON-RPC methods that the client calls.

Importing this package is cheap: py-evm and eth-tester are imported on first use. Import it before anything that
imports py_ecc, because it defers py_ecc's tables.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sessionlab.core.evm.fast_imports import defer_pairing_tables

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.genesis import Genesis, GenesisAccount, contract, funded
    from sessionlab.core.evm.records import (
        Authorization,
        Block,
        CallFailed,
        CallResult,
        Log,
        Receipt,
        Transaction,
    )
    from sessionlab.core.evm.signing import authorize

__all__ = [
    "Authorization", "Block", "CallFailed", "CallResult", "Chain", "Genesis", "GenesisAccount", "Log", "Receipt",
    "Transaction", "authorize", "contract", "funded",
]  # fmt: skip

defer_pairing_tables()

_ROOMS = {
    "chain": ("Chain",),
    "genesis": ("Genesis", "GenesisAccount", "contract", "funded"),
    "records": ("Authorization", "Block", "CallFailed", "CallResult", "Log", "Receipt", "Transaction"),
    "signing": ("authorize",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
