"""Custom errors of contracts that were deployed in a lab, in words."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.printable import printable
from sessionlab.core.contracts.abi import AbiEntry, read_entry
from sessionlab.core.contracts.reverts import EMPTY, MOST_LETTERS, UNKNOWN, Revert, known_errors
from sessionlab.core.denials import reasons
from sessionlab.core.denials.address_book import ADDRESS_TEXT, AddressBook
from sessionlab.core.denials.denial import Context, Denial
from sessionlab.core.denials.reasons.silent import REFUSED
from sessionlab.core.denials.reasons.table import DenialText


@lru_cache(512)
def errors_of(abi: str) -> dict[bytes, str]:
    """Return the JSON of an ABI's errors, by selector."""
    items = [item for item in json.loads(abi) if item["type"] == "error"]
    return {read_entry(item).selector: json.dumps(item, separators=(",", ":")) for item in items}


def own_error(revert: Revert, names: AddressBook, at: str | None = None) -> str | None:
    """Return ``TooSmall(asked=1, least=5)`` for the error of a deployed contract; None for any other revert.

    ``at``: the contract that raised it, whose own names for it go first.
    """
    inner = revert.innermost
    entry = _entry(inner, names, at)
    if entry is None:
        return None
    try:
        given = entry.decode(inner.raw[4:])
    except Exception:  # a decoder may raise anything on malformed data
        return None
    told = ", ".join(f"{name}={shown_value(value, names)}" for name, value in given.items())
    return f"{_name(entry)}({told if len(told) <= MOST_LETTERS else told[: MOST_LETTERS - 1] + '…'})"


def own_denial(
    revert: Revert, phase: str, context: Context, at: str | None = None, index: int | None = None
) -> Denial | None:
    """Return the denial for the error of a deployed contract; None for any other revert."""
    shown, entry = own_error(revert, context.names, at), _entry(revert.innermost, context.names, at)
    if shown is None or entry is None:
        return None
    fix = "Check what that contract requires."
    who = "A contract" if at is None else context.names.address(at)
    said = DenialText(REFUSED, f"{who} refused: {shown}.", fix, call=index, code=_name(entry))
    denial = reasons.denial_of(revert, phase, context, said)
    return replace(denial, path=tuple(part for part in denial.path if part != UNKNOWN))


def own_name(revert: Revert, names: AddressBook) -> str:
    """Return the reason of a revert as a denial has it: a deployed contract's error, or what the lab knows."""
    entry = _entry(revert.innermost, names, None)
    return revert.innermost.reason if entry is None or own_error(revert, names) is None else _name(entry)


def shown_value(value: Any, names: AddressBook) -> str:
    """Return a decoded value on one line, at most half as long as a text of MOST_LETTERS."""
    if isinstance(value, str):
        is_address = ADDRESS_TEXT.fullmatch(value) is not None
        return names.address(checksum(address_bytes(value))) if is_address else f"“{printable(value, 80)}”"
    if isinstance(value, bytes):
        return "0x" + value[:40].hex() + ("…" if len(value) > 40 else "")
    if isinstance(value, tuple | list):
        return f"({', '.join(shown_value(each, names) for each in value[:8])}{', …' if len(value) > 8 else ''})"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else str(value)


def _entry(revert: Revert, names: AddressBook, at: str | None) -> AbiEntry | None:
    code = revert.raw[:4]
    text = names.errors.get(address_bytes(at) + code) if at else None
    if text is None and revert.name == UNKNOWN:
        text = names.errors.get(code)
    return None if text is None or len(code) < 4 else read_entry(json.loads(text))


def _name(entry: AbiEntry) -> str:
    """Return an error's name, or its signature if something that the lab knows is called like it."""
    known = {EMPTY, UNKNOWN, "Error", "Panic", *(each.name for each in known_errors().values())}
    if entry.selector in known_errors():
        return entry.name
    return entry.signature if entry.name in known or re.match(r"AA\d\d", entry.name) else entry.name
