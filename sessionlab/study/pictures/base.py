"""What every picture has: data that can be read and tested, a text, alternative text, and a drawing for notebooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.doors import PATH

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _file(value: Any, field: str, kinds: tuple[str, ...] = ("svg", "png", "pdf", "html")) -> Path:
    """Read the path of a file, by whose ending its format is known."""
    path = Path(PATH(value, field))
    if path.suffix.removeprefix(".") not in kinds:
        fix = f"end it in one of {', '.join(f'.{kind}' for kind in kinds)}."
        raise InvalidInput(f"{str(value)!r} names no format.", field=field, asked=str(value), fix=fix)
    return path


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        message, fix = f"{str(path)!r} cannot be written: {error.strerror}.", "make the folder, or name another."
        raise InvalidInput(message, field="path", asked=str(path), fix=fix) from None


class Picture(ABC):
    """A picture. Notebooks draw it, other places show its text; ``save(path)`` writes it to a file."""

    @property
    @abstractmethod
    def alternative_text(self) -> str:
        """The picture in a sentence or two, for readers who cannot see it."""

    @abstractmethod
    def text(self) -> str:
        """Return everything that the picture shows, as lines of text."""

    @abstractmethod
    def html(self) -> str:
        """Return the drawing, without its frame for screen readers."""

    @reads(path=PATH)
    def save(self, path: str | Path) -> None:
        """Write the drawing to an HTML page."""
        page = "<!doctype html><html lang='en'><meta charset='utf-8'><title>sessionlab</title>"
        Path(path).write_text(page + self._repr_html_(), encoding="utf-8")

    def _repr_html_(self) -> str:
        label = escape(self.alternative_text, quote=True)
        return f'<div role="figure" aria-label="{label}">{self.html()}</div>'

    def __repr__(self) -> str:
        return self.text()


class Plot(Picture):
    """A picture drawn by matplotlib, which is imported when the first one is drawn.

    Faces are transparent and text uses the page's own text colour, so it fits light and dark themes.
    """

    @abstractmethod
    def draw(self) -> Figure:
        """Return a new figure."""

    @cached_property
    def figure(self) -> Figure:
        """Return the figure, laid out only once: a second layout would shift it slightly and change its bytes."""
        figure = self.draw()
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        return figure

    def __getstate__(self) -> dict[str, Any]:
        """Leave the figure behind: a copy draws its own from the same data."""
        return {name: value for name, value in vars(self).items() if name != "figure"}

    def html(self) -> str:
        """Return SVG to embed in a page, so that it uses the page's colours."""
        from sessionlab.study.pictures.figures import inline_svg

        return inline_svg(self._bytes("svg").decode(), self.alternative_text)

    def _repr_html_(self) -> str:
        return self.html()  # the SVG contains the alternative text

    @reads(path=_file)
    def save(self, path: str | Path) -> None:
        """Write the picture to a file. The file ending selects the format: svg, png, pdf, html."""
        kind = Path(path).suffix.removeprefix(".")
        if kind == "html":
            super().save(path)
        else:
            _write(Path(path), self._bytes(kind))

    def _bytes(self, kind: str) -> bytes:
        buffer = BytesIO()
        # Leave out the date, so that the same picture gives the same bytes.
        metadata: dict[str, Any] | None = {"Date": None} if kind == "svg" else None
        self.figure.savefig(buffer, format=kind, bbox_inches="tight", pad_inches=0.08, metadata=metadata)
        return buffer.getvalue()
