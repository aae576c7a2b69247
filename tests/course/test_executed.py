"""An executed page shows every picture, card and decision without a kernel, and asks nothing of the network."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from sessionlab.course.executed import execute
from sessionlab.course.ways import page_title

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
WIDGETS = {"gauge": "Allowances at block", "inspector": "refused in", "playground": "Two rulesets side by side"}


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def page(notebook: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The body of the page. On the way, what the notebook has seen is compared with the replays."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / notebook.name).write_text(json.dumps(comparing(json.loads(notebook.read_text()))))
    text = execute(folder / notebook.name, folder).read_text()
    assert f"<title>{page_title(notebook.name)}</title>" in text
    assert not re.search(r"href=.[\w]+\.ipynb", text)  # pages lead to pages
    assert "<script" not in text and "<link" not in text  # nothing is loaded
    assert "@media screen and (prefers-color-scheme: dark)" in text
    return text[text.index("<body") :]


#: What a notebook has seen when it comes to ``course.reveal``, in its own names.
SEEN = {
    "00.1": "sum(outcome.ok for outcome in outcomes)",
    "01.1": "lab.balance(payer.address) < before",
    "01.2": "(lab.balance(lab.merchant) - had) // sl.ether('0.1')",
    "02.1": "max(noted, key=lambda name: noted[name])",
    "02.2": "min(changed, key=lambda name: changed[name])",
    "03.1": "second.allowances[0].remaining / 10**18",
    "04.1": "session.allowances[0].remaining / 10**6",
    "04.2": "session.allowances[1].remaining == 0",
    "05.1": "sum(outcome.receipt is not None for outcome in burnt)",
    "06.1": "sum(game[rules].balance(game[rules].counter) == sl.ether(9) for rules in game)",
    "07.1": "sum(outcome.ok for outcome in outcomes)",
    "08.1": "sum(lab.token_balance(name, wallet.address) == 0 for name in ('token', 'dollar', 'coin'))",
    "09.1": "(sl.ether(10) - wallet.balance) // 10**18",
    "10.1": "losses['root'][-1][1] // 10**18",
    "11.1": "at_the_end.ok",
    "12.1": "len(passed)",
    "13.1": "production.balance(production.counter) // 10**18",
    "14.1": "len(found)",
    "16.1": "bot.send_calls([to]).ok",
    "17.1": "lab.balance(stranger) / 10**18",
    "17.2": "wallet.balance / 10**18",
    "18.1": "denial is None",
    "18.2": "unsafe.still_valid",
}
#: Shown in words, or taken back with a snapshot: no name holds it any more.
WORDS_ONLY = {"15.1", "16.2"}


def comparing(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook that compares what it has seen with the replay before it reveals it."""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        found = re.search(r'^course\.reveal\("(.*)"\)', source, re.MULTILINE)
        if cell["cell_type"] == "code" and found and found[1] not in WORDS_ONLY:
            lines = [
                "from sessionlab.course.predicting import happens",
                f'assert ({SEEN[found[1]]}) == happens("{found[1]}")',
            ]
            cell["source"] = "\n".join([source[: found.start()], *lines, source[found.start() :]])
    return notebook


@pytest.fixture
def source(notebook: Path) -> str:
    cells = json.loads(notebook.read_text())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_no_cell_failed(page: str) -> None:
    assert "Traceback" not in page
    assert 'data-mime-type="application/vnd.jupyter.error"' not in page


def test_pictures_and_cards_are_in_the_page(notebook: Path, page: str, source: str) -> None:
    assert page.count("jp-RenderedHTML jp-OutputArea-output") >= 4 * notebook.name[0].isdigit()
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
