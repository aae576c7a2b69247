"""What every picture has: data that can be read and tested, a text, alternative text, and a drawing for notebooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from pathlib import Path
from typing import Any

from sessionlab.core.base.doors import reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, SOFT, fitting, frame, preformatted
from sessionlab.study.doors import PATH
from sessionlab.study.pictures import svg


def _file(value: Any, field: str, kinds: tuple[str, ...] = ("svg", "html")) -> Path:
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
    """A picture in SVG, in the page's own colours, drawn for a wide page and for a narrow one.

    ``save`` writes an SVG file for light and dark pages, or an HTML page.
    """

    @property
    @abstractmethod
    def title(self) -> str:
        """The heading of its card."""

    @property
    def colour(self) -> str:
        """The colour of its card's edge."""
        return BLUE

    @abstractmethod
    def draw(self, width: float) -> svg.Drawing:
        """Draw it for a width, in pixels, for ``html`` and ``save``."""

    def html(self) -> str:
        """Return a card with the drawing that fits, and below it the text."""
        said = f"<details style='color:{SOFT};margin-top:6px'><summary>as text</summary>{self._text_html()}</details>"
        return frame(self.title, self.colour, self._above() + self._drawn() + self._below() + said)

    def _above(self) -> str:
        return ""

    def _below(self) -> str:
        return ""

    def _text_html(self) -> str:
        return f"<div style='overflow-x:auto' tabindex='0'>{preformatted(self.text(), wrap=False)}</div>"

    def _drawn(self) -> str:
        return fitting(*(svg.inline(width, self.draw(width)) for width in (svg.WIDE, svg.NARROW)))

    @reads(path=_file)
    def save(self, path: str | Path) -> None:
        """Write the picture to a file. The file ending selects the format: svg or html."""
        if Path(path).suffix == ".html":
            super().save(path)
        else:
            drawn = svg.picture(self.alternative_text, svg.WIDE, self.draw(svg.WIDE))
            _write(Path(path), drawn.encode())
