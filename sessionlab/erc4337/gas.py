"""Gas limits of an operation from one rehearsal: no search, so no bisecting of ``eth_estimateGas``."""

from __future__ import annotations

from dataclasses import replace

from sessionlab.chain.records import CallResult
from sessionlab.erc4337.rehearse import Rehearsed
from sessionlab.erc4337.user_operation import UserOperation, pack

#: What the EntryPoint spends itself while it validates: hashing, the deposit, the nonce; and the first nonce of
#: a lane, which writes a fresh storage slot (20,000 gas more, EIP-2929 and EIP-2200).
VALIDATION_OVERHEAD = 45_000
FRESH_LANE = 20_000
#: What only preVerificationGas pays for: the transaction, its data, and the EntryPoint around the operation.
TRANSACTION = 21_000
BUNDLE_OVERHEAD = 25_000
LEAST_PRE_VERIFICATION = 50_000
CALL_STIPEND = 2_300
#: Room in a paymaster's limit for the EntryPoint's own part.
PAYMASTER_OVERHEAD = 15_000

#: Fixed limits for an operation that is sent without a rehearsal, to see it fail on the chain.
FIXED = {
    "call_gas_limit": 400_000,
    "verification_gas_limit": 500_000,
    "pre_verification_gas": 100_000,
    "paymaster_verification_gas_limit": 150_000,
}


def with_limits(operation: UserOperation, done: Rehearsed) -> UserOperation:
    """The operation with the limits that its rehearsal asks for."""
    validation = _enough(done.creation) + _enough(done.validation) + VALIDATION_OVERHEAD
    if operation.nonce & (2**64 - 1) == 0:
        validation += FRESH_LANE
    return replace(
        operation,
        verification_gas_limit=validation,
        call_gas_limit=_enough(done.execution),
        pre_verification_gas=pre_verification_gas(operation),
        paymaster_verification_gas_limit=_enough(done.paymaster) + PAYMASTER_OVERHEAD if done.paymaster else 0,
    )


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
