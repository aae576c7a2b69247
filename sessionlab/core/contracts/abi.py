"""ABI entries (functions, events and custom errors), each with an encoder and decoder that is built once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from eth_abi.decoding import ContextFramesBytesIO
from eth_abi.exceptions import EncodingError
from eth_abi.registry import registry
from eth_utils.crypto import keccak

from sessionlab.core.base.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The stream type that eth_abi decodes from; its constructor has no type hints.
_stream: Any = ContextFramesBytesIO


class Codec:
    """ABI encoding for one list of types. Built once, because looking up coders costs more than running them."""

    def __init__(self, types: tuple[str, ...]) -> None:
        whole = f"({','.join(types)})"  # eth_abi does not support an empty tuple
        self._encoder: Any = registry.get_encoder(whole) if types else None
        self._decoder: Any = registry.get_decoder(whole) if types else None

    def encode(self, values: tuple[Any, ...]) -> bytes:
        """Encode values as ABI words. Raises eth_abi's EncodingError if a value does not fit its type."""
        return bytes(self._encoder(values)) if self._encoder else b""

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """Decode ABI words. Raises eth_abi's DecodingError if they do not fit the types."""
        return tuple(self._decoder(_stream(data))) if self._decoder else ()


@dataclass(frozen=True)
class AbiEntry:
    """One function, event or custom error of an ABI."""

    kind: str
    name: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    #: For each argument, whether an event indexes it. All False for functions and errors.
    indexed: tuple[bool, ...]
    outputs: tuple[str, ...]

    @cached_property
    def signature(self) -> str:
        """The canonical signature that is hashed: ``transfer(address,uint256)``."""
        return f"{self.name}({','.join(self.types)})"

    @cached_property
    def topic(self) -> bytes:
        """The 32-byte hash of the signature: an event's topic 0."""
        return keccak(text=self.signature)

    @cached_property
    def selector(self) -> bytes:
        """The first four bytes of a call or of a custom error."""
        return self.topic[:4]

    @cached_property
    def _inputs(self) -> Codec:
        return Codec(self.types)

    @cached_property
    def _outputs(self) -> Codec:
        return Codec(self.outputs)

    @cached_property
    def _event_data(self) -> Codec:
        pairs = zip(self.types, self.indexed, strict=True)
        return Codec(tuple(kind for kind, indexed in pairs if not indexed))

    def encode(self, *values: Any) -> bytes:
        """Encode the selector and arguments. Raises InvalidInput for a wrong number or type of arguments."""
        if len(values) != len(self.types):
            raise InvalidInput(
                f"{self.signature} takes {len(self.types)} arguments, not {len(values)}.",
                field="values",
                asked=len(values),
                fix=f"Give: {', '.join(self.names) or 'none'}.",
            )
        try:
            return self.selector + self._inputs.encode(values)
        except EncodingError as error:
            fix = f"Give: {', '.join(map(' '.join, zip(self.types, self.names, strict=True)))}."
            message = f"The arguments do not fit {self.signature}: {error}"
            raise InvalidInput(message, field="values", asked=repr(values)[:80], fix=fix) from None

    def decode(self, data: bytes) -> dict[str, Any]:
        """Return the arguments by name, decoded from the words after the selector."""
        return dict(zip(self.names, self._inputs.decode(data), strict=True))

    def decode_result(self, data: bytes) -> Any:
        """Decode a call's return data: None, one value, or a tuple of several."""
        values = self._outputs.decode(data)
        return values if len(values) > 1 else next(iter(values), None)

    def decode_event(self, topics: list[bytes], data: bytes) -> dict[str, Any]:
        """Return a log's arguments by name. An indexed argument of a dynamic type stays a hash."""
        topic, plain = iter(topics[1:]), iter(self._event_data.decode(data))
        result = {}
        for name, kind, indexed in zip(self.names, self.types, self.indexed, strict=True):
            result[name] = _from_topic(kind, next(topic)) if indexed else next(plain)
        return result

    def decode_log(self, log: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a log in JSON-RPC form by name."""
        return self.decode_event([bytes.fromhex(topic[2:]) for topic in log["topics"]], bytes.fromhex(log["data"][2:]))


def read_entry(item: Mapping[str, Any]) -> AbiEntry:
    """Build an entry from its JSON."""
    inputs, outputs = item["inputs"], item.get("outputs", [])
    return AbiEntry(
        kind=item["type"],
        name=item["name"],
        names=tuple(argument["name"] or f"arg{i}" for i, argument in enumerate(inputs)),
        types=tuple(_type(argument) for argument in inputs),
        indexed=tuple(argument.get("indexed", False) for argument in inputs),
        outputs=tuple(_type(argument) for argument in outputs),
    )


def _type(argument: Mapping[str, Any]) -> str:
    kind: str = argument["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(map(_type, argument['components']))}){kind.removeprefix('tuple')}"


@lru_cache(4096)  # wallets, sessions and sponsors come again and again
def _from_topic(kind: str, topic: bytes) -> Any:
    if kind in ("string", "bytes") or kind.endswith(("]", ")")):
        return topic
    return Codec((kind,)).decode(topic)[0]
