"""Call data that no ordinary client makes: the wallet's own functions, the wallet within itself, broken encodings."""

from __future__ import annotations

from hypothesis import strategies as st

from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.wallet_encoding import execute, execute_batch
from sessionlab.core.permissions.functions import EXECUTE, EXECUTE_USER_OP, VALIDATE_USER_OP

from .calls import call, call_data_of, raw
from .lab import REPLACE_OWNER, TARGETS, UNKNOWN, Draw, Step, View, one
from .operations import operation

#: Without ZERO: with a byte of it flipped it is the address of a precompile, which the model does not have.
TARGETS_TO_FLIP = TARGETS[:-1]


@st.composite
def own_function(draw: Draw, view: View) -> Step:
    """A function of the wallet, called by its bare data, or within a batch."""
    # What validateUserOp does with drawn bytes is no rule's.
    granted = sorted(view.policy.account_functions - {VALIDATE_USER_OP}) * 3
    data = call_data_of(draw, view, "WALLET", one(draw, REPLACE_OWNER, UNKNOWN, *granted))
    if draw(st.booleans()):
        return _direct(draw, view, data)
    calls = [{"to": "WALLET", "value": one(draw, "0", "0", "0", "1"), "data": "0x" + data.hex()}]
    calls += [call(draw, view)] * one(draw, 0, 1)
    return operation(draw, view, via="executeBatch", calls=calls)


@st.composite
def nested(draw: Draw, view: View) -> Step:
    """The wallet calls itself, at different depths."""
    inner = _bare(draw, view, one(draw, 1, 2), one(draw, True, False))
    wrapped = EXECUTE_USER_OP + inner
    to_itself = {"to": "WALLET", "value": "0", "data": "0x" + one(draw, inner, inner, wrapped, b"", b"\1").hex()}
    depth = one(draw, "execute", "batch", "batch beside", "twice wrapped", "thrice wrapped", "short")
    if depth == "execute":
        return operation(draw, view, via="execute", calls=[to_itself])
    if depth == "batch":
        return operation(draw, view, via="executeBatch", calls=[to_itself])
    if depth == "batch beside":
        return operation(draw, view, via="executeBatch", calls=[call(draw, view), to_itself])
    if depth == "short":
        return _direct(draw, view, inner[: one(draw, 0, 1, 3, 4)], wrap=one(draw, "always", "never"))
    data = wrapped if depth == "twice wrapped" else EXECUTE_USER_OP + wrapped
    return _direct(draw, view, data, wrap="always")


@st.composite
def broken(draw: Draw, view: View) -> Step:
    """``execute`` and ``executeBatch`` in encodings that end too early, go on too long, or have a wrong byte."""
    bare = _bare(draw, view, one(draw, 1, 2, 3, 5), one(draw, True, False, False))
    how = one(draw, "whole", "cut", "flip", "flip", "grow", "dirty")
    if how == "cut":
        bare = bare[: draw(st.integers(4, len(bare) - 1))]
    elif how == "flip":
        at, bit = draw(st.integers(0, len(bare) - 1)), 1 << draw(st.integers(0, 7))
        bare = bare[:at] + bytes([bare[at] ^ bit]) + bare[at + 1 :]
    elif how == "grow":
        bare += b"\7" * draw(st.integers(1, 70))
    elif how == "dirty":
        target = 4 if bare[:4] == EXECUTE else 68 + 32 * int.from_bytes(bare[36:68], "big")
        at = target + draw(st.integers(0, 11))
        bare = bare[:at] + b"\1" + bare[at + 1 :]
    return _direct(draw, view, bare)


def _bare(draw: Draw, view: View, count: int, alone: bool) -> bytes:
    calls: list[Call] = [raw(call(draw, view, TARGETS_TO_FLIP)) for _ in range(count)]
    return execute(calls[0], wrapped=False) if alone else execute_batch(calls, wrapped=False)


def _direct(draw: Draw, view: View, bare: bytes, **parts: str) -> Step:
    return operation(draw, view, via="direct", calldata="0x" + bare.hex(), **parts)
