"""A transaction without a signature, as py-evm's executor reads one, and how much gas it has to offer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sessionlab.core.base.addresses import Address, address_bytes
from sessionlab.core.evm.chain import CALL_STIPEND, Chain
from sessionlab.core.evm.lookup import BlockId
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import Authorization, CallFailed, CallResult
from sessionlab.core.evm.signing import raw_authorization
from sessionlab.core.evm.transaction_validation import floor_gas

#: How far an estimate that had to be searched for may lie above the least gas that passes, as in geth.
SEARCHED_TO = 0.015


@dataclass(frozen=True, slots=True)
class UnsignedCall:
    """Fields in gas and wei; ``to`` is empty for a creation. Without fees, gas is free."""

    sender: bytes
    to: bytes
    data: bytes
    value: int
    gas: int
    max_fee_per_gas: int = 0
    max_priority_fee_per_gas: int = 0
    access_list: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    authorizations: tuple[Authorization, ...] = ()

    @property
    def type_id(self) -> int:
        """4 with authorizations (EIP-7702), else 2."""
        return 4 if self.authorizations else 2

    @property
    def authorization_list(self) -> list[object]:
        """The authorizations, as py-evm has them."""
        return [raw_authorization(a) for a in self.authorizations]

    @property
    def intrinsic_gas(self) -> int:
        """The gas charged before code runs: see ``intrinsic_gas``."""
        listed = sum(2_400 + 1_900 * len(slots) for _, slots in self.access_list)
        return listed + intrinsic_gas(self.data, creates=not self.to, authorizations=self.authorizations)


def intrinsic_gas(data: bytes, *, creates: bool = False, authorizations: Sequence[object] = ()) -> int:
    """Return a transaction's intrinsic gas without its access list, charged before code runs (EIP-2028, EIP-7702).

    Init code words are charged when the code runs.
    """
    zeros = data.count(0)
    return 21_000 + 4 * zeros + 16 * (len(data) - zeros) + 32_000 * creates + 25_000 * len(authorizations)


def estimate(transaction: UnsignedCall, run: Callable[[UnsignedCall], CallResult]) -> int:
    """Return a gas limit with which a transaction passes: tried, and raised until it does.

    ``transaction.gas`` is the most that may be offered; ``run`` runs a transaction on a fresh copy of the state. The
    first guess adds the 1/64 of gas that each call depth retains (EIP-150) and the stipend of a storage write. Raises
    CallFailed if it fails with all the gas too.
    """
    most = transaction.gas
    result = run(transaction)
    if not result.success:
        raise CallFailed(f"The call does not go through: {result.halt}.", result)
    execution = result.gas_used - transaction.intrinsic_gas
    for _ in range(result.depth):
        execution += execution // 63 + 1
    guess = transaction.intrinsic_gas + execution + (CALL_STIPEND if execution else 0)
    low, high = 0, min(most, max(guess, floor_gas(transaction.data)))
    while high < most and not run(replace(transaction, gas=high)).success:
        low, high = high, min(most, 2 * high)
    while low and high - low > SEARCHED_TO * high:
        middle = (low + high) // 2
        low, high = (low, middle) if run(replace(transaction, gas=middle)).success else (middle, high)
    return high


def estimate_gas(
    chain: Chain,
    to: Address | None,
    data: bytes = b"",
    *,
    sender: Address | None = None,
    value: int = 0,
    block: BlockId = "latest",
    overrides: Overrides | None = None,
    authorizations: Sequence[Authorization] = (),
) -> int:
    """Return a gas limit with which a transaction passes in the next block. Gas is free; ``value`` is in wei.

    Raises CallFailed, with the revert data, if the call fails, and ChainError if the sender has less than ``value``.
    """
    origin = bytes(20) if sender is None else address_bytes(sender, "from")
    target = b"" if to is None else address_bytes(to, "to")
    asked = UnsignedCall(origin, target, data, value, chain.gas_limit, authorizations=tuple(authorizations))
    return estimate(asked, lambda tried: chain.overlay(block=block, overrides=overrides).transact(tried))
