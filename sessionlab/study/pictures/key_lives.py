"""Key-life timeline: when sessions were granted, used, revoked or expired, and what was tried in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.doors import NUMBER, TEXT, each, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.doors import SESSION, either, mapping_of, pair
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.figures import BLUE, GREEN, INK, ORANGE, POINTS, PURPLE, RED, SKY, SOFT, legend, panels
from sessionlab.study.recording.recorder import record
from sessionlab.study.text import aligned

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sessionlab.core.client.session import BaseSession

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
LABELS = 12


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
        return " ".join(map(self._sentence, self.lives))

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
        lines = []
        for life in self.lives:
            rows = [(format_time(moment.time), moment.what) for moment in life.moments]
            lines += [self._sentence(life), *(f"  {line}" for line in aligned(rows))]
        return "\n".join(lines)

    @property
    def times(self) -> list[int]:
        """Every time at which something happened, without repeats, and now."""
        return sorted({self.now, *(moment.time for life in self.lives for moment in life.moments)})

    def draw(self) -> Figure:
        """Draw bars from grant to end. Events are evenly spaced, since seconds and hours share the axis."""
        times = self.times
        figure, (axes,) = panels(height=1.5 + 0.75 * len(self.lives))
        for row, life in enumerate(self.lives):
            _draw_life(axes, -row, life, times)
        axes.axvline(times.index(self.now), color=SOFT, linestyle="--", linewidth=1.2)
        axes.text(times.index(self.now), 0.55, " now", color=INK, fontsize=POINTS, va="center")
        axes.set_yticks([-row for row in range(len(self.lives))], [life.name for life in self.lives])
        axes.set_ylim(-len(self.lives) + 0.45, 0.75)
        axes.set_xlim(-0.4, len(times) - 0.6)
        shown = range(0, len(times), -(-len(times) // LABELS))
        axes.set_xticks(list(shown), [f"+{times[index] - times[0]:,}" for index in shown])
        axes.set_xlabel("seconds since the first moment (not to scale)", color=INK, fontsize=POINTS)
        _draw_legend(axes, [moment.what for life in self.lives for moment in life.moments])
        return figure


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
    lives = tuple(_life(name, session, added.get(name, ())) for name, session in named.items())
    return KeyLives(lives, max(session.now for session in named.values()))


def _life(name: str, session: BaseSession, marks: Sequence[tuple[str, int]]) -> Life:
    recording = record(session)
    result = [LifeMoment(time, what) for what, time in marks]
    on_chain = [step.time for step in recording.steps if step.is_on_chain]
    result += [LifeMoment(min(on_chain), FIRST_USE)] if on_chain else []
    for step in recording.steps:
        result.append(LifeMoment(step.time, DONE if step.ok else FAILED if step.is_on_chain else REFUSED))
    if recording.revoked is not None:
        result.append(LifeMoment(recording.revoked, REVOKED))
    if session.expiry_sec:
        result.append(LifeMoment(session.expiry_sec, EXPIRES))
    return Life(name, tuple(sorted(result, key=lambda moment: moment.time)))


def _draw_life(axes: Axes, row: int, life: Life, times: list[int]) -> None:
    index = times.index
    if life.moments:
        # Until its first use, a session exists only as a signature; then the wallet stores it.
        start = index(life.moments[0].time)
        last = index(life.end.time) if life.end else len(times) - 0.6
        used = next((index(m.time) for m in life.moments if m.what == FIRST_USE), last)
        bar: dict[str, Any] = {"height": 0.34, "edgecolor": INK, "linewidth": 0.6}
        if used > start:
            axes.barh(row, used - start, left=start, facecolor="none", hatch="///", **bar)
        if last > used:
            axes.barh(row, last - used, left=used, color=BLUE, alpha=0.45, **bar)
    seen: dict[int, int] = {}
    for moment in life.moments:
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
