"""What every picture is: data that can be read and tested, a text, alternative text, and a drawing for notebooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Picture(ABC):
    """A picture. In a notebook it is drawn, everywhere else it is its text; ``save(path)`` writes it to a file."""

    @property
    @abstractmethod
    def alternative_text(self) -> str:
        """The picture in a sentence or two, for who does not see it."""

    @abstractmethod
    def text(self) -> str:
        """Everything that the picture shows, as lines of text."""

    @abstractmethod
    def html(self) -> str:
        """The drawing, without its frame for screen readers."""

    def save(self, path: str | Path) -> None:
        """Write the drawing as a page of HTML."""
        page = "<!doctype html><html lang='en'><meta charset='utf-8'><title>sessionlab</title>"
        Path(path).write_text(page + self._repr_html_(), encoding="utf-8")

    def _repr_html_(self) -> str:
        label = escape(self.alternative_text, quote=True)
        return f'<div role="figure" aria-label="{label}">{self.html()}</div>'

    def __repr__(self) -> str:
        return self.text()


class Plot(Picture):
    """A picture that matplotlib draws, which is imported when the first is drawn.

    Faces are transparent and what is written has the colour of the page's own text, so both themes show through.
    """

    @abstractmethod
    def draw(self) -> Figure:
        """A new figure."""

    @cached_property
    def figure(self) -> Figure:
        """The figure, drawn and laid out once: laid out again, it would move by a hair and be other bytes."""
        figure = self.draw()
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        return figure

    def html(self) -> str:
        """SVG that stands in the page, so that it takes the page's colours."""
        from sessionlab.study.pictures.figures import inline_svg

        return inline_svg(self._bytes("svg").decode(), self.alternative_text)

    def _repr_html_(self) -> str:
        return self.html()  # the SVG carries the words itself

    def save(self, path: str | Path) -> None:
        """Write the picture; its ending says as what: svg, png, pdf, html."""
        kind = str(path).rpartition(".")[2]
        if kind == "html":
            super().save(path)
        else:
            Path(path).write_bytes(self._bytes(kind))

    def _bytes(self, kind: str) -> bytes:
        buffer = BytesIO()
        # Without a date, the same picture is the same bytes.
        metadata: dict[str, Any] | None = {"Date": None} if kind == "svg" else None
        self.figure.savefig(buffer, format=kind, bbox_inches="tight", pad_inches=0.08, metadata=metadata)
        return buffer.getvalue()
