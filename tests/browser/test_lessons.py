"""Lessons in JupyterLab: Run All without an error, and every picture and card to be read in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.jupyter import Jupyter, Notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = (
    "00_start_here",
    pytest.param("03_native_token_transfer", marks=pytest.mark.long),
    "12_least_privilege",
    pytest.param("13_documented_and_deployed", marks=pytest.mark.long),
)

#: The ink of each text of a cell and the paper behind it, as the browser paints them; small print as well as large.
READ = """
cell => {
    const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const colour = name => {
        paint.clearRect(0, 0, 1, 1);
        paint.fillStyle = name;
        paint.fillRect(0, 0, 1, 1);
        return Array.from(paint.getImageData(0, 0, 1, 1).data);
    };
    const paper = element => {
        for (let one = element; one; one = one.parentElement) {
            const found = colour(getComputedStyle(one).backgroundColor);
            if (found[3] > 200) return found;
        }
        return [255, 255, 255, 255];
    };
    const found = [];
    for (const element of cell.querySelectorAll('.jp-OutputArea-output *')) {
        if (element.closest('svg') || !element.checkVisibility()) continue;
        const own = Array.from(element.childNodes).filter(node => node.nodeType === 3 && node.data.trim());
        if (own.length) {
            const style = getComputedStyle(element);
            found.push([own[0].data.trim(), colour(style.color), paper(element), parseFloat(style.fontSize)]);
        }
    }
    return found;
}
"""


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request: pytest.FixtureRequest, jupyter: Jupyter) -> Iterator[Notebook]:
    opened = jupyter.open(NOTEBOOKS / f"{request.param}.ipynb")
    opened.run_all()
    yield opened
    opened.close()


def shown(lesson: Notebook) -> list[int]:
    """The cells that show a picture, a card or a widget."""
    return [number for number, cell in enumerate(lesson.cells()) if any(map(is_shown, cell.get("outputs", [])))]


def is_shown(output: dict[str, Any]) -> bool:
    return "text/html" in output.get("data", {})


def luminance(colour: list[int]) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [one / 255 for one in colour[:3]]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: list[int], paper: list[int]) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def least(text: str, size: float) -> float:
    """WCAG 2.2, the contrast that is asked for: 4.5 for text, 3 for large text and for signs such as ✓."""
    return 3 if size >= 24 or not any(map(str.isalnum, text)) else 4.5


def test_run_all_leaves_no_error(lesson: Notebook) -> None:
    assert lesson.errors() == []
    assert len(shown(lesson)) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_that_is_shown_can_be_read(lesson: Notebook, theme: str) -> None:
    for number in shown(lesson):
        lesson.screenshot(f"{lesson.name}-{number:02}", theme, number)
        cell = lesson.cell(number)
        faint = [
            (text, round(contrast(ink, paper), 1))
            for text, ink, paper, size in cell.evaluate(READ)
            if contrast(ink, paper) < least(text, size)
        ]
        assert faint == [], f"cell {number}"
        assert cell.evaluate("cell => cell.querySelector('.jp-OutputArea').scrollWidth <= cell.clientWidth"), number


def test_every_picture_has_a_text_for_those_who_do_not_see_it(lesson: Notebook) -> None:
    for number in shown(lesson):
        for picture in lesson.cell(number).locator(".jp-OutputArea-output").locator("img, svg[role=img]").all():
            told = picture.get_attribute("alt") or picture.get_attribute("aria-label") or ""
            assert len(told.split()) > 3, number


def test_nothing_leaves_the_machine(jupyter: Jupyter, lesson: Notebook) -> None:
    assert jupyter.outside == []
