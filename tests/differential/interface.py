"""The published EntryPoint's ABI: what can be called, how it is encoded, and the ids of its interfaces."""

from __future__ import annotations

import json
from functools import cache, reduce
from typing import Any

from eth_abi.abi import encode
from eth_hash.auto import keccak

from tests.canonical import ARTIFACT

#: The interfaces that IEntryPoint is made of, and ERC-165 (ERC-4337 v0.7, ``EntryPoint.supportsInterface``).
PARTS = ("IStakeManager", "INonceManager")


OPERATION = "(address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)"
#: Written out, so that call data can be made before the package is installed; a test compares it with the package.
ENTRY_POINT_FUNCTIONS: dict[str, tuple[str, ...]] = {
    "addStake": ("uint32",),
    "balanceOf": ("address",),
    "delegateAndRevert": ("address", "bytes"),
    "depositTo": ("address",),
    "deposits": ("address",),
    "getDepositInfo": ("address",),
    "getNonce": ("address", "uint192"),
    "getSenderAddress": ("bytes",),
    "getUserOpHash": (OPERATION,),
    "handleAggregatedOps": (f"({OPERATION}[],address,bytes)[]", "address"),
    "handleOps": (f"{OPERATION}[]", "address"),
    "incrementNonce": ("uint192",),
    "innerHandleOp": (
        "bytes",
        f"((address,{'uint256,' * 6}address,uint256,uint256),bytes32,uint256,uint256,uint256)",
        "bytes",
    ),
    "nonceSequenceNumber": ("address", "uint192"),
    "supportsInterface": ("bytes4",),
    "unlockStake": (),
    "withdrawStake": ("address",),
    "withdrawTo": ("address", "uint256"),
}


def functions(contract: str = "EntryPoint") -> dict[str, tuple[str, ...]]:
    """Name to argument types of every function of a published contract."""
    return ENTRY_POINT_FUNCTIONS if contract == "EntryPoint" else published_functions(contract)


@cache
def published_functions(contract: str) -> dict[str, tuple[str, ...]]:
    """The same, read from the package."""
    entries = json.loads(ARTIFACT.with_name(f"{contract}.json").read_text())["abi"]
    return {
        entry["name"]: tuple(_type(argument) for argument in entry["inputs"])
        for entry in entries
        if entry["type"] == "function"
    }


def selector(name: str, contract: str = "EntryPoint") -> bytes:
    return bytes(keccak(f"{name}({','.join(functions(contract)[name])})".encode())[:4])


def call(name: str, *values: Any, contract: str = "EntryPoint") -> bytes:
    """The call data of one of its functions."""
    return selector(name, contract) + encode(functions(contract)[name], values)


def interface_ids() -> dict[str, bytes]:
    """The ids that ``type(I).interfaceId`` gives: of a contract's own functions, without inherited ones."""
    parts = {name: set(functions(name)) for name in PARTS}
    own = {"IEntryPoint": set(functions("IEntryPoint")).difference(*parts.values()), **parts}
    ids = {name: _xor([selector(each, name) for each in names]) for name, names in own.items()}
    return {**ids, "all three": _xor(list(ids.values())), "ERC-165": bytes.fromhex("01ffc9a7")}


def _xor(selectors: list[bytes]) -> bytes:
    return reduce(lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=True)), selectors)


def _type(argument: dict[str, Any]) -> str:
    kind = str(argument["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type(part) for part in argument['components'])}){kind[5:]}"
