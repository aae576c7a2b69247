"""The ways through the course: previous and next in every notebook, the index, the glossary, and first uses linked.

    python -m sessionlab.course.ways FOLDER --force  writes them into the notebooks of a folder
    python -m sessionlab.course.ways FOLDER --check  exits with 1 and names the notebooks that are out of date

Without ``--force``, only notebooks that are not there are written.

What it writes follows from the lessons and the glossary alone, so a second run changes nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.course.glossary import TERMS, Term
from sessionlab.course.guide import PATHS
from sessionlab.course.lesson import Lesson, lesson, numbers
from sessionlab.course.progressing import prerequisites
from sessionlab.study.new_files import check_free, write_new

INDEX, GLOSSARY, LOOK_UP = "index.ipynb", "glossary.ipynb", "look_up.ipynb"
#: The lessons for readers who are short of time, and where they end.
SHORT = PATHS["onboarding"]
RESULTS = f"[Your results →]({INDEX}#Your-results)"
#: Notebooks that are no lessons: file → title.
PAGES = {INDEX: "The course", GLOSSARY: "Glossary", LOOK_UP: "Look it up"}
_WAY = re.compile(r"\n*^\[The course\]\(index\.ipynb\).*\Z", re.MULTILINE | re.DOTALL)
_LINKED = re.compile(r"\[([^\]]+)\]\(glossary\.ipynb#[^)]*\)")
#: What is not running text: code, links, headings, bold and math, table rows.
_NOT_TEXT = re.compile(r"`[^`]*`|!?\[[^\]]*\]\([^)]*\)|^#.*$|\*\*[^*]+\*\*|^\|.*$|<[^>]+>|\*[^*\n]+\*", re.MULTILINE)
_KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def title_of(item: Lesson) -> str:
    """Return a lesson's number and short title."""
    return f"{item.number} {item.title.partition(':')[0]}"


def way(item: Lesson) -> str:
    """Return the links in a lesson's notebook: to the index, the neighbours, what to look up, the short path."""
    every = [lesson(number) for number in numbers()]
    position = every.index(item)
    links = ["[The course](index.ipynb)"]
    links += [f"[← {title_of(other)}]({other.notebook})" for other in every[max(position - 1, 0) : position]]
    links += [f"[{title_of(other)} →]({other.notebook})" for other in every[position + 1 : position + 2]]
    links += ["[Glossary](glossary.ipynb)", "[Look it up](look_up.ipynb)"]
    if item.number in SHORT:
        following = SHORT[SHORT.index(item.number) + 1 :]
        links.append(f"Short path: {_short_step(following[0]) if following else RESULTS}")
    return " · ".join(links)


def _short_step(number: str) -> str:
    return f"[{title_of(lesson(number))} →]({lesson(number).notebook})"


