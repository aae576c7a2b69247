"""What has to change between two decision contexts, in words, found by comparing them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sessionlab.core.permissions.limits import LIMITS, Meter, kind_of_error, unit_of
from sessionlab.core.permissions.rows import limits_of
from sessionlab.core.permissions.types import AccountFunctions, Permission
from sessionlab.study.explain.decision_context import DecisionContext


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that has to change."""

    #: ``add``, ``extend``, ``raise``, ``replace``, ``separate``, ``renew``, ``wait``, ``owner``, ``sponsor``,
    #: ``unsponsored``, ``wrap``, ``nonce``, ``sign``, ``bare``, ``lower``, ``again``, ``nonce_key``.
    kind: str
    words: str
    #: The permission as it must be afterwards, and its index in the list.
    permission: Permission | None = None
    place: int | None = None
    #: How much more (``raise``), how long (``wait``, seconds) or how much instead (``lower``), with its unit.
    amount: int | None = None
    unit: str | None = None

    @property
    def by_owner(self) -> bool:
        """Whether it needs the owner's signature: a session cannot be changed, so the owner grants a new one."""
        return self.kind in ("add", "extend", "raise", "replace", "separate", "renew")

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        result: dict[str, Any] = {"kind": self.kind, "words": self.words}
        if self.permission is not None:
            result |= {"permission": self.permission.to_json(), "place": self.place}
        if self.amount is not None:
            result |= {"amount": str(self.amount), "unit": self.unit}
        return result


def changes(before: DecisionContext, after: DecisionContext) -> tuple[Change, ...]:
    """Return everything that differs, changes to the session first."""
    if after.by_owner:
        others = [change for change in _of_operation(before, after) if change.kind in ("bare", "unsponsored")]
        return (Change("owner", "let the owner send it: the owner may do everything"), *others)
    return (*_of_session(before, after), *_of_operation(before, after))


def _of_session(before: DecisionContext, after: DecisionContext) -> Iterator[Change]:
    if len(after.permissions) < len(before.permissions):
        what = " and ".join(after.names.permission(p) for p in after.permissions)
        yield Change("separate", f"use a session of its own for it, which {what}", after.permissions[0], 0)
        return
    ended = before.revoked or (before.valid_until and before.now > before.valid_until)
    if ended and not after.revoked and not after.valid_until:
        yield Change("renew", "ask the owner for a new session with the same permissions")
    for index, permission in enumerate(after.permissions):
        if index >= len(before.permissions):
            yield Change("add", f"grant {permission.type}: it {_may(after, permission)}", permission, index)
        elif permission != before.permissions[index]:
            yield _changed(after, index, before.permissions[index], permission)


def _changed(after: DecisionContext, index: int, old: Permission, new: Permission) -> Change:
    if type(old) is not type(new):
        words = f"grant {new.type} in place of {old.type}: it {_may(after, new)}"
        return Change("replace", words, new, index)
    functions = getattr(old, "functions", None)
    if functions is not None:
        more = [code for code in getattr(new, "functions") if code not in functions]  # noqa: B009 - no common base
        names = ", ".join(after.names.function(bytes.fromhex(code[2:])) for code in more)
        about = getattr(new, "address", None)
        on = f" on {after.names.address(about)}" if about else ""
        on = " of the wallet itself" if isinstance(new, AccountFunctions) else on
        return Change("extend", f"add {names}{on} to {new.type}", new, index)
    ((meter, limit),) = limits_of([new]).items()
    ((_, before),) = limits_of([old]).items()
    unit, show = unit_of(meter, after.rules), after.names.amount
    name = f"{new.type} allowance" if LIMITS[meter.kind].of_call else new.type
    words = f"raise the {name} by {show(limit - before, unit)}, to {show(limit, unit)}"
    return Change("raise", words, new, index, limit - before, unit)


def _may(after: DecisionContext, permission: Permission) -> str:
    return after.names.permission(permission)


def _of_operation(before: DecisionContext, after: DecisionContext) -> Iterator[Change]:
    was, now = before.operation, after.operation
    if after.now > before.now:
        seconds = after.now - before.now
        yield Change("wait", f"wait {seconds:,} second{'s' * (seconds > 1)}", amount=seconds, unit="seconds")
    if now.own_data != was.own_data:
        yield Change("bare", "send the wallet's function as an operation of its own, not inside execute")
    # A client wraps a session that limits spending anyway, so wrapping is a change only where it was missing.
    if now.wrapped != was.wrapped and before.decision.reason == "RequireUserOperationContext":
        yield Change(
            "wrap", "put executeUserOp (0x8dd7712f) in front of the call data; prepare_calls does it by itself"
        )
    if now.nonce_fits != was.nonce_fits:
        yield Change("nonce", "use the next nonce of the session's nonce key: prepare the operation again")
    if now.signature_fits != was.signature_fits:
        yield Change("sign", "sign the operation with the session's key, and change nothing afterwards")
    if was.sponsored and not now.sponsored:
        yield Change("unsponsored", "let the wallet pay for the gas: leave policy_id out")
    if now.sponsored and not was.sponsored:
        yield Change("sponsor", "let a sponsor pay for the gas (policy_id=…): what a sponsor pays is not counted")
    yield from _lowered(before, after)


def _lowered(before: DecisionContext, after: DecisionContext) -> Iterator[Change]:
    if len(before.operation.calls) != 1 or len(after.operation.calls) != 1:
        return
    (was,), (now,) = before.operation.calls, after.operation.calls
    kind = kind_of_error(before.decision.reason, before.decision.phase)
    limit = LIMITS[kind] if kind is not None else None
    if kind is None or limit is None or limit.of_call is None or now == was:
        return
    meter = Meter(kind, now.target if limit.binds_target else None)
    amount, unit = limit.of_call(now, before.left[meter]), unit_of(meter, after.rules)
    words = f"{'send' if limit.adds_up else 'ask for'} at most {after.names.amount(amount, unit)}"
    yield Change("lower", words, amount=amount, unit=unit.lower())
