"""Operations in the vectors' format: what they carry, when, by whom, at what price."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from sessionlab.core.permissions.operation import MAX_CALL_BYTES, MAX_CALLS

from ..remaining import GAS
from .calls import call
from .lab import (
    CALL_GAS,
    GWEI,
    INCREMENT,
    PRE_GAS,
    USUAL_GAS,
    VERIFICATION_GAS,
    Draw,
    Step,
    View,
    often,
    one,
)

#: The most gas that is asked for to come near a limit: at a gwei it costs 10 ether, and the deposit holds 1,000.
MOST_GAS = 10**10


def operation(draw: Draw, view: View, **parts: Any) -> Step:
    """An operation with these parts; the rest is as usual, seldom otherwise."""
    usual = {
        "time": _soon(draw, view),
        "gas": gas(PRE_GAS, _fee(draw, view)),
        "paymaster": often(draw, None, ["PAYMASTER"], 7),
        "signer": often(draw, "SESSION", ["WRONG"], 40),
        "nonce": "next",
        "wrap": often(draw, "auto", ["always", "always", "never"], 20),
    }
    return usual | parts


@st.composite
def single(draw: Draw, view: View) -> Step:
    return operation(draw, view, via="execute", calls=[call(draw, view)])


@st.composite
def batch(draw: Draw, view: View) -> Step:
    calls = [call(draw, view) for _ in range(one(draw, 0, 1, 2, 2, 3, 4))]
    return operation(draw, view, via="executeBatch", calls=calls)


@st.composite
def large(draw: Draw, view: View) -> Step:
    """At the wallet's bounds, and one over them."""
    if draw(st.booleans()):
        to_everybody = {"to": one(draw, "EOA_1", "COUNTER"), "value": "0", "data": "0x" + INCREMENT.hex()}
        calls = [to_everybody] * (MAX_CALLS + one(draw, -1, 0, 1))
        return operation(draw, view, via="executeBatch", calls=calls)
    wide = call(draw, view)
    data = bytes.fromhex(wide["data"][2:]).ljust(MAX_CALL_BYTES + one(draw, -1, 0, 1), b"\0")
    calls = [call(draw, view)] * one(draw, 0, 1) + [wide | {"data": "0x" + data.hex()}]
    return operation(draw, view, via="executeBatch", calls=calls)


@st.composite
def priced(draw: Draw, view: View) -> Step:
    """Its worst case of gas is what is left of the gas limit, or one unit more or less."""
    fee = one(draw, 1, 1, 3, GWEI)
    asked = view.left.get(GAS, 0) + one(draw, -1, 0, 0, 1)
    units = asked if view.rules.gas_limit_counts_gas else asked // fee
    units = min(max(units - VERIFICATION_GAS - CALL_GAS, 0), MOST_GAS)
    sponsor = often(draw, None, ["PAYMASTER"], 3)
    return operation(draw, view, via="execute", calls=[call(draw, view)], gas=gas(units, fee), paymaster=sponsor)


@st.composite
def timed(draw: Draw, view: View) -> Step:
    """In the seconds around the first and the last of the session."""
    policy = view.policy
    edges = [edge + d for edge in (policy.valid_after, policy.valid_until) for d in (-1, 0, 1)]
    # Not in the last seconds that 48 bits hold: no later session could begin after them.
    time = one(draw, *(edge for edge in edges if view.now <= edge < 2**47), view.now)
    return operation(draw, view, via="execute", calls=[call(draw, view)], time=time)


@st.composite
def forged(draw: Draw, view: View) -> Step:
    """By another key, or with another nonce. A nonce whose operation was refused in validation is good again."""
    replays = [f"replay:{place}" for place in range(view.operations)]
    nonce = one(draw, "next", "future:+1", "future:+3", *replays[-4:])
    signer = one(draw, "SESSION", "WRONG", "OWNER")
    return operation(draw, view, via="execute", calls=[call(draw, view)], nonce=nonce, signer=signer)


def _soon(draw: Draw, view: View) -> int:
    """Mostly a moment later; a session that has not begun is waited for."""
    if view.now < view.policy.valid_after:
        return int(often(draw, view.policy.valid_after, [view.now], 4))
    return view.now + int(often(draw, 0, [1, 2, 15], 8))


def _fee(draw: Draw, view: View) -> int:
    """Mostly one that the gas limit still allows."""
    fees = (1, 7, GWEI, 3 * GWEI)
    if GAS not in view.policy.operation_meters or view.rules.gas_limit_counts_gas:
        return int(one(draw, *fees))
    fitting = [fee for fee in fees if fee * USUAL_GAS <= view.left[GAS]] or fees
    return int(one(draw, *fitting, *fitting, *fitting, one(draw, *fees)))


def gas(pre_verification: int, fee: int) -> dict[str, int]:
    return {
        "verificationGasLimit": VERIFICATION_GAS,
        "callGasLimit": CALL_GAS,
        "preVerificationGas": pre_verification,
        "maxFeePerGas": fee,
    }
