"""An operation's gas limits: from one simulation (no binary search over ``eth_estimateGas``), or from its calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sessionlab.core.base.doors import integer, maybe
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import shown
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.simulate import Simulated
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, MAX_GAS_VALUE, UserOperation, pack
from sessionlab.core.evm.chain import CALL_STIPEND
from sessionlab.core.evm.records import CallResult

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.permissions.rows import GrantRow

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
#: The EntryPoint hashes an operation and copies it several times: gas for 32 bytes. It hands it to a paymaster once.
WORD_OVERHEAD, PAYMASTER_WORD = 30, 4
LEAST_PRE_VERIFICATION = 50_000
#: Margin in a paymaster's limit for the EntryPoint's own work.
PAYMASTER_OVERHEAD = 15_000

#: The highest price of gas, in wei, at which the bundler of a lab can pay for its bundles.
MOST_BASE_FEE = 10**15
#: A paymaster's limit in an operation that is not simulated.
PAYMASTER_VERIFICATION = 150_000


@dataclass(frozen=True, slots=True)
class Gas:
    """What an operation offers for gas: limits in gas, fees in wei per gas. None: as the node estimates.

    >>> Gas(call=400_000).to_json()
    {'callGasLimit': '0x61a80'}
    """

    call: int | None = None
    verification: int | None = None
    pre_verification: int | None = None
    max_fee: int | None = None
    max_priority_fee: int | None = None

    def __post_init__(self) -> None:
        """Raise InvalidInput for a value that is not a whole number of up to 120 bits."""
        for name in self.__slots__:
            fix = f"give a whole number, such as Gas({name}=400_000)."
            read = maybe(partial(integer, most=MAX_GAS_VALUE, fix=fix))
            object.__setattr__(self, name, read(getattr(self, name), f"gas.{name}"))

    @property
    def total(self) -> int | None:
        """The worst case, in gas; None if some limit is left to the node."""
        known = [limit for limit in (self.verification, self.call, self.pre_verification) if limit is not None]
        return sum(known) if len(known) == 3 else None

    def _over(self, other: Gas) -> Gas:
        """Return these values, and the other's where this has none."""
        return Gas(*(o if value is None else value for value, o in zip(astuple(self), astuple(other), strict=True)))

    def to_json(self) -> dict[str, str]:
        """Return JSON for ``gasParamsOverride``."""
        names = ("callGasLimit", "verificationGasLimit", "preVerificationGas", "maxFeePerGas", "maxPriorityFeePerGas")
        return {name: hex(value) for name, value in zip(names, astuple(self), strict=True) if value is not None}


def read_gas(
    gas: Gas | Mapping[str, int] | None, max_fee: int | None = None, max_priority_fee: int | None = None
) -> Gas:
    """Return the limits and fees as one. Raises InvalidInput for an unknown name or a malformed value."""
    try:
        named = gas if isinstance(gas, Gas) else Gas(**({} if gas is None else gas))
    except TypeError:
        fix = f"name some of: {', '.join(Gas.__slots__)}."
        raise InvalidInput(f"{gas!r} names no gas.", field="gas", asked=repr(gas)[:80], fix=fix) from None
    for name, fee in (("max_fee", max_fee), ("max_priority_fee", max_priority_fee)):
        if fee is not None and getattr(named, name) not in (None, fee):
            message = f"{name} is {shown(fee)} here and {getattr(named, name)} in gas."
            raise InvalidInput(message, field=name, asked=fee, left=getattr(named, name), fix="name it once.")
    return Gas(max_fee=max_fee, max_priority_fee=max_priority_fee)._over(named)


def without_simulation(calls: Sequence[Call], rows: Iterable[GrantRow] = ()) -> Gas:
    """Return limits that are ample for these calls and for the install of these rows, without a simulation.

    400,000 gas for a call, 500,000 for its validation and 100,000 for its place in a bundle. Each further call, each
    byte beyond 100 a call and each storage slot of the rows beyond six adds to them.

    >>> without_simulation([]).total
    1000000
    """
    more, installed = max(0, len(calls) - 1), max(0, sum(3 if row.meter else 1 for row in rows) - 6)
    long = 20 * max(0, sum(len(call.data) for call in calls) - 100 * (more + 1))
    return Gas(
        call=400_000 + 60_000 * more + long,
        verification=500_000 + 10_000 * more + 30_000 * installed,
        pre_verification=100_000 + 2_500 * more + 1_200 * installed + long,
    )


def with_limits(
    operation: UserOperation, done: Simulated, *, delegated: bool = False, fresh_deposit: bool = False
) -> UserOperation:
    """Return the operation with the gas limits that its simulation calls for.

    ``delegated``: its sender delegates to another contract's code. ``fresh_deposit``: see ``has_fresh_deposit``.
    """
    words = len(pack(operation)) // 32
    validation = _enough(done.creation) + _enough(done.validation) + VALIDATION_OVERHEAD + WORD_OVERHEAD * words
    of_paymaster = _enough(done.paymaster) + PAYMASTER_OVERHEAD + PAYMASTER_WORD * words
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
        paymaster_verification_gas_limit=of_paymaster if done.paymaster else 0,
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
