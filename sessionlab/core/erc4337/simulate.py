"""Simulate what the EntryPoint would do with one operation, step by step, and why it would refuse.

The steps run on a copy of the state. Each is a message that the EntryPoint would send (ERC-4337 v0.7, "Required
EntryPoint contract functionality"), so they do not depend on a particular EntryPoint's code, and each step's gas is
measured separately.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.abi_words import word
from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import Revert, decode_revert
from sessionlab.core.erc4337.user_operation import (
    ENTRY_POINT,
    MAX_GAS_VALUE,
    SENDER_CREATOR,
    UserOperation,
    handle_ops,
    operation_hash,
    pack,
)
from sessionlab.core.evm.records import CallResult, FailedCall
from sessionlab.core.permissions.functions import EXECUTE_USER_OP, VALIDATE_USER_OP

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.overlay import StateOverlay

VALIDATE_PAYMASTER = bytes.fromhex("52b7512c")
SIGNATURE_FAILED = 2**160 - 1  # mask of the aggregator in validationData: any nonzero value is a failure
ENOUGH_GAS = 20_000_000


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an operation would fail: the phase, the EntryPoint's code if there is one, and the underlying revert."""

    phase: str  # "validation" or "execution"
    code: str | None
    revert: Revert
    facts: dict[str, Any] = field(default_factory=dict, kw_only=True, hash=False)  # for an error's data

    @classmethod
    def of_bundle(cls, revert: Revert) -> Rejection:
        """Return why ``handleOps`` reverted for a bundle of one operation."""
        return cls("validation", revert.reason, revert)

    @property
    def reason(self) -> str:
        """The innermost readable reason."""
        return self.revert.innermost.reason


@dataclass(frozen=True, slots=True)
class Simulated:
    """The results of the steps that ran. ``rejection`` is None if all of them passed."""

    rejection: Rejection | None
    creation: CallResult | None = None
    validation: CallResult | None = None
    paymaster: CallResult | None = None
    execution: CallResult | None = None

    @property
    def failure(self) -> tuple[FailedCall, ...]:
        """The calls that led to the failure of the last step, outermost first; none if no call failed."""
        steps = (self.execution, self.paymaster, self.validation, self.creation)
        last = next((step for step in steps if step is not None), None)
        return last.failure if last is not None else ()


def simulate(
    chain: Chain,
    operation: UserOperation,
    *,
    check_signatures: bool = True,
    within_limits: bool = True,
    limits_named: bool = False,
    state: StateOverlay | None = None,
    now: int | None = None,
) -> Simulated:
    """Run the steps of one operation until one fails.

    Without ``check_signatures``, an invalid signature passes; without ``within_limits``, each step gets plenty of gas.
    Both are for estimation, when the gas limits are unknown and the operation therefore cannot be signed yet.
    ``limits_named``: the limits do not come from an estimate, so the EntryPoint itself is asked whether they suffice.
    ``state`` is a copy of the state to build on. Windows of time are judged by its time, or at ``now`` (Unix seconds).
    """
    if max(gas_values(operation)) > MAX_GAS_VALUE:
        return Simulated(_failed("AA94 gas values overflow"))
    state = state or chain.overlay()
    time = state.timestamp if now is None else now
    stage = _Stage(state, time, operation, operation_hash(operation, chain.chain_id))
    stage.check_signatures, stage.within_limits = check_signatures, within_limits
    refused = stage.asks_entry_point() if limits_named else None
    done = _create(stage)
    if done.rejection:
        return done
    done = _validate(stage, done)
    if not done.rejection and operation.paymaster is not None:
        done = _ask_paymaster(stage, done)
    if not done.rejection:
        done = _judge(stage, done)
    if refused and not done.rejection:
        done = replace(done, rejection=refused)
    if done.rejection:
        return done
    stage.take_prefund()
    return _execute(stage, done)


class _Stage:
    """The copy of the state on which the operation runs."""

    check_signatures = within_limits = True

    def __init__(self, state: StateOverlay, time: int, operation: UserOperation, digest: bytes) -> None:
        self._state, self._time = state, time
        self.operation, self.digest = operation, digest

    def run(self, to: str, data: bytes, gas: int) -> CallResult:
        """Run one step with the gas that the operation allots to it."""
        given = min(gas, ENOUGH_GAS) if self.within_limits else ENOUGH_GAS
        return self._state.call(to, data, sender=ENTRY_POINT, gas=given)

    def asks_entry_point(self) -> Rejection | None:
        """Return why the EntryPoint does not let the operation through its validation, whose own gas counts too.

        A second operation, which it refuses in any case (AA94), keeps it from executing the first.
        """
        bundle = [self.operation, UserOperation(ZERO_ADDRESS, 0, b"", MAX_GAS_VALUE + 1, 0, 0, 0, 0)]
        revert = decode_revert(self._state.call(ENTRY_POINT, handle_ops(bundle, ZERO_ADDRESS)).output)
        self._state.next_transaction()
        passed = ("AA94",) if self.check_signatures else ("AA94", "AA24", "AA34")
        return None if revert.reason[:4] in passed else Rejection.of_bundle(revert)

    def has_code(self, address: str) -> bool:
        return self._state.code(address) != b""

    def deposit(self, account: str) -> int:
        """Return the EntryPoint deposit of an account or paymaster, in wei."""
        return self._number("balanceOf", account)

    def next_nonce(self) -> int:
        return self._number("getNonce", self.operation.sender, self.operation.nonce >> 64)

    def take_prefund(self) -> None:
        """Take the operation's maximum cost out of the payer's deposit, so that its own calls cannot use it."""
        payer = self.operation.paymaster or self.operation.sender
        if self.operation.max_cost:
            data = artifact("EntryPoint").encode("withdrawTo", ENTRY_POINT, self.operation.max_cost)
            self._state.call(ENTRY_POINT, data, sender=payer, gas=ENOUGH_GAS)

    def judge(self, verdict: bytes, signature: str, window: str) -> str | None:
        """Return the error that the EntryPoint finds in ERC-4337 validationData, or None."""
        answer = int.from_bytes(verdict, "big")
        until, after = answer >> 160 & (2**48 - 1), answer >> 208
        if self.check_signatures and answer & SIGNATURE_FAILED:
            return signature
        return None if after <= self._time <= (until or 2**48) else window

    def _number(self, function: str, *values: Any) -> int:
        # The sender stays warm, and calls of the operation to it would cost less than they do.
        data = artifact("EntryPoint").encode(function, *values)
        answer = self._state.call(ENTRY_POINT, data, sender=ENTRY_POINT, gas=ENOUGH_GAS)
        return int.from_bytes(answer.output, "big")


