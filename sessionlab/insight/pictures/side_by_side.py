"""Side by side: the same operations under both rulesets, and a word on every row where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from sessionlab.call import Call, read_calls
from sessionlab.errors import GrantRefused
from sessionlab.insight.cards import BLUE, ORANGE, frame
from sessionlab.insight.outcome import Outcome
from sessionlab.insight.pictures.asking import A_WALLET, GRANT, SAMPLE_GAS, Answer, Asked
from sessionlab.insight.pictures.base import Picture
from sessionlab.insight.pictures.tables import aligned, cell_html, table_html
from sessionlab.permissions.rulesets import DEPLOYED, DOCUMENTED, ruleset
from sessionlab.permissions.types import Permission

Result = Answer | Outcome | GrantRefused
Case = tuple[Result, Result] | tuple[Sequence[Permission], Sequence[Call]]
DIFFERS, SAME = "≠ differs", "= same"


@dataclass(frozen=True, slots=True)
class Row:
    """One operation under both rulesets."""

    what: str
    documented: Answer
    deployed: Answer

    @property
    def differs(self) -> bool:
        """Whether it passes under one alone, or is refused for another reason."""
        return self.documented != self.deployed


@dataclass(frozen=True, repr=False)
class SideBySide(Picture):
    """Operations, each decided twice."""

    rows: tuple[Row, ...]

    @property
    def alternative_text(self) -> str:
        """The rows that differ, in words."""
        different = [row for row in self.rows if row.differs]
        said = "; ".join(
            f"{row.what}: documented {row.documented.cell.words}, deployed {row.deployed.cell.words}"
            for row in different
        )
        head = f"Documented and deployed side by side: {len(different)} of {len(self.rows)} operations differ."
        return f"{head} {said}." if said else head

    def text(self) -> str:
        """The table."""
        rows = [("", "documented", "deployed", "")]
        for row in self.rows:
            rows.append((row.what, str(row.documented.cell), str(row.deployed.cell), DIFFERS if row.differs else SAME))
        return "\n".join(aligned(rows))

    def html(self) -> str:
        """The table; rows that differ say so and stand out."""
        lines = []
        for row in self.rows:
            mark = f"<b style='border-bottom:2px solid {ORANGE}'>{DIFFERS}</b>" if row.differs else SAME
            what = f"<b>{escape(row.what)}</b>" if row.differs else escape(row.what)
            nowrap = f"<span style='white-space:nowrap'>{mark}</span>"
            lines.append([what, cell_html(row.documented.cell), cell_html(row.deployed.cell), nowrap])
        table = table_html(("the same operation", "documented", "deployed", ""), lines)
        return frame("Two rulesets side by side", BLUE, table, "70em")


def side_by_side(
    cases: Mapping[str, Case], *, wallet: str = A_WALLET, gas: int = SAMPLE_GAS, extensions: Iterable[str] = ()
) -> SideBySide:
    """Operations under both rulesets. A case is one of two things:

    - two results of runs, the documented first: an Outcome each, or the GrantRefused that was raised;
    - permissions and calls, which the engine decides under both, all allowances whole; ``gas``: what each may take.

    ``extensions``: permission types beyond production's that both rulesets know.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> pay = [sl.Call(to=lab.counter, value=1)]
    >>> side_by_side({"1 wei with contract-access": ([sl.ContractAccess(address=lab.counter)], pay)})
                                documented                                deployed
    1 wei with contract-access  ✗ NativeTransferNotAllowed in validation  ✓ allowed  ≠ differs
    """
    found = []
    rulesets = [ruleset(rules, extensions) for rules in (DOCUMENTED, DEPLOYED)]
    for what, (left, right) in cases.items():
        if isinstance(left, Result) and isinstance(right, Result):
            found.append(Row(what, answer_of(left), answer_of(right)))
        else:
            permissions, calls = tuple(left), read_calls(right)  # type: ignore[arg-type]  # not results
            both = [Asked(permissions, rules, wallet).answer(calls, gas=gas) for rules in rulesets]
            found.append(Row(what, *both))
    return SideBySide(tuple(found))


def answer_of(result: Result) -> Answer:
    """What became of a run: where it was refused, and why."""
    if isinstance(result, Answer):
        return result
    if isinstance(result, GrantRefused):
        return Answer(GRANT, result.rule)
    return Answer(result.phase, result.denial.code if result.denial else None)
