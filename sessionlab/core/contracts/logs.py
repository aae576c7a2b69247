"""Read the events in a receipt's logs: by name if one of the lab's contracts has such an event, else as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import short_address
from sessionlab.core.contracts.abi import AbiEntry
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import CONTRACTS


@dataclass(frozen=True, slots=True)
class Event:
    """One event that a call emitted."""

    #: The contract that emitted it, and the event's name: its topic in hex if no known contract has such an event.
    address: str
    name: str
    #: Its arguments by name; of an unknown event, its other ``topics`` and its ``data`` in hex.
    args: Mapping[str, Any] = field(hash=False)

    def __repr__(self) -> str:
        return f"<{self.name} of {short_address(self.address)}: {', '.join(f'{k}={v}' for k, v in self.args.items())}>"


def read_events(logs: Iterable[Mapping[str, Any]]) -> tuple[Event, ...]:
    """Return the events of logs in JSON-RPC form, in their order. Never raises for what a contract emits."""
    return tuple(map(_event, logs))


def _event(log: Mapping[str, Any]) -> Event:
    address, topics = checksum(address_bytes(log["address"])), log["topics"]
    entry = _known().get((topics[0] if topics else "", len(topics)))
    try:
        args = entry.decode_log(log) if entry else None
    except Exception:  # a decoder may raise anything on malformed data
        args = None
    if entry is None or args is None:
        return Event(address, topics[0] if topics else "anonymous", {"topics": topics[1:], "data": log["data"]})
    kinds = dict(zip(entry.names, entry.types, strict=True))
    read = {name: checksum(address_bytes(value)) if kinds[name] == "address" else value for name, value in args.items()}
    return Event(address, entry.name, read)


@cache
def _known() -> dict[tuple[str, int], AbiEntry]:
    """Every event of the lab's contracts, by its topic and number of topics."""
    events = (entry for name in CONTRACTS for entry in artifact(name).events.values())
    return {(f"0x{entry.topic.hex()}", 1 + sum(entry.indexed)): entry for entry in events}
