"""A refused operation as its session remembers it: what was asked, what was said, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337.call import Call


@dataclass(frozen=True, slots=True)
class Judged:
    """When an operation was refused that never reached the chain: the block that would have been next."""

    block: int
    #: Hash of the block before it.
    parent: str
    #: Unix seconds.
    time: int
    #: Its base fee, in wei per gas.
    fee: int

    @classmethod
    def from_json(cls, block: Mapping[str, Any]) -> Self:
        """From a pending block, as a node answers ``eth_getBlockByNumber`` or puts it beside a denial."""
        number, time, fee = (int(block[name], 16) for name in ("number", "timestamp", "baseFeePerGas"))
        return cls(number, block["parentHash"], time, fee)


@dataclass(frozen=True, slots=True)
class RefusedOperation:
    """A refusal that this client saw, with what it takes to explain it later."""

    session_id: str
    denial: Denial
    calls: tuple[Call, ...]
    sponsored: bool
    #: Whether the node simulated it; if not, it had fixed gas limits.
    preflight: bool
    #: The block that includes it; None: it never reached the chain.
    block: int | None
    #: Of an operation that never reached the chain.
    judged: Judged | None
    #: What it met, if somebody has already worked that out, in the terms of whoever explains it.
    context: Any = None
