"""What an attack is, how it is judged, and the list of all.

    @attack("spend", holds="the session key", gain="12 wei instead of 10", source="Modular Account v1 audit, …")
    def batch_split(scene: Scene) -> str:
        \"\"\"The limit is checked for each call and spent for the batch.\"\"\"

An attack acts on a scene and then looks at the chain: it returns what it has gained, in words with the figures that
it read there, or an empty text. No error message makes it fail, and none makes it succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sessionlab.errors import UnknownThing

if TYPE_CHECKING:
    from sessionlab.attacks.scene import Scene
    from sessionlab.permissions.rulesets import Ruleset

Run = Callable[["Scene"], str]


@dataclass(frozen=True)
class Attack:
    """One attack. ``passes``: the rulesets under which production, or its documentation, lets it through.

    ``part_of``: the published attack of which this is one way, where the two have different names.
    """

    name: str
    group: str
    holds: str
    tries: str
    gain: str
    source: str
    run: Run
    passes: frozenset[str] = frozenset()
    part_of: str = ""
    #: Permission types beyond production's that its scene has to know.
    extensions: tuple[str, ...] = ()

    def under(self, rules: Ruleset) -> Ruleset:
        """The rules of its scene: these, and the extensions that it needs."""
        from sessionlab.permissions.kinds import extended

        return extended(rules, self.extensions)

    def __repr__(self) -> str:
        return f"<Attack {self.name}: {self.tries}>"


@dataclass(frozen=True)
class Verdict:
    """How one attack ended under one ruleset.

    ``by``: the error that stopped it, ``phase`` where: grant, validation, execution, or request, before there was an
    operation; None where nothing was refused because nothing happened. ``taken``: what it has gained, empty if
    refused. ``flagged``: the audit of what was granted says CRITICAL.
    """

    attack: Attack
    ruleset: Ruleset
    taken: str
    by: str | None
    phase: str | None
    flagged: bool

    @property
    def rules(self) -> str:
        """The name of the ruleset."""
        return self.ruleset.name

    @property
    def refused(self) -> bool:
        """Whether the attack gained nothing."""
        return not self.taken

    @property
    def expected(self) -> bool:
        """Whether it should be refused."""
        return self.rules not in self.attack.passes

    @property
    def right(self) -> bool:
        """Whether it ended as it should."""
        return self.refused == self.expected

    def as_json(self) -> dict[str, Any]:
        """The object that ``sessionlab attack --json`` prints."""
        return {
            "attack": self.attack.name,
            "part_of": self.attack.part_of or None,
            **self.ruleset.named(),
            "refused": self.refused,
            "expected": self.expected,
            "by": self.by,
            "phase": self.phase,
            "would_have_taken": self.attack.gain,
            "taken": self.taken,
            "audit_says_critical": self.flagged,
        }


#: The modules that hold the attacks, in the order of the list.
GROUPS = (
    "reach",
    "grants",
    "spend",
    "approvals",
    "false_tokens",
    "gas",
    "sponsors",
    "identity",
    "signatures",
    "life",
    "doors",
    "bounds",
    "edges",
    "misread",
    "bundles",
    "deposits",
    "api",
)
_ATTACKS: dict[str, Attack] = {}


def attack(
    group: str,
    *,
    holds: str,
    gain: str,
    source: str,
    passes: tuple[str, ...] = (),
    part_of: str = "",
    extensions: tuple[str, ...] = (),
) -> Callable[[Run], Run]:
    """Enter a function into the list; its name and docstring are the attack's."""

    def enter(run: Run) -> Run:
        name = run.__name__.replace("_", "-")
        tries = " ".join((run.__doc__ or "").split())
        _ATTACKS[name] = Attack(name, group, holds, tries, gain, source, run, frozenset(passes), part_of, extensions)
        return run

    return enter


def attacks() -> tuple[Attack, ...]:
    """All attacks, group by group."""
    for name in GROUPS:
        import_module(f"sessionlab.attacks.{name}")
    return tuple(sorted(_ATTACKS.values(), key=lambda one: GROUPS.index(one.group)))


def find_attacks(name: str) -> tuple[Attack, ...]:
    """The attack of this name and those that are part of it. UnknownThing otherwise."""
    from difflib import get_close_matches

    found = tuple(one for one in attacks() if name in (one.name, one.part_of))
    if not found:
        known = [known for one in attacks() for known in (one.name, one.part_of) if known]
        near = get_close_matches(name, dict.fromkeys(known), 3) or known[:3]
        raise UnknownThing(
            f"There is no attack {name!r}.", field="NAME", asked=name, fix=f"try {', '.join(near)}; or none, for all."
        )
    return found


def find_attack(name: str) -> Attack:
    """The one attack of this name; of a published one, its first part. UnknownThing otherwise."""
    found = find_attacks(name)
    return next((one for one in found if one.name == name), found[0])


def judge(one: Attack, scene: Scene) -> Verdict:
    """Run an attack on a fresh scene. ValueError if the scene does not know the extensions that the attack needs."""
    if one.under(scene.rules) != scene.rules:
        raise ValueError(f"{one.name} needs a scene with {', '.join(one.extensions)}: fresh_scene(attack.under(rules))")
    taken = one.run(scene)
    phase, by = scene.stopped[-1] if scene.stopped else (None, None)
    return Verdict(one, scene.rules, taken, by, phase, _flagged(scene))


def judge_all(chosen: tuple[Attack, ...], rulesets: tuple[str, ...] = ("documented", "deployed")) -> Iterator[Verdict]:
    """Run attacks, each on a scene of its own, under each ruleset."""
    from sessionlab.attacks.scene import fresh_scene
    from sessionlab.permissions.rulesets import ruleset

    for one in chosen:
        for name in rulesets:
            yield judge(one, fresh_scene(one.under(ruleset(name))))


def _flagged(scene: Scene) -> bool:
    """Whether the audit of the installed permissions says CRITICAL."""
    from sessionlab.attacks.scene import BALANCE, DEPOSIT, WALLET
    from sessionlab.errors import SessionlabError
    from sessionlab.insight.audit import audit
    from sessionlab.insight.audit.state import WalletState

    try:
        report = audit(scene.granted, WalletState(address=WALLET, balance=BALANCE, deposit=DEPOSIT), scene.rules)
    except SessionlabError:  # refused at the grant: there is nothing to audit
        return False
    return any(finding.severity == "critical" for finding in report.findings)
