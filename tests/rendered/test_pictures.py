"""Every picture, measured by a browser, in light and dark and at 420 pixels: nothing is cut off, covered or faint.

With ``SESSIONLAB_PICTURES=folder`` the PNG files are kept there, to be looked at.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pictures import gallery
from tests.rendered.rendering import NARROW, WIDTH, measured, page, render

WIDTHS = {"wide": WIDTH, "narrow": NARROW}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_word_is_cut_off_covered_or_faint(browser: Browser, theme: str, width: str) -> None:
    sections = [f"<section id='{name}'>{html}</section>" for name, html in gallery.drawn().items()]
    html = page(sections, theme)
    if kept := os.environ.get("SESSIONLAB_PICTURES"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        render(browser, html, Path(kept) / f"pictures-{theme}-{width}.png", size=(WIDTHS[width], 12_000))
    found = measured(browser, html, WIDTHS[width])
    assert set(found) == set(gallery.drawn())
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_measure_finds_what_is_wrong(browser: Browser) -> None:
    """A drawing with a word beyond its edge, two words on each other, one that is too small, and one too faint."""
    words = (
        '<text x="380" y="20" style="fill:#000">beyond</text><text x="10" y="60" style="fill:#000">under</text>'
        '<text x="14" y="62" style="fill:#000">over</text>'
        '<text x="10" y="90" style="fill:#000;font-size:6px">small</text>'
        '<text x="10" y="120" style="fill:#ccc">pale</text>'
    )
    drawing = f'<svg viewBox="0 0 400 200" style="width:400px;font-size:14px">{words}</svg>'
    wide = "<div style='width:2000px;text-align:right'>far away</div><div style='color:#eee'>white</div>"
    html = page([f"<section id='wrong'>{drawing}{wide}</section>"], "light")
    assert sorted(measured(browser, html, 420)["wrong"]) == [
        "beyond the drawing: beyond",
        "beyond the page: far away",
        "covers over: under",
        "faint: pale",
        "faint: white",
        "too small: small",
    ]
