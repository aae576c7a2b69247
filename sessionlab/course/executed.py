"""Executed notebooks as HTML pages with every picture, card and decision, for readers without a kernel."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from sessionlab.course.ways import linked_as_pages, page_title

SECONDS = 120


def execute(notebook: Path, target: Path, theme: str = "light") -> Path:
    """Run a notebook and write it as one HTML page that makes no network requests. Returns the page's path.

    The run uses its own progress file. Widgets appear in their static form, because a page has no kernel.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    read: Any = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SESSIONLAB_PROGRESS": str(Path(folder) / "progress.json")}
        client = NotebookClient(
            read,
            timeout=SECONDS,
            store_widget_state=False,
            coalesce_streams=True,  # keep a line whole if the kernel flushes in the middle of it
            resources={"metadata": {"path": str(notebook.parent)}},
        )
        client.execute(env=environment)
    as_page(read, notebook.name)
    page, _ = HTMLExporter(theme=theme, embed_images=True).from_notebook_node(read)  # type: ignore[no-untyped-call]
    target.mkdir(parents=True, exist_ok=True)
    file = target / f"{notebook.stem}.html"
    file.write_text(page)
    return file


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
