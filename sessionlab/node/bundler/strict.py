"""The bundler of a lab, which keeps to ERC-7562 if it is strict: it refuses what no public mempool would take.

An operation that is sent is validated by the run that mines it: if that breaks a rule, the block is undone. What waits
in a mempool is validated when it arrives and once more before it is bundled; ``validation.py`` does both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.erc4337.bundler import Bundler, BundleReverted, MinedOperation, OperationRejected
from sessionlab.core.erc4337.simulate import Rejection, Simulated
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.evm.engine import WATCH
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import Authorization
from sessionlab.node.bundler.observer import Observation, observe
from sessionlab.node.bundler.rules import RuleViolation, judge
from sessionlab.node.bundler.stakes import StakeMinimum
from sessionlab.node.bundler.validation import Validation, judged, validate


@dataclass(frozen=True, slots=True)
class BrokenRules(Rejection):
    """A rejection by ERC-7562's rules. ``code`` is the first of ``violations``, as bundlers name it."""

    validation: Validation
    violations: tuple[RuleViolation, ...]


class LabBundler(Bundler):
    """Accepts operations and mines them. If it is strict, their validation has to keep to ERC-7562."""

    #: Whether it is strict, and what it takes for staked then.
    strict, minimum = False, StakeMinimum()
    #: Says which source line an opcode of a contract came from; None where nobody knows.
    source_line: Callable[[str, int], object | None] = staticmethod(lambda contract, pc: None)

    def know_sources(self, source_line: Callable[[str, int], object | None]) -> None:
        """Have somebody who knows say which source line an opcode came from."""
        vars(self)["source_line"] = source_line

    def be_strict(self, minimum: StakeMinimum | None = None) -> None:
        """Refuse from now on what breaks a rule."""
        vars(self).update(strict=True, minimum=minimum or StakeMinimum())

    def check(self, operation: UserOperation, *, overrides: Overrides | None = None, **how: bool) -> Simulated:
        """Simulate the operation as it is. Raises OperationRejected if it would fail, or breaks a rule."""
        if not self.strict:
            return super().check(operation, overrides=overrides, **how)
        validation = validate(self.chain, operation, overrides=overrides, minimum=self.minimum)
        if broken := validation.broken(signed=how.get("check_signatures", True)):
            raise refusal(validation, broken)
        return super().check(operation, overrides=overrides, **how)

    def _mine(self, operation: UserOperation, authorizations: Sequence[Authorization]) -> MinedOperation:
        if not self.strict:
            return super()._mine(operation, authorizations)
        observation = Observation([operation])
        token = WATCH.set(partial(observe, observation=observation))
        try:
            mined = super()._mine(operation, authorizations)
        except BundleReverted as reverted:
            refused = Rejection.of_bundle(reverted.revert)
            validation = judged(self.chain, operation, observation.trace(0), refused, minimum=self.minimum)
            if broken := validation.broken():
                raise refusal(validation, broken) from None
            raise
        finally:
            WATCH.reset(token)
        trace = observation.trace(0)
        if judge(trace, {}):  # a stake only ever allows more, so one that passes without is not asked for it
            before = self.chain.engine.state_before(mined.receipt.block_number, self.chain.engine.head)
            validation = judged(self.chain, operation, trace, None, minimum=self.minimum, state=before)
            if broken := validation.broken():
                raise refusal(validation, broken)
        return mined


def refusal(validation: Validation, broken: Sequence[RuleViolation]) -> OperationRejected:
    """Return the error for an operation that breaks these rules."""
    said = headline(broken[0])
    revert = Revert("FailedOp", {"opIndex": 0, "reason": said}, b"")
    return OperationRejected(BrokenRules("validation", said, revert, validation, tuple(broken)), validation.operation)


def headline(violation: RuleViolation) -> str:
    """Return a violation as bundlers name it: the rule's id, the entity and what it did."""
    return f"{violation.rule} {_did(violation)}"


def _did(violation: RuleViolation) -> str:
    rule, who, opcode, target = violation.rule, violation.entity, violation.opcode or "", violation.target
    match rule:
        case "OP-011" | "OP-012" | "OP-031" | "OP-080":
            name = "DIFFICULTY (PREVRANDAO)" if opcode == "PREVRANDAO" else opcode
            return f"{'unstaked ' * (rule == 'OP-080')}{who} uses banned opcode: {name}"
        case "OP-013":
            return f"{who} uses unassigned opcode: {opcode}"
        case "OP-020":
            return f"{who} internally reverts on out of gas"
        case "OP-041":
            return f"{who} accesses un-deployed contract address {target} with opcode {opcode}"
        case "OP-054":
            return f"{who} accesses the EntryPoint with opcode {opcode}"
        case "OP-061":
            return f"{who} makes a {opcode} with value to {target}"
        case "OP-062":
            return f"{who} uses forbidden precompile {target}"
        case "STO-021":
            return f"{who} has forbidden write to {target} slot {hex(violation.slot or 0)}"
        case "STO-022" | "STO-031" | "STO-032" | "STO-033":
            staked = "account of an unstaked factory" if rule == "STO-022" and who == "account" else f"unstaked {who}"
            return f"{staked} accessed {target} slot {hex(violation.slot or 0)}"
        case "COD-010":
            return f"modified code of {target} after first validation"
        case "AUTH-020" | "AUTH-030":
            return f"{who} is or uses the EIP-7702 account {violation.address if rule == 'AUTH-020' else target}"
        case "EREP-040":
            return f"unsupported aggregator {violation.address}"
        case "EREP-050":
            return "unstaked paymaster returned a context"
    raise AssertionError(rule)


__all__ = ["BrokenRules", "LabBundler", "headline", "refusal"]
