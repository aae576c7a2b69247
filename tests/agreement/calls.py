"""Calls that a session tries: mostly what it was granted, with amounts around what is left of it."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from sessionlab.account import RawCall
from sessionlab.permissions.kinds import LIMITS

from ..remaining import NATIVE, token
from .scene import (
    ADD,
    ADDRESSES,
    APPROVE,
    BALANCE_OF,
    COUNTERS,
    ETHER,
    FROM,
    FUNCTIONS,
    INCREASE,
    MAX_UINT256,
    PAYABLE,
    PEOPLE,
    PULL,
    RECIPIENTS,
    REPLACE_OWNER,
    SYMBOLS,
    TARGETS,
    TOKENS,
    TRANSFER,
    ZEROS,
    Draw,
    Step,
    View,
    around,
    functions_of,
    often,
    one,
    owners_of,
)

#: What a token that is not limited has at the start.
HELD = 10**12


def call(draw: Draw, view: View, targets: tuple[str, ...] = TARGETS) -> Step:
    """One call in the vectors' format."""
    symbol, function = _aim(draw, view, targets)
    data = call_data_of(draw, view, symbol, function)
    return {"to": symbol, "value": str(_value(draw, view, function)), "data": "0x" + data.hex()}


def raw(call: Step) -> RawCall:
    return RawCall(ADDRESSES[call["to"]], int(call["value"]), bytes.fromhex(call["data"][2:]))


def _aim(draw: Draw, view: View, targets: tuple[str, ...]) -> tuple[str, bytes | None]:
    """Whom to call and by which function; None: a plain transfer."""
    policy = view.policy
    ways = []
    if policy.targets:
        ways += [_listed] * 9
    if policy.anywhere:
        ways += [_anywhere] * 4
    if policy.sends_native and view.rules.native_reaches_plain_transfers:
        ways += [_plain] * 3
    if policy.is_root:
        ways += [_natural] * 9 + [_plain] * 2
    symbol, function = one(draw, *ways, _stray)(draw, view)
    return (symbol if symbol in targets else targets[0]), function


Aim = tuple[str, bytes | None]


def _stray(draw: Draw, view: View) -> Aim:
    return one(draw, *TARGETS), one(draw, *FUNCTIONS, None)


def _natural(draw: Draw, view: View) -> Aim:
    symbol = one(draw, *TARGETS)
    return symbol, one(draw, *functions_of(symbol))


def _plain(draw: Draw, view: View) -> Aim:
    return one(draw, *PEOPLE, *COUNTERS), None


def _listed(draw: Draw, view: View) -> Aim:
    """A target that a permission names, and a function that it has there."""
    address = one(draw, *sorted(view.policy.targets))
    symbol, target = SYMBOLS[address], view.policy.targets[address]
    natural = (*functions_of(symbol), None) if symbol in (*PEOPLE, *COUNTERS) else functions_of(symbol)
    granted = sorted(target.functions) if target.limits_functions else natural
    return symbol, one(draw, *list(granted) * 4, one(draw, *natural))


def _anywhere(draw: Draw, view: View) -> Aim:
    function = one(draw, *sorted(view.policy.anywhere))
    symbol = one(draw, *owners_of(function), *owners_of(function), one(draw, *TARGETS))
    return symbol, one(draw, function, None) if function == ZEROS else function


def call_data_of(draw: Draw, view: View, symbol: str, function: bytes | None) -> bytes:
    """Selector and arguments, seldom too short, too long, or with dirty words."""
    if function is None:
        return bytes(often(draw, b"", [b"\0", b"\1\2", b"\0\0\0"], 20))
    words = [argument(draw, view, symbol) for argument in ARGUMENTS.get(function, ())]
    data = function + b"".join(word.to_bytes(32, "big") for word in words)
    wear = often(draw, "none", ["short", "long", "dirty"], 30)
    if wear == "short":
        return data[: one(draw, len(data) - 1, draw(st.integers(0, len(data))))]
    if wear == "long":
        return data + b"\7" * draw(st.integers(1, 40))
    return data[:4] + b"\1" + data[5:] if wear == "dirty" else data


def _value(draw: Draw, view: View, function: bytes | None) -> int:
    if function is not None and function not in PAYABLE:
        return int(often(draw, 0, [1], 40))
    if view.policy.sends_native:
        return around(draw, view.left[NATIVE])
    if view.rules.value_needs_permission and not view.policy.is_root:
        return int(often(draw, 0, [1], 9))
    return int(often(draw, one(draw, 0, 1, 7, ETHER), [100 * ETHER, 100 * ETHER + 1, MAX_UINT256]))


def _who(draw: Draw, view: View, symbol: str) -> int:
    """Anybody, and where a condition on the token names somebody, mostly that one; seldom with dirt above it."""
    meters = [meters[token] for meters in view.policy.target_limits.values() if (token := _address(symbol)) in meters]
    shown = [limit.shown(view.left[meter]) for meter in meters if (limit := LIMITS[meter.kind]).shown]
    named = [int(text, 16) for text in shown if text and text.startswith("0x")]
    anybody = _word(one(draw, *RECIPIENTS))
    if not named:
        return anybody
    return int(one(draw, *named * 3, anybody, named[0] + 2**160, named[0] + 1))


def _address(symbol: str) -> str:
    return ADDRESSES[symbol].lower()


def _holder(draw: Draw, view: View, symbol: str) -> int:
    return _word(often(draw, "WALLET", PEOPLE, 6))


def _token(draw: Draw, view: View, symbol: str) -> int:
    return _word(often(draw, one(draw, *TOKENS), ["EOA_1", "STRICT", "COUNTER", "WALLET"], 8))


def _units(draw: Draw, view: View, symbol: str) -> int:
    return around(draw, view.left.get(token(ADDRESSES[symbol]), HELD))


def _approved(draw: Draw, view: View, symbol: str) -> int:
    """Little: whoever moves it was seldom allowed more."""
    return int(one(draw, 0, 0, 1, _units(draw, view, symbol)))


def _number(draw: Draw, view: View, symbol: str) -> int:
    return int(often(draw, 7, [0, 1, MAX_UINT256], 8))


def _flag(draw: Draw, view: View, symbol: str) -> int:
    return int(one(draw, 0, 0, 1, 2))


def _word(symbol: str) -> int:
    return int(ADDRESSES[symbol], 16)


ARGUMENTS: dict[bytes, tuple[Callable[[Draw, View, str], int], ...]] = {
    TRANSFER: (_who, _units),
    APPROVE: (_who, _units),
    INCREASE: (_who, _units),
    FROM: (_holder, _who, _approved),
    BALANCE_OF: (_who,),
    ADD: (_number,),
    PULL: (_token, _holder, _approved),
    REPLACE_OWNER: (_who, _flag),
}
