"""Key-life timeline: when sessions were granted, used, revoked or expired, and what was tried in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.doors import NUMBER, TEXT, each, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, GREEN, INK, ORANGE, RED
from sessionlab.study.doors import SESSION, either, mapping_of, pair
from sessionlab.study.listing import folded
from sessionlab.study.pictures import svg
from sessionlab.study.pictures.base import Plot
from sessionlab.study.recording.recorder import record_all
from sessionlab.study.text import aligned, duration, folded_rows, in_words

if TYPE_CHECKING:
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
#: The form and colour of the mark of each kind of event, and its sign in words; custom events get the last one.
MARKS = {
    GRANTED: ("ring", INK, ""),
    FIRST_USE: ("dot", BLUE, ""),
    DONE: ("dot", GREEN, "✓ "),
    FAILED: ("cross", ORANGE, "◐ "),
    REFUSED: ("cross", RED, "✗ "),
    REVOKED: ("square", INK, "■ "),
    EXPIRES: ("end", INK, ""),
}
OWN_MARK = ("ring", ORANGE, "")
#: How many lives have room for their words, and how many moments of each end of a life are drawn.
FEW, MOMENTS = 6, 6
#: In drawing units: the height of a bar, and the rows of words for each life.
BAR, ROW = 16, 19
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
    def title(self) -> str:
        """The heading of its card."""
        return "Lives of keys: signed, used, refused, ended"

    def draw(self, width: float) -> svg.Drawing:
        """Draw a bar from grant to end for each session. Moments are evenly spaced, since seconds and hours meet."""
        rows = folded(self.lives, lambda life: life, str, WHERE, _ends)
        shown = [_shown(row, few=len(rows) <= FEW) for row in rows if isinstance(row, Life)]
        axis = _Axis([self.now, *(m.time for moments in shown for m in moments)], shown, width)
        y, parts, drawn = 0.0, list[str](), iter(shown)
        for row in rows:
            if isinstance(row, Life):
                height, made = _draw_life(row, self._sentence(row), next(drawn), axis, y, few=len(rows) <= FEW)
            else:
                height, made = ROW + 8, [svg.write(0, y + 15, svg.cut(row, width), colour=svg.SOFT)]
            parts += made
            y += height
        now = axis.at(self.now)
        behind = svg.line(now, 4, now, y, colour=svg.SOFT, dash="5 4", width=1.4)
        side = "start" if now < width - 60 else "end"
        words = [svg.write(now + (5 if side == "start" else -5), y + 15, "now", anchor=side, colour=svg.SOFT)]
        words.append(svg.write(0, y + 15 + ROW, "time runs to the right, not to scale", colour=svg.SOFT))
        return svg.Drawing(y + 2 * ROW + 4, [behind, *parts, *words])


class _Axis:
    """Times, evenly spaced, so that the words of each moment have room to the right of it."""

    def __init__(self, times: Sequence[int], lives: Sequence[Sequence[LifeMoment]], width: float) -> None:
        ordered = sorted(set(times))
        self.first, self.width = ordered[0], width
        self._places = {time: index for index, time in enumerate(ordered)}
        room = [
            (self._places[m.time], svg.text_width(words)) for life in lives for m, words in _words(life, self.first)
        ]
        steps = [(width - 20 - min(wide, width / 2)) / index for index, wide in room if index]
        self.step = min([width / 4, *steps, (width - 50) / max(len(ordered) - 1, 1)])

    def at(self, time: int) -> float:
        """Return the place of a time."""
        return 10 + self.step * self._places[time]


def _words(moments: Sequence[LifeMoment], first: int) -> list[tuple[LifeMoment, str]]:
    """Describe what happened in each second, as its first moment and words."""
    together: dict[int, list[LifeMoment]] = {}
    for moment in moments:
        together.setdefault(moment.time, []).append(moment)
    result = []
    for time, same in together.items():
        said = ", ".join(f"{MARKS.get(m.what, OWN_MARK)[2]}{m.what}" for m in same)
        result.append((same[0], f"{said}{f', +{duration(time - first)}' if time > first else ''}"))
    return result


def _shown(life: Life, *, few: bool) -> tuple[LifeMoment, ...]:
    """Return the moments that are drawn: of a long life, those of both ends, and its first use."""
    ends = MOMENTS if few else 2
    if len(life.moments) <= 2 * ends + 1:
        return life.moments
    used = [m for m in life.moments[ends:-ends] if m.what == FIRST_USE]
    return (*life.moments[:ends], *used, *life.moments[-ends:])


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


def _draw_life(
    life: Life, sentence: str, shown: Sequence[LifeMoment], axis: _Axis, y: float, *, few: bool
) -> tuple[float, list[str]]:
    """Draw a life, and return its height."""
    hidden = len(life.moments) - len(shown)
    left_out = f" {hidden:,} moments of the middle are not drawn." if hidden else ""
    parts = []
    name = svg.cut(life.name, axis.width / 2, bold=True)
    parts.append(svg.write(0, y + 15, name, bold=True, paper=True))  # the line of now runs behind
    said, lines = sentence.removeprefix(f"{life.name}: ") + left_out, [name]
    beside = svg.text_width(name, bold=True) + 12
    if beside + svg.text_width(said) <= axis.width:
        parts.append(svg.write(beside, y + 15, said, colour=svg.SOFT, paper=True))
    else:
        lines += svg.fitted(said, axis.width) if few else [svg.cut(said, axis.width)]
    for index, words in enumerate(lines[1:], 1):
        parts.append(svg.write(0, y + 15 + ROW * index, words, colour=svg.SOFT, paper=True))
    top = y + ROW * len(lines) + 6
    middle = top + BAR / 2
    if shown:
        # Until its first use, a session exists only as a signature; then the wallet stores it.
        start, end = axis.at(shown[0].time), axis.at(life.end.time) if life.end else axis.width
        used = next((axis.at(m.time) for m in shown if m.what == FIRST_USE), end)
        parts.append(svg.line(start, middle, axis.at(shown[-1].time), middle, colour=svg.SOFT))
        if used > start:
            parts.append(svg.path(f"M{start:.1f} {top}H{used:.1f}v{BAR}H{start:.1f}z", colour=svg.SOFT, dash="4 3"))
        if end > used:
            parts.append(svg.rect(used, top, end - used, BAR, BLUE, opacity=0.4, stroke=BLUE))
    labels = svg.fan([(axis.at(m.time), words) for m, words in _words(shown, axis.first)], axis.width) if few else []
    below = top + BAR + 6
    parts += [svg.line(label.x, middle, label.x, below + ROW * label.row + 3, colour=svg.SOFT) for label in labels]
    at_once: Counter[int] = Counter()
    for moment in shown:
        parts.append(_mark(moment.what, axis.at(moment.time) + 11 * at_once[moment.time], middle))
        at_once[moment.time] += 1
    rows = max((label.row + 1 for label in labels), default=0)
    for label in labels:
        failed = MARKS[REFUSED][2] in label.text
        colour = svg.WARNING if failed else INK
        parts.append(svg.write(label.left, below + ROW * label.row + 14, label.text, colour=colour, paper=True))
    return below - y + ROW * rows + 14, parts


def _mark(what: str, x: float, y: float) -> str:
    form, colour, _ = MARKS.get(what, OWN_MARK)
    if form == "cross":
        return svg.cross(x, y, colour)
    if form == "end":
        return svg.line(x, y - 11, x, y + 11, colour=colour, width=3)
    if form == "square":
        return svg.rect(x - 6, y - 6, 12, 12, colour)
    fill = svg.PAPER if form == "ring" else colour
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" style="fill:{fill};stroke:{colour};stroke-width:2"/>'
