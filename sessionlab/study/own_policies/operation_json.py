"""Operations as JSON or YAML: written by hand, in cases of a policy, or pasted from what an application sends.

An operation has ``calls``, and may have ``batch``, ``sponsored``, ``gas`` and ``fee``, which the wallet then pays, and
``times``. A call has ``to``, and ``value``, ``data``, or ``function`` and ``args``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from sessionlab.core.base.addresses import is_name
from sessionlab.core.base.amounts import ETHER_DECIMALS, GWEI_DECIMALS, units
from sessionlab.core.base.doors import integer
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.operation import Operation, PlainCall, operation_of, plain_call

MOST_CALLS, MOST_TIMES = 100, 1_000
OPERATION_FIELDS = ("calls", "batch", "sponsored", "gas", "fee", "times")
CALL_FIELDS = ("to", "value", "function", "args", "data")
_AMOUNT = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?) *(wei|gwei|ether|eth)", re.IGNORECASE)
_HEX = re.compile(r"0x[0-9a-fA-F]{1,64}")


class CallsToSend(NamedTuple):
    """What an application wants to send as one operation, before a session's client has encoded it."""

    calls: tuple[PlainCall, ...]
    #: Whether a single call goes in a batch too; None: as a client sends it.
    batch: bool | None
    #: The sum of its gas limits, and wei per gas; 0 if a sponsor pays, or if nobody said.
    gas: int
    fee: int
    sponsored: bool
    times: int

    @property
    def gas_known(self) -> bool:
        """Whether it is known what counts against a gas-limit."""
        return self.sponsored or self.gas > 0


class Repeated(NamedTuple):
    """One operation, sent so many times in a row."""

    operation: Operation
    times: int


def repeated_in(item: Any, where: str, names: Mapping[str, str]) -> Repeated:
    """Read one operation and its ``times``. Raises InvalidInput with the field below ``where``."""
    asked = calls_in(item, where, names)
    gas, fee, sponsored = asked.gas, asked.fee, asked.sponsored
    return Repeated(operation_of(asked.calls, batch=asked.batch, gas=gas, fee=fee, sponsored=sponsored), asked.times)


def calls_in(item: Any, where: str, names: Mapping[str, str]) -> CallsToSend:
    """Read one operation as an application asks for it. Raises InvalidInput with the field below ``where``."""
    values = mapping_in(item, where, OPERATION_FIELDS)
    calls = values.get("calls")
    if not isinstance(calls, list):
        raise InvalidInput(
            f"{where} has no list of calls.", field=f"{where}.calls", asked=calls, fix="write calls: []."
        )
    if len(calls) > MOST_CALLS:
        raise InvalidInput(f"{where} has too many calls.", field=f"{where}.calls", asked=len(calls), left=MOST_CALLS)
    made = [_call(call, f"{where}.calls[{number}]", names) for number, call in enumerate(calls)]
    pays = "gas" in values or "fee" in values
    sponsored = values.get("sponsored", not pays)
    if not isinstance(sponsored, bool) or (sponsored and pays):
        fix = "leave out gas and fee if a sponsor pays; its gas is not counted."
        raise InvalidInput("Who pays is not clear.", field=f"{where}.sponsored", asked=sponsored, fix=fix)
    batch = values.get("batch")
    if batch is not None and not isinstance(batch, bool):
        raise InvalidInput("batch is true or false.", field=f"{where}.batch", asked=batch)
    gas = integer(values.get("gas", 0), f"{where}.gas", fix="give the sum of the operation's gas limits.")
    fee = _amount(values.get("fee", 10**9), f"{where}.fee")
    times = integer(values.get("times", 1), f"{where}.times", least=1, most=MOST_TIMES, fix="give 1 or more.")
    return CallsToSend(tuple(made), batch, gas * pays, fee * pays, sponsored, times)


def _call(item: Any, where: str, names: Mapping[str, str]) -> PlainCall:
    values = mapping_in(item, where, CALL_FIELDS)
    if "to" not in values:
        raise InvalidInput(f"{where} has no address.", field=f"{where}.to", fix="write to: with a name or an address.")
    if is_name(values["to"]) and values["to"] not in names:
        near = get_close_matches(values["to"], names, n=1)
        fix = f"did you mean {near[0]!r}?" if near else "write its address there, or here."
        message = f"The file's names have no address for {values['to']!r}."
        raise InvalidInput(message, field=f"{where}.to", asked=values["to"], left=sorted(names), fix=fix)
    args = values.get("args", [])
    if not isinstance(args, list):
        raise InvalidInput("args is a list.", field=f"{where}.args", asked=args, fix="write args: [...].")
    facts: dict[str, Any] = {"value": _amount(values.get("value", 0), f"{where}.value")}
    if "data" in values:
        facts["data"] = values["data"]
    if "args" in values and "function" not in values:
        raise InvalidInput("args has no function.", field=f"{where}.args", asked=args, fix="write function: too.")
    if "function" in values:
        facts |= {"function": values["function"], "args": [_argument(arg, names) for arg in args]}
    try:
        call = Call(to=_named(values["to"], names), **facts)
    except InvalidInput as error:
        error.field = f"{where}.{error.field}"
        raise
    return plain_call(call.to, call.value, call.data)


def _argument(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_argument(item, names) for item in value]
    if isinstance(value, str):
        amount = _AMOUNT.fullmatch(value.strip())
        return _wei(amount, "args") if amount else _named(value, names)
    return value


def _named(value: Any, names: Mapping[str, str]) -> Any:
    return names.get(value, value) if isinstance(value, str) else value


def _amount(value: Any, field: str) -> int:
    amount = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if amount:
        return _wei(amount, field)
    if isinstance(value, str) and _HEX.fullmatch(value):
        return int(value, 16)
    return integer(value, field, fix="give wei as a number, or an amount such as 0.1 ether.")


def _wei(amount: re.Match[str], field: str) -> int:
    decimals = {"wei": 0, "gwei": GWEI_DECIMALS}.get(amount[2].lower(), ETHER_DECIMALS)
    return units(amount[1].replace("_", ""), decimals, field)


def mapping_in(value: Any, where: str, fields: Sequence[str] | None) -> Mapping[str, Any]:
    """Read a mapping with none but these fields; None: with any."""
    if not isinstance(value, Mapping):
        raise InvalidInput(
            f"{where} is not a mapping.", field=where, asked=type(value).__name__, fix="write name: value."
        )
    for key in value:
        if fields is not None and key not in fields:
            close = get_close_matches(str(key), fields, n=1)
            fix = f"did you mean {close[0]!r}?" if close else f"use {', '.join(fields)}."
            raise InvalidInput(f"{key!r} is not known here.", field=f"{where}.{key}", asked=key, fix=fix)
    return value
