"""Why each part of a permission set is needed: what is refused if it is left out or its limit is lowered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from sessionlab.core.base.amounts import format_time
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.recording.gas_under import GasOf
from sessionlab.study.recording.recording import Recording
from sessionlab.study.recording.required_operations import first_refusal
from sessionlab.study.recording.units import amounts_of


@dataclass(frozen=True, slots=True)
class UsedLimit:
    """The arithmetic of one limit. Amounts are in ``unit``: wei, gas, a token's address, or a noun."""

    #: Index of the permission in the proposal, from 0.
    permission: int
    #: How many operations used some of it.
    operations: int
    used: int
    #: What the margin adds, rounded up; for gas, more if the recording leaves open that the run asks for more.
    added: int
    limit: int
    unit: str

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        facts = asdict(self)
        return facts | {name: str(facts[name]) for name in ("used", "added", "limit")}


@dataclass(frozen=True, slots=True)
class Need:
    """One part of a proposal, and the first operation that is refused without it."""

    #: Index of the permission in the proposal, from 0; None: the expiry.
    permission: int | None
    #: ``permission``, a function's selector, ``limit`` or ``expiry``.
    part: str
    #: The change that was tested: ``without it``, ``without increment()``, ``with less than 0.3 ETH``…
    change: str
    #: Index of the operation in the recording, from 0, and of its call; None: the operation as a whole.
    operation: int
    call: int | None
    phase: str
    reason: str
    asked: int | None = None
    left: int | None = None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        facts = asdict(self)
        return facts | {name: None if facts[name] is None else str(facts[name]) for name in ("asked", "left")}


class Weaker(NamedTuple):
    """A permission set with one part left out or lowered."""

    permission: int | None
    part: str
    change: str
    permissions: tuple[Permission, ...]
    expiry: int


def weaker_sets(
    permissions: Sequence[Permission], expiry: int, limits: Sequence[UsedLimit], last: int, names: AddressBook
) -> Iterator[Weaker]:
    """Yield each set that is one step weaker: without a permission, without a function, or with less than was used."""
    used = {limit.permission: limit for limit in limits}
    given = tuple(permissions)
    for number, permission in enumerate(given):
        yield Weaker(number, "permission", "without it", _replaced(given, number), expiry)
        functions = getattr(permission, "functions", ())
        for code in functions if len(functions) > 1 else ():
            less = permission.model_copy(update={"functions": tuple(f for f in functions if f != code)})
            change = f"without {names.function(bytes.fromhex(code[2:]))}"
            yield Weaker(number, code, change, _replaced(given, number, less), expiry)
        if number in used and used[number].used:
            enough = used[number].used
            change = f"with less than {names.amount(enough, used[number].unit)}"
            yield Weaker(number, "limit", change, _replaced(given, number, permission.with_limit(enough - 1)), expiry)
    yield Weaker(None, "expiry", f"ending before {format_time(last)}", given, last - 1)


def needs_of(
    recording: Recording,
    permissions: Sequence[Permission],
    expiry: int,
    limits: Sequence[UsedLimit],
    last: int,
    rules: Ruleset,
    gas_of: GasOf,
) -> tuple[Need, ...]:
    """Return what each weaker set refuses, skipping sets that refuse nothing. Gas is that of the whole set."""
    result = []
    for weaker in weaker_sets(permissions, expiry, limits, last, recording.names):
        refused = first_refusal(recording, weaker.permissions, weaker.expiry, rules, gas_of)
        if refused is None:
            continue
        decision = refused.decision
        result.append(
            Need(
                permission=weaker.permission,
                part=weaker.part,
                change=weaker.change,
                operation=refused.number,
                call=decision.call,
                phase=decision.phase,
                reason=decision.reason or "",
                **amounts_of(decision, refused.step, rules)._asdict(),
            )
        )
    return tuple(result)


def _replaced(permissions: tuple[Permission, ...], number: int, by: Permission | None = None) -> tuple[Permission, ...]:
    middle = () if by is None else (by,)
    return (*permissions[:number], *middle, *permissions[number + 1 :])
