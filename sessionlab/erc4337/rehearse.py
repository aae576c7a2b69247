"""What the EntryPoint would do with one operation, step by step on a copy of the state, and why it would refuse.

The steps are messages that the EntryPoint would send (ERC-4337 v0.7, "Required EntryPoint contract
functionality"), so they need nothing of a particular EntryPoint's code, and each step's gas is known by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionlab.chain.addresses import address_bytes
from sessionlab.chain.records import CallResult, Log
from sessionlab.contracts.artifacts import artifact
from sessionlab.contracts.reverts import Revert, decode_revert
from sessionlab.erc4337.user_operation import (
    ENTRY_POINT,
    MAX_GAS_VALUE,
    UserOperation,
    operation_hash,
    pack,
)

if TYPE_CHECKING:
    from sessionlab.chain.chain import Chain
    from sessionlab.chain.rehearsal import Rehearsal

VALIDATE_USER_OP = bytes.fromhex("19822f7c")
VALIDATE_PAYMASTER = bytes.fromhex("52b7512c")
EXECUTE_USER_OP = bytes.fromhex("8dd7712f")
SIGNATURE_FAILED = 2**160 - 1  # mask of the aggregator in validationData: anything but zero is a failure
ENOUGH_GAS = 20_000_000


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an operation would not pass: the phase, the EntryPoint's code if it has one, and the revert behind it."""

    phase: str  # "validation" or "execution"
    code: str | None
    revert: Revert

    @property
    def reason(self) -> str:
        """What a person knows it by."""
        return self.revert.innermost.reason


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The steps as far as they went. ``rejection`` is None when all of them pass."""

    rejection: Rejection | None
    creation: CallResult | None = None
    validation: CallResult | None = None
    paymaster: CallResult | None = None
    execution: CallResult | None = None

    @property
    def logs(self) -> tuple[Log, ...]:
        """The events of all steps."""
        steps = (self.creation, self.validation, self.paymaster, self.execution)
        return tuple(log for step in steps if step for log in step.logs)


def rehearse(
    chain: Chain, operation: UserOperation, *, check_signatures: bool = True, execute: bool = True
) -> Rehearsed:
    """Run the steps of one operation; without ``execute``, those of validation alone.

    Without ``check_signatures`` a wrong signature passes, to estimate gas.
    """
    early = _before_it_runs(chain, operation)
    if early:
        return Rehearsed(_failed(early))
    stage = chain.rehearse()
    done = Rehearsed(None)
    if operation.factory is not None:
        done = replace(done, creation=_create(stage, operation))
        fault = _creation_fault(stage, operation, done.creation)
        if fault:
            return replace(done, rejection=_failed(fault))
    elif not stage.code(operation.sender):
        return replace(done, rejection=_failed("AA20 account not deployed"))
    done = _validate(chain, stage, operation, done, check_signatures)
    if done.rejection or not execute:
        return done
    done = replace(done, execution=_execute(stage, operation, operation_hash(operation, chain.chain_id)))
    if done.execution and not done.execution.success:
        rejection = Rejection("execution", None, decode_revert(done.execution.output))
        return replace(done, rejection=rejection)
    return done


def _validate(
    chain: Chain, stage: Rehearsal, operation: UserOperation, done: Rehearsed, check_signatures: bool
) -> Rehearsed:
    digest = operation_hash(operation, chain.chain_id)
    missing = 0 if operation.paymaster else max(0, operation.max_cost - deposit_of(chain, operation.sender))
    answer = _ask(stage, operation.sender, VALIDATE_USER_OP, operation, digest, missing)
    done = replace(done, validation=answer)
    if not answer.success or len(answer.output) < 32:
        return replace(done, rejection=_reverted("AA23 reverted", answer))
    short = missing and missing > chain.balance(operation.sender)
    fault = "AA21 didn't pay prefund" if short else _nonce_fault(chain, operation)
    fault = fault or _time_and_signature(chain, answer.output[:32], check_signatures, "AA24", "AA22")
    if fault:
        return replace(done, rejection=_failed(fault))
    if operation.paymaster is not None:
        answer = _ask(stage, operation.paymaster, VALIDATE_PAYMASTER, operation, digest, operation.max_cost)
        done = replace(done, paymaster=answer)
        if not answer.success or len(answer.output) < 96:
            return replace(done, rejection=_reverted("AA33 reverted", answer))
        fault = _time_and_signature(chain, answer.output[32:64], check_signatures, "AA34", "AA32")
        if fault:
            return replace(done, rejection=_failed(fault))
    return done


def deposit_of(chain: Chain, account: str) -> int:
    """Wei that an account or paymaster has in the EntryPoint."""
    answer = chain.call(ENTRY_POINT, artifact("EntryPoint").encode("balanceOf", account))
    return int.from_bytes(answer.output, "big")


def next_nonce(chain: Chain, sender: str, key: int) -> int:
    """The nonce that the next operation of ``sender`` in lane ``key`` must have, lane included."""
    answer = chain.call(ENTRY_POINT, artifact("EntryPoint").encode("getNonce", sender, key))
    return int.from_bytes(answer.output, "big")


def _before_it_runs(chain: Chain, operation: UserOperation) -> str | None:
    limits = (
        operation.verification_gas_limit,
        operation.call_gas_limit,
        operation.pre_verification_gas,
        operation.paymaster_verification_gas_limit,
        operation.paymaster_post_op_gas_limit,
        operation.max_fee_per_gas,
        operation.max_priority_fee_per_gas,
    )
    if max(limits) > MAX_GAS_VALUE:
        return "AA94 gas values overflow"
    if operation.factory is not None and chain.code(operation.sender):
        return "AA10 sender already constructed"
    if operation.paymaster is not None:
        if not chain.code(operation.paymaster):
            return "AA30 paymaster not deployed"
        if deposit_of(chain, operation.paymaster) < operation.max_cost:
            return "AA31 paymaster deposit too low"
    return None


def _create(stage: Rehearsal, operation: UserOperation) -> CallResult:
    """The factory is called by a contract of its own, never by the EntryPoint."""
    from sessionlab.world import SENDER_CREATOR

    return stage.call(operation.factory, operation.factory_data, sender=SENDER_CREATOR, gas=ENOUGH_GAS)


def _creation_fault(stage: Rehearsal, operation: UserOperation, made: CallResult | None) -> str | None:
    if made is None or not made.success or len(made.output) != 32:
        return "AA13 initCode failed or OOG"
    if made.output[12:] != address_bytes(operation.sender):
        return "AA14 initCode must return sender"
    return None if stage.code(operation.sender) else "AA15 initCode must create sender"


def _nonce_fault(chain: Chain, operation: UserOperation) -> str | None:
    if next_nonce(chain, operation.sender, operation.nonce >> 64) != operation.nonce:
        return "AA25 invalid account nonce"
    return None


def _time_and_signature(chain: Chain, verdict: bytes, check: bool, signature: str, window: str) -> str | None:
    answer = int.from_bytes(verdict, "big")
    until, after = answer >> 160 & (2**48 - 1), answer >> 208
    if check and answer & SIGNATURE_FAILED:
        return f"{signature} signature error"
    if not after <= chain.next_timestamp <= (until or 2**48):
        who = "paymaster " if window == "AA32" else ""
        return f"{window} {who}expired or not due"
    return None


def _ask(
    stage: Rehearsal, who: str, selector: bytes, operation: UserOperation, digest: bytes, amount: int
) -> CallResult:
    arguments = _word(96) + digest + _word(amount) + pack(operation)
    return stage.call(who, selector + arguments, sender=ENTRY_POINT, gas=ENOUGH_GAS)


def _execute(stage: Rehearsal, operation: UserOperation, digest: bytes) -> CallResult | None:
    data = operation.call_data
    if data[:4] == EXECUTE_USER_OP:
        data = EXECUTE_USER_OP + _word(64) + digest + pack(operation)
    return stage.call(operation.sender, data, sender=ENTRY_POINT, gas=ENOUGH_GAS) if data else None


def _failed(reason: str) -> Rejection:
    return Rejection("validation", reason, Revert("FailedOp", {"opIndex": 0, "reason": reason}, b""))


def _reverted(code: str, answer: CallResult) -> Rejection:
    inner = decode_revert(answer.output)
    revert = Revert("FailedOpWithRevert", {"opIndex": 0, "reason": code}, answer.output, inner)
    return Rejection("validation", code, revert)


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")
