"""The table of the reasons that only the state tells, next to the core's table of those that the contracts give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.reasons.table import Args, DenialText
from sessionlab.study.diagnosis.facts import DiagnosisFacts


@dataclass(frozen=True)
class DiagnosedContext(Context):
    """The known facts about a refused operation, with those that the state shows in which it was refused."""

    facts: DiagnosisFacts = field(kw_only=True)


Entry = Callable[[Args, DiagnosedContext], DenialText]

#: Keyed as ``REASONS`` of the core, and by a code with a ``Diagnosis`` behind it: ``EmptyRevert:OutOfGas``.
STATE_REASONS: dict[str, Entry] = {}


def reason(*names: str) -> Callable[[Entry], Entry]:
    """Register a function for the errors that it explains."""

    def enter(entry: Entry) -> Entry:
        STATE_REASONS.update(dict.fromkeys(names, entry))
        return entry

    return enter
