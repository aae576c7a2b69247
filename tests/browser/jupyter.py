"""JupyterLab as a reader meets it: a real server, a real kernel, a browser that can reach nothing but this machine.

notebook = jupyter.open(path)          # a copy of a notebook; or jupyter.write(["1 + 1", "2 + 2"])
notebook.run_all()
assert notebook.errors() == []
notebook.screenshot("00", "dark")      # kept where SESSIONLAB_PICTURES says
notebook.close()
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.server.browsing import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

HOST = "127.0.0.1"
STARTED = 60  # seconds, on a busy machine
PATIENCE = 30_000  # milliseconds
OFFLINE = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE {HOST}",
)
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"


class Notebook:
    """A notebook that is open in the browser. Cells count from 0."""

    def __init__(self, page: Page, name: str, pictures: Path) -> None:
        self.page, self.name, self.pictures = page, name, pictures

    def run_all(self) -> None:
        """Run All, and wait until it is done: also when a cell fails."""
        self.page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")

    def run(self, source: str) -> None:
        """Run some code in the notebook's kernel, as a cell would, without a cell of its own."""
        self.page.evaluate(
            """async code => {
                const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const reply = await kernel.requestExecute({code}).done;
                if (reply.content.status !== 'ok') throw new Error(reply.content.evalue);
            }""",
            source,
        )

    def cells(self) -> list[dict[str, Any]]:
        """The cells with their outputs, as they would be saved."""
        found: list[dict[str, Any]] = self.page.evaluate(
            "Array.from(jupyterapp.shell.currentWidget.content.model.cells, cell => cell.toJSON())"
        )
        return found

    def errors(self) -> list[str]:
        """What raised, and what was written to stderr; cells that fail on purpose aside."""
        found = []
        for number, cell in enumerate(self.cells()):
            expected = "raises-exception" in cell["metadata"].get("tags", [])
            for output in cell.get("outputs", []):
                if output["output_type"] == "error" and not expected:
                    found.append(f"cell {number}: {output['ename']}: {output['evalue']}")
                elif output.get("name") == "stderr":
                    found.append(f"cell {number}, stderr: {''.join(output['text'])}")
        return found

    def cell(self, number: int) -> Locator:
        """A cell on the screen: long notebooks draw only what can be seen."""
        self.page.evaluate(
            "async number => await jupyterapp.shell.currentWidget.content.scrollToItem(number, 'start')", number
        )
        return self.page.locator(f'{PANEL} .jp-Cell[data-windowed-list-index="{number}"]')

    def theme(self, name: str) -> None:
        """``light`` or ``dark``."""
        self.page.evaluate("name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})", THEMES[name])
        self.page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === String(light)", arg=name == "light"
        )
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def screenshot(self, name: str, theme: str, cell: int | None = None) -> Path:
        """A picture of the window, or of a cell, in a theme; kept where SESSIONLAB_PICTURES says."""
        self.theme(theme)
        folder = Path(os.environ.get("SESSIONLAB_PICTURES", self.pictures))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}-{theme}.png"
        what: Any = self.page if cell is None else self.cell(cell)
        what.screenshot(path=path)
        return path

    def close(self) -> None:
        """End its kernel and close it."""
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.close()


class Jupyter:
    """One server and one browser for all notebooks. ``outside``: addresses elsewhere that a page asked for."""

    def __init__(self, browser: Browser, url: str, root: Path) -> None:
        self.url, self.root = url, root
        self.outside: list[str] = []
        self._context = browser.new_context(viewport={"width": 1280, "height": 1400})
        self._context.set_default_timeout(PATIENCE)
        self._context.on("request", self._watch)

    def open(self, path: Path) -> Notebook:
        """A copy of a notebook, ready to run."""
        shutil.copy(path, self.root / path.name)
        page = self._context.new_page()
        page.goto(f"{self.url}/lab/tree/{path.name}?reset")
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        page.wait_for_selector(f"{PANEL} .jp-Notebook")
        page.wait_for_function(
            """() => {
                const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
                return context?.isReady && context.session?.kernel?.status === 'idle';
            }"""
        )
        return Notebook(page, path.stem, self.root.parent / "pictures")

    def write(self, cells: Sequence[str], name: str = "made.ipynb") -> Notebook:
        """A notebook of code cells, ready to run."""
        folder = self.root / "made"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(notebook_of([code_cell(source) for source in cells])))
        return self.open(folder / name)

    def _watch(self, request: Any) -> None:
        here = (f"http://{HOST}:", f"ws://{HOST}:", "data:", "blob:")
        if not request.url.startswith(here):
            self.outside.append(request.url)


def code_cell(source: str) -> dict[str, Any]:
    """A cell that was not run yet."""
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}


def notebook_of(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Cells as a file of the notebook format 4.5."""
    numbered = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": numbered}


@contextmanager
def jupyter_lab(folder: Path) -> Iterator[Jupyter]:
    """Start server and browser; ``folder`` takes all that they write."""
    root = folder / "notebooks"
    root.mkdir()
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    port = free_port()
    places = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    places |= {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "spaces")}
    places |= {"SESSIONLAB_PROGRESS": str(folder / "progress.json")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ip={HOST}", f"--port={port}"]
    command += [f"--ServerApp.root_dir={root}", "--ServerApp.port_retries=0", "--IdentityProvider.token="]
    command += ["--LabApp.expose_app_in_browser=True", "--LabApp.news_url="]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **places}, cwd=folder)
        try:
            wait_for(f"http://{HOST}:{port}/api/status", server)
            with chromium(*OFFLINE) as browser:
                yield Jupyter(browser, f"http://{HOST}:{port}", root)
        finally:
            server.terminate()
            server.wait(timeout=STARTED)


def wait_for(url: str, server: subprocess.Popen[Any]) -> None:
    """Until the server answers there. AssertionError if it ends or takes too long."""
    end = time.monotonic() + STARTED
    while time.monotonic() < end and server.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("JupyterLab does not answer")


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])
