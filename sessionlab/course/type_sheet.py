"""The eight permission types on one printable page: ``course.cheat_sheet().save("sheet.html")``, then print."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path

from sessionlab.core.base.doors import reads
from sessionlab.core.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
)
from sessionlab.study.doors import PATH
from sessionlab.study.pictures.base import Picture
from sessionlab.study.tables import table_html
from sessionlab.study.text import aligned

#: As a token's and a contract's addresses stand on the sheet.
TOKEN, CONTRACT = "0x" + "11" * 20, "0x" + "22" * 20
HEADS = ("type", "grants", "counts, in", "trap in production", "TypeScript", "Python")


@dataclass(frozen=True)
class SheetRow:
    """One type: what it grants, what it counts and in which unit, its trap in production, and itself in Python."""

    permission: Permission
    grants: str
    counts: str
    trap: str
    python: str

    @property
    def typescript(self) -> str:
        """The same permission as an object of TypeScript."""
        return _typescript(self.permission.to_json())


def _typescript(value: object) -> str:
    """Return JSON in TypeScript's style: names without quotes."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name}: {_typescript(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_typescript, value))}]"
    return json.dumps(value)


ROWS = (
    SheetRow(
        NativeTokenTransfer(allowance=10**18),
        "plain payments of ETH to anyone",
        "all ETH sent; wei",
        "reaches nothing by itself: name the payee too. Without it, ETH is not limited at all",
        "sl.NativeTokenTransfer(allowance=10**18)",
    ),
    SheetRow(
        Erc20TokenTransfer(address=TOKEN, allowance=25_500_000),
        "transfer and approve of one token",
        "both, in full; base units",
        "named twice, the last allowance counts",
        f'sl.Erc20TokenTransfer(address="{TOKEN}", allowance=25_500_000)',
    ),
    SheetRow(
        GasLimit(limit=300_000),
        "nothing; it only bounds",
        "the worst case of each operation; gas",
        "counts wei: 300,000 of them pay for no operation",
        "sl.GasLimit(limit=300_000)",
    ),
    SheetRow(
        ContractAccess(address=CONTRACT),
        "every function of one contract",
        "nothing",
        "carries any amount of ETH unless native-token-transfer is granted. On a token it is all tokens",
        f'sl.ContractAccess(address="{CONTRACT}")',
    ),
    SheetRow(
        FunctionsOnContract(address=CONTRACT, functions=["0xd09de08a"]),
        "the named functions of one contract",
        "nothing: arguments are not looked at",
        "a contract with a list is judged by that list alone",
        f'sl.FunctionsOnContract(address="{CONTRACT}", functions=["0xd09de08a"])',
    ),
    SheetRow(
        FunctionsOnAllContracts(functions=["0xa9059cbb"]),
        "the named functions of any contract",
        "nothing",
        "0x00000000 is every plain payment. Not asked where a target has its own list",
        'sl.FunctionsOnAllContracts(functions=["0xa9059cbb"])',
    ),
    SheetRow(
        AccountFunctions(functions=["0x8da5cb5b"]),
        "the named functions of the wallet itself",
        "nothing",
        "one of them makes the thief the owner. Refused together with a token limit",
        'sl.AccountFunctions(functions=["0x8da5cb5b"])',
    ),
    SheetRow(
        Root(),
        "everything that the owner may do",
        "nothing",
        "cannot be combined with a limit; its expiry does not stop a thief who became the owner",
        "sl.Root()",
    ),
)

PRINT = """
@page { size: A4 landscape; margin: 9mm; }
body { font: 9.5pt/1.3 system-ui, sans-serif; margin: 0; color: #000; background: #fff; }
h1 { font-size: 15pt; margin: 0 0 2mm; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 1.3mm 1.5mm; border-top: .3mm solid #999; }
code { font: 7.2pt/1.25 ui-monospace, monospace; overflow-wrap: anywhere; }
td div { min-width: 0 !important; }
td:first-child code { font-size: 8.5pt; font-weight: 600; overflow-wrap: normal; }
td:nth-child(1) { width: 14%; } td:nth-child(2), td:nth-child(3) { width: 13%; } td:nth-child(4) { width: 19%; }
p { margin: 2mm 0 0; }
"""
REMINDERS = (
    "Reach adds up: a call passes if any permission reaches it. Limits bind: what is limited is counted, whichever "
    "permission reaches it. Allowances are totals for the whole session and never refill. Give each session an expiry. "
    "Ask session.audit() before you sign."
)


@dataclass(frozen=True, repr=False)
class CheatSheet(Picture):
    """The eight types: what each grants and counts, its trap in production, TypeScript next to Python."""

    rows: tuple[SheetRow, ...] = ROWS

    @property
    def alternative_text(self) -> str:
        """The types by name."""
        return f"The eight permission types on one page: {', '.join(row.permission.type for row in self.rows)}."

    def text(self) -> str:
        """A line for each type, then the reminders."""
        lines = [(row.permission.type, row.grants, row.counts, row.trap) for row in self.rows]
        return "\n".join([*aligned([HEADS[:4], *lines]), REMINDERS])

    def html(self) -> str:
        """The table in the notebook's colours."""
        return table_html(HEADS, self._cells()) + f"<p>{escape(REMINDERS)}</p>"

    def page(self) -> str:
        """The sheet as an HTML page that prints on one A4 page, on its long side."""
        heads = "".join(f"<th scope='col'>{head}</th>" for head in HEADS)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for cells in self._cells())
        title = "Session keys: the eight permission types"
        return (
            f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title><style>{PRINT}</style>"
            f"<h1>{title}</h1><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{escape(REMINDERS)}</p></html>\n"
        )

    @reads(path=PATH)
    def save(self, path: str | Path) -> None:
        """Write the printable page."""
        Path(path).write_text(self.page(), encoding="utf-8")

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (
                f"<code>{row.permission.type}</code>",
                *map(escape, (row.grants, row.counts, row.trap)),
                _code(row.typescript),
                _code(row.python),
            )
            for row in self.rows
        ]


def _code(source: str) -> str:
    """Return code that wraps, in a column that stays wide enough to read it."""
    style = "white-space:normal;overflow-wrap:anywhere"
    return f"<div style='min-width:15em'><code style='{style}'>{escape(source)}</code></div>"


def cheat_sheet() -> CheatSheet:
    """Return the eight permission types on one page; ``.save("sheet.html")`` writes it for printing."""
    return CheatSheet()
