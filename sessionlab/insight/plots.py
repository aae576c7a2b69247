"""Pictures of a session's books, with matplotlib, which is imported when the first is drawn.

Each function first makes the data, plain and testable, and then the figure. Figures are transparent, so that they
stand on a light page and on a dark one, and carry their alternative text.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sessionlab.session import Session

BLUE, RED, GREY = "#0072B2", "#D55E00", "#7f7f7f"
POINTS = 11  # of text


@dataclass(frozen=True, slots=True)
class Step:
    """What was left of an allowance after the n-th operation that touched it; ``refused``: it was not granted."""

    operation: int
    remaining: int
    asked: int
    refused: bool


@dataclass(frozen=True)
class BurnDown:
    """One allowance over the operations of a session."""

    permission: str
    unit: str
    limit: int
    steps: tuple[Step, ...]
    shown_limit: str
    shown_remaining: str

    @property
    def alternative_text(self) -> str:
        """The picture in words."""
        done = sum(not step.refused for step in self.steps)
        refused = sum(step.refused for step in self.steps)
        return (
            f"Burn-down of {self.permission}: {self.shown_limit} at first, {done} operations used some, "
            f"{refused} were refused, {self.shown_remaining} left."
        )


def burn_down_data(session: Session, permission: str | None = None) -> BurnDown:
    """The steps of one allowance; without a name, of the session's first. KeyError if nothing is counted."""
    if not len(session.allowances):
        raise KeyError("Nothing is counted for this session, so there is nothing to plot.")
    item = session.allowances[permission] if permission else session.allowances[0]
    limit = next(
        value
        for p in session.permissions
        if p.type == item.permission
        for value in [getattr(p, "allowance", getattr(p, "limit", 0))]
    )
    remaining = limit
    steps: list[Step] = []
    for entry in session.history:
        if entry.what == "consumed" and entry.permission == item.permission and entry.unit == item.unit:
            remaining = entry.remaining or 0
            steps.append(Step(len(steps) + 1, remaining, entry.amount or 0, refused=False))
        elif entry.denial is not None and entry.denial.permission == item.permission:
            asked = entry.denial.asked if isinstance(entry.denial.asked, int) else 0
            steps.append(Step(len(steps) + 1, remaining, asked, refused=True))
    names = session.names
    return BurnDown(
        item.permission,
        item.unit,
        limit,
        tuple(steps),
        names.amount(limit, item.unit),
        names.amount(remaining, item.unit),
    )


class Picture:
    """A figure that a notebook shows with its alternative text. ``save(path)`` writes it; ``repr`` is the text."""

    def __init__(self, figure: Figure, alternative_text: str) -> None:
        self.figure, self.alternative_text = figure, alternative_text

    def __repr__(self) -> str:
        return f"<Picture: {self.alternative_text}>"

    def _repr_html_(self) -> str:
        from base64 import b64encode
        from html import escape

        data = b64encode(self._bytes("svg")).decode()
        text = escape(self.alternative_text, quote=True)
        return f'<img src="data:image/svg+xml;base64,{data}" alt="{text}" style="max-width:100%">'

    def save(self, path: str) -> None:
        """Write the picture; its ending says as what (svg, png, pdf)."""
        self.figure.savefig(path, bbox_inches="tight", metadata=_metadata(path.rpartition(".")[2]))

    def _bytes(self, kind: str) -> bytes:
        buffer = BytesIO()
        self.figure.savefig(buffer, format=kind, bbox_inches="tight", metadata=_metadata(kind))
        return buffer.getvalue()


def burn_down(session: Session, permission: str | None = None) -> Picture:
    """What is left of an allowance, operation by operation; refusals are crosses above what was left."""
    data = burn_down_data(session, permission)
    figure, axes = _figure()
    scale, unit = _scale(session, data.unit)
    _draw(axes, data, scale)
    axes.set_xlabel("operation", color=GREY, fontsize=POINTS)
    axes.set_ylabel(f"left of {data.permission} ({unit})", color=GREY, fontsize=POINTS)
    return Picture(figure, data.alternative_text)


def _draw(axes: Axes, data: BurnDown, scale: float) -> None:
    line_x, line_y = [0], [data.limit / scale]
    for step in data.steps:
        line_x.append(step.operation)
        line_y.append(step.remaining / scale)
    axes.step(line_x, line_y, where="post", color=BLUE, linewidth=2, label="left")
    axes.fill_between(line_x, line_y, step="post", color=BLUE, alpha=0.15)
    refused = [step for step in data.steps if step.refused]
    if refused:
        height = [max(step.asked, step.remaining) / scale for step in refused]
        axes.plot(
            [step.operation for step in refused],
            height,
            linestyle="none",
            marker="X",
            markersize=11,
            color=RED,
            label="asked, and refused",
        )
    axes.set_xlim(0, max(len(data.steps), 1) + 0.5)
    axes.set_ylim(0, 1.08 * max([data.limit / scale, *line_y]))
    axes.set_xticks(range(len(data.steps) + 1))
    axes.legend(frameon=False, fontsize=POINTS, labelcolor=GREY)


def _scale(session: Session, unit: str) -> tuple[float, str]:
    """Divisor and name of the unit that people read."""
    from sessionlab.chain.addresses import address_bytes

    if unit == "wei":
        return 1e18, "ETH"
    if unit == "gas":
        return 1e3, "thousand gas"
    token = session.names.tokens.get(address_bytes(unit))
    return (10.0**token.decimals, token.symbol) if token else (1.0, "units")


def _figure() -> tuple[Figure, Axes]:
    """A figure of its own, without pyplot, which would keep it and costs half a second to import."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.hashsalt"] = "sessionlab"  # the same picture, the same bytes
    figure = Figure(figsize=(7, 3.6), facecolor="none")
    axes: Any = figure.add_subplot(facecolor="none")
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GREY)
    axes.tick_params(colors=GREY, labelsize=POINTS)
    axes.grid(axis="y", color=GREY, alpha=0.25)
    return figure, axes


def _metadata(kind: str) -> dict[str, Any] | None:
    return {"Date": None} if kind == "svg" else None
