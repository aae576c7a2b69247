"""The base of every widget: plain data with text and HTML and, if ipywidgets is installed, a live view.

The view consists of native controls and a page of our own HTML; the browser computes nothing. If a control fails, the
widget shows the error, because nobody else would see it; a function that fails raises as usual.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from html import escape
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sessionlab.core.base.errors import SessionlabError, Stays
from sessionlab.core.base.html import ORANGE
from sessionlab.study.extras import missing_extra, needs_extra
from sessionlab.study.widgets.keys import own_keys

TOOLKIT = "ipywidgets"
#: The packages that a live view needs.
NEEDED = (TOOLKIT, "anywidget")
LABEL_WIDTH, CONTROL_WIDTH = "9em", "min(42em, 98%)"


class Panel(Stays, ABC):
    """A widget. ``text()`` and ``html()`` are its static form; ``view`` is made when a notebook first shows it."""

    _instead = "make another of the same session, or keep its text()."

    def __init__(self) -> None:
        #: The error of the last control used, in words; empty if it succeeded.
        self.error = ""
        self._filling = False
        self._fields: dict[str, Any] = {}

    @abstractmethod
    def text(self) -> str:
        """Return everything that it shows, as lines of text."""

    @abstractmethod
    def html(self) -> str:
        """Return everything that it shows, as HTML."""

    def _below(self) -> str:
        """Return the part of ``html`` below the controls."""
        return self.html()

    @abstractmethod
    def _controls(self) -> Sequence[Any]:
        """Return the ipywidgets above the page; called once."""

    @abstractmethod
    def _fill(self) -> None:
        """Update the controls from the data."""

    @cached_property
    def view(self) -> Any:
        """The live view, an ipywidgets box."""
        if not can_be_live():
            raise missing_extra("The live view", "notebooks")
        kit = toolkit()
        self._page, self._said = kit.HTML(), kit.HTML()
        view = kit.VBox([*self._controls(), self._said, self._page, own_keys(self._hold)])
        self._render()
        return view

    def _show(self) -> None:
        """Update the live view, if there is one."""
        if "view" in self.__dict__:
            self._render()

    def _act(self, change: Callable[[], object]) -> None:
        """Run the action of a control. An error is shown, and kept in ``error`` until an action succeeds."""
        if self._filling:
            return
        try:
            change()
            self.error = ""
        except Exception as error:
            self.error = said(error)
        self._show()

    def _button(self, words: str, change: Callable[[], object], **options: Any) -> Any:
        """Make a button."""
        made = toolkit().Button(description=words, **options)
        made.layout.width = "auto"
        made.on_click(lambda _: self._act(change))
        return made

    def _field(self, label: str, kind: str = "Text", **options: Any) -> Any:
        """Make a control with its label; ipywidgets links the two, so the label is read out and can be clicked."""
        made = getattr(toolkit(), kind)(description=label, style={"description_width": LABEL_WIDTH}, **options)
        made.layout.width = CONTROL_WIDTH
        self._fields[label] = made
        return made

    def _choice(
        self, label: str, options: Sequence[Any], change: Callable[[Any], object], *, kind: str = "Dropdown"
    ) -> Any:
        """Make a native list to choose from; ``change`` gets the value."""
        made = self._field(label, kind, options=list(options))
        made.observe(lambda event: self._act(lambda: change(event["new"])), names="value")
        return made

    def _hold(self, held: Mapping[str, str]) -> None:
        """Take the values of the browser's fields, by label."""
        for label, text in held.items():
            field = self._fields.get(label)
            if field is None:
                continue
            if not hasattr(field, "index"):
                field.value = text
            elif text in field._options_labels:
                field.label = text

    def _render(self) -> None:
        self._filling = True
        try:
            self._fill()
            self._page.value = self._below()
        except Exception as error:
            self.error = said(error)
        finally:
            self._filling = False
        self._said.value = error_html(self.error)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        live = self.view._repr_mimebundle_() if can_be_live() else {}
        return {**(live or {}), "text/plain": self.text(), "text/html": error_html(self.error) + self.html()}

    def __repr__(self) -> str:
        return self.text()


def can_be_live() -> bool:
    """Whether everything is installed that a live view needs."""
    return all(find_spec(name) for name in NEEDED)


def toolkit() -> Any:
    """Return ipywidgets, imported when the first widget is shown."""
    with needs_extra("notebooks", "The live view"):
        return import_module(TOOLKIT)


def row(controls: Sequence[Any]) -> Any:
    """Place controls next to each other, or below each other if the page is narrow."""
    return toolkit().HBox(list(controls), layout={"flex_flow": "row wrap"})


def said(error: Exception) -> str:
    """Describe an error in words, with its type if it is not one of ours."""
    return str(error) if isinstance(error, SessionlabError) else f"{type(error).__name__}: {error}"


def error_html(words: str) -> str:
    """Render an error so that screen readers announce it at once."""
    if not words:
        return ""
    style = f"border:1px solid {ORANGE};border-left-width:6px;border-radius:4px;padding:6px 10px;margin:4px 0;"
    style += "font-size:14px;line-height:1.5;color:var(--jp-ui-font-color1, inherit)"
    return f"<div role='alert' style='{style}'><b>That did not work.</b> {escape(words)}</div>"
