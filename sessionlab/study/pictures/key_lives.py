"""Key-life timeline: when sessions were granted, used, revoked or expired, and what was tried in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.doors import NUMBER, TEXT, each, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.doors import SESSION, either, mapping_of, pair
from sessionlab.study.listing import folded, left_out
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.figures import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    POINTS,
    PURPLE,
    RED,
    SKY,
    SOFT,
    gap,
    legend,
    number_places,
    panels,
)
from sessionlab.study.recording.recorder import record_all
from sessionlab.study.text import aligned, folded_rows, in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sessionlab.core.client.session import BaseSession
    from sessionlab.study.recording.recording import Recording

GRANTED, FIRST_USE, DONE, FAILED, REFUSED, REVOKED, EXPIRES = (
    "granted",
    "first use",
    "done",
    "failed",
    "refused",
    "revoked",
    "expires",
)
#: Marker, colour and size of each kind of event; custom marks get the last one.
MARKS = {
    GRANTED: ("o", INK, 9),
    FIRST_USE: (">", SKY, 11),
    DONE: ("o", GREEN, 9),
    FAILED: ("X", ORANGE, 11),
    REFUSED: ("X", RED, 11),
    REVOKED: ("s", INK, 10),
    EXPIRES: ("|", INK, 18),
}
OWN_MARK = ("D", PURPLE, 9)
#: How many lives have room for each of their moments, and how many times fit on the axis at each end.
FEW, TIMES = 6, 40
#: What has every life.
WHERE = "picture.lives"


_MARK = pair(TEXT, NUMBER)


@dataclass(frozen=True, slots=True)
class LifeMoment:
    """An event in the life of a session, in Unix seconds."""

    time: int
    what: str


@dataclass(frozen=True, slots=True)
class Life:
    """One session and its events in order."""

    name: str
    moments: tuple[LifeMoment, ...]

    @property
    def end(self) -> LifeMoment | None:
        """When its key stopped working: revoked or expired, whichever came first; None if it never does."""
        ends = [moment for moment in self.moments if moment.what in (REVOKED, EXPIRES)]
        return min(ends, key=lambda moment: moment.time, default=None)


@dataclass(frozen=True, repr=False)
class KeyLives(Plot):
    """Sessions, one below the other, on a shared time axis."""

    lives: tuple[Life, ...]
    now: int

    @property
    def alternative_text(self) -> str:
        """Describe each life in a sentence."""
        return in_words(self.lives, self._sentence, "picture.lives", " ")

    def _sentence(self, life: Life) -> str:
        kinds = [moment.what for moment in life.moments if moment.what != FIRST_USE]
        counted = [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds) if kind in (DONE, FAILED, REFUSED)]
        end = life.end
        if end is None:
            over = "it has no end"
        elif end.what == REVOKED:
            over = f"revoked at {format_time(end.time)}"
        else:
            over = f"{'expired' if end.time < self.now else 'expires'} at {format_time(end.time)}"
        return f"{life.name}: {', '.join(counted) or 'never used'}; {over}."

    def text(self) -> str:
        """Return every event of every life."""
        return "\n".join(line for lines in folded(self.lives, self._lines, _alone, WHERE, _ends) for line in lines)

    def _lines(self, life: Life) -> list[str]:
        """Return a life in a sentence and, if there are few lives, moment by moment."""
        if len(self.lives) > FEW:
            return [self._sentence(life)]
        rows = folded_rows(life.moments, lambda moment: (format_time(moment.time), moment.what), WHERE, _what)
        return [self._sentence(life), *(f"  {line}" for line in aligned(rows))]

    @property
    def times(self) -> list[int]:
        """Every time at which something happened, without repeats, and now."""
        return sorted({self.now, *(moment.time for life in self.lives for moment in life.moments)})

    def draw(self) -> Figure:
        """Draw bars from grant to end. Events are evenly spaced, since seconds and hours share the axis."""
        rows = folded(self.lives, lambda life: life, str, WHERE, _ends)
        lives = [life for life in rows if isinstance(life, Life)]
        axis = _Axis(replace(self, lives=tuple(lives)).times)
        figure, (axes,) = panels(height=1.5 + (0.75 if len(rows) <= FEW else 0.45) * len(rows))
        for row, life in enumerate(rows):
            if isinstance(life, Life):
                _draw_life(axes, -row, life, axis)
            else:
                axes.text(axis.end / 2, -row, life, color=SOFT, fontsize=POINTS, ha="center", va="center")
        now = axis.at(self.now)
        axes.axvline(now, color=SOFT, linestyle="--", linewidth=1.2)
        axes.text(now, 0.55, " now", color=INK, fontsize=POINTS, va="center")
        axes.set_yticks([-row for row in range(len(rows))], [getattr(life, "name", "…") for life in rows])
        axes.set_ylim(-len(rows) + 0.45, 0.75)
        axes.set_xlim(-0.4, axis.end - 0.6)
        number_places(axes, {x: axis.label(x) for x in range(axis.end)})
        axes.set_xlabel("seconds since the first moment (not to scale)", color=INK, fontsize=POINTS)
        hidden = [moment for life in lives for moment in life.moments if not axis.shows(moment)]
        if hidden:
            gap(axes, axis.gap, left_out(hidden, WHERE, _what))
        _draw_legend(axes, [moment.what for life in lives for moment in life.moments])
        return figure


class _Axis:
    """Times, evenly spaced. Of very many, both ends are on the axis; those between share one place."""

    def __init__(self, times: Sequence[int]) -> None:
        self.times, self.hidden = list(times), max(len(times) - 2 * TIMES, 0)
        if self.hidden:
            self.times[TIMES:-TIMES] = [times[TIMES]]
        self.gap, self.end = TIMES, len(self.times)
        self._places = {time: x for x, time in enumerate(self.times)}

    def at(self, time: int) -> int:
        """Return the place of a time."""
        return self._places.get(time, self.gap)

    def label(self, x: int) -> str:
        """Return the label of a place."""
        return "…" if self.hidden and x == self.gap else f"+{self.times[x] - self.times[0]:,}"

    def shows(self, moment: LifeMoment) -> bool:
        """Whether a moment has a place of its own."""
        return not self.hidden or self.at(moment.time) != self.gap


def _alone(words: str) -> list[str]:
    return [words]


def _what(moment: LifeMoment) -> str:
    return moment.what


def _ends(life: Life) -> str:
    return {REVOKED: "revoked", EXPIRES: "with an expiry"}[life.end.what] if life.end else "without end"


@reads(sessions=either(mapping_of(SESSION), each(SESSION)), marks=maybe(mapping_of(each(_MARK))))
def key_lives(
    sessions: Sequence[BaseSession] | Mapping[str, BaseSession],
    marks: Mapping[str, Sequence[tuple[str, int]]] | None = None,
) -> KeyLives:
    """Show the lives of sessions, read from their chain: first use, operations, revocation, expiry.

    A mapping names the sessions; otherwise they are numbered. ``marks`` adds events that the chain does not know:
    ``{"session 1": [("granted", time), ("signed", time)]}``, in Unix seconds.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> wallet = lab.wallet()
    >>> session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    >>> outcome = session.send_calls([sl.Call(to=lab.counter, function="increment()")])
    >>> outcome = wallet.revoke(session)
    >>> [moment.what for moment in key_lives({"leaked key": session}).lives[0].moments]
    ['first use', 'done', 'revoked']
    """
    named = dict(sessions) if isinstance(sessions, Mapping) else {f"session {s.entity_id}": s for s in sessions}
    if not named:
        raise InvalidInput("No session was given.", field="sessions", fix="give [session], or wallet.sessions().")
    added = marks or {}
    if unknown := [name for name in added if name not in named]:
        fix = f"use one of: {', '.join(named)}."
        raise InvalidInput(f"No session is called {unknown[0]!r}.", field="marks", asked=unknown[0], fix=fix)
    recordings = zip(named, record_all(named.values()), strict=True)
    lives = tuple(_life(name, recording, added.get(name, ())) for name, recording in recordings)
    return KeyLives(lives, max(session.now for session in named.values()))


def _life(name: str, recording: Recording, marks: Sequence[tuple[str, int]]) -> Life:
    result = [LifeMoment(time, what) for what, time in marks]
    on_chain = [step.time for step in recording.steps if step.is_on_chain]
    result += [LifeMoment(min(on_chain), FIRST_USE)] if on_chain else []
    for step in recording.steps:
        result.append(LifeMoment(step.time, DONE if step.ok else FAILED if step.is_on_chain else REFUSED))
    if recording.revoked is not None:
        result.append(LifeMoment(recording.revoked, REVOKED))
    if recording.expiry_sec:
        result.append(LifeMoment(recording.expiry_sec, EXPIRES))
    return Life(name, tuple(sorted(result, key=lambda moment: moment.time)))


def _draw_life(axes: Axes, row: int, life: Life, axis: _Axis) -> None:
    index = axis.at
    if life.moments:
        # Until its first use, a session exists only as a signature; then the wallet stores it.
        start = index(life.moments[0].time)
        last = index(life.end.time) if life.end else axis.end - 0.6
        used = next((index(m.time) for m in life.moments if m.what == FIRST_USE), last)
        bar: dict[str, Any] = {"height": 0.34, "edgecolor": INK, "linewidth": 0.6}
        if used > start:
            axes.barh(row, used - start, left=start, facecolor="none", hatch="///", **bar)
        if last > used:
            axes.barh(row, last - used, left=used, color=BLUE, alpha=0.45, **bar)
    seen: dict[int, int] = {}
    for moment in filter(axis.shows, life.moments):
        at = index(moment.time)
        # Stack events of the same second.
        height = row + 0.24 * seen.get(at, 0)
        seen[at] = seen.get(at, 0) + 1
        marker, colour, size = MARKS.get(moment.what, OWN_MARK)
        style: dict[str, Any] = {
            "marker": marker,
            "color": colour,
            "markersize": size,
            "markeredgecolor": INK,
            "clip_on": False,
        }
        axes.plot([at], [height], linestyle="none", markeredgewidth=2.4 if marker == "|" else 0.7, **style)


def _draw_legend(axes: Axes, kinds: Sequence[str]) -> None:
    for kind in dict.fromkeys([*(known for known in MARKS if known in kinds), *kinds]):
        marker, colour, size = MARKS.get(kind, OWN_MARK)
        style: dict[str, Any] = {"marker": marker, "color": colour, "markersize": min(size, 12), "markeredgecolor": INK}
        axes.plot([], [], linestyle="none", label=kind, markeredgewidth=2.4 if marker == "|" else 0.7, **style)
    legend(axes, columns=4)
