"""The definition of an attack, how one is judged, and the list of all attacks.

    @attack("spend", holds="the session key", gain="12 wei instead of 10", source="Modular Account v1 audit, …")
    def batch_split(lab: AttackLab) -> str:
        \"\"\"The limit is checked for each call and spent for the batch.\"\"\"

An attack acts on an attack lab and then reads the chain. It returns what it gained, in words with figures from the
chain, or an empty text if it gained nothing. Only the state of the chain decides the result; error messages do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import TEXT, reads
from sessionlab.core.base.errors import NotFound
from sessionlab.study.doors import RULES

if TYPE_CHECKING:
    from sessionlab.attacks.attack_lab import AttackLab
    from sessionlab.core.permissions.rulesets import Ruleset

Run = Callable[["AttackLab"], str]


@dataclass(frozen=True)
class Attack:
    """One attack. ``passes``: the rulesets under which it succeeds.

    ``part_of``: the published attack that this is a variant of, if that has a different name.
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
    #: Permission types beyond production's that the attack lab must support.
    extensions: tuple[str, ...] = ()

    @reads(rules=RULES)
    def under(self, rules: Ruleset) -> Ruleset:
        """Return these rules with the extensions that the attack needs."""
        from sessionlab.core.permissions.limits import extended

        return extended(rules, self.extensions)

    def __repr__(self) -> str:
        return f"<Attack {self.name}: {self.tries}>"


@dataclass(frozen=True)
class AttackResult:
    """How one attack ended under one ruleset.

    ``by``: the error that stopped it. ``phase``: where it was stopped: grant, validation, execution, or request (before
    there was an operation). Both are None if nothing was refused because nothing happened. ``taken``: what the attack
    gained; empty if it was refused. ``flagged``: whether the audit of the granted permissions reports CRITICAL.
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
        """Whether the attack should be refused under this ruleset."""
        return self.rules not in self.attack.passes

    @property
    def right(self) -> bool:
        """Whether the attack ended as expected."""
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
    "public_functions",
    "size_bounds",
    "corner_cases",
    "ambiguous_calldata",
    "bundles",
    "frames",
    "deposits",
    "mempool",
    "stolen_keys",
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
    """Decorator that adds a function to the list; the attack takes its name and description from the function."""

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
    return tuple(sorted(_ATTACKS.values(), key=lambda item: GROUPS.index(item.group)))


def find_attacks(name: str) -> tuple[Attack, ...]:
    """Return the attack with this name and all of its parts. Raises NotFound if there is none."""
    from difflib import get_close_matches

    result = tuple(item for item in attacks() if name and name in (item.name, item.part_of))
    if not result:
        known = [known for item in attacks() for known in (item.name, item.part_of) if known]
        near = get_close_matches(name, dict.fromkeys(known), 3) or known[:3]
        raise NotFound(
            f"There is no attack {name!r}.", field="name", asked=name, fix=f"try {', '.join(near)}; or none, for all."
        )
    return result


@reads(name=TEXT)
def find_attack(name: str) -> Attack:
    """Return the attack with this name, or its first part if it has parts. Raises NotFound if there is none."""
    result = find_attacks(name)
    return next((item for item in result if item.name == name), result[0])


def judge(item: Attack, lab: AttackLab) -> AttackResult:
    """Run an attack on a fresh attack lab. Raises ValueError if the lab lacks an extension that the attack needs."""
    if item.under(lab.rules) != lab.rules:
        raise ValueError(
            f"{item.name} needs an attack lab with {', '.join(item.extensions)}: fresh_attack_lab(attack.under(rules))"
        )
    taken = item.run(lab)
    phase, by = lab.stopped[-1] if lab.stopped else (None, None)
    return AttackResult(item, lab.rules, taken, by, phase, _flagged(lab))


def judge_all(
    chosen: tuple[Attack, ...], rulesets: tuple[str, ...] = ("documented", "deployed")
) -> Iterator[AttackResult]:
    """Run each attack under each ruleset, each time on its own attack lab."""
    from sessionlab.attacks.attack_lab import fresh_attack_lab
    from sessionlab.core.permissions.rulesets import ruleset

    for item in chosen:
        for name in rulesets:
            yield judge(item, fresh_attack_lab(item.under(ruleset(name))))


def _flagged(lab: AttackLab) -> bool:
    """Return whether the audit of the granted permissions reports CRITICAL."""
    from sessionlab.attacks.attack_lab import BALANCE, DEPOSIT, WALLET
    from sessionlab.core.base.errors import SessionlabError
    from sessionlab.study.audit import audit
    from sessionlab.study.audit.state import WalletState

    if lab.foretold is not None:
        return any(finding.severity == "critical" for finding in lab.foretold.findings)
    try:
        report = audit(lab.granted, WalletState(address=WALLET, balance=BALANCE, deposit=DEPOSIT), lab.rules)
    except SessionlabError:  # refused when granted: nothing to audit
        return False
    return any(finding.severity == "critical" for finding in report.findings)
