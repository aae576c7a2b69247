"""An executed page shows every picture and card without a kernel, and asks nothing of the network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sessionlab.course.executed import execute

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return execute(NOTEBOOKS / "00_start_here.ipynb", tmp_path_factory.mktemp("pages")).read_text()


def test_pictures_and_cards_are_in_the_page(page: str) -> None:
    assert "Refused in execution" in page
    assert re.search(r"<(img|svg)[^>]*(alt|aria-label)=", page)
    assert "0.1 ETH" in page


def test_no_cell_failed(page: str) -> None:
    assert "Traceback" not in page
    assert "ename" not in page


def test_no_picture_comes_from_elsewhere(page: str) -> None:
    body = page[page.index("<body") :]
    assert not re.findall(r"<img[^>]*src=.https?:", body)
