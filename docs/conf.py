"""The pages: guides and a reference, of which the tables and the Python part are read from the package itself.

``make docs`` builds them into build/docs/. Nothing is fetched, and a warning is an error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

import docstrings  # noqa: E402 - it is next to this file
from tables import commands, denials, manifest, methods, names, permissions, pictures, rulesets  # noqa: E402

import sessionlab  # noqa: E402

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project, author = "sessionlab", "sessionlab"
version = release = sessionlab.__version__
copyright = "sessionlab, MIT licence"

extensions = ["sphinx.ext.autodoc", "myst_parser"]
myst_enable_extensions = ["colon_fence", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["tables"]
needs_sphinx = "8.1"

html_theme = "furo"
html_title = f"sessionlab {version}"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_copy_source = html_show_sourcelink = html_show_sphinx = False
pygments_style, pygments_dark_style = "friendly", "github-dark"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1d4ed8", "color-brand-content": "#1d4ed8"},
    "dark_css_variables": {"color-brand-primary": "#8ab4ff", "color-brand-content": "#8ab4ff"},
}

smartquotes = False  # options begin with two hyphens, and code is quoted as it is typed
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
suppress_warnings = ["config.cache"]  # the tables are functions

#: What stands in a page as ``<!-- table: NAME -->``.
TABLES: dict[str, Callable[[], str]] = {
    "commands": commands.page,
    "denials": denials.page,
    "manifest": manifest.page,
    "methods": methods.page,
    "permissions": permissions.page,
    "pictures": pictures.page,
    "rulesets": rulesets.page,
}


def fill(app: Sphinx, page: str, source: list[str]) -> None:
    """Put tables, and lists of public names, in their places."""
    for name, make in TABLES.items():
        mark = f"<!-- table: {name} -->"
        if mark in source[0]:
            source[0] = source[0].replace(mark, make())
    source[0] = names.fill(source[0])


def read_docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Read a docstring as what it is: plain text with indented examples; ``help`` has more of a permission type."""
    more = permissions.more(obj) if what == "class" else []
    lines[:] = docstrings.as_rst([*lines, "", *more], names.links())


def read_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, result: str | None
) -> tuple[str | None, str | None]:
    """Show the signatures that people need."""
    shown = names.signature(name, obj, signature)
    return (shown, result) if what in ("class", "exception") else (signature, result)


def have_no_icon(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Say that there is none: browsers ask the host of a page for one otherwise, wherever the page lies."""
    context["metatags"] = context.get("metatags", "") + '<link rel="icon" href="data:,">'


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("html-page-context", have_no_icon)
    app.connect("source-read", fill)
    app.connect("autodoc-process-docstring", read_docstring)
    app.connect("autodoc-process-signature", read_signature)
