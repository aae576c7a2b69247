"""Drawn pairs, and whether the comparison of one is right."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from sessionlab.study.comparing import search
from sessionlab.study.comparing.search import Witness
from sessionlab.study.comparing.subject import SOME_WALLET, Subject, subject_of
from tests.comparing.brute_force import sequence_beyond, taken
from tests.comparing.drawn import NOW, asked, relative, rulesets

#: Longer repetitions are not stepped through.
STEPS = 64


@dataclass(frozen=True)
class Kind:
    """Which pairs are drawn."""

    across: bool = False
    extensions: bool = False

    def __str__(self) -> str:
        return ("across" if self.across else "same") + (" with extensions" if self.extensions else "")


KINDS = [Kind(), Kind(across=True), Kind(extensions=True), Kind(across=True, extensions=True)]


def pair(kind: Kind, seed: int) -> tuple[Subject, Subject]:
    """Two lists that often have much in common; seldom one that makes no session."""
    draw = Random(f"{kind} {seed}")
    rules = rulesets(draw, kind.across, kind.extensions)
    for _ in range(20):
        first = asked(draw, kind.extensions)
        second = relative(draw, first, kind.extensions) if draw.random() < 0.7 else asked(draw, kind.extensions)
        both = [
            subject_of(one, of, wallet=SOME_WALLET, now=NOW) for one, of in zip((first, second), rules, strict=True)
        ]
        if not any(one.refused for one in both):
            break
    return both[0], both[1]


def wrong(a: Subject, b: Subject, seed: int, tries: int = 12) -> str | None:
    """What is wrong with what the comparison says ``a`` alone allows; None if nothing is witness."""
    witness: Witness | None = search.beyond(a, b, NOW)
    if witness is None:
        steps = sequence_beyond(Random(seed), a, b, tries)
        return None if steps is None else f"missed {steps[-1]}"
    if witness.times > STEPS:
        return None
    steps = [(witness.operation, witness.now)] * witness.times
    if witness.now < NOW or taken(a, steps) is not None or taken(b, steps) != witness.times - 1:
        return f"no example: {witness}"
    return None
