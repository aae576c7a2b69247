"""One call of an operation, as applications write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sessionlab.core.base.abi_values import SIGNATURE_FIX, read_arguments, read_signature
from sessionlab.core.base.addresses import Address, is_name
from sessionlab.core.base.doors import ADDRESS, AMOUNT, TEXT, wrong
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import quantity, shown
from sessionlab.core.permissions.functions import selector


@dataclass(frozen=True, slots=True, init=False)
class Call:
    """One call of an operation: target, wei and data. Give ``function`` and ``args`` to encode, or ``data`` itself.

    ``to``: an address, a wallet, key or contract, or a name such as ``counter``, which the lab knows where it is sent.

    >>> Call(to="0x" + "11" * 20, function="transfer(address,uint256)", args=["0x" + "22" * 20, 5]).data[:4].hex()
    'a9059cbb'
    """

    to: str
    value: int
    data: bytes

    def __init__(
        self,
        to: Address,
        value: int = 0,
        data: bytes | str = b"",
        *,
        function: str | None = None,
        args: Sequence[Any] = (),
    ) -> None:
        object.__setattr__(self, "to", to if is_name(to) else ADDRESS(to, "to"))
        object.__setattr__(self, "value", AMOUNT(value, "value"))
        raw = _data(data)
        if function is not None and raw:
            fix = "leave one of them out."
            raise InvalidInput(
                "A call has data, or a function that makes it.", field="data", asked=shown(data), fix=fix
            )
        if function is None and args != ():
            fix = "give the function too, or leave args out."
            raise InvalidInput("Arguments need a function.", field="args", asked=shown(args), fix=fix)
        object.__setattr__(self, "data", raw if function is None else _encode(function, args))

    def __repr__(self) -> str:
        return f"<Call to {self.to}, {self.value} wei, {len(self.data)} bytes>"

    def to_json(self) -> dict[str, str]:
        """Return JSON for wallet_prepareCalls, without zero or empty members."""
        result = {"to": ADDRESS(self.to, "to")}
        if self.data:
            result["data"] = "0x" + self.data.hex()
        if self.value:
            result["value"] = hex(self.value)
        return result


def read_calls(calls: Any) -> list[Call]:
    """Read a list of calls, as objects or JSON. Raises InvalidInput with the path of a malformed call."""
    if isinstance(calls, Call | Mapping | str | bytes) or not isinstance(calls, Sequence):
        raise InvalidInput("calls must be a list.", field="calls", asked=repr(calls)[:80], fix="put the call into [ ].")
    return [read_call(call, f"calls[{i}]") for i, call in enumerate(calls)]


def read_call(call: Any, field: str) -> Call:
    """Return the Call, or read one from the API's JSON."""
    if isinstance(call, Call):
        return call if not is_name(call.to) else Call(ADDRESS(call.to, f"{field}.to"), call.value, call.data)
    if not isinstance(call, Mapping):
        message, fix = f"{repr(call)[:80]} is not a call.", "use Call(to=..., value=..., data=...)."
        raise InvalidInput(message, field=field, asked=repr(call)[:80], fix=fix)
    unknown = [name for name in call if name not in ("to", "value", "data")]
    if unknown:
        message = f"{unknown[0]!r} is not part of a call."
        raise InvalidInput(message, field=f"{field}.{unknown[0]}", fix="use to, value and data.")
    value, path = call.get("value", 0), f"{field}.value"
    value = quantity(value, path) if isinstance(value, str) else AMOUNT(value, path)
    return Call(ADDRESS(call.get("to"), "to"), value, call.get("data", b""))


def _data(data: bytes | str) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        if isinstance(data, str) and data.startswith("0x"):
            return bytes.fromhex(data[2:])
    except ValueError:
        pass
    fix = "write 0x and an even number of hex digits."
    raise InvalidInput("data is bytes or 0x-hex.", field="data", asked=str(data)[:40], fix=fix)


def _encode(function: str, args: Sequence[Any]) -> bytes:
    from eth_abi.abi import encode
    from eth_abi.exceptions import EncodingError

    text = TEXT(function, "function")
    try:
        signature, types = read_signature(text)
    except ValueError as error:
        raise wrong(function, str(error), "function", SIGNATURE_FIX) from None
    values = read_arguments(types, args, "args")
    try:
        return bytes.fromhex(selector(signature)[2:]) + encode(types, values)
    except (EncodingError, TypeError, ValueError, AttributeError) as error:
        message, fix = f"{signature} does not go with these arguments: {error}", "give one of each type."
        raise InvalidInput(message, field="args", asked=shown(args), fix=fix) from None
