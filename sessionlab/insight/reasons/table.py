"""The table of reasons, and what its entries are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sessionlab.account import RawCall
from sessionlab.insight.denial import Context
from sessionlab.permissions.kinds import LIMITS, Limit

NATIVE = "native-token-transfer"
ERC20 = "erc20-token-transfer"
GAS = "gas-limit"
CONTRACT_ACCESS = "contract-access"
ON_CONTRACT = "functions-on-contract"
ACCOUNT = "account-functions"


@dataclass(frozen=True, slots=True)
class Said:
    """What one entry says about a refusal; the fields are those of ``Denial``."""

    rule: str
    sentence: str
    fix: str
    permission: str | None = None
    call: int | None = None
    asked: int | str | None = None
    left: int | str | None = None
    unit: str | None = None


Args = dict[str, Any]
Entry = Callable[[Args, Context], Said]

#: By the name of an error, ``Name:phase`` where the phase decides, or an EntryPoint's code (``AA21``).
REASONS: dict[str, Entry] = {}


def reason(*names: str) -> Callable[[Entry], Entry]:
    """Enter a function under the errors that it explains."""

    def enter(entry: Entry) -> Entry:
        REASONS.update(dict.fromkeys(names, entry))
        return entry

    return enter


def fixed(rule: str, sentence: str, fix: str, permission: str | None = None) -> Entry:
    """An entry that always says the same."""
    said = Said(rule, sentence, fix, permission)
    return lambda args, context: said


def held(context: Context, wanted: Callable[[Limit], bool]) -> str | None:
    """The first type, in the order of ``LIMITS``, that the session holds and whose limit is wanted."""
    held_here = (limit for limit in LIMITS.values() if limit.permission in context.permissions)
    return next((limit.permission for limit in held_here if wanted(limit)), None)


def call_at(context: Context, place: int | None) -> RawCall | None:
    """The call with this number, if the operation's calls are known."""
    return context.calls[place] if place is not None and place < len(context.calls) else None


def only_call(context: Context) -> int | None:
    """0 for an operation of one call: then that one is meant."""
    return 0 if len(context.calls) == 1 else None


def hex_of(selector: bytes) -> str:
    """A selector as JSON has it."""
    return "0x" + selector.hex()
