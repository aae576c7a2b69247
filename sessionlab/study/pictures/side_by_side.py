"""Side by side: the same operations under both rulesets, with a word on every row where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from sessionlab.core.base.doors import ADDRESS, NUMBER, reads
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.base.html import BLUE, ORANGE, frame
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.doors import anything, mapping_of, pair
from sessionlab.study.pictures.base import Picture
from sessionlab.study.pictures.hypothetical_session import A_WALLET, GRANT, SAMPLE_GAS, Answer, HypotheticalSession
from sessionlab.study.tables import LOSS, YES, Cell, cell_html, table_html
from sessionlab.study.text import aligned, folded_rows, in_words

Result = Answer | Outcome | GrantRefused
Case = tuple[Result, Result] | tuple[Sequence[Permission], Sequence[Call]]
TAKEN = Cell(LOSS, "taken")
DIFFERS, SAME = "≠ differs", "= same"


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One operation under both rulesets."""

    what: str
    documented: Answer
    deployed: Answer

    @property
    def differs(self) -> bool:
        """Whether it passes under only one ruleset, or is refused for another reason."""
        return self.documented != self.deployed


@dataclass(frozen=True, repr=False)
class SideBySide(Picture):
    """Operations, each decided under both rulesets. ``thefts``: what passes is a loss, and is shown as one."""

    rows: tuple[ComparedRow, ...]
    thefts: bool = False

    @property
    def alternative_text(self) -> str:
        """Describe the rows that differ."""
        different = [row for row in self.rows if row.differs]
        said = in_words(
            different,
            lambda row: "{}: documented {}, deployed {}".format(row.what, *(cell.words for cell in self._cells(row))),
            "picture.rows",
        )
        head = f"Documented and deployed side by side: {len(different)} of {len(self.rows)} operations differ."
        return f"{head} {said}." if said else head

    def text(self) -> str:
        """Return the table as text."""
        rows = folded_rows(self.rows, self._line, "picture.rows", _differs)
        return "\n".join(aligned([("", "documented", "deployed", ""), *rows]))

    def html(self) -> str:
        """Render the table; rows that differ are labelled and highlighted."""
        lines = folded_rows(self.rows, self._html_line, "picture.rows", _differs)
        table = table_html(("the same operation", "documented", "deployed", ""), lines)
        return frame("Two rulesets side by side", BLUE, table)

    def _cells(self, row: ComparedRow) -> tuple[Cell, Cell]:
        """Return both answers in words; of thefts, one that passes is a loss, and one that is refused is none."""
        left, right = (
            answer.cell if not self.thefts else TAKEN if answer.ok else replace(answer.cell, sign=YES)
            for answer in (row.documented, row.deployed)
        )
        return left, right

    def _line(self, row: ComparedRow) -> list[str]:
        return [row.what, *map(str, self._cells(row)), DIFFERS if row.differs else SAME]

    def _html_line(self, row: ComparedRow) -> list[str]:
        mark = f"<b style='border-bottom:2px solid {ORANGE}'>{DIFFERS}</b>" if row.differs else SAME
        what = f"<b>{escape(row.what)}</b>" if row.differs else escape(row.what)
        nowrap = f"<span style='white-space:nowrap'>{mark}</span>"
        return [what, *map(cell_html, self._cells(row)), nowrap]


def _differs(row: ComparedRow) -> str:
    return "differ" if row.differs else "same"


@reads(cases=mapping_of(pair(anything, anything)), wallet=ADDRESS, gas=NUMBER)
def side_by_side(
    cases: Mapping[str, Case],
    *,
    wallet: str = A_WALLET,
    gas: int = SAMPLE_GAS,
    extensions: Iterable[str] = (),
    thefts: bool = False,
) -> SideBySide:
    """Compare operations under both rulesets. A case is one of two things:

    - the results of two runs, the documented one first: an Outcome each, or the GrantRefused that was raised;
    - permissions and calls, decided by the engine under both with unused allowances; ``gas``: the gas each may take.

    ``extensions``: permission types beyond production's that both rulesets accept. ``thefts``: the operations steal, so
    what passes is shown as a loss.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> pay = [sl.Call(to=lab.counter, value=1)]
    >>> side_by_side({"1 wei with contract-access": ([sl.ContractAccess(address=lab.counter)], pay)})
                                documented                                deployed
    1 wei with contract-access  ✗ NativeTransferNotAllowed in validation  ✓ allowed  ≠ differs
    """
    result = []
    rulesets = [ruleset(rules, extensions) for rules in (DOCUMENTED, DEPLOYED)]
    for what, (left, right) in cases.items():
        if isinstance(left, Result) and isinstance(right, Result):
            result.append(ComparedRow(what, answer_of(left), answer_of(right)))
        else:
            permissions, calls = tuple(left), read_calls(right)  # type: ignore[arg-type]  # not results
            both = [HypotheticalSession(permissions, rules, wallet).answer(calls, gas=gas) for rules in rulesets]
            result.append(ComparedRow(what, *both))
    return SideBySide(tuple(result), thefts)


def answer_of(result: Result) -> Answer:
    """Return where and why a run was refused, or that it passed."""
    if isinstance(result, Answer):
        return result
    if isinstance(result, GrantRefused):
        return Answer(GRANT, result.rule)
    return Answer(result.phase, result.denial.code if result.denial else None)
