"""An operation that a strict bundler refuses, in words: which rule, in which contract and line, why, and the fix.

Source: ERC-7562; ``sessionlab.node.bundler.rule_table`` says why each rule exists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.amounts import format_ether
from sessionlab.core.denials.cause import Cause
from sessionlab.core.denials.denial import Denial
from sessionlab.node.bundler.rule_table import RULES
from sessionlab.node.bundler.stakes import StakeMinimum
from sessionlab.node.bundler.strict import LabBundler, headline
from sessionlab.node.bundler.trace import ACCOUNT
from sessionlab.study.text import duration

if TYPE_CHECKING:
    from sessionlab.core.denials.address_book import AddressBook
    from sessionlab.core.wallet_api.api import WalletApi
    from sessionlab.node.bundler.rules import RuleViolation

#: What an opcode of OP-011 does.
READS = {
    "ORIGIN": "asks who sends the transaction (ORIGIN)",
    "GASPRICE": "reads the gas price (GASPRICE)",
    "BLOCKHASH": "reads the hash of a block (BLOCKHASH)",
    "COINBASE": "asks who builds the block (COINBASE)",
    "TIMESTAMP": "reads the clock (TIMESTAMP)",
    "NUMBER": "reads the number of the block (NUMBER)",
    "PREVRANDAO": "reads the block's random number (PREVRANDAO)",
    "GASLIMIT": "reads the gas limit of the block (GASLIMIT)",
    "BASEFEE": "reads the base fee (BASEFEE)",
    "BLOBHASH": "reads a blob's hash (BLOBHASH)",
    "BLOBBASEFEE": "reads the base fee of blobs (BLOBBASEFEE)",
    "INVALID": "stops with INVALID",
    "SELFDESTRUCT": "destroys itself (SELFDESTRUCT)",
    "CREATE": "creates a contract (CREATE)",
}
WINDOW = (
    "Return the window of time in validationData (validAfter, validUntil): the EntryPoint compares it with the clock."
)
KEPT = (
    "keep it where it belongs to the sender: keccak256(sender ‖ slot), as Solidity's mapping(address => …) does and "
    "Vyper's HashMap does not."
)
#: Why OP-011 blocks what looks at no block, and what to do instead.
OTHER_REASONS = {
    "CREATE": RULES["OP-031"].why,
    "INVALID": "INVALID uses up all gas that a call was given, so what follows depends on how much that was.",
    "SELFDESTRUCT": "A contract that is gone when the bundle is mined makes all operations fail that rely on it.",
}
OTHER_FIXES = {
    "CREATE": "Deploy it beforehand, or create it in execution.",
    "INVALID": "Revert instead. Vyper's `assert …, UNREACHABLE` runs INVALID, and so did Solidity's assert before 0.8.",
    "SELFDESTRUCT": "Leave SELFDESTRUCT to execution.",
}
FIXES = {
    "OP-011": "Move it to execution, or sign the value with the operation and compare it there.",
    "OP-012": "Do not look at the gas that is left. For a call that may use all of it, let nothing stand between GAS "
    "and the call: in Vyper, give raw_call(…, gas=max_value(uint256)).",
    "OP-013": "Compile for a fork that this chain has.",
    "OP-020": "Give the inner call enough gas, and raise the operation's verification gas limit if it needs more.",
    "OP-031": "Let the factory deploy the sender, once, and everything else in execution.",
    "OP-041": "Deploy the contract first, or leave the call to execution.",
    "OP-054": "Read deposits and nonces in execution; validation may deposit for the sender and call incrementNonce.",
    "OP-061": "Send the ETH in execution.",
    "OP-062": "Use a precompile from 0x01 to 0x11, or a contract.",
    "OP-080": "Move it to execution, {stake}.",
    "COD-010": "Send the operation again, so that it is validated with the code that is there now.",
    "STO-021": f"Write it in execution, or {KEPT}",
    "STO-022": "Deploy the wallet first and use that storage from the next operation on, or have its factory staked.",
    "STO-031": "Keep it in code (an immutable), in what the operation signs, or in the sender's storage, {stake}.",
    "STO-032": "Use it in execution, {stake}.",
    "STO-033": f"Use it in execution, or sign what it says with the operation, {{stake}}, or {KEPT}",
    "AUTH-020": "Use a contract of its own as the {entity}.",
    "AUTH-030": "Call the contract that it delegates to, or use the account in execution.",
    "EREP-040": "Return 0 or 1 as the aggregator, and check the signature in the account.",
    "EREP-050": "Return an empty context, {stake}.",
}


def stake_fix(entity: str, minimum: StakeMinimum) -> str:
    """Say what would count as a stake of an entity."""
    least = f"at least {format_ether(minimum.wei)} for at least {duration(minimum.unstake_delay)}"
    return f"or stake the {entity} with the EntryPoint: addStake, {least}"


Locate = Callable[[str, int], object | None]
"""Says which source line an opcode came from: of which contract, and where in its code."""


def deny_rules(api: WalletApi, violations: Sequence[RuleViolation]) -> Denial:
    """Return the denial for an operation that breaks these rules: the first in words, all as its causes."""
    bundler = api.bundler
    locate: Locate = bundler.source_line if isinstance(bundler, LabBundler) else lambda contract, pc: None
    minimum = bundler.minimum if isinstance(bundler, LabBundler) else StakeMinimum()
    told = [_Told(violation, api.names, locate, minimum) for violation in violations]
    code, rule = headline(violations[0]), RULES[violations[0].rule]
    causes = tuple(Cause(item.in_a_line(), wrong=True) for item in told)
    asked = violations[0].opcode if violations[0].slot is None else hex(violations[0].slot)
    return Denial(
        code=code,
        phase="validation",
        rule=f"{violations[0].rule}: {rule.says}",
        permission=None,
        call=None,
        asked=asked,
        left=None,
        unit=None,
        sentence=f"{told[0].sentence()} {told[0].why()}",
        fix=told[0].fix(),
        path=(code,),
        cause=Cause("what a strict bundler found (ERC-7562)", True, causes),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """One violation in words."""

    violation: RuleViolation
    names: AddressBook
    locate: Locate
    minimum: StakeMinimum

    def sentence(self) -> str:
        """Say who does what, and where."""
        broken = self.violation
        if broken.rule == "COD-010":
            return f"The code of {self._name(broken.target)} changed after the operation was first validated."
        if broken.rule == "EREP-040":
            return f"The wallet names {self._name(broken.address)} as the aggregator of its signature."
        said = f"{self._who()} {self._does()}{self._where()}{self._lacks()}."
        return said[:1].upper() + said[1:]

    def in_a_line(self) -> str:
        """Say the same as one line: the rule, the entity and the place, down to the opcode."""
        spot = self.violation.place
        if spot is None:
            return headline(self.violation)
        at = "" if self.violation.rule == "OP-020" else f", opcode {spot.pc:,}"
        line = self.locate(spot.contract, spot.pc)
        source = "" if line is None or spot.creating else f", {line}"
        return f"{headline(self.violation)}, in {self._name(spot.contract)}, {self._function()}{at}{source}"

    def why(self) -> str:
        """Say why the rule exists."""
        broken = self.violation
        return OTHER_REASONS.get(broken.opcode or "" if broken.rule == "OP-011" else "", RULES[broken.rule].why)

    def fix(self) -> str:
        """Say what to change."""
        broken = self.violation
        if broken.rule == "OP-011" and broken.opcode in OTHER_FIXES:
            return OTHER_FIXES[broken.opcode]
        if broken.opcode in ("TIMESTAMP", "NUMBER") and broken.rule == "OP-011":
            return WINDOW
        role = _role(broken.entity)
        return FIXES[broken.rule].format(entity=role, stake=stake_fix(role, self.minimum))

    def _who(self) -> str:
        broken = self.violation
        label, name = self.names.labels.get(address_bytes(broken.address)), self._name(broken.address)
        role = f"the {name}" if label == _role(broken.entity) else f"the {_role(broken.entity)} {name}"
        spot = broken.place
        within = spot is not None and spot.depth > 0 and spot.contract != broken.address
        own = spot is not None and spot.account == broken.address
        if not within or own or spot is None:
            return role
        return f"{role} {'deploys' if spot.creating else 'calls'} {self._name(spot.contract)}, which"

    def _does(self) -> str:
        broken = self.violation
        opcode, target = broken.opcode or "", "" if broken.target is None else self._name(broken.target)
        match broken.rule:
            case "OP-011":
                return READS[opcode]
            case "OP-012":
                return "reads how much gas is left (GAS), and not directly for a call"
            case "OP-013":
                return f"runs {opcode}, which is not an opcode"
            case "OP-020":
                return "runs out of gas in a call"
            case "OP-031":
                return "creates a contract (CREATE2)"
            case "OP-041":
                return f"uses {target}, an address without code ({opcode})"
            case "OP-054":
                return f"asks the EntryPoint for something else than a deposit or a nonce ({opcode})"
            case "OP-061":
                return f"sends ETH to {target} ({opcode})"
            case "OP-062":
                return f"uses {target}, a precompile that bundlers do not know ({opcode})"
            case "OP-080":
                return f"reads a balance ({opcode})"
            case "AUTH-020":
                return f"delegates its code to {target} (EIP-7702)"
            case "AUTH-030":
                return f"uses {target}, an account that delegates its code ({opcode}, EIP-7702)"
            case "EREP-050":
                return "returns a context for postOp"
        verb, slot = "writes" if opcode.endswith("STORE") else "reads", _short(broken.slot or 0)
        kind = " of the transient storage" if opcode.startswith("T") else ""
        whose = "its own" if broken.target == broken.address else target
        owner = f"slot {slot}{kind} of {whose}" if whose != "its own" else f"its own slot {slot}{kind}"
        return f"{verb} {owner} ({opcode})"

    def _lacks(self) -> str:
        """Say which stake is missing, if one would do."""
        match self.violation.rule:
            case "STO-022":
                return ", and the factory that deploys the wallet is not staked"
            case "STO-031" | "STO-032" | "STO-033" | "OP-080" | "EREP-050":
                return f", and the {_role(self.violation.entity)} is not staked"
        return ""

    def _where(self) -> str:
        spot = self.violation.place
        if spot is None or self.violation.rule == "OP-020":
            return ""
        line = None if spot.creating else self.locate(spot.contract, spot.pc)
        if line is not None:
            return f", at {line}: `{getattr(line, 'text', '')}`"
        function = self._function()
        return f", in {function}" if function and spot.depth else ""

    def _function(self) -> str:
        if self.violation.place is not None and self.violation.place.creating:
            return "its constructor"
        selector = self.violation.place.selector if self.violation.place else b""
        return f"{self.names.function(selector).partition('(')[0]}(…)" if len(selector) == 4 else "its fallback"

    def _name(self, address: str | None) -> str:
        return "nobody" if address is None else self.names.address(address)


def _role(entity: str) -> str:
    return "wallet" if entity == ACCOUNT else entity


def _short(slot: int) -> str:
    text = hex(slot)
    return text if len(text) <= 12 else f"{text[:10]}…"


__all__ = ["deny_rules"]
