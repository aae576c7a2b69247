"""Decode all revert data in one place: custom errors, ``Error(string)``, ``Panic`` and the EntryPoint's errors.

>>> from sessionlab.core.contracts.reverts import decode_revert
>>> decode_revert(b"")
Revert(name='EmptyRevert', args={}, raw=b'', inner=None)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sessionlab.core.base.printable import printable
from sessionlab.core.contracts.abi import AbiEntry
from sessionlab.core.contracts.artifacts import artifact

#: A revert without data: a bare ``raise`` in Vyper, a decoding failure, out of gas.
EMPTY = "EmptyRevert"
#: Revert data that matches no known error.
UNKNOWN = "UnknownError"

CONTRACTS = (
    *("EntryPoint", "SessionWallet", "SponsorPaymaster", "WalletFactory", "SenderCreator"),
    *("Token", "Counter", "Strict", "Vault", "Collectible"),
)

#: Characters of a text in revert data that are told; what does not print is shown as an escape.
MOST_LETTERS = 200
ERROR_STRING = bytes.fromhex("08c379a0")
#: What a compiler checks for by itself, by Solidity's code.
PANICS = {
    0x01: "assertion failed",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x21: "bad enum value",
    0x31: "pop of an empty array",
    0x32: "index out of range",
    0x41: "out of memory",
    0x51: "call of a zero function pointer",
}


@dataclass(frozen=True, slots=True)
class Revert:
    """A decoded error. ``inner`` is the account's or paymaster's error that the EntryPoint wraps."""

    name: str
    args: dict[str, Any] = field(hash=False)
    raw: bytes
    inner: Revert | None = None

    @property
    def innermost(self) -> Revert:
        """The original error, inside all wrappers."""
        return self.inner.innermost if self.inner else self

    @property
    def reason(self) -> str:
        """A FailedOp's reason (``AA24 signature error``), the text of an Error, or else the error's name."""
        if self.name in ("FailedOp", "FailedOpWithRevert"):
            return str(self.args["reason"])
        if self.name == "Panic":
            return f"Panic(0x{self.args['code']:02x})"
        return str(self.args["message"]) if self.name == "Error" else self.name

    @property
    def path(self) -> tuple[str, ...]:
        """The reasons, from outermost to innermost."""
        return (self.reason, *(self.inner.path if self.inner else ()))

    def __str__(self) -> str:
        given = ", ".join(f"{name}={_short(value)}" for name, value in self.args.items())
        if self.name == "Panic":
            given = PANICS.get(self.args["code"], "unknown code")
        return f"{self.reason} ({given})" if given and self.name not in ("Error", "FailedOp") else self.reason


def decode_revert(data: bytes) -> Revert:
    """Decode revert data. Never raises: unknown errors become ``UnknownError`` with the raw data."""
    if not data:
        return Revert(EMPTY, {}, data)
    try:
        if data[:4] == ERROR_STRING:
            return Revert("Error", {"message": printable(error_text(data), MOST_LETTERS)}, data)
        entry = known_errors().get(data[:4])
        if entry is None:
            return Revert(UNKNOWN, {"data": data}, data)
        given = entry.decode(data[4:])
        args: dict[str, Any] = {
            name: printable(v, MOST_LETTERS) if isinstance(v, str) else v for name, v in given.items()
        }
    except Exception:  # a decoder may raise anything on malformed data
        return Revert(UNKNOWN, {"data": data}, data)
    inner = decode_revert(args.pop("inner")) if "inner" in args else None
    return Revert(entry.name, args, data, inner)


@cache
def known_errors() -> dict[bytes, AbiEntry]:
    """Return every custom error of the lab's contracts, by selector."""
    return dict(_pairs(CONTRACTS))


def _pairs(names: Iterable[str]) -> Iterable[tuple[bytes, AbiEntry]]:
    for name in names:
        yield from artifact(name).errors.items()


def error_text(data: bytes) -> str:
    """Return the text in the data of an ``Error(string)``, as it is and however long."""
    length = int.from_bytes(data[36:68], "big")
    return data[68 : 68 + length].decode("utf-8", "replace")


def _short(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
