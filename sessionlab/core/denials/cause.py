"""The tree of possible causes that a denial carries, each with evidence. A lab that does not diagnose has none.

    AA21 didn't pay prefund
    ├ ✗ the gas may cost 0.02 ETH: 2,000,000 gas at 10 gwei
    ├ ✗ the deposit in the EntryPoint holds 0.001 ETH
    └ ✗ the wallet holds 0.003 ETH, and 0.019 ETH is missing

``✗`` marks what is wrong, ``✓ not this`` what is ruled out, and ``· perhaps`` what cannot be determined here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SIGNS = {True: "✗", False: "✓ not this:", None: "· perhaps:"}


@dataclass(frozen=True, slots=True)
class Cause:
    """One possible cause, with its evidence. ``wrong`` is True, False, or None if it cannot be determined."""

    text: str
    wrong: bool | None = None
    causes: tuple[Cause, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        yield self.text
        for index, cause in enumerate(self.causes):
            last = index == len(self.causes) - 1
            lines = list(cause._lines())
            yield f"{'└' if last else '├'} {SIGNS[cause.wrong]} {lines[0]}"
            yield from (f"{' ' if last else '│'}   {line}" for line in lines[1:])

    def to_json(self) -> dict[str, Any]:
        """Return JSON."""
        return {"text": self.text, "wrong": self.wrong, "causes": [cause.to_json() for cause in self.causes]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Cause:
        """Read the output of ``to_json``."""
        return cls(data["text"], data["wrong"], tuple(map(cls.from_json, data["causes"])))
