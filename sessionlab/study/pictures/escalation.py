"""Escalation graph: from a stolen key, through functions, to the owner's place and the assets. From the audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from sessionlab.core.base.doors import reads
from sessionlab.core.base.html import GREEN, RED
from sessionlab.study.audit import Audit, Loss, TheftStep
from sessionlab.study.audit.calls import UNNAMED
from sessionlab.study.audit.of_session import audit_session
from sessionlab.study.audit.theft_steps import KEY_OF_OWNER, OWNER, SESSION, THIEF
from sessionlab.study.doors import SESSION_OR_AUDIT
from sessionlab.study.listing import folded
from sessionlab.study.pictures import svg
from sessionlab.study.pictures.base import Plot
from sessionlab.study.text import aligned, folded_rows, in_words

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession

ACTORS = (SESSION, OWNER, KEY_OF_OWNER, THIEF)
OWNERS = (OWNER, KEY_OF_OWNER)
#: In drawing units: the room for an arrow, the room between boxes beside each other, and the widest box.
GAP, BETWEEN, WIDEST = 40, 16, 240
#: How many assets a box names at each end of its list.
TAKEN = 5
#: What has every connection.
WHERE = "picture.edges"


@dataclass(frozen=True, slots=True)
class Edge:
    """A connection between two nodes. ``words`` describes the step."""

    start: str
    end: str
    words: str


@dataclass(frozen=True, repr=False)
class Escalation(Plot):
    """Nodes in order along the ways from the key; each way ends with an asset."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    verdict: str

    @property
    def takes_the_wallet(self) -> bool:
        """Whether the thief can become the owner, or is it by its key."""
        return any(owner in self.nodes for owner in OWNERS)

    def column(self, node: str) -> int:
        """Return the number of steps from the key to a node, on the longest way."""
        return max((self.column(edge.start) + 1 for edge in self.edges if edge.end == node), default=0)

    @property
    def alternative_text(self) -> str:
        """Describe the edges in words."""
        if not self.edges:
            return f"Escalation graph: the stolen key leads nowhere. {self.verdict}"
        ways = "; ".join(folded(self.edges, lambda edge: f"{edge.start} to {_brief(edge.end, ', ')}", str, WHERE))
        return f"Escalation graph: {ways}. {self.verdict}"

    def text(self) -> str:
        """Return one line per edge."""
        rows = folded_rows(self.edges, lambda e: (f"  {e.start}", "→", _brief(e.end, "; "), e.words), WHERE)
        return "\n".join([self.verdict, *aligned(rows)])

    @property
    def title(self) -> str:
        """The heading of its card."""
        return "From a stolen key"

    @property
    def colour(self) -> str:
        """Red if anything can be taken."""
        return RED if self.edges else GREEN

    def _above(self) -> str:
        return f"<div style='margin-bottom:8px'>{escape(self.verdict)}</div>"

    def draw(self, width: float) -> svg.Drawing:
        """Draw a box for each node, connected by arrows: from left to right if there is room, else downwards."""
        ranks: dict[int, list[str]] = {}
        for node in self.nodes:
            ranks.setdefault(self.column(node), []).append(node)
        columns = [(max(map(_least, nodes)), max(map(_most, nodes))) for _, nodes in sorted(ranks.items())]
        spare = width - 4 - sum(least for least, _ in columns) - GAP * (len(columns) - 1)
        if spare >= 0:
            share = min(spare / max(sum(most - least for least, most in columns), 1), 1)
            places = _in_columns(ranks, [least + share * (most - least) for least, most in columns])
        else:
            places = _in_rows(ranks, width - 4)
        parts = []
        for edge in self.edges:
            start, end = places[edge.start], places[edge.end]
            if spare >= 0:
                way = start.right + 2, start.y + start.height / 2, end.x - 2, end.y + end.height / 2
            else:
                way = start.x + start.width / 2, start.y + start.height + 2, end.x + end.width / 2, end.y - 2
            parts.append(svg.arrow(*way))
        starts = {edge.start for edge in self.edges}
        for node, box in places.items():
            colour = RED if self.edges and (node in OWNERS or node not in starts) else svg.SOFT
            parts.append(svg.box(box.x, box.y, box.width, box.height, box.lines, colour=colour))
        return svg.Drawing(max(box.y + box.height for box in places.values()) + 4, parts)


class _Place(NamedTuple):
    """Where a node's box is, and the lines of its words."""

    x: float
    y: float
    width: float
    height: float
    lines: list[str]

    @property
    def right(self) -> float:
        return self.x + self.width


def _least(node: str) -> float:
    """Return the width that a node's longest word needs."""
    return min(max(svg.text_width(word) for word in node.split()) + 24, WIDEST)


def _most(node: str) -> float:
    """Return the width that a node's longest line would like to have."""
    return max(min(max(svg.text_width(line) for line in node.split("\n")) + 24, WIDEST), _least(node))


def _boxed(node: str, x: float, y: float, width: float) -> _Place:
    lines = _lines(node, width)
    return _Place(x, y, width, svg.LEAD * len(lines) + 18, lines)