def _create(stage: _Stage) -> Simulated:
    operation, done = stage.operation, Simulated(None)
    if operation.factory is None:
        return done if stage.has_code(operation.sender) else Simulated(_failed("AA20 account not deployed"))
    if stage.has_code(operation.sender):
        return Simulated(_failed("AA10 sender already constructed"))
    # SenderCreator calls the factory; the EntryPoint never does.
    data = artifact("SenderCreator").encode("createSender", operation.init_code)
    made = stage.run(SENDER_CREATOR, data, operation.verification_gas_limit)
    done = replace(done, creation=made)
    if not made.success:
        return replace(done, rejection=Rejection("validation", None, decode_revert(made.output)))
    if not int.from_bytes(made.output, "big"):
        return replace(done, rejection=_failed("AA13 initCode failed or OOG"))
    if made.output[12:] != address_bytes(operation.sender):
        return replace(done, rejection=_failed("AA14 initCode must return sender"))
    if not stage.has_code(operation.sender):
        return replace(done, rejection=_failed("AA15 initCode must create sender"))
    return done


def _validate(stage: _Stage, done: Simulated) -> Simulated:
    operation = stage.operation
    cost = operation.max_cost if operation.paymaster is None else 0
    missing = max(0, cost - stage.deposit(operation.sender)) if cost else 0
    data = VALIDATE_USER_OP + word(96) + stage.digest + word(missing) + pack(operation)
    answer = stage.run(operation.sender, data, operation.verification_gas_limit)
    done = replace(done, validation=answer)
    if not answer.success or len(answer.output) < 32:
        return replace(done, rejection=_reverted("AA23 reverted", answer))
    if missing and stage.deposit(operation.sender) < operation.max_cost:
        return replace(done, rejection=_failed("AA21 didn't pay prefund"))
    if stage.next_nonce() != operation.nonce:
        return replace(done, rejection=_failed("AA25 invalid account nonce"))
    return done


def _ask_paymaster(stage: _Stage, done: Simulated) -> Simulated:
    operation, paymaster = stage.operation, stage.operation.paymaster or ""
    if stage.deposit(paymaster) < operation.max_cost:
        return replace(done, rejection=_failed("AA31 paymaster deposit too low"))
    if not stage.has_code(paymaster):
        return replace(done, rejection=_failed("AA30 paymaster not deployed"))
    data = VALIDATE_PAYMASTER + word(96) + stage.digest + word(operation.max_cost) + pack(operation)
    answer = stage.run(paymaster, data, operation.paymaster_verification_gas_limit)
    done = replace(done, paymaster=answer)
    if not answer.success or len(answer.output) < 96:
        return replace(done, rejection=_reverted("AA33 reverted", answer))
    return done


def _judge(stage: _Stage, done: Simulated) -> Simulated:
    """Judge the validationData (ERC-4337) of account and paymaster, after both have run."""
    fault = None
    if done.validation:
        fault = stage.judge(done.validation.output[:32], "AA24 signature error", "AA22 expired or not due")
    if done.paymaster and not fault:
        answer = done.paymaster.output[32:64]
        fault = stage.judge(answer, "AA34 signature error", "AA32 paymaster expired or not due")
    return replace(done, rejection=_failed(fault)) if fault else done


def _execute(stage: _Stage, done: Simulated) -> Simulated:
    operation = stage.operation
    data = operation.call_data
    if not data:
        return done
    if data[:4] == EXECUTE_USER_OP:
        data = EXECUTE_USER_OP + word(64) + stage.digest + pack(operation)
    answer = stage.run(operation.sender, data, operation.call_gas_limit)
    rejection = None if answer.success else Rejection("execution", None, decode_revert(answer.output))
    return replace(done, execution=answer, rejection=rejection)


def gas_values(operation: UserOperation) -> tuple[int, ...]:
    """Return every gas limit and fee of an operation, none of which may be above MAX_GAS_VALUE."""
    own = (operation.verification_gas_limit, operation.call_gas_limit, operation.pre_verification_gas)
    of_paymaster = (operation.paymaster_verification_gas_limit, operation.paymaster_post_op_gas_limit)
    return (*own, *of_paymaster, operation.max_fee_per_gas, operation.max_priority_fee_per_gas)


def _failed(reason: str) -> Rejection:
    return Rejection("validation", reason, Revert("FailedOp", {"opIndex": 0, "reason": reason}, b""))


def _reverted(code: str, answer: CallResult) -> Rejection:
    inner = decode_revert(answer.output)
    revert = Revert("FailedOpWithRevert", {"opIndex": 0, "reason": code}, answer.output, inner)
    return Rejection("validation", code, revert)
