"""Gas limits of an operation from one simulation: no search, so no bisecting of ``eth_estimateGas``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.simulate import Simulated
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, pack
from sessionlab.core.evm.chain import CALL_STIPEND
from sessionlab.core.evm.records import CallResult

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain

#: What the EntryPoint spends itself while it validates: hashing, the deposit, the nonce; and the first nonce of
#: a nonce key, which writes a fresh storage slot (20,000 gas more, EIP-2929 and EIP-2200).
VALIDATION_OVERHEAD = 45_000
FRESH_NONCE_KEY = 20_000
#: Who has no deposit in the EntryPoint yet pays for a fresh slot there (EIP-2200). Without this the operation can cost
#: more than its prefund, which undoes it or keeps its deposit at nothing for good.
FRESH_DEPOSIT = 20_000
#: Loading the code that an account delegates to (EIP-7702), cold (EIP-2929); the EntryPoint pays for it.
DELEGATED_CODE = 2_600
#: What only preVerificationGas pays for: the transaction, its data, and the EntryPoint around the operation.
TRANSACTION = 21_000
BUNDLE_OVERHEAD = 25_000
LEAST_PRE_VERIFICATION = 50_000
#: Room in a paymaster's limit for the EntryPoint's own part.
PAYMASTER_OVERHEAD = 15_000

#: Fixed limits for an operation that is sent without a simulation, to see it fail on the chain.
FIXED = {
    "call_gas_limit": 400_000,
    "verification_gas_limit": 500_000,
    "pre_verification_gas": 100_000,
    "paymaster_verification_gas_limit": 150_000,
}


def with_limits(
    operation: UserOperation, done: Simulated, *, delegated: bool = False, fresh_deposit: bool = False
) -> UserOperation:
    """The operation with the limits that its simulation asks for.

    ``delegated``: its sender runs another's code. ``fresh_deposit``: see ``has_fresh_deposit``.
    """
    validation = _enough(done.creation) + _enough(done.validation) + VALIDATION_OVERHEAD
    if delegated:
        validation += DELEGATED_CODE
    if fresh_deposit:
        validation += FRESH_DEPOSIT
    if operation.nonce & (2**64 - 1) == 0:
        validation += FRESH_NONCE_KEY
    return replace(
        operation,
        verification_gas_limit=validation,
        call_gas_limit=_enough(done.execution),
        pre_verification_gas=pre_verification_gas(operation),
        paymaster_verification_gas_limit=_enough(done.paymaster) + PAYMASTER_OVERHEAD if done.paymaster else 0,
    )


def has_fresh_deposit(chain: Chain, operation: UserOperation) -> bool:
    """Whether the operation's sender pays, and has no deposit in the EntryPoint to pay from yet."""
    if operation.paymaster is not None:
        return False
    answer = chain.call(ENTRY_POINT, artifact("EntryPoint").encode("balanceOf", operation.sender))
    return int.from_bytes(answer.output, "big") == 0


def pre_verification_gas(operation: UserOperation) -> int:
    """Gas for the operation's share of the bundle's transaction, its bytes priced by EIP-2028."""
    data = pack(operation)
    zeros = data.count(0)
    return max(LEAST_PRE_VERIFICATION, TRANSACTION + BUNDLE_OVERHEAD + 4 * zeros + 16 * (len(data) - zeros))


def _enough(step: CallResult | None) -> int:
    """A limit under which the step's gas is there at every depth, although a 64th stays behind (EIP-150)."""
    if step is None:
        return 0
    gas = step.gas_used
    for _ in range(step.depth + 1):
        gas += gas // 63 + 1
    return gas + CALL_STIPEND
