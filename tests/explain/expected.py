"""What a refusal must be put down to, derived from the vector alone: its reason and how the line is laid out.

For each reason: which call it is about, and the types of permission that can be named. Nothing here asks the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.explain.vector_situations import Case
from tests.remaining import NATIVE as NATIVE_METER
from tests.remaining import token as token_meter

NATIVE, ERC20, GAS = "native-token-transfer", "erc20-token-transfer", "gas-limit"
ACCESS, ON_CONTRACT, ANYWHERE = "contract-access", "functions-on-contract", "functions-on-all-contracts"
ACCOUNT = "account-functions"
SPENDING = ("0xa9059cbb", "0x095ea7b3")
REPLACE_OWNER = "0x30009d52"

Call = dict[str, Any]


def expected_call(case: Case) -> int | None:
    """The number of the call that is refused; None where the refusal is about no single call."""
    find = _CALLS.get((case.expected["reason"], case.expected["phase"]))
    return find(case) if find else None


def expected_permissions(case: Case) -> set[str | None]:
    """The types of permission of which the explanation must name one; None: no permission is at fault."""
    reason, phase = case.expected["reason"], case.expected["phase"]
    number = expected_call(case)
    if reason == "SelectorNotAllowed" and number is not None and _about(case, _calls(case)[number], ERC20):
        return {ERC20}  # to grant the function would not help: a limited token accepts none but those that are counted
    return _PERMISSIONS.get((reason, phase), {None})


def _calls(case: Case) -> list[Call]:
    return list(case.step["calls"])


def _first(case: Case, test: Callable[[Call], bool]) -> int | None:
    return next((i for i, call in enumerate(_calls(case)) if test(call)), None)


def _about(case: Case, call: Call, *kinds: str) -> list[dict[str, Any]]:
    """The line's permissions of these types that name the call's target."""
    found = []
    for permission in case.line["permissions"]:
        named = (permission.get("data") or {}).get("address", "")
        address = case.line["addresses"].get(named, named).lower()
        if permission["type"] in kinds and address == case.line["addresses"][call["to"]].lower():
            found.append(permission)
    return found


def _named(case: Case, call: Call) -> bool:
    return bool(_about(case, call, ERC20, ACCESS, ON_CONTRACT))


def _anywhere(case: Case) -> set[str]:
    lists = (p["data"]["functions"] for p in case.line["permissions"] if p["type"] == ANYWHERE)
    return {code.lower() for functions in lists for code in functions}


def _selector(call: Call) -> str:
    return call["data"][:10].ljust(10, "0")


def _bytes(call: Call) -> int:
    return len(call["data"]) // 2 - 1


def _listed(case: Case, call: Call) -> bool:
    """Whether a list about the target has the call's function."""
    functions = {code.lower() for p in _about(case, call, ON_CONTRACT) for code in p["data"]["functions"]}
    return _bytes(call) >= 4 and _selector(call) in functions | (set(SPENDING) if _about(case, call, ERC20) else set())


def _is_open(case: Case, call: Call) -> bool:
    """Whether contract-access holds for the target: always documented; deployed, if it is the last to name it."""
    about = _about(case, call, ERC20, ACCESS, ON_CONTRACT)
    if case.line["rules"] == "documented":
        return any(p["type"] == ACCESS for p in about)
    return bool(about) and about[-1]["type"] == ACCESS


def _has(case: Case, kind: str) -> bool:
    return any(p["type"] == kind for p in case.line["permissions"])


def _plain(case: Case, call: Call) -> bool:
    """A plain transfer that native-token-transfer reaches (documented)."""
    return case.line["rules"] == "documented" and _has(case, NATIVE) and _bytes(call) == 0


def _wildcard(case: Case, call: Call) -> bool:
    if case.line["rules"] == "documented":
        return _bytes(call) >= 4 and _selector(call) in _anywhere(case)
    return not _named(case, call) and _selector(call) in _anywhere(case)


