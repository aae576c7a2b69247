"""What ipywidgets alone cannot do: keys reach the control they are meant for, and no click overtakes what was typed.

In JupyterLab an arrow or a letter that is typed into a list or a button is taken for a command of the notebook: it
goes to another cell, or inserts one (ipywidgets issue 3912). Lumino, which JupyterLab is made of, leaves an element
alone that has the attribute ``data-lm-suppress-shortcuts``; it is set on whatever gets the focus.

A field tells its value in a message that waits for the one before; a button's click does not wait. So just before a
click, all that the fields hold is told once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

ESM = """
export default {
  render({ model, el }) {
    let box, over = false;
    const own = event => event.target.setAttribute("data-lm-suppress-shortcuts", "true");
    const tell = event => {
      if (!event.target.closest("button")) return;
      const held = {};
      for (const label of box.querySelectorAll("label[for]")) {
        const field = document.getElementById(label.htmlFor);
        const text = field?.matches("select") ? field.selectedOptions[0]?.text : field?.value;
        if (text !== undefined) held[label.textContent] = text;
      }
      model.send({ held });
    };
    const begin = () => {
      box = el.closest(".widget-vbox");
      if (box) {
        box.addEventListener("focusin", own);
        box.addEventListener("click", tell, true);
      } else if (!over) requestAnimationFrame(begin);
    };
    begin();
    return () => {
      over = true;
      box?.removeEventListener("focusin", own);
      box?.removeEventListener("click", tell, true);
    };
  },
};
"""


def own_keys(hold: Callable[[Mapping[str, str]], None]) -> Any:
    """A widget without a face, for the box that it stands in. ``hold`` is told before a click what the fields hold,
    by their labels."""
    made = _kind()(layout={"display": "none"})
    made.on_msg(lambda _, content, buffers: hold(content.get("held", {})))
    return made


@cache
def _kind() -> Any:
    return type("OwnKeys", (import_module("anywidget").AnyWidget,), {"_esm": ESM})
