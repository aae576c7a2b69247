"""What ipywidgets lacks: keys reach the control they are meant for, and clicks do not overtake typed text.

JupyterLab treats arrows and letters typed into a list or button as notebook commands: it moves to another cell or
inserts one (ipywidgets issue 3912). Lumino, the library under JupyterLab, ignores elements with the attribute
``data-lm-suppress-shortcuts``, so this sets it on every element that gets the focus.

A field sends its value in a message that waits for the previous one, but a button's click does not wait. So all field
values are sent again just before a click.
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
    """Return an invisible widget for a box. Before each click, ``hold`` gets the fields' values, by label."""
    made = _kind()(layout={"display": "none"})
    made.on_msg(lambda _, content, buffers: hold(content.get("held", {})))
    return made


@cache
def _kind() -> Any:
    return type("OwnKeys", (import_module("anywidget").AnyWidget,), {"_esm": ESM})