def _unreached(case: Case, call: Call) -> bool:
    own = call["to"] == "WALLET" and case.line["rules"] == "documented"
    reached = _is_open(case, call) or _listed(case, call) or _wildcard(case, call) or _plain(case, call) or own
    return not reached


def _first_unreached(case: Case) -> int | None:
    return _first(case, lambda call: _unreached(case, call))


def _first_value(case: Case) -> int | None:
    return _first(case, lambda call: int(call["value"]) > 0)


def _limited(case: Case) -> Iterable[tuple[int, Call]]:
    return ((i, call) for i, call in enumerate(_calls(case)) if _about(case, call, ERC20))


def _first_over_the_sum(case: Case) -> int | None:
    total, left = 0, case.context.left[NATIVE_METER]
    for i, call in enumerate(_calls(case)):
        total += int(call["value"])
        if total > left:
            return i
    return None


def _first_over_the_token(case: Case) -> int | None:
    left = dict(case.context.left)
    for i, call in _limited(case):
        token = token_meter(case.line["addresses"][call["to"]])
        left[token] -= int(call["data"][74:138], 16)
        if left[token] < 0:
            return i
    return None


def _first_self_call(case: Case) -> int | None:
    def wrong(call: Call) -> bool:
        return call["to"] == "WALLET" and (
            case.step["via"] == "execute" or _selector(call) in ("0xb61d27f6", "0x34fcd5be")
        )

    return _first(case, wrong)


def _own_function(case: Case) -> int | None:
    """A call of the wallet in a batch that the session may make; None if it is the operation's own function."""
    if case.step["via"] != "executeBatch" or case.context.revoked or not case.context.policy.makes_calls:
        return None
    return _first(case, lambda call: call["to"] == "WALLET")


_CALLS: dict[tuple[str, str], Callable[[Case], int | None]] = {
    ("AddressNotAllowed", "validation"): _first_unreached,
    ("SelectorNotAllowed", "validation"): _first_unreached,
    ("NoSelectorSpecified", "validation"): _first_unreached,
    ("NativeTransferNotAllowed", "validation"): _first_value,
    ("ExceededNativeTokenLimit", "execution"): _first_over_the_sum,
    ("ExceededTokenLimit", "execution"): _first_over_the_token,
    ("InvalidCalldataLength", "execution"): lambda c: next(i for i, call in _limited(c) if _bytes(call) < 68),
    ("SelectorNotAllowed", "execution"): lambda c: next(
        i for i, call in _limited(c) if _bytes(call) >= 68 and _selector(call) not in SPENDING
    ),
    ("SelfCallRecursionDepthExceeded", "validation"): _first_self_call,
}

REACHING = {NATIVE, ERC20, ACCESS, ON_CONTRACT}
_PERMISSIONS: dict[tuple[str, str], set[str | None]] = {
    ("AddressNotAllowed", "validation"): {*REACHING},
    ("SelectorNotAllowed", "validation"): {ON_CONTRACT, ACCOUNT},
    ("NoSelectorSpecified", "validation"): {ACCESS},
    ("NativeTransferNotAllowed", "validation"): {NATIVE},
    ("ExceededNativeTokenLimit", "execution"): {NATIVE},
    ("ExceededNativeTokenLimit", "validation"): {GAS},
    ("ExceededGasLimit", "validation"): {GAS},
    ("ExceededTokenLimit", "execution"): {ERC20},
    ("InvalidCalldataLength", "execution"): {ERC20},
    ("SelectorNotAllowed", "execution"): {ERC20},
    ("SpendingRequestNotAllowed", "execution"): {ERC20},
    ("RequireUserOperationContext", "validation"): {NATIVE, ERC20},
    # Revoked: none; else the function of the wallet, or what makes calls.
    ("ValidationFunctionMissing", "validation"): {None, ACCOUNT, ACCESS},
}
