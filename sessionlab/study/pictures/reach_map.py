"""Reach map: which function of which target a session may call, and by which permission. The engine decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes, checksum
from sessionlab.core.base.doors import ADDRESS, MAPPING, TEXT, each, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, frame
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.functions import selector
from sessionlab.core.permissions.limits import Remaining, limit_set_by
from sessionlab.core.permissions.rows import rows
from sessionlab.core.permissions.rulesets import DOCUMENTED, Ruleset, ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.doors import NAMES, PERMISSIONS, RULES, SIGNATURE, a, either, mapping_of
from sessionlab.study.listing import ENDS, folded
from sessionlab.study.pictures.base import Picture
from sessionlab.study.pictures.hypothetical_session import A_WALLET, HypotheticalSession
from sessionlab.study.tables import NO, YES, Cell, breakable, cell_html, soft, table_html
from sessionlab.study.text import aligned, folded_rows

if TYPE_CHECKING:
    from sessionlab.core.lab.lab import BaseLab

WALLET = "the wallet itself"
#: As a column: 1 wei without data. After a function: 1 wei sent with it.
WEI = "wei"
WITH_WEI = " + wei"
#: The functions to ask about if the permissions name none.
USUAL = ("transfer(address,uint256)", "approve(address,uint256)", "increment()", WEI)
#: Arguments do not matter here: zeros, enough for every known function.
ARGUMENTS = bytes(160)


#: What has every cell.
WHERE = "picture.allowed_by"
_TARGETS = either(
    mapping_of(ADDRESS),
    a(
        "sessionlab.core.lab.lab:BaseLab",
        "sessionlab.core.denials.address_book:AddressBook",
        fix="give a lab, lab.names, or names and addresses: {'counter': lab.counter}.",
    ),
)


@dataclass(frozen=True, repr=False)
class ReachMap(Picture):
    """Targets × functions. Each cell lists the permissions that allow it, numbered from 1; empty: refused."""

    targets: tuple[str, ...]
    functions: tuple[str, ...]
    allowed_by: Mapping[tuple[str, str], tuple[int, ...]] = field(hash=False)
    #: What each permission grants, in words.
    permissions: tuple[str, ...]
    rules: str
    #: Caveats about the allowed cells.
    notes: tuple[str, ...] = ()

    def allows(self, target: str, function: str) -> bool:
        """Whether a function of a target may be called. Raises KeyError if the map does not show it."""
        return bool(self.allowed_by[target, function])

    @property
    def alternative_text(self) -> str:
        """Describe what may be called where."""
        total = len(self.allowed_by)
        open_ = sum(map(bool, self.allowed_by.values()))
        result = []
        for label, first in self.grouped():
            reached = [heading(function) for function in self.functions if self.allows(first, function)]
            if reached:
                every = len(reached) == len(self.functions) and len(reached) > 1
                result.append(f"{label}: {'everything shown' if every else ', '.join(reached)}")
        what = "; ".join(folded(result, str, str, WHERE)) or "nothing"
        said = " ".join((f"{open_} of {total} places are allowed. {what}.", *self.notes))
        return f"Reach map, {self.rules} rules: {said}"

    def grouped(self) -> list[tuple[str, str]]:
        """Group targets on which the same functions are allowed: a label for each group, and its first target."""
        alike: dict[tuple[tuple[int, ...], ...], list[str]] = {}
        for target in self.targets:
            alike.setdefault(tuple(self.allowed_by[target, f] for f in self.functions), []).append(target)
        return [
            (", ".join(folded(names, str, str, "picture.targets", ends=ENDS // 2)), names[0])
            for names in alike.values()
        ]

    def cell(self, target: str, function: str) -> Cell:
        """Return the contents of one cell."""
        by = self.allowed_by[target, function]
        return Cell(YES, f"by {' and '.join(map(str, by))}") if by else Cell(NO, "no")

    def text(self) -> str:
        """Return the table, then the permissions."""
        lines: list[Sequence[str]] = [("", *map(heading, self.functions))]
        lines += folded_rows(
            self.grouped(), lambda group: [group[0], *(str(self.cell(group[1], f)) for f in self.functions)], WHERE
        )
        numbered = [f"{number}: {words}" for number, words in enumerate(self.permissions, 1)]
        return "\n".join([*aligned(lines), *numbered, *self.notes, f"({self.rules} rules)"])

    def html(self) -> str:
        """Render a table in which allowed cells have a colour, a sign and the permission's number."""
        heads = ["target", *(f"<code>{breakable(heading(function))}</code>" for function in self.functions)]
        lines = folded_rows(
            self.grouped(),
            lambda group: [escape(group[0]), *(_field(self.cell(group[1], f)) for f in self.functions)],
            WHERE,
        )
        numbered = "".join(f"<div>{n}: {escape(words)}</div>" for n, words in enumerate(self.permissions, 1))
        noted = "".join(f"<div>{escape(note)}</div>" for note in self.notes)
        body = table_html(heads, lines) + soft(numbered + noted)
        return frame(f"Reach: which function of which target, {self.rules} rules", BLUE, body)


