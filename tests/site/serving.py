"""The site as people meet it: a static server, some path, and a browser that reaches nothing but this machine."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, ClassVar

from tests.browser.jupyter import HOST, OFFLINE, Notebook
from tests.server.browsing import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

BELOW = "some/where"
STARTED = 120_000  # milliseconds for Python to start, on a busy machine
RUN = 300_000  # milliseconds for a lesson


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files as a plain static host serves them, and what was asked for besides them: ``astray``."""

    astray: ClassVar[list[str]] = []

    extensions_map = {  # noqa: RUF012 - so it is declared by the class above
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def send_head(self) -> Any:
        """Note what lies outside of the site, but for the icon that browsers ask every host for."""
        if not self.path.startswith(f"/{BELOW}/") and self.path != "/favicon.ico":
            self.astray.append(self.path)
        return super().send_head()

    def log_message(self, *_arguments: Any) -> None:
        """Nobody reads it."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder; yields its address."""
    with http.server.ThreadingHTTPServer((HOST, 0), functools.partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()


class Visitor:
    """A browser on the site. ``outside``: addresses elsewhere that a page asked for."""

    def __init__(self, context: Any, site: str, pictures: Path) -> None:
        self.site, self.pictures, self._context = site, pictures, context
        self.outside: list[str] = []
        context.on("request", self._watch)

    def another(self) -> Visitor:
        """A browser that was never on the site."""
        return Visitor(self._context.browser.new_context(), self.site, self.pictures)

    def close(self) -> None:
        """Forget everything."""
        self._context.close()

    def page(self, address: str) -> Page:
        """Open a page of the site."""
        page: Page = self._context.new_page()
        page.goto(f"{self.site}/{address}")
        return page

    def lab(self, notebook: str) -> BrowserLab:
        """Open the browser lab at a notebook, ready to run."""
        return BrowserLab(self.page(lab_of(notebook)), notebook, self.pictures)

    def _watch(self, request: Any) -> None:
        host = self.site.removesuffix(BELOW)
        if not request.url.startswith((host, "data:", "blob:")):
            self.outside.append(request.url)


class BrowserLab(Notebook):
    """The browser lab in one page: what is said of a notebook is said of the one that is shown."""

    def __init__(self, page: Page, name: str, pictures: Path) -> None:
        super().__init__(page, name, pictures)
        page.wait_for_function(
            "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
            timeout=STARTED,
        )
        page.set_default_timeout(RUN)
        self._kernel = str(page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"))

    def show(self, notebook: str, *, own_kernel: bool = False) -> None:
        """Open a notebook, or go back to it. It has the kernel of the first one: starting another takes long."""
        self.page.evaluate(
            """async ([path, kernel]) => {
                const wanted = {path, factory: 'Notebook', kernel: kernel ? {id: kernel} : undefined};
                const widget = await jupyterapp.commands.execute('docmanager:open', wanted);
                await widget.context.ready;
                await widget.sessionContext.ready;
            }""",
            [notebook, None if own_kernel else self._kernel],
        )

    def leave(self) -> None:
        """End the kernel of the notebook that is shown, and close it unsaved."""
        self.page.evaluate(
            """async () => {
                const widget = jupyterapp.shell.currentWidget;
                await widget.sessionContext.shutdown();
                widget.dispose();
            }"""
        )

    def answer(self, code: str) -> str:
        """What some code prints in the kernel. Raises if it raises."""
        return str(
            self.page.evaluate(
                """async code => {
                    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                    const asked = kernel.requestExecute({code});
                    let said = '';
                    asked.onIOPub = ({header, content}) => { if (header.msg_type === 'stream') said += content.text; };
                    const {content} = await asked.done;
                    if (content.status !== 'ok') throw new Error(content.ename + ': ' + content.evalue);
                    return said;
                }""",
                dedent(code).strip(),
            )
        )


@contextmanager
def visitor(site: str, pictures: Path) -> Iterator[Visitor]:
    """Start the browser."""
    with chromium(*OFFLINE, "--disable-quic") as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 1400})
        yield Visitor(context, site, pictures)


def lab_of(notebook: str) -> str:
    """The address of a notebook in the browser lab, as the site's pages link it."""
    return f"lite/lab/index.html?workspace={Path(notebook).stem}&path={notebook}"
