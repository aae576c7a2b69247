"""The operations of an application, as it sends them: ``wallet_prepareCalls`` requests, or bare lists of calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.doors import ADDRESS
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.functions import selector
from sessionlab.study.comparing.subject import json_in
from sessionlab.study.comparing.wallet_request import parameters
from sessionlab.study.own_policies.operation_json import OPERATION_FIELDS, CallsToSend, calls_in, mapping_in

METHOD = "wallet_prepareCalls"
#: What a request says besides its calls. Of it, only who pays for the gas matters to the rules.
ALSO_SENT = ("from", "chainId", "capabilities")
MOST_OPERATIONS = 1_000
FIX = 'write a list of calls, [{"to": "0x…", "value": "0x0", "data": "0x"}], or a list of such operations.'


class Sent(NamedTuple):
    """Operations in the order in which they are sent, and what their file calls addresses and functions."""

    operations: tuple[CallsToSend, ...]
    names: AddressBook


def read_sent(value: Any, name: str) -> Sent:
    """Read operations, in the order in which they are sent.

    ``value``: the path of a JSON file, or what such a file holds: a list of calls, a ``wallet_prepareCalls`` request or
    its parameters, a list of these, or ``{"names": {…}, "operations": […]}``. Raises InvalidInput with the field.
    """
    content = json_in(Path(value), name, FIX) if isinstance(value, str | Path) else value
    names: dict[str, str] = {}
    if isinstance(content, Mapping) and "operations" in content:
        file = mapping_in(content, name, ("names", "operations"))
        told = mapping_in(file.get("names") or {}, f"{name}.names", None)
        names = {str(label): ADDRESS(address, f"{name}.names.{label}") for label, address in told.items()}
        content, name = file["operations"], f"{name}.operations"
    items = [content] if isinstance(content, Mapping) or _is_calls(content) else content
    if not isinstance(items, list | tuple) or not items:
        raise InvalidInput(f"{name} has no operation.", field=name, asked=type(content).__name__, fix=FIX)
    _bounded(len(items), name)
    only = content is items[0]
    asked = [_operation(item, name if only else f"{name}[{n}]", names) for n, item in enumerate(items)]
    _bounded(sum(each.times for each in asked), name)
    sent = tuple(each._replace(times=1) for each in asked for _ in range(each.times))
    labels = {address_bytes(address): label for label, address in names.items()}
    return Sent(sent, AddressBook(labels, functions=dict(_signatures(items))))


def _signatures(items: Sequence[Any]) -> Iterator[tuple[bytes, str]]:
    """Yield the functions that calls name by their signatures, by selector."""
    for item in items:
        calls = item.get("calls", ()) if isinstance(item, Mapping) else item
        for call in calls if isinstance(calls, list | tuple) else ():
            if isinstance(call, Mapping) and isinstance(function := call.get("function"), str):
                yield bytes.fromhex(selector(function)[2:]), function


def _bounded(number: int, name: str) -> None:
    if number > MOST_OPERATIONS:
        fix = f"give up to {MOST_OPERATIONS:,}, those that times repeats included."
        message = f"{name} has {number:,} operations."
        raise InvalidInput(message, field=name, asked=number, left=MOST_OPERATIONS, fix=fix)


def _is_calls(value: Any) -> bool:
    """Whether this is a list of calls, which is one operation, rather than a list of operations."""
    return isinstance(value, list | tuple) and bool(value) and all(map(_is_call, value))


def _is_call(value: Any) -> bool:
    return isinstance(value, Call) or (isinstance(value, Mapping) and "to" in value)


def _operation(item: Any, where: str, names: Mapping[str, str]) -> CallsToSend:
    if isinstance(item, list | tuple):
        item = {"calls": list(item)}
    values = mapping_in(parameters(item, METHOD, where), where, (*OPERATION_FIELDS, *ALSO_SENT))
    asked: dict[str, Any] = {key: values[key] for key in OPERATION_FIELDS if key in values}
    if isinstance(calls := asked.get("calls"), list | tuple):
        asked["calls"] = [_as_json(call) for call in calls]
    capabilities = values.get("capabilities") or {}
    if "paymasterService" in mapping_in(capabilities, f"{where}.capabilities", None):
        asked.setdefault("sponsored", True)
    elif "gas" not in asked:
        asked.setdefault("sponsored", False)
    return calls_in(asked, where, names)


def _as_json(call: Any) -> Any:
    if not isinstance(call, Call):
        return call
    return {"to": call.to, "value": call.value, "data": "0x" + call.data.hex()}
