"""Find logs in a range of blocks with an eth_getLogs filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sessionlab.core.base.addresses import Address, address_bytes, checksum, hash_bytes
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.work import GO_ON
from sessionlab.core.evm.records import Block, Log

Topic = str | bytes | None
MAX_PLACES, MAX_CHOICES = 4, 1_000  # positions of topics, and choices for each or of addresses: geth's limits
TopicFilter = Sequence[Topic | Sequence[Topic]]
"""For each position: one topic, a list of alternatives, or None to match any topic."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """The conditions that a log must meet. Empty ``addresses``, or an empty list of alternatives, match everything."""

    addresses: frozenset[str]
    topics: tuple[frozenset[str], ...]

    def matches(self, log: Log) -> bool:
        """Return whether a log matches."""
        if len(log.topics) < len(self.topics) or (self.addresses and log.address not in self.addresses):
            return False
        return all(not wanted or topic in wanted for wanted, topic in zip(self.topics, log.topics, strict=False))


def log_filter(address: Address | Sequence[Address] | None = None, topics: TopicFilter = ()) -> LogFilter:
    """Parse a filter. Raises InvalidInput for a malformed address or topic."""
    places = _listed(topics, "topics")
    lists = [each for each in (address, *places) if isinstance(each, Sequence) and not isinstance(each, str | bytes)]
    most = max(map(len, lists), default=0)
    if len(places) > MAX_PLACES or most > MAX_CHOICES:
        message = f"exceed max addresses or topics per search position: {MAX_PLACES} positions of up to {MAX_CHOICES:,}"
        asked = f"{len(places):,} positions of up to {most:,}"
        raise InvalidInput(f"{message}, not {asked}.", field="topics", asked=asked, fix="ask in several requests.")
    single = [] if address is None else [address] if isinstance(address, str | bytes) else _listed(address, "address")
    return LogFilter(
        addresses=frozenset(checksum(address_bytes(each, "address")) for each in single),
        topics=tuple(
            frozenset("0x" + hash_bytes(topic, "topics").hex() for topic in _alternatives(entry)) for entry in places
        ),
    )


ASKING = 64  # blocks that are looked through in one piece


def find(blocks: Iterable[Block], wanted: LogFilter) -> Iterator[Log]:
    """Yield the matching logs, oldest first."""
    for number, block in enumerate(blocks):
        if not number % ASKING:
            GO_ON.get()(0)
        for receipt in block.receipts:
            yield from filter(wanted.matches, receipt.logs)


def _alternatives(entry: Topic | Sequence[Topic]) -> list[str | bytes]:
    options = [entry] if entry is None or isinstance(entry, str | bytes) else _listed(entry, "topics")
    return [] if None in options else [o for o in options if o is not None]


def _listed(value: Any, field: str) -> Sequence[Any]:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return value
    raise InvalidInput("This is neither one of them nor a list.", field=field, asked=value, fix="give a list.")
