"""The table of reasons, and helpers for its entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sessionlab.core.denials.denial import Context
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.limits import LIMITS, Limit

NATIVE = "native-token-transfer"
ERC20 = "erc20-token-transfer"
GAS = "gas-limit"
CONTRACT_ACCESS = "contract-access"
ON_CONTRACT = "functions-on-contract"
ACCOUNT = "account-functions"


@dataclass(frozen=True, slots=True)
class DenialText:
    """The text of one refusal. The fields are those of ``Denial``."""

    rule: str
    sentence: str
    fix: str
    permission: str | None = None
    call: int | None = None
    asked: int | str | None = None
    left: int | str | None = None
    unit: str | None = None
    #: A name for a reason that the revert data do not tell, such as ``OutOfGas``.
    code: str | None = None


Args = dict[str, Any]
Entry = Callable[[Args, Context], DenialText]

#: Keyed by an error's name or an EntryPoint code (``AA21``), alone or with a phase behind it if the text depends on
#: that: ``EmptyRevert:validation``.
REASONS: dict[str, Entry] = {}


def reason(*names: str) -> Callable[[Entry], Entry]:
    """Register a function for the errors that it explains."""

    def enter(entry: Entry) -> Entry:
        REASONS.update(dict.fromkeys(names, entry))
        return entry

    return enter


def fixed(rule: str, sentence: str, fix: str, permission: str | None = None) -> Entry:
    """Return an entry with fixed text."""
    said = DenialText(rule, sentence, fix, permission)
    return lambda args, context: said


def held(context: Context, wanted: Callable[[Limit], bool]) -> str | None:
    """Return the first permission type, in ``LIMITS`` order, that the session holds and whose limit matches."""
    held_here = (limit for limit in LIMITS.values() if limit.permission in context.permissions)
    return next((limit.permission for limit in held_here if wanted(limit)), None)


def call_at(context: Context, index: int | None) -> Call | None:
    """Return the call at this index, if the operation's calls are known."""
    return context.calls[index] if index is not None and index < len(context.calls) else None


def only_call(context: Context) -> int | None:
    """Return 0 if the operation has exactly one call, which must be the one at fault."""
    return 0 if len(context.calls) == 1 else None


def call_without_function(context: Context) -> int | None:
    """Return the index of the first call to the wallet itself that names no function of it; None if there is none."""
    own = (i for i, call in enumerate(context.calls) if call.to == context.wallet and len(call.data) < 4)
    return next(own, None)


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def ordinal(index: int) -> str:
    """Return the place of the call with this index in words: ``first`` for 0."""
    if index < len(_ORDINALS):
        return _ORDINALS[index]
    number = index + 1
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number // 10 % 10 != 1 else "th"
    return f"{number}{ending}"


def name_of(context: Context, index: int | None) -> str:
    """Name a call by its place: ``The second call``, or ``The call`` if there is no other."""
    return "A call" if index is None else place_of(index, len(context.calls))


def place_of(index: int, count: int) -> str:
    """Name one of so many calls by its place."""
    return "The call" if count == 1 else f"The {ordinal(index)} call"


def hex_of(selector: bytes) -> str:
    """Return a selector as 0x-hex."""
    return "0x" + selector.hex()
