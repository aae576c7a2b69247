"""Case studies as text and as cards: what was published, both runs side by side, the lesson, the sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from textwrap import fill
from typing import TYPE_CHECKING

from sessionlab.core.base.html import BLUE, GREEN, RED, card, frame
from sessionlab.study.pictures.matrix import Matrix, matrix
from sessionlab.study.tables import table_html
from sessionlab.study.text import aligned

if TYPE_CHECKING:
    from sessionlab.attacks.incidents.incident import CaseStudy, IncidentRun
    from sessionlab.attacks.incidents.sources import Source

WIDTH = 110
COLUMNS = ("published", "lost here", "the wallet as it is")


def overview(studies: Sequence[CaseStudy]) -> Matrix:
    """Return a table of case studies: the published cost, the loss here, and the error that refuses each."""
    cells: dict[tuple[str, str], str] = {}
    for study in studies:
        said = (study.case.cost, study.loss, f"{study.case.stopped[1]}, in {study.case.stopped[0]}")
        cells |= {(study.case.name, column): word for column, word in zip(COLUMNS, said, strict=True)}
    return matrix("Published incidents", [study.case.name for study in studies], COLUMNS, cells)


def text(study: CaseStudy) -> str:
    """Return a case study as lines of text."""
    lines = [f"{study.case.name}: {study.case.title}", ""]
    lines += [_paragraph(label, words) for label, words in _about(study)]
    lines += ["", *aligned([("", study.holed.wallet, study.whole.wallet), *_rows(study)]), ""]
    lines += [_paragraph("lesson", study.case.lesson)]
    lines += [_paragraph("source", _source(source)) for source in study.case.sources]
    return "\n".join(lines)


def html(study: CaseStudy) -> str:
    """Return a case study as an HTML card."""
    about = card("As published, and as run here", BLUE, [(label, escape(words)) for label, words in _about(study)])
    rows = [[escape(cell) for cell in row] for row in _rows(study)]
    rows[-1] = [f"<b>{cell}</b>" for cell in rows[-1]]
    table = frame("The same steps on two wallets", RED, table_html(("", study.holed.wallet, study.whole.wallet), rows))
    sources = [("source", _linked(source)) for source in study.case.sources]
    lesson = card("The lesson", GREEN, [("", escape(study.case.lesson)), *sources])
    return frame(f"{study.case.title} ({study.case.name})", BLUE, about + table + lesson)


def _about(study: CaseStudy) -> Iterator[tuple[str, str]]:
    yield "published", study.case.published
    yield "run here", study.case.differs
    yield "the hole", study.case.hole
    yield "the thief", f"holds {study.case.thief}"
    for number, words in enumerate(study.case.granted):
        yield ("" if number else "granted"), words


def _rows(study: CaseStudy) -> Iterator[tuple[str, str, str]]:
    """Yield rows: amounts before, each step on both wallets, amounts after, and the loss."""
    runs = (study.holed, study.whole)
    for index, measure in enumerate(study.case.measures):
        before, whole = (measure.shown(run.before[index]) for run in runs)
        yield f"before: {measure.name}", before, whole
    for number, step in enumerate(study.holed.steps):
        yield f"{number + 1}. {step.what}", _ended(study, study.holed, number), _ended(study, study.whole, number)
    for index, measure in enumerate(study.case.measures):
        after, whole = (measure.shown(run.after[index]) for run in runs)
        yield f"after: {measure.name}", after, whole
    lost, nothing = (study.case.measures[0].shown(run.loss) if run.loss else "nothing" for run in runs)
    yield "lost beyond what was granted", lost, nothing


def _ended(study: CaseStudy, run: IncidentRun, number: int) -> str:
    """Describe how a step ended, with the first amount if the step changed it."""
    step = run.steps[number]
    held = run.steps[number - 1].held if number else run.before[0]
    return step.ended if step.held == held else f"{step.ended}; {study.case.measures[0].shown(step.held)} is left"


def _source(source: Source) -> str:
    return f"{source.name}. " + (f"Read: {source.says}. {source.url}" if source.read else "Not found; quoted by name.")


def _linked(source: Source) -> str:
    name = escape(source.name)
    return (
        f"<a href='{source.url}' style='color:inherit'>{name}</a>: {escape(source.says)}"
        if source.read
        else f"{name} (not found)"
    )


def _paragraph(label: str, words: str) -> str:
    return fill(
        words,
        WIDTH,
        initial_indent=f"{label:<11}",
        subsequent_indent=" " * 11,
        break_long_words=False,
        break_on_hyphens=False,
    )