@reads(
    permissions=PERMISSIONS,
    targets=_TARGETS,
    functions=each(TEXT),
    rules=RULES,
    wallet=ADDRESS,
    names=maybe(NAMES),
    left=maybe(MAPPING),
)
def reach_map(
    permissions: Sequence[Permission],
    targets: BaseLab | AddressBook | Mapping[str, str],
    functions: Sequence[str] = (),
    *,
    rules: str | Ruleset = DOCUMENTED,
    wallet: str = A_WALLET,
    names: AddressBook | None = None,
    left: Remaining | None = None,
) -> ReachMap:
    """Ask the engine about every function on every target. Arguments are zeros, so amounts do not matter.

    ``targets``: names and addresses, or a lab for all of its own; the wallet is always added. ``functions``:
    signatures; ``deposit() + wei`` sends 1 wei with the call, ``wei`` sends 1 wei without data. By default, the
    functions that the permissions name and a few more. ``session.plot("reach")`` draws a session's map.

    Raises InvalidInput if ``permissions`` is not a list or is empty.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> granted = [sl.FunctionsOnContract(address=lab.counter, functions=["increment()"])]
    >>> reach_map(granted, {"counter": lab.counter, "vault": lab.vault}, ["increment()", "deposit()"])
                              increment()  deposit()
    counter                   ✓ by 1       ✗ no
    vault, the wallet itself  ✗ no         ✗ no
    1: call increment() on counter (0x1B84…7FAC)
    (documented rules)
    """
    if isinstance(permissions, Permission | str) or not permissions:
        raise InvalidInput("permissions is a list of permissions.", field="permissions", fix="put them into [ ].")
    phone_book = names or _names(targets)
    asked = HypotheticalSession(tuple(permissions), ruleset(rules), wallet, left=left)
    places = {**_places(targets), WALLET: wallet}
    columns = tuple(functions) or _functions(asked, phone_book)
    allowed_by = {}
    for target, address in places.items():
        for function in columns:
            call = _call(address, function)
            by = asked.because_of(call) if asked.passes(call) else ()
            allowed_by[target, function] = tuple(index + 1 for index in by)
    words = tuple(phone_book.permission(p).removeprefix("may ") for p in permissions)
    return ReachMap(tuple(places), columns, allowed_by, words, asked.rules.title, tuple(_notes(permissions)))


def _notes(permissions: Sequence[Permission]) -> Iterator[str]:
    """Yield notes on conditions: they require certain arguments, which a map of functions does not show."""
    for type_ in dict.fromkeys(permission.type for permission in permissions):
        limit = limit_set_by(type_)
        if limit is not None and not limit.counts:
            yield f"What is allowed here, {type_} may refuse for its arguments: {limit.rule}."


def heading(function: str) -> str:
    """Return the heading of a column."""
    return "1 wei, no data" if function == WEI else function.replace(WITH_WEI, " + 1 wei")


def _names(targets: BaseLab | AddressBook | Mapping[str, str]) -> AddressBook:
    """Return the names that a lab or a mapping gives addresses."""
    if isinstance(targets, Mapping):
        return AddressBook({address_bytes(address): label for label, address in targets.items()})
    return targets if isinstance(targets, AddressBook) else targets.names


def _places(targets: BaseLab | AddressBook | Mapping[str, str]) -> dict[str, str]:
    if isinstance(targets, Mapping):
        return dict(targets)
    names = _names(targets)
    return {label: checksum(address) for address, label in names.labels.items()}


def _functions(asked: HypotheticalSession, names: AddressBook) -> tuple[str, ...]:
    """Return the functions that the permissions name, in order, then the usual ones."""
    named = (row.selector for row in rows(asked.permissions) if row.selector != bytes(4))
    known = [names.signature(code) or "0x" + code.hex() for code in named]
    return tuple(dict.fromkeys((*known, *USUAL)))


def _call(address: str, function: str) -> Call:
    name, value = function.removesuffix(WITH_WEI), int(function.endswith(WITH_WEI) or function == WEI)
    if function == WEI:
        return Call(address, value)
    code = name if name.startswith("0x") else selector(SIGNATURE(name, "functions"))
    return Call(address or ZERO_ADDRESS, value, bytes.fromhex(code[2:]) + ARGUMENTS)


def _field(cell: Cell) -> str:
    """Render an allowed cell as a filled field and a refused one as empty, so that they differ at a glance."""
    fill = f"background:{BLUE}33;" if cell.sign == YES else ""
    return f"<div style='{fill}border-radius:4px;padding:1px 6px;white-space:nowrap'>{cell_html(cell)}</div>"
