"""Read the events in a receipt's logs: by name if one of the lab's contracts has such an event, else as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.contracts.abi import AbiEntry
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import CONTRACTS


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its contract, its name and its arguments. One that is not known is named by its topic."""

    address: str
    name: str
    args: Mapping[str, Any] = field(hash=False)

    def __repr__(self) -> str:
        return f"<{self.name} of {self.address}: {', '.join(f'{name}={value}' for name, value in self.args.items())}>"


def read_events(logs: Iterable[Mapping[str, Any]]) -> tuple[Event, ...]:
    """Return the events of logs in JSON-RPC form, in their order. Never raises for what a contract emits."""
    return tuple(map(_event, logs))


def _event(log: Mapping[str, Any]) -> Event:
    address, topics = checksum(address_bytes(log["address"])), log["topics"]
    if entry := _known().get((topics[0] if topics else "", len(topics))):
        with suppress(Exception):  # a decoder may raise anything on malformed data
            args, kinds = entry.decode_log(log), dict(zip(entry.names, entry.types, strict=True))
            spelled = {n: checksum(address_bytes(v)) if kinds[n] == "address" else v for n, v in args.items()}
            return Event(address, entry.name, spelled)
    return Event(address, topics[0] if topics else "anonymous", {"topics": topics[1:], "data": log["data"]})


@cache
def _known() -> dict[tuple[str, int], AbiEntry]:
    """Every event of the lab's contracts, by its topic and number of topics."""
    events = (entry for name in CONTRACTS for entry in artifact(name).events.values())
    return {(f"0x{entry.topic.hex()}", 1 + sum(entry.indexed)): entry for entry in events}
