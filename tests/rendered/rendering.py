"""Cards as a browser draws them: HTML in JupyterLab's colours, light and dark, to PNG."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: JupyterLab's own values (``@jupyterlab/theme-light-extension`` and ``-dark-``) of the variables that cards use.
THEMES = {
    "light": {
        "--jp-layout-color0": "#ffffff",
        "--jp-ui-font-color1": "rgba(0, 0, 0, 0.87)",
        "--jp-ui-font-color2": "rgba(0, 0, 0, 0.54)",
        "--jp-border-color1": "#bdbdbd",
        "--jp-border-color2": "#e0e0e0",
    },
    "dark": {
        "--jp-layout-color0": "#111111",
        "--jp-ui-font-color1": "rgba(255, 255, 255, 0.87)",
        "--jp-ui-font-color2": "rgba(255, 255, 255, 0.54)",
        "--jp-border-color1": "#616161",
        "--jp-border-color2": "#616161",
    },
}
WIDTH, NARROW, HEIGHT = 900, 420, 1400
MEASURE = Path(__file__).with_name("measure.js")


def page(cards: Sequence[str], theme: str) -> str:
    """An HTML page with these cards in the colours of a theme."""
    colours = ";".join(f"{name}:{value}" for name, value in THEMES[theme].items())
    body = "background:var(--jp-layout-color0);color:var(--jp-ui-font-color1);font-family:sans-serif;margin:16px"
    return f"<!doctype html><meta charset='utf-8'><html style='{colours}'><body style='{body}'>{''.join(cards)}"


@contextmanager
def shown(browser: Browser, html: str, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Page]:
    """The page in a window of this size."""
    window = browser.new_page(viewport={"width": width, "height": height})
    try:
        window.set_content(html)
        yield window
    finally:
        window.close()


def render(browser: Browser, html: str, to: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """Draw a page; returns the PNG."""
    with shown(browser, html, *size) as window:
        window.screenshot(path=to)
    return to


def measured(browser: Browser, html: str, width: int) -> dict[str, list[str]]:
    """What ``measure.js`` finds wrong with each section of a page of this width."""
    with shown(browser, html, width) as window:
        window.add_script_tag(content=MEASURE.read_text(encoding="utf-8"))
        result: dict[str, list[str]] = json.loads(window.title())
    return result
