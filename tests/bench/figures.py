"""A figure: what was measured, what it is compared with, and whether it reaches its target."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the benchmark.

    ``ratio`` is value / peer, and None where there was nothing to compare with. ``holds`` is None where the
    figure has no target, or the peer that the target speaks of was missing.
    """

    name: str
    value: float
    unit: str  # of value and peer: ms, gas, …
    peer: float | None = None
    peer_name: str = ""
    ratio: float | None = None
    target: str = ""  # as a person reads it
    limit: float | None = None  # as a program does: on the ratio where the target is one, else on the value
    holds: bool | None = None
    note: str = ""


def compared(
    name: str,
    value: float,
    unit: str,
    peer: float | None,
    peer_name: str,
    *,
    at_most: float | None = None,
    note: str = "",
) -> Figure:
    """Make a figure that is judged by its ratio to a peer; ``peer=None``: there was none."""
    ratio = value / peer if peer else None
    holds = ratio <= at_most if ratio is not None and at_most is not None else None
    target = "" if at_most is None else f"≤ {at_most:g} × {peer_name}"
    return Figure(name, value, unit, peer, peer_name, ratio, target, at_most, holds, note)


def bounded(name: str, value: float, unit: str, *, at_most: float, note: str = "") -> Figure:
    """Make a figure that is judged by itself."""
    target = f"≤ {at_most:g} {unit}"
    return Figure(name, value, unit, target=target, limit=at_most, holds=value <= at_most, note=note)


def at_least(
    name: str,
    value: float,
    unit: str,
    *,
    at_least: float,
    peer: float | None = None,
    peer_name: str = "",
    note: str = "",
) -> Figure:
    """Make a figure that must be large enough: by itself, or as a multiple of its peer."""
    if peer is None:
        return Figure(
            name, value, unit, target=f"≥ {at_least:,g} {unit}", limit=at_least, holds=value >= at_least, note=note
        )
    ratio = value / peer
    target = f"≥ {at_least:,g} × {peer_name}"
    return Figure(name, value, unit, peer, peer_name, ratio, target, at_least, ratio >= at_least, note)


def to_json(figures: Iterable[Figure]) -> str:
    """Spell the figures as a JSON list, one object each, with the names of Figure's fields."""
    return json.dumps([asdict(figure) for figure in figures], indent=2, ensure_ascii=False)


def from_json(text: str) -> list[Figure]:
    """Read what ``to_json`` wrote."""
    return [Figure(**fields) for fields in json.loads(text)]


def table(figures: Iterable[Figure]) -> str:
    """Set the figures as plain text, aligned; notes stand under the table."""
    rows = [("figure", "value", "against", "ratio", "target", "holds")]
    notes = []
    for figure in figures:
        mark = ""
        if figure.note:
            notes.append(figure.note) if figure.note not in notes else None
            mark = f" [{notes.index(figure.note) + 1}]"
        rows.append(
            (
                figure.name + mark,
                _amount(figure.value, figure.unit),
                "–" if figure.peer is None else f"{_amount(figure.peer, figure.unit)} {figure.peer_name}",
                "–" if figure.ratio is None else f"{figure.ratio:.2f}",
                figure.target or "–",
                {True: "yes", False: "NO", None: "–"}[figure.holds],
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("─" * width for width in widths))
    lines += [f"[{number}] {note}" for number, note in enumerate(notes, 1)]
    return "\n".join(line.rstrip() for line in lines)


def _amount(value: float, unit: str) -> str:
    digits = 0 if unit == "gas" or value >= 1_000 else 1 if value >= 100 else 2 if value >= 1 else 4
    return f"{value:,.{digits}f} {unit}"
