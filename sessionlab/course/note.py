"""The answer of a learning tool: one object, shown as text or as a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

#: Word → sign and color. The word is always shown, so color is never the only cue.
SIGNS = {
    "Passed": ("✓", "GREEN"),
    "Right": ("✓", "GREEN"),
    "Not yet": ("✗", "RED"),
    "Not quite": ("✗", "RED"),
    "Again": ("?", "ORANGE"),
    "Ran before": ("↻", "ORANGE"),
    "Answer": ("•", "BLUE"),
    "Noted": ("•", "BLUE"),
    "Question": ("?", "BLUE"),
    "Hint": ("?", "ORANGE"),
    "Solution": ("•", "BLUE"),
    "Lesson": ("▸", "BLUE"),
    "Reset": ("↺", "BLUE"),
}


#: For a page of the course: JupyterLab breaks printed lines in the middle of words.
WHOLE_WORDS = ".jp-OutputArea .jp-OutputArea-output pre{word-break:normal;overflow-wrap:anywhere}"


@dataclass(frozen=True)
class Note:
    """An answer. ``word``: the result; ``says``: sentences; ``rows``: labels and texts; ``code``: source to show.

    ``style``: CSS for the page that shows it.
    """

    word: str
    says: str
    rows: Sequence[tuple[str, str]] = ()
    code: str = ""
    style: str = ""

    @property
    def ok(self) -> bool:
        """Whether the result is good."""
        return self.word in ("Passed", "Right")

    def __repr__(self) -> str:
        lines = [f"{SIGNS[self.word][0]} {self.word}: {self.says}"]
        lines += [f"  {label}: {text}" for label, text in self.rows]
        return "\n".join(lines + ([self.code] if self.code else []))

    def _repr_html_(self) -> str:
        from sessionlab.core.base import html as cards

        sign, colour = SIGNS[self.word]
        rows = [("", escape(self.says)), *((label, escape(text)) for label, text in self.rows)]
        if self.code:
            rows.append(("", f"<pre style='margin:0;background:none;color:inherit'>{escape(self.code)}</pre>"))
        style = f"<style>{self.style}</style>" if self.style else ""
        return style + cards.card(f"{sign} {self.word}", getattr(cards, colour), rows)
