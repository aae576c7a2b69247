"""Ways through the course: every notebook leads on, words are explained at their first use, pages have titles."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sessionlab.course import guide, ways
from sessionlab.course.glossary import TERMS
from sessionlab.course.lesson import lesson, numbers

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = [lesson(number) for number in numbers()]
LINK = re.compile(r"\]\(([^)#\s]+\.ipynb)(#[^)\s]+)?\)")


def texts(name: str) -> list[str]:
    cells: list[dict[str, Any]] = json.loads((NOTEBOOKS / name).read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def test_the_notebooks_are_up_to_date() -> None:
    assert ways.out_of_date(NOTEBOOKS) == [], "run: python -m sessionlab.course.ways notebooks --force"


def test_every_lesson_leads_to_the_one_before_and_the_one_behind_at_its_top_and_its_end() -> None:
    for before, item, behind in zip([None, *LESSONS], LESSONS, [*LESSONS[1:], None], strict=False):
        for text in (texts(item.notebook)[0], texts(item.notebook)[-1]):
            linked = [found[0] for found in LINK.findall(text.rpartition("\n")[2])]
            wanted = [other.notebook for other in (before, behind) if other is not None]
            short = guide.PATHS["onboarding"]
            onward = dict(zip(short, [*(lesson(number).notebook for number in short[1:]), "index.ipynb"], strict=True))
            also = [onward[item.number]] if item.number in onward else []
            assert linked == ["index.ipynb", *wanted, "glossary.ipynb", "look_up.ipynb", *also]


def test_every_link_leads_to_a_notebook_and_an_anchor_that_are_there() -> None:
    anchors = {
        "#" + head.replace(" ", "-") for text in texts("glossary.ipynb") for head in re.findall("(?m)^### (.*)", text)
    }
    assert len(anchors) == len(TERMS) >= 35
    for path in NOTEBOOKS.glob("*.ipynb"):
        for text in texts(path.name):
            for file, anchor in LINK.findall(text):
                assert (NOTEBOOKS / file).is_file(), (path.name, file)
                there = {"glossary.ipynb": anchors, "index.ipynb": {"#Your-results"}}
                assert not anchor or anchor in there[file], (path.name, anchor)


def test_a_word_is_linked_once_in_a_lesson_and_where_it_first_stands_in_running_text() -> None:
    linked = set()
    for item in LESSONS:
        found = [link for text in texts(item.notebook) for link in LINK.findall(text)]
        anchors = [anchor for file, anchor in found if file == "glossary.ipynb" and anchor]
        assert len(anchors) == len(set(anchors)), item.notebook
        linked |= set(anchors)
    assert len(linked) >= 30
    source, waiting = ways._with_links("`session` **session**\n# A session\nTwo sessions, one session.", list(TERMS))
    assert source.endswith("Two [sessions](glossary.ipynb#session), one session.")
    assert "session" not in [term.name for term in waiting]


def test_a_second_run_changes_nothing_and_a_changed_text_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    item = lesson("03")
    notebook = json.loads((NOTEBOOKS / item.notebook).read_text())
    assert ways.guided(item, ways.guided(item, notebook)) == ways.guided(item, notebook)
    notebook["cells"][0]["source"] = ["# Another title"]
    (tmp_path / item.notebook).write_text(json.dumps(notebook))
    assert ways.main([str(tmp_path), "--check"]) == 1
    assert not (tmp_path / "index.ipynb").exists()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert ways.main([str(tmp_path)]) == 2
    assert "exists (a file). Nothing was written." in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert ways.main([str(tmp_path), "--force"]) == 0
    assert ways.main([str(tmp_path), "--check"]) == 0
    assert ways.way(item) in (tmp_path / item.notebook).read_text()


def test_the_index_names_every_lesson_with_minutes_and_prerequisites() -> None:
    listed = "\n".join(texts("index.ipynb"))
    for item in LESSONS:
        before = f"after {', '.join(item.before)}" if item.before else "no prerequisites"
        assert f"]({item.notebook}), {item.minutes} minutes, {before}: {item.promise}" in listed


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("[a](00_start_here.ipynb)", "[a](00_start_here.html)"),
        ("[a](glossary.ipynb#wei)", "[a](glossary.html#wei)"),
        ("<a href='03_native_token_transfer.ipynb'>", "<a href='03_native_token_transfer.html'>"),
        ("[a](mine.ipynb)", "[a](mine.ipynb)"),
        ("`00_start_here.ipynb`", "`00_start_here.ipynb`"),
    ],
)
def test_pages_link_to_pages(text: str, page: str) -> None:
    assert ways.linked_as_pages(text) == page


def test_pages_have_titles_of_their_own() -> None:
    titles = [ways.page_title(path.name) for path in NOTEBOOKS.glob("*.ipynb")]
    assert len(set(titles)) == len(titles)
    assert ways.page_title("03_native_token_transfer.ipynb") == "03 native-token-transfer · sessionlab"
