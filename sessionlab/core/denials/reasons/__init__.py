"""The reasons for which an operation can be refused, with one entry of text for each.

One table, grouped by topic: what a session may call (``reach``), what it may spend (``allowances``), sessions and
their signatures (``sessions``), the EntryPoint's codes (``entry_point``), sizes (``bounds``), errors of the called
contracts (``called``), and failures for which nobody gave a reason (``silent``), of which the state may tell more.
A test checks that it covers every error of the lab's contracts and every EntryPoint code.
"""

from __future__ import annotations

import re
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.contracts.reverts import EMPTY, Revert
from sessionlab.core.denials.denial import Context, Denial
from sessionlab.core.denials.reasons import (  # noqa: F401 - importing them fills the table
    allowances,
    bounds,
    called,
    entry_point,
    reach,
    sessions,
    silent,
)
from sessionlab.core.denials.reasons.silent import unknown
from sessionlab.core.denials.reasons.table import REASONS, Args, DenialText, held

__all__ = ["REASONS", "arguments_of", "denial_of", "explain", "keys_of"]


def explain(revert: Revert, phase: str, context: Context) -> Denial:
    """Look up the innermost reason and fill its entry with the facts."""
    entry = next((REASONS[key] for key in keys_of(revert, phase) if key in REASONS), unknown)
    return denial_of(revert, phase, context, entry(arguments_of(revert), context))


def arguments_of(revert: Revert) -> Args:
    """Return the arguments of the innermost error. Addresses have their checksum, as everywhere else."""
    return {name: _spelled(value) for name, value in revert.innermost.args.items()}


def denial_of(revert: Revert, phase: str, context: Context, said: DenialText) -> Denial:
    """Return the denial that says this text."""
    inner = revert.innermost
    return Denial(
        code=said.code or inner.reason,
        phase=phase,
        rule=said.rule,
        permission=said.permission,
        call=said.call,
        asked=said.asked,
        left=said.left,
        unit=said.unit,
        sentence=said.sentence,
        fix=said.fix + _what_stays(said, context),
        path=(*revert.path, said.code) if said.code else revert.path,
        raw="0x" + inner.raw.hex(),
    )


def _what_stays(said: DenialText, context: Context) -> str:
    """Return a note that a grant would not lift the session's conditions, which apply to every call."""
    condition = held(context, lambda limit: not limit.counts)
    changes_nothing = said.permission == condition or not re.search(r"\b[Gg]rant |\bapprove\b", said.fix)
    return "" if condition is None or changes_nothing else f" The session's {condition} still binds it."


def _spelled(value: Any) -> Any:
    is_address = isinstance(value, str) and value.startswith("0x") and len(value) == 42
    return checksum(address_bytes(value)) if is_address else value


def keys_of(revert: Revert, phase: str) -> tuple[str, ...]:
    """Return where to look: by name and phase, by EntryPoint code (the text's first four characters), by name."""
    inner = revert.innermost
    # For an empty revert, the EntryPoint's code says whether the wallet or the paymaster reverted.
    source = revert if inner.name == EMPTY and revert.reason[:4] in REASONS else inner
    return f"{source.name}:{phase}", source.reason[:4], source.name
