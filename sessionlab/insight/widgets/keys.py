"""Keys that are meant for a control reach it. The one piece of these widgets that ipywidgets alone cannot do.

In JupyterLab an arrow or a letter that is typed into a list or a button is taken for a command of the notebook: it
goes to another cell, or inserts one (ipywidgets issue 3912). Lumino, which JupyterLab is made of, leaves an element
alone that has the attribute ``data-lm-suppress-shortcuts``; this sets it on whatever gets the focus.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

ESM = """
export default {
  render({ el }) {
    let over = false;
    const mark = event => event.target.setAttribute("data-lm-suppress-shortcuts", "true");
    const begin = () => {
      const box = el.closest(".widget-vbox");
      if (box) box.addEventListener("focusin", mark);
      else if (!over) requestAnimationFrame(begin);
    };
    begin();
    return () => { over = true; };
  },
};
"""


def own_keys() -> Any:
    """A widget without a face; all that is in the same box keeps its keys."""
    return _kind()(layout={"display": "none"})


@cache
def _kind() -> Any:
    return type("OwnKeys", (import_module("anywidget").AnyWidget,), {"_esm": ESM})