def _in_columns(ranks: Mapping[int, Sequence[str]], widths: Sequence[float]) -> dict[str, _Place]:
    """Place a rank in each column, its boxes around the middle."""
    columns, x = list[dict[str, _Place]](), 2.0
    for (_, nodes), width in zip(sorted(ranks.items()), widths, strict=True):
        y, placed = 2.0, dict[str, _Place]()
        for node in nodes:
            placed[node] = _boxed(node, x, y, width)
            y += placed[node].height + BETWEEN
        columns.append(placed)
        x += width + GAP
    ends = [max(box.y + box.height for box in placed.values()) for placed in columns]
    return {
        node: box._replace(y=box.y + (max(ends) - end) / 2)
        for placed, end in zip(columns, ends, strict=True)
        for node, box in placed.items()
    }


def _in_rows(ranks: Mapping[int, Sequence[str]], width: float) -> dict[str, _Place]:
    """Place a rank in each row, or in several if its boxes have no room beside each other."""
    placed, y = dict[str, _Place](), 2.0
    for _, nodes in sorted(ranks.items()):
        rows: list[list[str]] = [[]]
        for node in nodes:
            if rows[-1] and sum(_least(n) + BETWEEN for n in (*rows[-1], node)) > width + BETWEEN:
                rows.append([])
            rows[-1].append(node)
        for row in rows:
            spare = (width - sum(map(_least, row)) - BETWEEN * (len(row) - 1)) / len(row)
            x, high = 2.0, 0.0
            for node in row:
                room = _least(node) + spare
                wide = min(room, _most(node))
                placed[node] = _boxed(node, x + (room - wide) / 2, y, wide)
                high = max(high, placed[node].height)
                x += room + BETWEEN
            y += high + BETWEEN
        y += GAP - BETWEEN
    return placed


@reads(what=SESSION_OR_AUDIT)
def escalation(what: BaseSession | Audit) -> Escalation:
    """Show how a thief with a session's key reaches each asset; also accepts an audit.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> replace_owner = "updateFallbackSignerData(address,bool)"
    >>> session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter),
    ...     sl.AccountFunctions(functions=[replace_owner])], key=sl.new_key(1))
    >>> graph = escalation(session)
    >>> graph.takes_the_wallet, graph.edges[0].end
    (True, 'updateFallbackSignerData of the wallet')
    """
    audit = what if isinstance(what, Audit) else audit_session(what)
    alike: dict[tuple[str, ...], list[Loss]] = {}
    for loss in audit.losses:
        if loss.sequence:
            alike.setdefault(tuple(map(_kind, loss.sequence)), []).append(loss)
    edges: dict[tuple[str, str], Edge] = {}
    for losses in alike.values():
        for edge in _way(losses):
            edges.setdefault((edge.start, edge.end), edge)
    nodes = dict.fromkeys([SESSION, *(node for edge in edges.values() for node in (edge.start, edge.end))])
    return Escalation(tuple(nodes), tuple(edges.values()), audit.verdict)


def _kind(step: TheftStep) -> str:
    """Return a key that groups steps that differ only by token; all steps of the new owner form one group."""
    return step.by if step.by in OWNERS else f"{step.by} {step.words if step.gas else step.function}"


def _way(losses: Sequence[Loss]) -> Iterator[Edge]:
    """Yield key → function → … → assets, for losses that take the same way."""
    at = SESSION
    for index, step in enumerate(losses[0].sequence):
        words = in_words(list(dict.fromkeys(loss.sequence[index].words for loss in losses)), str, "audit.losses")
        if step.by != at and step.by in ACTORS and (index or step.by == KEY_OF_OWNER):
            yield Edge(at, step.by, "")
            at = step.by
        if step.by not in OWNERS:
            function = _function([loss.sequence[index] for loss in losses])
            yield Edge(at, function, words)
            at = function
    taken = [f"{loss.asset}: {'all' if loss.ever is None else loss.shown[1]}" for loss in losses]
    yield Edge(at, "\n".join(taken), words)


def _function(steps: Sequence[TheftStep]) -> str:
    """Name the function of some steps and the targets where it is called."""
    first = steps[0]
    if first.gas:
        return "gas of an operation"
    targets = in_words(list(dict.fromkeys(step.target.partition(" (")[0] for step in steps)), str, "audit.losses", ", ")
    if first.function == "no data":
        return "ETH sent along"
    known = first.function != "0x" + UNNAMED.hex()
    return f"{first.function.partition('(')[0] if known else 'any function'} of {targets}"


def _brief(node: str, between: str) -> str:
    return between.join(folded(node.split("\n"), str, str, "picture.nodes", ends=TAKEN))


def _lines(node: str, wide: float) -> list[str]:
    """Wrap a node's words to fit its box."""
    parts = folded(node.split("\n"), str, str, "picture.nodes", ends=TAKEN)
    return [line for part in parts for line in svg.fitted(part, wide - 16)]
