"""The reasons that an operation can be refused for, one entry each, in words.

One table, by theme: what a session may call (``reach``), what it may spend (``allowances``), sessions and
their signatures (``sessions``), the EntryPoint's codes (``entry_point``), and the contracts that are called
(``called``). It is complete for the lab's contracts and the EntryPoint's codes; a test walks both.
"""

from __future__ import annotations

import re
from typing import Any

from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.contracts.reverts import EMPTY, Revert
from sessionlab.insight.denial import Context, Denial
from sessionlab.insight.reasons import allowances, called, entry_point, reach, sessions  # noqa: F401 - they fill the table
from sessionlab.insight.reasons.table import REASONS, Entry, Said, held

__all__ = ["REASONS", "explain"]


def explain(revert: Revert, phase: str, context: Context) -> Denial:
    """Look the innermost reason up and put the facts in."""
    inner = revert.innermost
    # Who said nothing, the wallet or the paymaster, is told by the EntryPoint's code around it.
    is_silent = inner.name == EMPTY and revert.reason[:4] in REASONS
    facts = {name: _spelled(value) for name, value in inner.args.items()}
    said = _entry(revert if is_silent else inner, phase)(facts, context)
    return Denial(
        code=inner.reason,
        phase=phase,
        rule=said.rule,
        permission=said.permission,
        call=said.call,
        asked=said.asked,
        left=said.left,
        unit=said.unit,
        sentence=said.sentence,
        fix=said.fix + _what_stays(said, context),
        path=revert.path,
        raw="0x" + inner.raw.hex(),
    )


def _what_stays(said: Said, context: Context) -> str:
    """What a grant would not change: the session's conditions bind whatever else allows a call."""
    condition = held(context, lambda limit: not limit.counts)
    changes_nothing = said.permission == condition or not re.search(r"\b[Gg]rant |\bapprove\b", said.fix)
    return "" if condition is None or changes_nothing else f" The session's {condition} still binds it."


def _spelled(value: Any) -> Any:
    """Addresses with their checksum, as everywhere else."""
    is_address = isinstance(value, str) and value.startswith("0x") and len(value) == 42
    return checksum(address_bytes(value)) if is_address else value


def _entry(revert: Revert, phase: str) -> Entry:
    """By name and phase, by name, or by the first four characters of an EntryPoint's text."""
    for key in (f"{revert.name}:{phase}", revert.reason[:4], revert.name):
        if key in REASONS:
            return REASONS[key]
    return lambda args, context: Said(
        "an error that is not known here",
        f"A contract reverted with {revert}, which is no error of this lab's contracts.",
        "Look at the raw data; it may be an error of the contract that was called.",
    )
