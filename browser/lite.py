"""JupyterLite with the notebooks, on Python in the page's worker: everything lies in its folder, below any path."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from browser import bytecode
from browser.lock_file import lock_file
from browser.wheels import MOMENT

KERNEL = "@jupyterlite/pyodide-kernel-extension"
EXTENSION = Path(sys.prefix, "share", "jupyter", "labextensions", *KERNEL.split("/"))
#: Wheels of the kernel's extension: the kernel itself, and what stands in for ipykernel and the widgets' server part.
KERNEL_WHEELS = ("ipykernel-*", "piplite-*", "pyodide_kernel-*", "widgetsnbextension-4*")
#: Loaded while the page starts, side by side, rather than one after the other by the first cell.
AT_ONCE = ("comm", "ipykernel", "ipython", "jedi", "micropip", "piplite", "pyodide-kernel", "sessionlab")
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
#: What it imports comes as bytecode.
FIRST = "00_start_here.ipynb"
#: Read as a page alone: grading runs processes, which a browser has not.
ONLY_READ = ("90_instructor_guide.ipynb",)
#: Diagrams and a plotting library, in files of their own that JupyterLab loads when something is drawn with them.
#: Nothing here is. What such a file says, by which it is known.
UNDRAWN = (b"org.eclipse.elk", b"Duplicate signal name", b"Chevrotain", b"cytoscape", b"KaTeX")
#: Fonts for browsers of long ago, and what builds JupyterLite.
UNUSED = ("build/fa-*.svg", "build/fa-*.eot", "build/fa-*.ttf", "rspack.*", "doc", "package.json", "lab/package.json")
#: On a phone there is no room for the list of files and a notebook.
NARROW = """<script>
(async () => {
    while (!window.jupyterapp) await new Promise(done => setTimeout(done, 100));
    await jupyterapp.restored;
    if (innerWidth < 700) jupyterapp.shell.collapseLeft();
})();
</script>
</body>"""


def kernel_wheels() -> list[Path]:
    """Return the wheels that come with the kernel."""
    folder = EXTENSION / "static" / "pypi"
    return [wheel for pattern in KERNEL_WHEELS for wheel in sorted(folder.glob(f"{pattern}.whl"))]


def build(notebooks: Path, pyodide: Path, wheels: Sequence[Path], work: Path, target: Path) -> None:
    """Write JupyterLite to ``target``. ``work`` is emptied and filled."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(notebooks, work / "files", ignore=shutil.ignore_patterns(".*", *ONLY_READ))
    python = work / "static" / "pyodide"
    python.mkdir(parents=True)
    for name in PYODIDE_FILES:
        shutil.copy(pyodide / name, python / name)
    served, lock = [Path(shutil.copy(wheel, python)) for wheel in wheels], python / "pyodide-lock.json"
    lock.write_text(lock_file(pyodide, served))
    bytecode.add(python, served, notebooks / FIRST, AT_ONCE)
    lock.write_text(lock_file(pyodide, served))
    _write(work / "jupyter_lite_config.json", {"LiteBuildConfig": _settings(target)})
    _write(work / "jupyter-lite.json", _page_settings())
    _write(work / "overrides.json", {"@jupyterlab/apputils-extension:themes": {"adaptive-theme": True}})
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(MOMENT)}
    command = [sys.executable, "-m", "jupyterlite_core", "build", f"--lite-dir={work}"]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"JupyterLite was not built:\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
    for pattern in UNUSED:
        for path in target.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for script in target.glob("build/*.js"):
        if any(text in script.read_bytes() for text in UNDRAWN):
            script.unlink()
    page = target / "lab" / "index.html"
    page.write_text(page.read_text().replace("</body>", NARROW))
    for listing in target.glob("api/contents/**/all.json"):  # in the order of the disk
        found = json.loads(listing.read_text())
        _write(listing, {**found, "content": sorted(found["content"], key=lambda entry: str(entry["path"]))})


def _settings(target: Path) -> dict[str, Any]:
    return {
        "apps": ["lab"],
        "contents": ["files"],
        "output_dir": str(target),
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "settings_overrides": ["overrides.json"],
    }


def _page_settings() -> dict[str, Any]:
    kernel = {
        "disablePyPIFallback": True,
        "pyodideUrl": "./static/pyodide/pyodide.mjs",
        "loadPyodideOptions": {"packages": list(AT_ONCE), "lockFileURL": "./static/pyodide/pyodide-lock.json"},
    }
    page = {
        "appName": "sessionlab",
        "exposeAppInBrowser": True,
        "litePluginSettings": {f"{KERNEL}:kernel": kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": page}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
