"""The compiled contracts that ship with the package. No compiler is needed; each file is read once, on first use.

    token = artifact("Token")
    data = token.encode("transfer", merchant, 25)       # selector and arguments, for a call
    token.decode("balanceOf", answer)                   # a call's return data, as a Python value
    token.slot("balanceOf", holder)                     # the storage slot
    token.errors[data[:4]].decode(data[4:])             # arguments of a custom error

``python -m sessionlab.cli.compile_contracts`` writes the files. A test checks that they match the compiled sources.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_utils.conversions import to_bytes
from eth_utils.crypto import keccak

from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.contracts.abi import AbiEntry, read_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The Vyper sources.
FOLDER = Path(__file__).parent

#: The compile target: the newest EVM version that both Vyper 0.4.3 and py-evm 0.12 support.
EVM_VERSION = "prague"

_WORD = 32


@dataclass(frozen=True)
class Artifact:
    """One compiled contract."""

    name: str
    abi: list[dict[str, Any]]
    #: Deployment code; append the constructor arguments.
    bytecode: bytes
    #: The code on the chain, without immutables.
    runtime: bytes
    #: Storage variable -> {slot, n_slots, type}; a module's variables are nested under its name.
    layout: Mapping[str, Any]
    source_sha256: str
    compiler: str

    @cached_property
    def functions(self) -> dict[str, AbiEntry]:
        """Functions by signature: ``transfer(address,uint256)``."""
        return {entry.signature: entry for entry in self._entries("function")}

    @cached_property
    def errors(self) -> dict[bytes, AbiEntry]:
        """Custom errors by selector."""
        return {entry.selector: entry for entry in self._entries("error")}

    @cached_property
    def events(self) -> dict[bytes, AbiEntry]:
        """Events by topic 0."""
        return {entry.topic: entry for entry in self._entries("event")}

    def event(self, name: str) -> AbiEntry:
        """Return an event by name. Raises StopIteration if there is none."""
        return next(entry for entry in self.events.values() if entry.name == name)

    def function(self, name: str) -> AbiEntry:
        """Return a function by name, or by signature if the name is overloaded. Raises NotFound."""
        if name not in self._by_name:
            raise NotFound(
                f"{self.name} has no single function {name!r}.",
                field="function",
                asked=name,
                fix="Use one of: " + ", ".join(sorted(self.functions)),
            )
        return self._by_name[name]

    def selector(self, name: str) -> bytes:
        """Return a function's four-byte selector."""
        return self.function(name).selector

    def encode(self, name: str, *values: Any) -> bytes:
        """Encode the calldata of a call."""
        return self.function(name).encode(*values)

    def decode(self, name: str, data: bytes) -> Any:
        """Decode a call's return data: None, one value, or a tuple of several."""
        return self.function(name).decode_result(data)

    def runtime_with_immutables(self, words: bytes) -> bytes:
        """Return the on-chain code. Vyper appends the immutables, 32 bytes each, in declaration order."""
        if len(words) % _WORD:
            raise InvalidInput(
                f"Immutables are whole words of {_WORD} bytes, not {len(words)} bytes.",
                field="words",
                asked=len(words),
                fix=f"Pad each immutable to {_WORD} bytes.",
            )
        return self.runtime + words

    def slot(self, variable: str, *keys: int | str | bytes) -> int:
        """Return the storage slot of a variable, or of one mapping entry.

        Write ``module.variable`` for a module's variable. A string takes at least two slots: its length in bytes
        in this slot and its left-aligned text from the next slot on. Keys are addresses as hex, numbers or bytesN.
        """
        index: Any = self.layout
        for part in variable.split("."):
            index = index[part]
        slot = int(index["slot"])
        for key in keys:
            slot = int.from_bytes(keccak(slot.to_bytes(_WORD, "big") + _key_word(key)), "big")
        return slot

    @cached_property
    def _by_name(self) -> dict[str, AbiEntry]:
        result = dict(self.functions)
        names = [entry.name for entry in self.functions.values()]
        result.update({entry.name: entry for entry in self.functions.values() if names.count(entry.name) == 1})
        return result

    def _entries(self, kind: str) -> list[AbiEntry]:
        return [read_entry(item) for item in self.abi if item["type"] == kind]


@cache
def artifact(name: str) -> Artifact:
    """Return the compiled contract with this name. Raises NotFound if the package has none."""
    folder = files("sessionlab.core.contracts") / "artifacts"
    file = folder / f"{name}.json"
    if not name.isidentifier() or not file.is_file():
        raise NotFound(
            f"No compiled contract is called {name!r}.",
            field="name",
            asked=name,
            fix="use one of: " + ", ".join(sorted(file.name.removesuffix(".json") for file in folder.iterdir())) + ".",
        )
    return read_artifact(name, file.read_text(encoding="utf-8"))


def read_artifact(name: str, text: str) -> Artifact:
    """Read an artifact from its file's text. Also used for contracts compiled on the fly, as in a notebook."""
    result = json.loads(text)
    return Artifact(
        name=name,
        abi=result["abi"],
        bytecode=to_bytes(hexstr=result["bytecode"]),
        runtime=to_bytes(hexstr=result["runtime"]),
        layout=result["layout"],
        source_sha256=result["source_sha256"],
        compiler=result["compiler"],
    )


def _key_word(key: int | str | bytes) -> bytes:
    if isinstance(key, int):
        return key.to_bytes(_WORD, "big")
    return to_bytes(hexstr=key).rjust(_WORD, b"\0") if isinstance(key, str) else key.ljust(_WORD, b"\0")
