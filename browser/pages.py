"""The front of the site, and one page for each notebook as it was run: they ask for nothing but their style."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from traitlets.config import Config

from browser.lite import ONLY_READ

HERE = Path(__file__).parent
SECONDS = 120  # for one cell
#: The colours of JupyterLab's dark theme, for readers whose system is dark.
DARK = Path(sys.prefix, "share", "jupyter", "nbconvert", "templates", "lab", "static", "theme-dark.css")
WIDGET = "application/vnd.jupyter.widget-view+json"
STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
NOTEBOOK_LINK = re.compile(r'href="([\w./-]+)\.ipynb(#[^"]*)?"')


@dataclass(frozen=True)
class Page:
    """A notebook of the site."""

    notebook: Path
    title: str
    promise: str

    @property
    def name(self) -> str:
        """The name of its file, without an ending."""
        return self.notebook.stem

    @property
    def number(self) -> str:
        """The number of a lesson; empty for another notebook."""
        return self.name[:2] if self.name[:2].isdigit() else ""


def build(notebooks: Path, target: Path, only: Sequence[str] = ()) -> None:
    """Write the pages, their style and the front below ``target``. ``only``: the numbers of the lessons to run."""
    every = [_page(notebook) for notebook in sorted(notebooks.glob("*.ipynb"))]
    shown = [page for page in every if not only or page.number in only]
    shown.sort(key=lambda page: not page.number)  # the lessons, and then what one looks up
    folder = target / "lessons"
    folder.mkdir()
    styles: dict[str, None] = {}
    for place, page in enumerate(shown):
        html = _exported(_run(page.notebook))
        styles |= dict.fromkeys(STYLE.findall(html))
        body = BODY.search(SCRIPT.sub("", STYLE.sub("", html)))
        assert body is not None
        inner = NOTEBOOK_LINK.sub(r'href="\1.html\2"', body[1])
        before, after = shown[place - 1] if place else None, shown[place + 1] if place + 1 < len(shown) else None
        (folder / f"{page.name}.html").write_text(_lesson(page, inner, before, after))
    own = (HERE / "site.css").read_text()
    (target / "site.css").write_text(own)
    dark = f"@media (prefers-color-scheme: dark) {{\n{DARK.read_text()}\n}}\n"
    (target / "lessons" / "lesson.css").write_text("\n".join([*styles, dark]))
    (target / "index.html").write_text(_front(shown))
    style = '<link rel="stylesheet" href="site.css">'
    (target / "share.html").write_text(_document("A shared policy", style, (HERE / "share.html").read_text(), ""))


def _page(notebook: Path) -> Page:
    first = nbformat.read(notebook, as_version=4).cells[0].source.strip()
    title, _, rest = first.partition("\n")
    promise = re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", r"\1", rest.strip().partition("\n\n")[0].replace("\n", " "))
    return Page(notebook, title.lstrip("# ").replace("`", ""), promise)


def _run(notebook: Path) -> Any:
    """Return a notebook with its outputs, in their static form: a page has no kernel."""
    node = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SESSIONLAB_PROGRESS": str(Path(folder) / "progress.json")}
        quiet = Config(KernelManager={"transport_encryption": "auto"})  # else the kernel warns that it has none
        settings: dict[str, Any] = {"timeout": SECONDS, "store_widget_state": False, "coalesce_streams": True}
        client = NotebookClient(node, config=quiet, resources={"metadata": {"path": str(notebook.parent)}}, **settings)
        client.execute(env=environment)
    for cell in node.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
    return node


def _exported(node: Any) -> str:
    html, _ = HTMLExporter(theme="light", embed_images=True).from_notebook_node(node)
    return str(html)


def _lesson(page: Page, body: str, before: Page | None, after: Page | None) -> str:
    around = [
        f'<a rel="prev" href="{before.name}.html">← {escape(before.title)}</a>' if before else "<span></span>",
        f'<a rel="next" href="{after.name}.html">{escape(after.title)} →</a>' if after else "<span></span>",
    ]
    bar = f'<nav class="site-bar" aria-label="Site"><a href="../index.html">All lessons</a>{_button(page, "..")}</nav>'
    foot = f'<nav class="site-around" aria-label="Lessons">{"".join(around)}</nav>'
    styles = '<link rel="stylesheet" href="lesson.css"><link rel="stylesheet" href="../site.css">'
    return _document(page.title, styles, f"{bar}<main>{body}</main>{foot}", 'class="jp-Notebook"')


def _front(pages: Sequence[Page]) -> str:
    others = "".join(
        f'<li><a href="lessons/{page.name}.html">{escape(page.title)}</a>: {escape(page.promise)}</li>'
        for page in pages
        if not page.number
    )
    cards = "".join(
        f'<li><a href="lessons/{page.name}.html"><strong>{page.number} {escape(page.title)}</strong></a>'
        f"<p>{escape(page.promise)}</p>"
        f"{_button(page, '.')}</li>"
        for page in pages
        if page.number
    )
    body = (HERE / "front.html").read_text().replace("<!-- lessons -->", cards).replace("<!-- others -->", others)
    return _document("sessionlab", '<link rel="stylesheet" href="site.css">', body, "")


def _button(page: Page, root: str) -> str:
    if page.notebook.name in ONLY_READ:
        return "<span>Grading runs processes, so this one needs a lab on your machine.</span>"
    return f'<a class="site-open" href="{lab_address(root, page.notebook.name)}">Open in the browser lab</a>'


def lab_address(root: str, notebook: str) -> str:
    """Return the address of a notebook in the browser lab, from a page whose way to the site's root is ``root``.

    Each notebook has a workspace of its own: one workspace would open, and start, all that were opened before.
    """
    return f"{root}/lite/lab/index.html?workspace={Path(notebook).stem}&amp;path={notebook}"


def _document(title: str, styles: str, body: str, attributes: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n{styles}\n</head>\n<body {attributes}>\n{body}\n</body>\n</html>\n"
    )
