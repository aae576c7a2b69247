"""Validate one user operation as a strict bundler does: what the EntryPoint says, and what ERC-7562 says of the way.

result = validate(chain, operation)
result.ok, result.violations, result.rejection
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak

from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337.simulate import Rejection, gas_values, simulate
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, MAX_GAS_VALUE, UserOperation, handle_ops
from sessionlab.core.evm.lookup import state_at
from sessionlab.core.evm.overrides import Overrides, apply_overrides
from sessionlab.node.bundler.observer import Observation, observe
from sessionlab.node.bundler.rules import RuleViolation, context_of, judge
from sessionlab.node.bundler.stakes import StakeInfo, StakeMinimum, read_stake
from sessionlab.node.bundler.trace import ACCOUNT, PAYMASTER, ValidationTrace
from sessionlab.node.tracing import edited

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.fork import LabState

#: An operation that every EntryPoint refuses (AA94), behind the one in question, so that nothing is executed.
STOPPER = UserOperation(ZERO_ADDRESS, 0, b"", MAX_GAS_VALUE + 1, 0, 0, 0, 0)
#: The EntryPoint's codes for a wrong signature, and the rule about who may judge one.
UNSIGNED, AGGREGATED = ("AA24", "AA34"), "EREP-040"
NO_END = 2**48 - 1


@dataclass(frozen=True, slots=True)
class Validation:
    """What validating an operation came to."""

    operation: UserOperation
    trace: ValidationTrace
    #: Stakes by role, as far as the operation names them: factory, account, paymaster.
    stakes: Mapping[str, StakeInfo] = field(hash=False)
    violations: tuple[RuleViolation, ...]
    #: Why the EntryPoint refuses the operation; None if it does not.
    rejection: Rejection | None
    #: When it is valid, in Unix seconds, by what account and paymaster answered.
    valid_after: int = 0
    valid_until: int = NO_END
    context: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        """Whether a strict bundler takes it."""
        return self.rejection is None and not self.violations

    def broken(self, *, signed: bool = True) -> tuple[RuleViolation, ...]:
        """The violations that refuse it: what the EntryPoint refuses, it refuses first.

        An aggregator is refused by its name; the EntryPoint takes it for a wrong signature. Not ``signed``: nobody has
        signed the operation yet, so signatures are not judged.
        """
        code = "" if self.rejection is None else self.rejection.code or "?"
        if not code or (not signed and code.startswith(UNSIGNED)):
            return self.violations
        by_name = tuple(violation for violation in self.violations if violation.rule == AGGREGATED)
        return by_name if code.startswith(UNSIGNED) else ()

    @property
    def entities(self) -> dict[str, str]:
        """The address of each entity that the operation names, by its role."""
        return self.trace.entities()

    @property
    def touched(self) -> dict[str, dict[int, bool]]:
        """The slots that validation touched, by address, and whether each was written."""
        return self.trace.touched

    @property
    def code_hashes(self) -> Mapping[str, bytes]:
        """What the code of each account that validation used hashes to (COD-010)."""
        return self.trace.code_hashes


def validate(
    chain: Chain,
    operation: UserOperation,
    *,
    overrides: Overrides | None = None,
    minimum: StakeMinimum | None = None,
    seen: Mapping[str, bytes] | None = None,
) -> Validation:
    """Run the operation's validation in the EntryPoint, on a copy of the newest state, and judge it.

    ``overrides`` replaces account state, such as the code that an authorization sets (EIP-7702). ``seen``: the code
    hashes of an earlier validation; code that has changed since breaks COD-010.
    """
    from sessionlab.core.evm.execution import simulate as run

    observation = Observation([operation])
    state = state_at(chain.engine, "latest")
    apply_overrides(state, overrides or {})
    observe(state, observation)
    if max(gas_values(operation)) > MAX_GAS_VALUE:  # no call data can hold what is over 128 bits
        rejection = simulate(chain, operation).rejection
    else:
        data, target = handle_ops([operation, STOPPER], ZERO_ADDRESS), address_bytes(ENTRY_POINT)
        done = run(state, sender=bytes(20), to=target, data=data, value=0, gas=state.gas_limit)
        revert = decode_revert(done.output)
        rejection = None if revert.reason.startswith("AA94") else Rejection.of_bundle(revert)
    if rejection is not None and not (rejection.code or "").startswith("AA"):
        # EntryPoint v0.7 reverts without data if the sender has no code; its steps say more.
        said = simulate(chain, operation, state=chain.overlay(overrides=overrides)).rejection
        rejection = said if said is not None and said.phase == "validation" else rejection
    return judged(chain, operation, observation.trace(0), rejection, minimum=minimum, seen=seen)


def judged(
    chain: Chain,
    operation: UserOperation,
    trace: ValidationTrace,
    rejection: Rejection | None,
    *,
    minimum: StakeMinimum | None = None,
    seen: Mapping[str, bytes] | None = None,
    state: LabState | None = None,
) -> Validation:
    """Judge a validation that was observed. ``state``: the one that it found, if that is not the newest."""
    least = minimum or StakeMinimum()
    stakes = {role: read_stake(chain, address, least, state) for role, address in trace.entities().items()}
    changed = tuple(_changed(chain, trace, seen or {}))
    after, until = window_of(trace)
    paymaster = trace.phase(PAYMASTER)
    context = context_of(paymaster) if paymaster is not None and paymaster.halt is None else b""
    return Validation(operation, trace, stakes, changed + judge(trace, stakes), rejection, after, until, context)


def mined_validation(
    chain: Chain,
    transaction_hash: str,
    operations: Sequence[UserOperation],
    index: int,
    *,
    minimum: StakeMinimum | None = None,
) -> Validation:
    """Run a mined bundle of these operations again, and judge the validation of one of them by the state it found.

    Raises ChainError if the transaction is unknown, or if that state is not there any more.
    """
    from sessionlab.node.raw_transactions import rebuilt

    mined = chain.transaction(transaction_hash)
    head = chain.engine.head
    before: Any = chain.engine.state_before(mined.block_number, head)
    state: Any = chain.engine.state_before(mined.block_number, head)
    observation = Observation(operations)
    observe(state, observation)
    frame = state.apply_transaction(rebuilt(mined))
    if frame.is_error != (chain.receipt(mined.hash).status == 0):
        raise edited(mined.hash)
    return judged(chain, operations[index], observation.trace(index), None, minimum=minimum, state=before)


def _changed(chain: Chain, trace: ValidationTrace, seen: Mapping[str, bytes]) -> Sequence[RuleViolation]:
    """Return the accounts whose code is not what an earlier validation saw (COD-010)."""
    return [
        RuleViolation("COD-010", ACCOUNT, trace.sender, target=address)
        for address, before in seen.items()
        if (trace.code_hashes.get(address) or bytes(keccak(chain.code(address)))) != before
    ]


def window_of(trace: ValidationTrace) -> tuple[int, int]:
    """Return the first and last second at which both account and paymaster say that the operation is valid."""
    after, until = 0, NO_END
    for role, at in ((ACCOUNT, 0), (PAYMASTER, 32)):
        phase = trace.phase(role)
        if phase is not None and phase.halt is None:
            answer = int.from_bytes(phase.output[at : at + 32], "big")
            after, until = max(after, answer >> 208), min(until, (answer >> 160 & NO_END) or NO_END)
    return after, until
