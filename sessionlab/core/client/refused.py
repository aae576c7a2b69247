"""The record that a session keeps of a refused operation: its calls, its denial and when it was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.gas import Gas


@dataclass(frozen=True, slots=True)
class Judged:
    """When an operation that never reached the chain was refused: the block that would have been next."""

    block: int
    #: Hash of the parent block.
    parent: str
    #: Unix seconds.
    time: int
    #: Its base fee, in wei per gas.
    fee: int

    @classmethod
    def from_json(cls, block: Mapping[str, Any]) -> Self:
        """Read a pending block, as a node returns it from ``eth_getBlockByNumber`` or along with a denial."""
        number, time, fee = (int(block[name], 16) for name in ("number", "timestamp", "baseFeePerGas"))
        return cls(number, block["parentHash"], time, fee)


@dataclass(frozen=True, slots=True)
class RefusedOperation:
    """A refusal that this client received, with everything needed to explain it later."""

    session_id: str
    denial: Denial
    calls: tuple[Call, ...]
    #: The gas policy that was to pay; None: the wallet.
    policy_id: str | None
    #: The gas limits and fees that the caller named, and with those that follow from the calls; the rest was estimated.
    named: Gas
    gas: Gas
    #: The block that includes it; None if it never reached the chain.
    block: int | None
    #: When it was judged; set only if it never reached the chain.
    judged: Judged | None
    #: The explainer's decision context for this refusal, once it is known.
    context: Any = None
