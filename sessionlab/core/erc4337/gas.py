"""Set an operation's gas limits from one simulation, without a binary search over ``eth_estimateGas``."""

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

#: The EntryPoint's own gas during validation: hashing, the deposit and the nonce, including the fresh storage slot
#: that the first nonce of a nonce key writes (20,000 gas more, EIP-2929 and EIP-2200).
VALIDATION_OVERHEAD = 45_000
FRESH_NONCE_KEY = 20_000
#: A payer without an EntryPoint deposit pays for a fresh storage slot (EIP-2200). Without this allowance, the operation
#: could cost more than its prefund, which would revert it or leave its deposit at zero for good.
FRESH_DEPOSIT = 20_000
#: Cold load (EIP-2929) of the code that an account delegates to (EIP-7702); charged to the EntryPoint.
DELEGATED_CODE = 2_600
#: Costs covered only by preVerificationGas: the transaction, its data and the EntryPoint's work around the operation.
TRANSACTION = 21_000
BUNDLE_OVERHEAD = 30_000
#: The EntryPoint copies an operation several times: gas for 32 bytes.
WORD_OVERHEAD = 30
LEAST_PRE_VERIFICATION = 50_000
#: Margin in a paymaster's limit for the EntryPoint's own work.
PAYMASTER_OVERHEAD = 15_000

#: Fixed limits for operations sent without simulation, so that they can fail on the chain.
FIXED = {
    "call_gas_limit": 400_000,
    "verification_gas_limit": 500_000,
    "pre_verification_gas": 100_000,
    "paymaster_verification_gas_limit": 150_000,
}


def with_limits(
    operation: UserOperation, done: Simulated, *, delegated: bool = False, fresh_deposit: bool = False
) -> UserOperation:
    """Return the operation with the gas limits that its simulation calls for.

    ``delegated``: its sender delegates to another contract's code. ``fresh_deposit``: see ``has_fresh_deposit``.
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
    """Return whether the sender pays for the operation and has no EntryPoint deposit yet."""
    if operation.paymaster is not None:
        return False
    answer = chain.view(ENTRY_POINT, artifact("EntryPoint").encode("balanceOf", operation.sender))
    return int.from_bytes(answer.output, "big") == 0


def pre_verification_gas(operation: UserOperation) -> int:
    """Return the gas for the operation's share of the bundle transaction, with bytes priced by EIP-2028."""
    words = len(pack(operation)) // 32
    return max(LEAST_PRE_VERIFICATION, TRANSACTION + BUNDLE_OVERHEAD + WORD_OVERHEAD * words + calldata_gas(operation))


def calldata_gas(operation: UserOperation) -> int:
    """Return the gas for the operation's bytes in the bundle transaction (EIP-2028)."""
    data = pack(operation)
    zeros = data.count(0)
    return 4 * zeros + 16 * (len(data) - zeros)


def _enough(step: CallResult | None) -> int:
    """Return a limit that leaves the step enough gas at every depth, although each call retains 1/64 (EIP-150)."""
    if step is None:
        return 0
    gas = step.gas_used
    for _ in range(step.depth + 1):
        gas += gas // 63 + 1
    return gas + CALL_STIPEND
