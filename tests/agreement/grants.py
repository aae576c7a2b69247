"""Grants: permission lists, several of them about one target, and windows of time."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.permissions import PERMISSION_TYPES, Ruleset, check_grant, permissions_from_json
from sessionlab.core.permissions.fields import ADDRESS, AMOUNT
from sessionlab.core.permissions.functions import VALIDATE_USER_OP
from sessionlab.core.permissions.limits import limit_set_by
from sessionlab.core.permissions.types import types_under
from sessionlab.study.replay.vectors import permissions_of

from .lab import (
    ADD,
    ADDRESSES,
    APPROVE,
    DEPOSIT,
    ETHER,
    FUNCTIONS,
    GWEI,
    INCREMENT,
    MAX_UINT256,
    RECIPIENTS,
    REPLACE_OWNER,
    T0,
    TARGETS,
    TOKENS,
    TRANSFER,
    UNKNOWN,
    USUAL_GAS,
    ZEROS,
    Draw,
    Step,
    functions_of,
    often,
    one,
)

EXECUTE = bytes.fromhex("b61d27f6")
ROOT = {"type": "root"}
CALLABLE = ("erc20-token-transfer", "erc20-token-transfer", "contract-access", "functions-on-contract")
#: How often a type is drawn; one that is not named here, twice. Root is drawn by itself.
WEIGHTS = {
    "erc20-token-transfer": 4,
    "contract-access": 2,
    "functions-on-contract": 2,
    "gas-limit": 1,
    "root": 0,
}


def kinds(rules: Ruleset) -> list[str]:
    """Every type that the rules know, as often as it is drawn."""
    return [name for name in types_under(rules) for _ in range(WEIGHTS.get(name, 2))]


@st.composite
def grants(draw: Draw, rules: Ruleset, now: int) -> Step:
    """What a line says of its session, and a step of kind ``grant`` of the next one."""
    manner = one(draw, *["mixed"] * 6, *["overlap"] * 3, "root", "native", "reckless")
    if manner == "root":
        permissions = [ROOT]
    elif manner == "native":  # a grant under R2, and beside the functions of the wallet under either
        others = draw(st.lists(st.sampled_from(("account-functions", "gas-limit")), max_size=1))
        permissions = [_permission(draw, kind, TARGETS) for kind in ("native-token-transfer", *others)]
    elif manner == "reckless":
        permissions = _list(draw, rules, ("WALLET", *TARGETS[::2]), 4)
        permissions += often(draw, [], [[ROOT], [_of_the_wallet(EXECUTE)]], 3)
    else:
        focus = draw(st.lists(st.sampled_from(TARGETS[:-1]), min_size=1, max_size=1 if manner == "overlap" else 4))
        permissions = _list(draw, rules, tuple(focus), 5)
        if often(draw, True, [False], 6):
            permissions = _acceptable(permissions, rules, now)
    return {"permissions": permissions} | _window(draw, now, manner == "reckless")


@st.composite
def lines(draw: Draw, rules: Ruleset) -> dict[str, Any]:
    """A line without operations; the engines are asked for them one by one."""
    return {"addresses": ADDRESSES, "time0": T0, **draw(grants(rules, T0))}


def _list(draw: Draw, rules: Ruleset, focus: tuple[str, ...], most: int) -> list[Step]:
    drawn = draw(st.lists(st.sampled_from(kinds(rules)), min_size=1, max_size=most))
    if often(draw, True, [False], 6):  # without, it is a session that can seldom call anything
        drawn.insert(draw(st.integers(0, len(drawn))), one(draw, *CALLABLE))
    return [_permission(draw, kind, focus) for kind in drawn]


def _acceptable(permissions: list[Step], rules: Ruleset, now: int) -> list[Step]:
    """Without those that the session builder would refuse beside the ones before them."""
    kept: list[Step] = []
    for permission in permissions:
        asked = permissions_of({"addresses": ADDRESSES, "permissions": [*kept, permission]})
        try:
            check_grant(permissions_from_json(asked), wallet=ADDRESSES["WALLET"], expiry=0, now=now, rules=rules)
        except GrantRefused as refused:
            if refused.rule != "ValidationConfigUnsetError":  # the next one may allow a call
                continue
        kept.append(permission)
    return kept


def _permission(draw: Draw, kind: str, focus: tuple[str, ...]) -> Step:
    data: dict[str, Any] = {}
    symbol = ""
    if kind == "account-functions":
        return _of_the_wallet(*draw(st.lists(_OWN, min_size=1, max_size=2)))
    limit = limit_set_by(kind)
    for name, form in PERMISSION_TYPES[kind].fields().items():
        if form == ADDRESS and name != "address":
            data[name] = _spelling(draw, one(draw, *RECIPIENTS))
        elif form == ADDRESS:
            tokens = [target for target in focus if target in TOKENS] or TOKENS
            symbol = one(draw, *(often(draw, tokens, [focus]) if limit and limit.binds_target else focus))
            data[name] = _spelling(draw, symbol)
        elif form == AMOUNT:
            data[name] = hex(one(draw, *AMOUNTS.get(kind, FEW)))
        else:
            data[name] = _functions(draw, (*functions_of(symbol) * 3, *FUNCTIONS) if symbol else ANYWHERE)
    return {"type": kind, "data": data}


AMOUNTS = {
    "erc20-token-transfer": (1000, 1000, 10**6, 10**12, 10**12 + 1, MAX_UINT256, 5, 1, 0),
    "native-token-transfer": (ETHER, ETHER, 1000, 100 * ETHER, 100 * ETHER + 1, MAX_UINT256, 1, 0),
    "gas-limit": (*(GWEI * USUAL_GAS * n for n in (50, 50, 5, 1)), 9 * USUAL_GAS, USUAL_GAS, 0),
}
#: Of a type that is not named above.
FEW = (9, 9, 9, 3, 3, 1, 0, MAX_UINT256)
#: The zeros are what data of fewer than four bytes is read as (R5).
ANYWHERE = (INCREMENT, TRANSFER, ADD, ZEROS, ZEROS, ZEROS, APPROVE, DEPOSIT, REPLACE_OWNER, UNKNOWN)
#: Of the functions that the wallet has, the one that a session can be granted and that changes something.
_OWN = st.sampled_from((REPLACE_OWNER, REPLACE_OWNER, VALIDATE_USER_OP, UNKNOWN, ZEROS, INCREMENT, TRANSFER))


def _of_the_wallet(*functions: bytes) -> Step:
    return {"type": "account-functions", "data": {"functions": [_hex(function) for function in functions]}}


def _functions(draw: Draw, among: tuple[bytes, ...]) -> list[str]:
    return [_hex(function) for function in draw(st.lists(st.sampled_from(among), min_size=1, max_size=3))]


def _spelling(draw: Draw, symbol: str) -> str:
    """The symbol, which stands for the checksummed address, or the address in another letter case."""
    address = ADDRESSES[symbol]
    return str(often(draw, symbol, [address.lower(), "0x" + address[2:].upper()], 4))


def _window(draw: Draw, now: int, reckless: bool) -> Step:
    valid_after = often(draw, 0, [now, now + 1, now + 50], 6)
    expiry = one(draw, 0, 0, now + 60, now + 3600, now + 3600)
    if reckless:
        expiry = one(draw, now - 1, now, valid_after, 2**48 - 1, 2**48)
    return {"valid_after": valid_after, "expiry": expiry}


def _hex(function: bytes) -> str:
    return "0x" + function.hex()
