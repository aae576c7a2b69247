"""The reasons for which an operation can be refused, with one entry of text for each.

One table, grouped by topic: what a session may call (``reach``), what it may spend (``allowances``), sessions and
their signatures (``sessions``), the EntryPoint's codes (``entry_point``), sizes (``bounds``), errors of the called
contracts (``called``), and what only the state tells, about calls (``silent_calls``) and in validation (``accounts``).
A test checks that it covers every error of the lab's contracts and every EntryPoint code.
"""

from __future__ import annotations

import re
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.contracts.reverts import EMPTY, Revert
from sessionlab.core.denials.denial import Context, Denial
from sessionlab.core.denials.diagnosis import diagnose
from sessionlab.core.denials.reasons import (  # noqa: F401 - importing them fills the table
    accounts,
    allowances,
    bounds,
    called,
    entry_point,
    reach,
    sessions,
)
from sessionlab.core.denials.reasons.silent_calls import unknown
from sessionlab.core.denials.reasons.table import REASONS, DenialText, Entry, held

__all__ = ["REASONS", "explain"]


def explain(revert: Revert, phase: str, context: Context) -> Denial:
    """Look up the innermost reason and fill its entry with the facts."""
    inner = revert.innermost
    args = {name: _spelled(value) for name, value in inner.args.items()}
    said = (_of_diagnosis(revert, phase, context) or _of_reason(revert, phase, context))(args, context)
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
    """Return addresses with their checksum, as everywhere else."""
    is_address = isinstance(value, str) and value.startswith("0x") and len(value) == 42
    return checksum(address_bytes(value)) if is_address else value


def _of_diagnosis(revert: Revert, phase: str, context: Context) -> Entry | None:
    """Look up an entry for what the state shows beyond the reason."""
    diagnosis = diagnose(context.facts) if context.facts else None
    code = revert.reason[:4] if phase == "validation" else revert.innermost.name
    return REASONS.get(f"{code}:{diagnosis}")


def _of_reason(revert: Revert, phase: str, context: Context) -> Entry:
    """Look up an entry by name and phase, by name, or by the EntryPoint code (the text's first four characters)."""
    inner = revert.innermost
    # For an empty revert, the EntryPoint's code says whether the wallet or the paymaster reverted.
    source = revert if inner.name == EMPTY and revert.reason[:4] in REASONS else inner
    keys = (f"{source.name}:{phase}", source.reason[:4], source.name)
    return next((REASONS[key] for key in keys if key in REASONS), unknown)
