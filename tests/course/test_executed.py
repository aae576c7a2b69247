"""An executed page shows every picture, card and decision without a kernel, and asks nothing of the network."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from sessionlab.course.executed import execute

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
WIDGETS = {"gauge": "Allowances at block", "inspector": "refused in", "playground": "Two rulesets side by side"}


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def page(notebook: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a reader sees of the page: its body."""
    text = execute(notebook, tmp_path_factory.mktemp("pages")).read_text()
    return text[text.index("<body") :]


@pytest.fixture
def source(notebook: Path) -> str:
    cells = json.loads(notebook.read_text())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_no_cell_failed(page: str) -> None:
    assert "Traceback" not in page
    assert 'data-mime-type="application/vnd.jupyter.error"' not in page


def test_pictures_and_cards_are_in_the_page(page: str, source: str) -> None:
    assert page.count("jp-RenderedHTML jp-OutputArea-output") > 3
    if "sl.pictures." in source or ".plot(" in source:
        assert re.search(r"<(img|svg)[^>]*(alt|aria-label)=|<table", page)


def test_every_picture_says_what_it_shows(page: str) -> None:
    for picture in re.findall(r"<img[^>]*>|<svg[^>]*role=.img[^>]*>", page):
        told = re.search(r"(?:alt|aria-label)=([\"'])(.*?)\1", picture, re.DOTALL)
        assert told, picture[:200]
        assert len(unescape(told[2]).split()) > 3, picture[:200]


def test_widgets_leave_their_static_form(page: str, source: str) -> None:
    for widget, shows in WIDGETS.items():
        if f"sl.widgets.{widget}(" in source:
            assert shows in page
    assert "widget-view+json" not in page


def test_what_a_cell_prints_is_one_piece(tmp_path: Path) -> None:
    """Also where the kernel flushes in the middle of a line."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    code = "import sys\nfor part in ('one ', 'line'):\n    sys.stdout.write(part)\n    sys.stdout.flush()"
    nbformat.write(new_notebook(cells=[new_code_cell(code)]), tmp_path / "made.ipynb")
    assert "one line" in execute(tmp_path / "made.ipynb", tmp_path / "pages").read_text()


def test_no_picture_comes_from_elsewhere(page: str) -> None:
    assert not re.findall(r"<(?:img|iframe|script)[^>]*src=.https?:", page)
