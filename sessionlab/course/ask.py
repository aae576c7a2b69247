"""Questions to answer by click or by keyboard, with a static form for pages without a kernel.

    ask = Ask([Prompt("How many pass?", answer=note_it, static=note, unit="payments")])
    ask                        on the last line of a cell: a field or a list of choices, a button, and the reply
    ask.answer("3")            what the button does

Nothing is filled in beforehand. The browser only shows what was asked and said: every answer is read and judged in
Python. The controls are those of HTML, each group with its legend; replies are announced by screen readers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from sessionlab.core.base.errors import Stays
from sessionlab.core.base.html import BLUE, GREEN, LINE, ORANGE, RED, SOFT
from sessionlab.course.note import SIGNS, Note
from sessionlab.study.widgets.panel import can_be_live

COLOURS = {"BLUE": BLUE, "GREEN": GREEN, "ORANGE": ORANGE, "RED": RED}


@dataclass(frozen=True)
class Prompt:
    """One question. ``answer``: takes what was typed, or the key of a choice; ``static``: it without a kernel."""

    asks: str
    answer: Callable[[str], Note]
    static: Note
    #: Behind the field for a number; without choices only.
    unit: str = ""
    #: Key and text of each choice, in the order in which they are shown.
    choices: Sequence[tuple[str, str]] = ()
    button: str = "Answer"
    #: What was said before, if it was answered before.
    said: Note | None = None


class Ask(Stays):
    """One or several questions. ``replies``: the newest reply to each, or None."""

    _instead = "ask again: course.predict(id) or course.recall(id)."

    def __init__(self, items: Sequence[Prompt]) -> None:
        self.items = tuple(items)
        self.replies: list[Note | None] = [item.said for item in self.items]

    def answer(self, text: str, number: int = 1) -> Note:
        """Answer a question as its button does: with what is typed, or the key of a choice. Returns the reply."""
        reply = self.items[number - 1].answer(str(text))
        self.replies[number - 1] = reply
        if "view" in self.__dict__:
            self.view.replies = self._told()
        return reply

    @cached_property
    def view(self) -> Any:
        """The live view, an anywidget."""
        items = [
            {"asks": item.asks, "unit": item.unit, "choices": list(map(list, item.choices)), "button": item.button}
            for item in self.items
        ]
        made = _kind()(items=items, replies=self._told())
        made.on_msg(lambda _, content, buffers: self._clicked(content))
        return made

    def _clicked(self, content: Any) -> None:
        number = content.get("number") if isinstance(content, dict) else None
        if isinstance(number, int) and 1 <= number <= len(self.items):
            self.answer(str(content.get("text", "")), number)

    def _told(self) -> list[dict[str, str]]:
        """The replies as the browser shows them."""
        return [
            {}
            if reply is None
            else {
                "head": f"{SIGNS[reply.word][0]} {reply.word}",
                "colour": COLOURS[SIGNS[reply.word][1]],
                "says": reply.says,
            }
            for reply in self.replies
        ]

    def __repr__(self) -> str:
        said = [item.static if reply is None else reply for item, reply in zip(self.items, self.replies, strict=True)]
        return "\n".join(map(repr, said))

    def _repr_html_(self) -> str:
        return "".join(item.static._repr_html_() for item in self.items)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        live = self.view._repr_mimebundle_() if can_be_live() else {}
        bundle = live[0] if isinstance(live, tuple) else live
        return {**(bundle or {}), "text/plain": repr(self), "text/html": self._repr_html_()}


@cache
def _kind() -> Any:
    traits = import_module("traitlets")
    synced = {name: traits.List().tag(sync=True) for name in ("items", "replies")}
    return type("AskView", (import_module("anywidget").AnyWidget,), {"_esm": ESM, "_css": CSS, **synced})


CSS = f"""
.sl-ask {{ font-family: var(--jp-ui-font-family, system-ui, sans-serif); font-size: 14px; line-height: 1.5;
  color: var(--jp-ui-font-color1, inherit); max-width: 52em; }}
.sl-ask form {{ border: 1px solid {LINE}; border-left: 4px solid {BLUE}; border-radius: 6px;
  padding: 10px 14px; margin: 4px 0; }}
.sl-ask fieldset {{ border: 0; margin: 0; padding: 0; min-width: 0; }}
.sl-ask legend {{ font-weight: 600; padding: 0; margin-bottom: 4px; }}
.sl-ask label {{ display: flex; gap: 8px; align-items: baseline; padding: 3px 0; cursor: pointer; }}
.sl-ask input {{ font: inherit; accent-color: {BLUE}; }}
.sl-ask input[type=text] {{ width: 9em; padding: 3px 6px; color: inherit; border: 1px solid {SOFT};
  border-radius: 4px; background: var(--jp-layout-color1, transparent); }}
.sl-ask button {{ font: inherit; margin-top: 6px; padding: 3px 12px; border: 1px solid {BLUE}; border-radius: 4px;
  color: #fff; background: {BLUE}; cursor: pointer; }}
.sl-ask :is(input, button):focus-visible {{ outline: 3px solid {ORANGE}; outline-offset: 2px; }}
.sl-ask [role=status]:not(:empty) {{ margin-top: 8px; padding-left: 10px; border-left: 4px solid {BLUE}; }}
"""

ESM = """
const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
let groups = 0;

export default {
  render({ model, el }) {
    const root = make("div", { class: "sl-ask" });
    const own = event => event.target.setAttribute("data-lm-suppress-shortcuts", "true");
    const replies = model.get("items").map((item, index) => {
      const group = `sl-ask-${groups++}`;
      const fields = make("fieldset", {}, make("legend", {}, item.asks));
      for (const [key, text] of item.choices) {
        fields.append(make("label", {}, make("input", { type: "radio", name: group, value: key }), text));
      }
      if (!item.choices.length) {
        const field = make("input", { type: "text", inputmode: "decimal", name: group, autocomplete: "off" });
        fields.append(make("label", {}, "Your guess", field, item.unit));
      }
      const reply = make("div", { role: "status", "aria-live": "polite" });
      const form = make("form", { novalidate: "" }, fields, make("button", { type: "submit" }, item.button), reply);
      form.addEventListener("submit", event => {
        event.preventDefault();
        model.send({ number: index + 1, text: new FormData(form).get(group) ?? "" });
      });
      form.addEventListener("keydown", event => {  // JupyterLab keeps Enter from sending a form
        if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
        event.preventDefault();
        form.requestSubmit();
      });
      root.append(form);
      return reply;
    });
    const tell = () => model.get("replies").forEach((said, index) => {
      const whole = said.head ? [make("b", {}, said.head), ` ${said.says}`] : [];
      replies[index].replaceChildren(...whole);
      replies[index].style.borderColor = said.colour ?? "";
    });
    root.addEventListener("focusin", own);
    model.on("change:replies", tell);
    tell();
    el.append(root);
    return () => model.off("change:replies", tell);
  },
};
"""
