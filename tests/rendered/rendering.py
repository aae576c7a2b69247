"""Cards as a browser draws them: HTML in JupyterLab's colours, light and dark, to PNG."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from html import unescape
from pathlib import Path

from tests.missing import missing

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


def browser() -> str:
    """The browser of the system; a test without one says so, and in CI there must be one."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        missing("no chromium on this machine: apt install chromium fonts-dejavu-core")
    return found


def page(cards: Sequence[str], theme: str) -> str:
    """An HTML page with these cards in the colours of a theme."""
    colours = ";".join(f"{name}:{value}" for name, value in THEMES[theme].items())
    body = "background:var(--jp-layout-color0);color:var(--jp-ui-font-color1);font-family:sans-serif;margin:16px"
    return f"<!doctype html><meta charset='utf-8'><html style='{colours}'><body style='{body}'>{''.join(cards)}"


def render(html: str, to: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """Draw a page; returns the PNG."""
    _run(html, to.with_suffix(".html"), size, f"--screenshot={to}")
    return to


def measured(html: str, source: Path, width: int) -> dict[str, list[str]]:
    """What ``measure.js`` finds wrong with each section of a page of this width."""
    script = Path(__file__).with_name("measure.js").read_text(encoding="utf-8")
    dom = _run(f"{html}<script>{script}</script>", source, (width, HEIGHT), "--dump-dom")
    found = re.search("<title>(.*?)</title>", dom, re.DOTALL)
    assert found is not None
    result: dict[str, list[str]] = json.loads(unescape(found[1]))
    return result


def _run(html: str, source: Path, size: tuple[int, int], what: str) -> str:
    """Open a page offline and return what the browser prints."""
    source.write_text(html, encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --no-first-run"
    offline = "--host-resolver-rules=MAP * ~NOTFOUND"
    window = f"--window-size={size[0]},{size[1]}"
    profile = f"--user-data-dir={source.parent / 'profile'}"
    command = [browser(), *flags.split(), offline, window, profile, what, source.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, timeout=120, text=True, encoding="utf-8").stdout
