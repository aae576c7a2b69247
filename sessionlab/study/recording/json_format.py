"""A recording as JSON and back: amounts and data as 0x-hex, times as numbers, permissions as the API writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.core.base import rpc_values as wire
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.erc4337.gas import Gas
from sessionlab.core.permissions.json_codec import permissions_from_json, permissions_to_json
from sessionlab.core.permissions.limits import extension_names
from sessionlab.core.permissions.rulesets import FLAGS, RULESETS, Ruleset, ruleset
from sessionlab.study.recording.recording import EXECUTION, OK, VALIDATION, RecordedOperation, Recording

if TYPE_CHECKING:
    from collections.abc import Callable

FIX = "give what Recording.to_json() returned."


def recording_to_json(recording: Recording) -> dict[str, Any]:
    """Return the whole recording without its names."""
    return {
        "wallet": recording.wallet,
        "rules": _rules_to_json(recording.rules),
        "permissions": permissions_to_json(recording.permissions),
        "expirySec": recording.expiry_sec,
        "revoked": recording.revoked,
        "steps": [_step_to_json(step) for step in recording.steps],
    }


def recording_from_json(data: Any, names: AddressBook | None = None) -> Recording:
    """Read a recording. Raises InvalidInput, which names the missing or malformed field."""
    _known(data, {"wallet", "rules", "permissions", "expirySec", "revoked", "steps"}, "recording")
    steps = _need(data, "steps", "recording")
    if not isinstance(steps, list):
        raise InvalidInput("steps is not a list.", field="steps", asked=wire.shown(steps), fix=FIX)
    return Recording(
        wallet=wire.address(_need(data, "wallet", "recording"), "wallet"),
        permissions=tuple(permissions_from_json(_need(data, "permissions", "recording"))),
        expiry_sec=_optional(data, "expirySec", _seconds, ""),
        rules=_rules_from_json(_need(data, "rules", "recording")),
        steps=tuple(_step_from_json(step, f"steps[{i}]") for i, step in enumerate(steps)),
        revoked=_optional(data, "revoked", _seconds, ""),
        names=names or AddressBook(),
    )


def _step_to_json(step: RecordedOperation) -> dict[str, Any]:
    return {
        "time": step.time,
        "block": step.block,
        "callData": "0x" + step.call_data.hex(),
        "gas": hex(step.gas),
        "fee": hex(step.fee),
        "sponsored": step.sponsored,
        "isGlobal": step.is_global,
        "phase": step.phase,
        "reason": step.reason,
        "gasKnown": step.gas_known,
        "gasLimits": step.gas_limits and step.gas_limits.to_json(),
        "nonceKey": hex(step.nonce_key),
        "creates": step.creates,
    }


def _step_from_json(data: Any, where: str) -> RecordedOperation:
    _known(data, set(_step_to_json(_ANY)), where)
    phase, reason = _need(data, "phase", where), data.get("reason")
    if phase not in (OK, VALIDATION, EXECUTION):
        fix = f"use {OK}, {VALIDATION} or {EXECUTION}."
        raise InvalidInput(f"{wire.shown(phase)} is not a phase.", field=f"{where}.phase", asked=phase, fix=fix)
    if (reason is None) != (phase == OK) or not isinstance(reason, str | None):
        fix = "give a refused operation its reason as text, and one that is ok none."
        raise InvalidInput("The reason does not go with the phase.", field=f"{where}.reason", asked=reason, fix=fix)
    gas = wire.quantity(_need(data, "gas", where), f"{where}.gas")
    return RecordedOperation(
        time=_seconds(_need(data, "time", where), f"{where}.time"),
        block=_optional(data, "block", _seconds, f"{where}."),
        call_data=wire.data(_need(data, "callData", where), f"{where}.callData"),
        gas=gas,
        fee=wire.quantity(_need(data, "fee", where), f"{where}.fee"),
        sponsored=_truth(data, "sponsored", where),
        is_global=_truth(data, "isGlobal", where),
        phase=phase,
        reason=reason,
        gas_known=_truth(data, "gasKnown", where) if "gasKnown" in data else True,
        gas_limits=_gas_limits(data.get("gasLimits"), gas, f"{where}.gasLimits"),
        nonce_key=wire.quantity(data.get("nonceKey", "0x0"), f"{where}.nonceKey"),
        creates=_truth(data, "creates", where) if "creates" in data else False,
    )


def _gas_limits(data: Any, gas: int, where: str) -> Gas | None:
    """Read the parts of an operation's gas, which may not be known."""
    if data is None:
        return None
    names = ("callGasLimit", "verificationGasLimit", "preVerificationGas")
    _known(data, set(names), where)
    result = Gas(*(wire.quantity(_need(data, name, where), f"{where}.{name}") for name in names))
    if result.total != gas:
        message, fix = f"{where} comes to {result.total}, not to {gas}.", "make gas the sum of its limits."
        raise InvalidInput(message, field=where, asked=result.total, left=gas, fix=fix)
    return result


_ANY = RecordedOperation(0, None, b"", 0, 0, False, False, OK)


def _rules_to_json(rules: Ruleset) -> Any:
    """Return a ruleset's name; for a mixture, its name and flags."""
    if RULESETS.get(rules.name) == rules:
        return rules.name
    flags = {flag.name: getattr(rules, flag.name) for flag in FLAGS}
    return {"name": rules.name} | flags | ({"extensions": list(rules.extensions)} if rules.extensions else {})


def _rules_from_json(data: Any) -> Ruleset:
    if not isinstance(data, Mapping):
        return ruleset(data)
    _known(data, {"name", "extensions", *(flag.name for flag in FLAGS)}, "rules")
    name = _need(data, "name", "rules")
    if not isinstance(name, str):
        raise InvalidInput(f"{wire.shown(name)} is not a name.", field="rules.name", asked=name, fix="give text.")
    extensions = extension_names(data.get("extensions", ()), "rules.extensions")
    return Ruleset.of(name, {flag.name: _truth(data, flag.name, "rules") for flag in FLAGS}, extensions)


def _known(data: Any, names: set[str], where: str) -> None:
    if not isinstance(data, Mapping):
        raise InvalidInput(f"{where} is not a JSON object.", field=where, asked=wire.shown(data), fix=FIX)
    for name in data:
        if name not in names:
            fix = f"leave it out; there are: {', '.join(sorted(names))}."
            raise InvalidInput(f"{name!r} is not part of {where}.", field=f"{where}.{name}", asked=name, fix=fix)


def _need(data: Mapping[str, Any], name: str, where: str) -> Any:
    if data.get(name) is None:
        field = name if where == "recording" else f"{where}.{name}"
        raise InvalidInput(f"{field} is missing.", field=field, fix=f"add {name}, or {FIX}")
    return data[name]


def _optional(data: Mapping[str, Any], name: str, read: Callable[[Any, str], int], where: str) -> int | None:
    return None if data.get(name) is None else read(data[name], where + name)


def _seconds(value: Any, field: str) -> int:
    """Read a whole number that is not negative: Unix seconds, or a block number."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        fix = "write a whole number, zero or more."
        raise InvalidInput(f"{wire.shown(value)} is not a whole number.", field=field, asked=value, fix=fix)
    return value


def _truth(data: Mapping[str, Any], name: str, where: str) -> bool:
    value = _need(data, name, where)
    if not isinstance(value, bool):
        message, fix = f"{wire.shown(value)} is neither true nor false.", "write true or false."
        raise InvalidInput(message, field=f"{where}.{name}", asked=value, fix=fix)
    return value
