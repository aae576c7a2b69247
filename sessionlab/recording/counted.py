"""What the amounts of a refusal count: wei, gas, bytes, seconds, or units of a token."""

from __future__ import annotations

from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.permissions.decide import Decision
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.recording.recording import Step


def unit_of(decision: Decision, step: Step, rules: Ruleset) -> str | None:
    """The unit of a refusal's amounts, which its reason decides."""
    if decision.asked is None:
        return None
    if decision.reason == "ExceededTokenLimit" and decision.call is not None:
        return checksum(address_bytes(step.operation.calls[decision.call].target))
    if decision.reason == "ExceededNativeTokenLimit" and decision.phase == "validation":
        return gas_unit(rules)
    return _UNITS.get(decision.reason or "")


_UNITS = {
    "ExceededNativeTokenLimit": "wei",
    "NativeTransferNotAllowed": "wei",
    "ExceededGasLimit": "gas",
    "InvalidCalldataLength": "bytes",
    "AA22 expired or not due": "seconds",
}


def gas_unit(rules: Ruleset) -> str:
    """What gas-limit counts under a ruleset: gas or wei."""
    return "gas" if rules.gas_limit_counts_gas else "wei"
