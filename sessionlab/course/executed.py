"""Executed notebooks as HTML pages with every picture, card and decision, for readers without a kernel."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from sessionlab.course.ways import linked_as_pages, page_title
from sessionlab.study.new_files import check_free, new_folder, write_new

SECONDS = 120
AUTO = "auto"
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)


def page_of(notebook: Path, target: Path) -> Path:
    """Return the path of a notebook's page in a folder."""
    return target / f"{notebook.stem}.html"


def execute(notebook: Path, target: Path, theme: str = AUTO, *, force: bool = False) -> Path:
    """Run a notebook and write it as one HTML page that makes no network requests. Returns the page's path.

    ``theme``: light, dark, or auto: as the reader's system is.

    The run uses its own progress file. Widgets appear in their static form, because a page has no kernel. Raises
    InvalidInput before it runs if the page is there, unless ``force`` replaces it.
    """
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    file = page_of(notebook, target)
    check_free([file], within=target, force=force, field="target")
    read: Any = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SESSIONLAB_PROGRESS": str(Path(folder) / "progress.json")}
        client = NotebookClient(
            read,
            timeout=SECONDS,
            store_widget_state=False,
            config=Config(KernelManager={"transport_encryption": "auto"}),  # else the kernel warns that it has none
            coalesce_streams=True,  # keep a line whole if the kernel flushes in the middle of it
            resources={"metadata": {"path": str(notebook.parent)}},
        )
        client.execute(env=environment)
    as_page(read, notebook.name)
    new_folder(target, field="target")
    return write_new(file, _exported(read, theme), within=target, force=force, field="target")


def _exported(notebook: Any, theme: str) -> str:
    """Return a notebook as HTML without scripts, with the colours of both themes if the reader's system decides."""
    from nbconvert import HTMLExporter

    exporter: Any = HTMLExporter(theme="light" if theme == AUTO else theme, embed_images=True)  # type: ignore[no-untyped-call]
    page = _SCRIPT.sub("", str(exporter.from_notebook_node(notebook)[0]))  # they would come from elsewhere
    if theme != AUTO:
        return page
    environment = exporter.environment
    dark = environment.loader.get_source(environment, "static/theme-dark.css")[0]
    both = f"<style>@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}</style>"
    return page.replace("</head>", f'<meta name="color-scheme" content="light dark">\n{both}\n</head>', 1)


def as_page(notebook: Any, file: str) -> None:
    """Give a notebook its title, and let its links lead to pages."""
    notebook.metadata["title"] = page_title(file)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = linked_as_pages(cell.source)
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html")
            if html:
                output["data"]["text/html"] = linked_as_pages(html)
