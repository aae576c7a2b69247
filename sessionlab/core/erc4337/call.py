"""One call of an operation, as applications write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import quantity
from sessionlab.core.permissions.functions import selector


@dataclass(frozen=True, slots=True, init=False)
class Call:
    """One call of an operation: target, wei and data. Give ``function`` and ``args`` to encode, or ``data`` itself.

    >>> Call(to="0x" + "11" * 20, function="transfer(address,uint256)", args=["0x" + "22" * 20, 5]).data[:4].hex()
    'a9059cbb'
    """

    to: str
    value: int
    data: bytes

    def __init__(
        self,
        to: str,
        value: int = 0,
        data: bytes | str = b"",
        *,
        function: str | None = None,
        args: Sequence[Any] = (),
    ) -> None:
        object.__setattr__(self, "to", checksum(address_bytes(getattr(to, "address", to), "to")))
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**256:
            raise InvalidInput(
                f"{value!r} is not an amount in wei.", field="value", asked=value, fix='use ether("0.3").'
            )
        if function is not None and data:
            fix = "leave one of them out."
            raise InvalidInput(
                "A call has data, or a function that makes it.", field="data", asked=str(data)[:40], fix=fix
            )
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "data", _data(data) if function is None else _encode(function, args))

    def __repr__(self) -> str:
        return f"<Call to {self.to}, {self.value} wei, {len(self.data)} bytes>"

    def to_json(self) -> dict[str, str]:
        """Return JSON for wallet_prepareCalls, without zero or empty members."""
        result = {"to": self.to}
        if self.data:
            result["data"] = "0x" + self.data.hex()
        if self.value:
            result["value"] = hex(self.value)
        return result


def read_calls(calls: Any) -> list[Call]:
    """Read a list of calls, as objects or JSON. Raises InvalidInput with the path of a malformed call."""
    if isinstance(calls, Call | Mapping | str | bytes) or not isinstance(calls, Sequence):
        raise InvalidInput("calls is a list.", field="calls", asked=repr(calls)[:80], fix="put the call into [ ].")
    return [_as_call(call, f"calls[{i}]") for i, call in enumerate(calls)]


def _as_call(call: Any, field: str) -> Call:
    """Return the Call, or read one from the API's JSON."""
    if isinstance(call, Call):
        return call
    if not isinstance(call, Mapping):
        message, fix = f"{repr(call)[:80]} is not a call.", "use Call(to=..., value=..., data=...)."
        raise InvalidInput(message, field=field, asked=repr(call)[:80], fix=fix)
    unknown = [name for name in call if name not in ("to", "value", "data")]
    if unknown:
        message = f"{unknown[0]!r} is not a part of a call."
        raise InvalidInput(message, field=f"{field}.{unknown[0]}", fix="use to, value and data.")
    value = call.get("value", 0)
    return Call(
        call.get("to"),  # type: ignore[arg-type]  # checked there
        quantity(value, f"{field}.value") if isinstance(value, str) else value,
        call.get("data", b""),
    )


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
    from eth_abi.exceptions import EncodingError, ParseError

    field = "function"
    try:
        code, types = _signature(function)
        field = "args"
        return code + encode(types, list(args))
    except (EncodingError, ParseError, TypeError, ValueError, AttributeError) as error:
        message = f"{function!r} does not go with these arguments: {error}"
        fix = "write it like transfer(address,uint256), with one argument for each type."
        raise InvalidInput(message, field=field, asked=repr(args)[:80], fix=fix) from None


@lru_cache(1024)
def _signature(function: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a signature's selector and types. Raises eth_abi's own errors if it is malformed."""
    from eth_abi.grammar import TupleType, normalize, parse

    name, bracket, inside = normalize(function.replace(" ", "")).partition("(")  # type: ignore[no-untyped-call]
    tuple_type = parse(bracket + inside) if inside != ")" else None
    types = tuple(item.to_type_str() for item in tuple_type.components) if isinstance(tuple_type, TupleType) else ()
    return bytes.fromhex(selector(name + bracket + inside)[2:]), types
