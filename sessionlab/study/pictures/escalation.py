"""Escalation graph: from a stolen key, through functions, to the owner's place and the assets. From the audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.doors import reads
from sessionlab.core.base.html import GREEN, RED, frame
from sessionlab.study.audit import Audit, Loss, TheftStep
from sessionlab.study.audit.calls import UNNAMED
from sessionlab.study.audit.of_session import audit_session
from sessionlab.study.audit.theft_steps import KEY_OF_OWNER, OWNER, SESSION, THIEF
from sessionlab.study.doors import SESSION_OR_AUDIT
from sessionlab.study.listing import folded
from sessionlab.study.pictures import svg
from sessionlab.study.pictures.base import Picture
from sessionlab.study.text import aligned, folded_rows, in_words

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession

ACTORS = (SESSION, OWNER, KEY_OF_OWNER, THIEF)
OWNERS = (OWNER, KEY_OF_OWNER)
#: In drawing units: gap between columns, gap between boxes, maximum width, maximum column pitch.
GAP, ABOVE, WIDTH, PITCH = 40, 18, 860, 290
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
class Escalation(Picture):
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

    def html(self) -> str:
        """Draw boxes from left to right, connected by arrows."""
        colour = RED if self.edges else GREEN
        body = f"<div style='margin-bottom:8px'>{escape(self.verdict)}</div>"
        return frame("From a stolen key", colour, f"{body}<div style='overflow-x:auto'>{self._svg()}</div>", "68em")

    def _svg(self) -> str:
        columns: dict[int, list[str]] = {}
        for node in self.nodes:
            columns.setdefault(self.column(node), []).append(node)
        pitch = min((WIDTH + GAP) / len(columns), PITCH)
        wide = pitch - GAP
        lines = {node: _lines(node, wide) for node in self.nodes}
        heights = {node: svg.LEAD * len(lines[node]) + 18 for node in self.nodes}
        whole = max(sum(heights[n] + ABOVE for n in result) for result in columns.values()) + 8
        places: dict[str, tuple[float, float]] = {}
        for column, result in columns.items():
            y = (whole - sum(heights[n] + ABOVE for n in result) + ABOVE) / 2
            for node in result:
                places[node] = (column * pitch + 2, y)
                y += heights[node] + ABOVE
        parts = []
        for edge in self.edges:
            (x1, y1), (x2, y2) = places[edge.start], places[edge.end]
            start, end = y1 + heights[edge.start] / 2, y2 + heights[edge.end] / 2
            parts.append(svg.arrow(x1 + wide + 2, start, x2 - 2, end))
        for node, (x, y) in places.items():
            colour = RED if node in OWNERS or node not in {edge.start for edge in self.edges} else svg.LINE
            parts.append(svg.box(x, y, wide, heights[node], lines[node], colour=colour))
        width = len(columns) * pitch - GAP + 4
        return svg.drawing(self.alternative_text, width, whole, parts)


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
    return [line for part in parts for line in svg.fitted(part, wide - 12)]
