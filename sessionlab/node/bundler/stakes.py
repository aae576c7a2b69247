"""Which entities of an operation are staked with the EntryPoint, as a bundler asks it (ERC-4337, ERC-7562)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import ether
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.overlay import StateOverlay
from sessionlab.node.bundler.settings import MIN_UNSTAKE_DELAY

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.fork import LabState


@dataclass(frozen=True, slots=True)
class StakeMinimum:
    """What a bundler takes for staked: wei, and seconds until a stake can be withdrawn.

    ERC-7562 sets the delay, MIN_UNSTAKE_DELAY, and leaves MIN_STAKE_VALUE to each chain, about $1,000.
    """

    wei: int = ether(1)
    unstake_delay: int = MIN_UNSTAKE_DELAY


@dataclass(frozen=True, slots=True)
class StakeInfo:
    """An address's stake in wei, and its unstake delay in seconds. A stake that is being withdrawn does not count."""

    address: str
    stake: int
    unstake_delay: int
    deposit: int
    is_staked: bool


Stakes = Mapping[str, StakeInfo]
"""Stakes by role: factory, account, paymaster, aggregator."""


def read_stake(chain: Chain, address: str, minimum: StakeMinimum, state: LabState | None = None) -> StakeInfo:
    """Ask the EntryPoint for an address's deposit and stake, now or in an earlier state."""
    data = artifact("EntryPoint").encode("getDepositInfo", address)
    overlay = None if state is None else StateOverlay(state, state.gas_limit)
    answer = (chain.view(ENTRY_POINT, data) if overlay is None else overlay.call(ENTRY_POINT, data)).output
    words = [int.from_bytes(answer[start : start + 32], "big") for start in range(0, 160, 32)]
    deposit, locked, stake, delay = words[0], bool(words[1]), words[2], words[3]
    enough = locked and stake >= minimum.wei and delay >= minimum.unstake_delay
    return StakeInfo(address, stake, delay, deposit, enough)