def guided(item: Lesson, notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a lesson's notebook with its ways: the links at its top and its end, and first uses of words linked."""
    made: dict[str, Any] = json.loads(json.dumps(notebook))
    texts = [cell for cell in made["cells"] if cell["cell_type"] == "markdown"]
    waiting = list(TERMS)
    for cell in texts:
        source = _LINKED.sub(r"\1", _WAY.sub("", "".join(cell["source"])))
        source, waiting = _with_links(source, waiting)
        if cell in (texts[0], texts[-1]):
            source = f"{source}\n\n{way(item)}"
        cell["source"] = source.splitlines(keepends=True)
    return made


def _with_links(source: str, waiting: list[Term]) -> tuple[str, list[Term]]:
    """Link the first use of each word that waits for it; returns the text and the words that still wait."""
    left = []
    for term in sorted(waiting, key=lambda term: -len(term.name)):
        if span := _use(source, term):
            begin, end = span
            source = f"{source[:begin]}[{source[begin:end]}](glossary.ipynb#{term.anchor}){source[end:]}"
        else:
            left.append(term)
    return source, left


def _use(source: str, term: Term) -> tuple[int, int] | None:
    words = "|".join(re.escape(word) for word in (term.name, *term.also))
    taken = [match.span() for match in _NOT_TEXT.finditer(source)]
    for match in re.finditer(rf"(?<![\w-])(?:{words})s?(?![\w-])", source, re.IGNORECASE):
        if not any(begin < match.end() and match.start() < end for begin, end in taken):
            return match.span()
    return None


# -- the pages that are no lessons


def index() -> dict[str, Any]:
    """Return the index: a list of lessons with links, and cards that show how far a learner is."""
    listed = "\n".join(
        f"- [{title_of(item)}]({item.notebook}), {item.minutes} minutes, {prerequisites(item)}: {item.promise}"
        for item in map(lesson, numbers())
    )
    steps = [f"[{title_of(lesson(number))}]({lesson(number).notebook})" for number in SHORT]
    minutes = sum(lesson(number).minutes for number in SHORT)
    path = " → ".join([*steps, "[your results](#Your-results)"])
    text = (
        f"# The course\n\nBegin with 00: it takes {lesson(SHORT[0]).minutes} minutes and needs nothing but Python. Run "
        "the next cell to see how far you are.\n\n"
        f"**Short of time?** This path takes about {minutes} minutes: {path}."
        "\n\n[Glossary](glossary.ipynb) · [Look it up: cheat sheet, decision tree, refusals]"
        "(look_up.ipynb) · [Instructor guide](90_instructor_guide.ipynb)"
    )
    results = (
        "## Your results\n\nPut your name into the next cell and run it: it shows all that you have done, on one page. "
        '`course.results("your name").save("results.html")` writes that page. Hand it in together with your notebooks, '
        "which are what is graded."
    )
    cells = [_text("title", text), _code("cards", "from sessionlab import course\n\ncourse.index()")]
    return _notebook(
        [
            *cells,
            _text("list", f"## All lessons\n\n{listed}"),
            _text("results-text", results),
            _code("results", 'course.results("your name")'),
        ]
    )


def glossary() -> dict[str, Any]:
    """Return the glossary: a heading for each word, so that it has an anchor."""
    words = "\n\n".join(f"### {term.name}\n\n{term.means}" for term in TERMS)
    head = "# Glossary\n\nThe words of the course. [The course](index.ipynb) · [Look it up](look_up.ipynb)"
    return _notebook([_text("title", head), _text("words", words)])


def look_up() -> dict[str, Any]:
    """Return the page to look things up on: the cheat sheet, the decision tree and how to read a refusal."""
    head = (
        "# Look it up\n\nThe eight permission types, which of them you need, and what a refusal in production means. "
        "[The course](index.ipynb) · [Glossary](glossary.ipynb)\n\n## Which permission do I need?"
    )
    sheet = (
        '## The eight types on one page\n\nTo print it, `course.cheat_sheet().save("sheet.html")` and open the file.'
    )
    refusal = (
        "## How to read a refusal\n\nA bundler in production answers with a code of the EntryPoint and, behind it, the "
        "wallet's own error as hex. `sl.decode_error` reads both, and whole messages too. Three examples; paste yours."
    )
    examples = (
        'print(sl.decode_error("AA21 didn\'t pay prefund"))\n'
        'print(sl.decode_error("AA23 reverted 0x8f9e2b39"))  # a selector that nobody here knows\n'
        'sl.decode_error("validation reverted: AA23 reverted AddressNotAllowed()")'
    )
    return _notebook(
        [
            _text("title", head),
            _code("tree", "import sessionlab as sl\nfrom sessionlab import course\n\ncourse.which_permission()"),
            _text("sheet-text", sheet),
            _code("sheet", "course.cheat_sheet()"),
            _text("refusal-text", refusal),
            _code("refusal", examples),
        ]
    )


def _text(id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": id, "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(id: str, source: str) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "id": id, "metadata": {}, "outputs": [], "source": lines}


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {"cells": cells, "metadata": _KERNEL, "nbformat": 4, "nbformat_minor": 5}


# -- writing


def wanted(folder: Path) -> dict[str, str]:
    """Return the notebooks of a folder as they should be: file → text. A lesson that is not there is left out."""
    made = {INDEX: index(), GLOSSARY: glossary(), LOOK_UP: look_up()}
    for item in map(lesson, numbers()):
        if (folder / item.notebook).is_file():
            made[item.notebook] = guided(item, json.loads((folder / item.notebook).read_text(encoding="utf-8")))
    return {name: json.dumps(notebook, indent=1, ensure_ascii=False) + "\n" for name, notebook in made.items()}


def out_of_date(folder: Path) -> list[str]:
    """Return the notebooks of a folder whose ways are not up to date."""

    def text(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else ""

    return [name for name, made in wanted(folder).items() if text(name).rstrip("\n") != made.rstrip("\n")]


def page_title(file: str) -> str:
    """Return the title of the page that a notebook becomes."""
    names = {item.notebook: f"{title_of(item)} · sessionlab" for item in map(lesson, numbers())}
    return names.get(file, f"{PAGES.get(file, Path(file).stem.replace('_', ' '))} · sessionlab")


def linked_as_pages(text: str) -> str:
    """Return a text whose links to the course's notebooks go to the pages made of them."""
    known = "|".join(re.escape(Path(name).stem) for name in (*PAGES, *(lesson(n).notebook for n in numbers())))
    return re.sub(rf"(\]\(|href=['\"])({known}|90_instructor_guide)\.ipynb(?=[)#'\"])", r"\1\2.html", text)


def main(arguments: list[str] | None = None) -> int:
    """Write the ways, or check them."""
    parser = argparse.ArgumentParser(prog="python -m sessionlab.course.ways", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder with the notebooks")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if something is out of date")
    parser.add_argument("--force", action="store_true", help="replace notebooks that are there")
    options = parser.parse_args(arguments)
    folder = options.folder
    stale = out_of_date(folder)
    if not options.check:
        texts = wanted(folder)
        try:
            check_free([folder / name for name in stale], within=folder, force=options.force, field="FOLDER")
        except InvalidInput as error:
            print(f"{parser.prog}: {error}", file=sys.stderr)
            return 2
        for name in stale:
            write_new(folder / name, texts[name], within=folder, force=options.force, field="FOLDER")
    print(*(stale or ["The ways are up to date."]), sep="\n")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
